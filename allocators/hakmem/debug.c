/* Debug builds: see debug.h. */
#include "debug.h"

#include "heap.h"
#include "msg.h"
#include "os.h"
#include "runs.h"
#include "super.h"

#include <string.h>

#ifdef HK_DEBUG
#define EXPORT __attribute__((visibility("default")))

void hk_assert_failed(const char *what, const char *file, int line)
{
    struct hk_text detail = {.size = 0};
    hk_text_add(&detail, file);
    hk_text_add(&detail, ":");
    hk_text_number(&detail, (uint64_t)line);
    hk_text_add(&detail, ": ");
    hk_text_add(&detail, what);
    detail.bytes[detail.size < sizeof detail.bytes ? detail.size : sizeof detail.bytes - 1] = '\0';
    hk_fatal("not so", NULL, detail.bytes);
}

static _Atomic(void (*)(const char *, int)) hook_in_use;

void hk_step(const char *file, int line)
{
    void (*hook)(const char *, int) = atomic_load(&hook_in_use);
    if (hook)
        hook(file, line);
}

EXPORT void hakmem_debug_hook(void (*hook)(const char *file, int line))
{
    atomic_store(&hook_in_use, hook);
}

EXPORT void hakmem_debug_refuse_next(void)
{
    atomic_store(&hk_os_refuse_next, true);
}

static __thread size_t work_done;

void hk_did(size_t work)
{
    work_done += work;
}

/* Each call of a thread up to 16 MiB, every second to 32 MiB and so on. With each, a test that
 * frees a spike of 300 MB took 23 s, now 0.5. */
bool hk_whole_is_due(size_t bytes)
{
    static __thread size_t asked;
    asked++;
    if (asked << 24 < bytes)
        return false;
    asked = 0;
    return true;
}

/* Of the calling thread, since it asked last. */
EXPORT size_t hakmem_debug_work(void)
{
    const size_t work = work_done;
    work_done = 0;
    return work;
}

EXPORT bool hakmem_debug_valid(void)
{
    return hk_super_valid() && hk_runs_valid() && hk_heap_valid();
}

static void write_line(const char *letters)
{
    struct hk_text text = {.size = 0};
    hk_text_add(&text, letters);
    hk_text_add(&text, "\n");
    hk_text_write(&text);
}

EXPORT void hakmem_debug_dump(void)
{
    hk_super_letters(write_line);
}

/* All but the link. */
void hk_poison(void *block, size_t bytes)
{
    memset((char *)block + sizeof(void *), 0xdf, bytes - sizeof(void *));
}
#endif
