/* Allocates well and spoils the page that the worker shares with hakbench, through the descriptor
 * or the mapping, in the way that HB_VANDAL names: at the end of its thread, and in each call of
 * malloc from HB_FAULT_AFTER on, for a soak.
 * Read next: src/worker/shm.h (the page), tests/fault/allocator_faults_test.sh. */
#include "broken.h"

#include "worker/shm.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static struct hb_shm *find_page(void)
{
    static struct hb_shm *page;
    char line[512];
    FILE *maps = page ? NULL : fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, "hakbench-shm"))
            page = (void *)(uintptr_t)strtoull(line, NULL, 16);
    if (maps)
        (void)fclose(maps);
    return page;
}

/* Never done: what the worker writes at the end of an epoch is spoilt before it can be read. */
static void *haunt(void *page)
{
    struct hb_shm *haunted = page;
    for (;;)
        __atomic_store_n(&haunted->thread[0].slice_end_ns[0], UINT64_MAX, __ATOMIC_RELAXED);
    return NULL;
}

static void start_haunting(struct hb_shm *page)
{
    static bool is_started;
    pthread_t thread;
    if (!is_started)
        is_started = pthread_create(&thread, NULL, haunt, page) == 0;
}

static void spoil(void)
{
    static const char raw[] = "\033]0;spoilt\a\033[31m\302\233\377\001";
    const char *way = getenv("HB_VANDAL");
    struct hb_shm *page = find_page();
    if (!page || !way)
        return;
    if (strcmp(way, "truncates") == 0 && ftruncate(HB_FD_SHM, 0) != 0)
        return;
    if (strcmp(way, "grows") == 0 && ftruncate(HB_FD_SHM, (off_t)1 << 40) != 0)
        return;
    if (strcmp(way, "threads") == 0)
        page->threads = UINT32_MAX;
    if (strcmp(way, "no_threads") == 0)
        page->threads = 0;
    if (strcmp(way, "slices") == 0)
        page->slices = UINT32_MAX;
    if (strcmp(way, "times") == 0)
        page->thread[0].slice_end_ns[0] = 1;
    if (strcmp(way, "future") == 0)
        page->thread[0].slice_end_ns[page->is_soak ? 0 : page->slices - 1] = UINT64_MAX;
    if (strcmp(way, "haunts") == 0 && page->is_soak)
        start_haunting(page);
    if (strcmp(way, "operations") == 0)
        page->thread[0].operations = UINT64_MAX;
    if (strcmp(way, "cpu") == 0)
        page->thread[0].cpu_ns = UINT64_MAX;
    if (strcmp(way, "timer") == 0)
        page->timer_ns = UINT64_MAX;
    if (strcmp(way, "ones") == 0)
        memset(page, 0xff, sizeof *page);
    if (strcmp(way, "path") == 0)
        memset(page->library_path, 'x', sizeof page->library_path);
    if (strcmp(way, "raw_path") == 0)
        memcpy(page->library_path, raw, sizeof raw);
    if (strcmp(way, "device") == 0)
        memcpy(page->library_path, "/dev/zero", sizeof "/dev/zero");
    if (strcmp(way, "raw_error") == 0) {
        memset(page->error_text, 'x', sizeof page->error_text);
        memcpy(page->error_text, raw, sizeof raw - 1);
        page->error = HB_WORKER_SYSTEM;
        _exit(1);
    }
}

static void vandal_thread_exit(void)
{
    spoil();
}

static void *vandal_malloc(size_t size)
{
    const struct hb_shm *page = heap_is_time() ? find_page() : NULL;
    if (page && page->is_soak)
        spoil();
    return heap_malloc(size);
}

static int open_vandal(void *library, const struct hb_allocator_hint *hint,
                       struct hb_allocator_functions *functions, char *message,
                       size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = vandal_malloc;
    functions->thread_exit = vandal_thread_exit;
    return status;
}

BROKEN_PLUGIN("vandal", "spoils the page it shares with hakbench", open_vandal);
