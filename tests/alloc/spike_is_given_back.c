/* Also: half a gigabyte, freed but for 1 block in 1,000 or all, goes back within 3 s of light use.
 * Group: memory
 * Means: after a busy moment the memory stays taken for seconds, though the program works on */
#include "promise.h"

#include <time.h>

enum { COUNT = 1000000 };

static void *blocks[COUNT];

static void spike(int count, int keep_each)
{
    uint64_t random = 42;
    for (int i = 0; i < count; i++) {
        const size_t bytes = 16 + next_random(&random) % 1024;
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, bytes);
    }
    for (int i = 0; i < count; i++)
        if (keep_each == 0 || i % keep_each != 0) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

/* One size over and over: it never leaves the fastest path by itself. */
static void use_lightly(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 3000; i++) {
        char *block = malloc(64);
        HIDDEN(block);
        free(block);
        nanosleep(&pause, NULL);
    }
}

int main(void)
{
    const int count = (int)part_of(COUNT);
    memset(blocks, 1, sizeof blocks); /* resident from the start */
    memset(blocks, 0, sizeof blocks);
    const long base = memory_kib("Rss:");
    CHECK(base > 0);
    spike(count, 1000);
    use_lightly();
    const long some = memory_kib("Rss:");
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    spike(count, 0);
    use_lightly();
    const long none = memory_kib("Rss:");
    printf("before %ld KiB, 0.1%% kept %ld KiB, all freed %ld KiB\n", base, some, none);
    CHECK(some < base + part_of(90000));
    CHECK(none < base + 10240);
    return 0;
}
