/* Case 152: large blocks that are replaced all the time use the same pages again, and go back.
 * Group: memory
 * Means: large buffers are paid for anew each time, in page faults; or they stay taken
 * Limit: 120 s
 * Debug: no, its periods are so short that memory goes back in between */
#include "figures.h"

#include <sys/resource.h>

enum { SLOTS = 16, STEPS = 600, WARM = 100, PAGE = 4096 };

static unsigned char *blocks[SLOTS];
static size_t bytes[SLOTS], live, live_most;

static long faults(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

static size_t replace(size_t slot, size_t size)
{
    free(blocks[slot]);
    live -= bytes[slot];
    blocks[slot] = malloc(size);
    CHECK(blocks[slot] != NULL);
    bytes[slot] = size;
    live += size;
    live_most = live > live_most ? live : live_most;
    for (size_t at = 0; at < size; at += PAGE)
        blocks[slot][at] = 1;
    return size / PAGE;
}

/* Small calls now and then, as of a program that does something else. */
static void do_little(double seconds)
{
    for (int i = 0; i < seconds * 100; i++) {
        for (int call = 0; call < 200; call++)
            free(malloc(100));
        usleep(10000);
    }
}

int main(void)
{
    uint64_t random = 88172645463325252;
    long pages = 0, before = 0;
    const long at_first = status_kib("VmRSS:");
    for (int step = 0; step < STEPS; step++) {
        const uint64_t r = next_random(&random);
        if (step == WARM) {
            before = faults();
            pages = 0;
        }
        pages += (long)replace(r % SLOTS, ((size_t)1 << 20) + (size_t)(r >> 20) % (5u << 20));
    }
    const long taken = faults() - before, most = status_kib("VmHWM:") - at_first;
    printf("%ld faults for %ld pages; %ld KiB at most for %zu live\n", taken, pages, most,
           live_most >> 10);
    CHECK(taken < pages / 3);
    CHECK(most < (long)(live_most >> 10) * 8 / 5 + 4096);
    for (size_t slot = 0; slot < SLOTS; slot++)
        free(blocks[slot]);
    do_little(3);
    const long left = status_kib("VmRSS:") - at_first;
    printf("%ld KiB left\n", left);
    CHECK(left < 8192);
    return 0;
}
