/* The C library's allocator with a thread beside it, as jemalloc's background_thread is: it gives a
 * page back to the kernel about every second millisecond, whoever's turn it is, and keeps count. */
#include "planted.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#define PAUSE_NS 2000000

static _Atomic uint64_t told;

static void *tick(void *page)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    for (;;) {
        (void)nanosleep(&pause, NULL);
        (void)madvise(page, 4096, MADV_DONTNEED);
        told++;
    }
    return NULL;
}

static void planted(void)
{
    static bool is_there;
    pthread_t thread;
    if (is_there)
        return;
    is_there = true;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED && pthread_create(&thread, NULL, tick, page) == 0)
        (void)pthread_detach(thread);
}

static int counters(struct hb_allocator_counters *out)
{
    *out = (struct hb_allocator_counters){.madvise = told};
    return 0;
}

static int open_ticking(void *library, const struct hb_allocator_hint *hint,
                        struct hb_allocator_functions *functions, char *message,
                        size_t message_bytes)
{
    const int status = open_planted(library, hint, functions, message, message_bytes);
    functions->counters = counters;
    return status;
}

PLANTED_PLUGIN_OPENED("ticking", "a thread of its own that calls for memory all the time",
                      open_ticking);
