/* hakbench-clock.so, preloaded in a pass for instructions: a clock that moves by the same step at
 * each look, whatever the machine does. An allocator that asks it when to give memory back
 * (jemalloc, mimalloc, hakmem) then does so after the same work every time. In a worker all have
 * this clock but the worker itself; in a program the allocator alone, as one that waits until a
 * time would wait long. Never allocates, and is in no timed run. Read next: src/run/callgrind.h,
 * docs/counts.md. */
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

/* 2100: a helper thread that waits until a time of this clock, by the kernel's, sleeps for ever
 * instead of never. */
#define START_S INT64_C(4102444800)
/* An allocator looks about once in 1,000 frees, which take some 50 us outside valgrind. */
#define STEP_NS UINT64_C(50000)

static _Atomic uint64_t looks;

/* ---- who asks ---- */

extern void hb_worker_measured(void) __attribute__((weak)); /* there in a worker alone */

/* Where the worker's own code is, or a program's allocator. */
static uintptr_t from, to;
static bool is_known;

static void bounds_of(const struct dl_phdr_info *object, uintptr_t *start, uintptr_t *end)
{
    *start = UINTPTR_MAX;
    *end = 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const uintptr_t at = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        *start = at < *start ? at : *start;
        *end = at + segment->p_memsz > *end ? at + segment->p_memsz : *end;
    }
}

/* LD_PRELOAD has the allocator right before this library, and so has the loader's list. */
static int look_at(struct dl_phdr_info *object, size_t size, void *before_of)
{
    struct dl_phdr_info *before = before_of;
    const uintptr_t sought =
        hb_worker_measured ? (uintptr_t)&hb_worker_measured : (uintptr_t)&looks;
    uintptr_t start, end;
    (void)size;
    bounds_of(object, &start, &end);
    if (sought < start || sought >= end) {
        *before = *object;
        return 0;
    }
    bounds_of(hb_worker_measured ? object : before, &from, &to);
    return 1;
}

/* Before the program's threads, unless an allocator's own start asks before that. */
__attribute__((constructor)) static void find(void)
{
    struct dl_phdr_info before = {.dlpi_phnum = 0};
    if (!is_known)
        (void)dl_iterate_phdr(look_at, &before);
    is_known = true;
}

static bool is_steady_for(const void *caller)
{
    find();
    const bool is_within = (uintptr_t)caller >= from && (uintptr_t)caller < to;
    return is_within != (hb_worker_measured != NULL);
}

/* ---- the clock ---- */

static struct timespec look(void)
{
    const uint64_t ns = atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed) * STEP_NS;
    return (struct timespec){.tv_sec = (time_t)(START_S + (int64_t)(ns / 1000000000u)),
                             .tv_nsec = (long)(ns % 1000000000u)};
}

/* CPU time stays what it is. */
EXPORTED int clock_gettime(clockid_t clock_id, struct timespec *tp)
{
    const bool is_of_day = clock_id == CLOCK_REALTIME || clock_id == CLOCK_REALTIME_COARSE ||
                           clock_id == CLOCK_MONOTONIC || clock_id == CLOCK_MONOTONIC_COARSE ||
                           clock_id == CLOCK_MONOTONIC_RAW || clock_id == CLOCK_BOOTTIME;
    if (!is_of_day || !is_steady_for(__builtin_return_address(0)))
        return (int)syscall(SYS_clock_gettime, clock_id, tp);
    *tp = look();
    return 0;
}

EXPORTED int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    if (!is_steady_for(__builtin_return_address(0)))
        return (int)syscall(SYS_gettimeofday, tv, tz);
    const struct timespec now = look();
    *tv = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

EXPORTED time_t time(time_t *timer)
{
    struct timespec now;
    if (is_steady_for(__builtin_return_address(0)))
        now = look();
    else if (syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE, &now) != 0)
        return -1;
    if (timer)
        *timer = now.tv_sec;
    return now.tv_sec;
}
