/* A plant that makes an allocator slower by a share of its own undisturbed speed. Between two of
 * its frees it spins so many times, a number found out at first: work like the allocator's own,
 * that a busy machine slows down just as much, where waiting for a time would take more or less of
 * it. */
#ifndef TESTS_SOAK_SLOWED_H
#define TESTS_SOAK_SLOWED_H

#include "planted.h"

#define INTERVALS 256u /* the median of so many, so that turns of others do not count */
#define SAMPLES   9u

static inline void spin(uint64_t turns)
{
    for (; turns > 0; turns--)
        __asm__ volatile("" : "+r"(turns));
}

static inline int compare_ns(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static inline double median(uint64_t *ns, size_t count)
{
    qsort(ns, count, sizeof *ns, compare_ns);
    return (double)ns[count / 2];
}

static inline double ns_of_spin(void)
{
    enum { TURNS = 2000 };
    uint64_t ns[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++) {
        const uint64_t start = clock_ns(CLOCK_MONOTONIC);
        spin(TURNS);
        ns[i] = clock_ns(CLOCK_MONOTONIC) - start;
    }
    return median(ns, SAMPLES) / TURNS;
}

/* By a share of the time between two calls, as it was lately: the machine's speed changes. */
static inline void slow_down(double share)
{
    static uint64_t ns[INTERVALS], since;
    static unsigned count;
    static double turns; /* that take as long as an interval */
    ns[count++] = clock_ns(CLOCK_MONOTONIC) - since;
    if (count == INTERVALS) {
        turns = median(ns, INTERVALS) / ns_of_spin();
        count = 0;
    }
    spin((uint64_t)(share * turns));
    since = clock_ns(CLOCK_MONOTONIC);
}

#endif
