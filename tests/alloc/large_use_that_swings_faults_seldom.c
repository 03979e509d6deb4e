/* Also: large blocks of which now many and now few are in use fault seldom, and go back
 * Means: programs whose large buffers come and go pay for their pages anew each time
 * Limit: 120 s
 * Debug: no, its periods are so short that memory goes back in between */
#include "figures.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>

enum { SLOTS = 8, STEPS = 1200, WARM = 300, TURNS = 10, PAGE = 4096, LEAST = 16, DOUBLINGS = 10 };

static unsigned char *blocks[SLOTS];
static size_t bytes[SLOTS], live, live_most;

static long faults(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

/* A slot's block is freed, or an empty one gets one, of which each page is written. */
static long swing(uint64_t *random)
{
    const size_t slot = next_random(random) % SLOTS;
    if (blocks[slot] != NULL) {
        free(blocks[slot]);
        blocks[slot] = NULL;
        live -= bytes[slot];
        return 0;
    }
    const size_t least = (size_t)1 << (LEAST + next_random(random) % DOUBLINGS);
    bytes[slot] = least + next_random(random) % least;
    blocks[slot] = malloc(bytes[slot]);
    CHECK(blocks[slot] != NULL);
    for (size_t at = 0; at < bytes[slot]; at += PAGE)
        blocks[slot][at] = 1;
    live += bytes[slot];
    live_most = live > live_most ? live : live_most;
    return (long)(bytes[slot] / PAGE);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Faults of so many steps, and the pages that were written in them. */
static long faults_of(int steps, uint64_t *random, long *pages)
{
    const long before = faults();
    *pages = 0;
    for (int step = 0; step < steps; step++)
        *pages += swing(random);
    return faults() - before;
}

int main(int argc, char **argv)
{
    uint64_t random = chosen_seed(argc, argv);
    long pages, taken;
    bool had_cpu;
    const long at_first = status_kib("VmRSS:");
    (void)faults_of(WARM, &random, &pages);
    /* While it waits for a CPU memory goes back, by the clock: then once more. */
    for (int turn = 0; turn < TURNS; turn++) {
        const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        taken = faults_of(STEPS, &random, &pages);
        had_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu > 0.8 * (seconds(CLOCK_MONOTONIC) - wall);
        if (had_cpu || taken < pages / 4)
            break;
    }
    const long most = status_kib("VmHWM:") - at_first;
    printf("%ld faults for %ld pages; %ld KiB at most for %zu live\n", taken, pages, most,
           live_most >> 10);
    CHECK(taken < pages / 4 || !had_cpu);
    CHECK(most < (long)(live_most >> 10) * 8 / 5 + 4096);
    for (size_t slot = 0; slot < SLOTS; slot++)
        free(blocks[slot]);
    long left = LONG_MAX;
    for (int second = 0; second < 20 && left >= 8192; second++) { /* 2, where nobody else works */
        do_little_for(1);
        left = status_kib("VmRSS:") - at_first;
    }
    printf("%ld KiB left\n", left);
    CHECK(left < 8192);
    return 0;
}
