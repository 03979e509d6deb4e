/* Case 82: 1 GiB of blocks, freed, goes back to the system without a further call.
 * Group: memory
 * Means: after a busy hour the memory stays taken, and counts against the container
 * glibc: no, what lies below a block that is still used stays
 * A few blocks of the program's own remain, made during the spike, as they do in real programs. */
#include "promise.h"

enum { COUNT = 1900000, KEPT = 16 };

static void *blocks[COUNT];

int main(void)
{
    const int count = (int)part_of(COUNT);
    uint64_t random = 42;
    memset(blocks, 1, sizeof blocks); /* resident from the start */
    memset(blocks, 0, sizeof blocks);
    const long base = memory_kib("Rss:");
    if (base < 0)
        return skipped("no smaps_rollup");
    for (int i = 0; i < count; i++) {
        const size_t bytes = 16 + next_random(&random) % 1100;
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, bytes);
    }
    const long peak = memory_kib("Rss:");
    CHECK(peak > base + part_of(900000));
    for (int i = 0; i < count; i++)
        if (i % (count / KEPT) != count / KEPT / 2)
            free(blocks[i]);
    long after = memory_kib("Rss:");
    for (int tenths = 0; tenths < 50 && after > base + peak / 8; tenths++) {
        usleep(100000);
        after = memory_kib("Rss:");
    }
    printf("before %ld KiB, at the peak %ld KiB, freed %ld KiB\n", base, peak, after);
    if (after > base + peak / 8) {
        fprintf(stderr, "%ld KiB of %ld KiB are still resident\n", after - base, peak - base);
        return 1;
    }
    return 0;
}
