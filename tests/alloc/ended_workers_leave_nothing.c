/* Also: workers that made and freed much, in turns or at once, and ended, leave it to the system
 * Group: memory
 * Means: memory of workers that have ended stays taken
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 240 s
 * 10 workers of 25 MiB each. After they are joined resident memory is back near where it was,
 * without any further call, or with what light use one thread makes. */
#include "figures.h"

#include <pthread.h>

enum { WORKERS = 10, MIB_EACH = 25, SLACK_KIB = 16 << 10, AT_ONCE = 5 };

/* What is asked of a worker: the size of its blocks, or a mix. */
static void *work(void *size)
{
    const size_t bytes = (size_t)size;
    uint64_t random = bytes + 3;
    void **last = NULL;
    for (size_t made = 0; made < (size_t)rounds_of(MIB_EACH) << 20;) {
        const size_t each = bytes != 0 ? bytes : 16 + next_random(&random) % 9000;
        void **block = malloc(each);
        CHECK(block != NULL);
        memset(block, 1, each);
        *block = last;
        last = block;
        made += each;
    }
    while (last != NULL) {
        void **block = last;
        last = *block;
        free(block);
    }
    return NULL;
}

static void run(int together, size_t bytes)
{
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i += together) {
        for (int j = i; j < i + together; j++)
            CHECK(pthread_create(&threads[j], NULL, work, (void *)bytes) == 0);
        for (int j = i; j < i + together; j++)
            CHECK(pthread_join(threads[j], NULL) == 0);
    }
}

static int goes_back(long before, int together, size_t bytes)
{
    run(together, bytes);
    const long most = before + rounds_of(SLACK_KIB);
    long after = status_kib("VmRSS:");
    for (int tenths = 0; tenths < 30 && after > most; tenths++) {
        usleep(100000);
        after = status_kib("VmRSS:");
    }
    printf("%d at once, blocks of %zu: %ld KiB before, %ld after\n", together, bytes, before,
           after);
    fflush(stdout);
    if (after <= most)
        return 1;
    fprintf(stderr, "%d at once, blocks of %zu: %ld MiB stay\n", together, bytes,
            (after - before) >> 10);
    return 0;
}

int main(void)
{
    int bad = 0;
    const long before = status_kib("VmRSS:");
    bad += !goes_back(before, 1, 1000);
    bad += !goes_back(before, AT_ONCE, 1000);
    bad += !goes_back(before, AT_ONCE, 0);
    return bad != 0;
}
