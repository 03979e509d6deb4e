/* Case 71: thousands of threads one after another: memory does not grow with their number.
 * Group: memory
 * Means: servers that make a thread a request grow with each
 * Limit: 240 s
 * Each frees a block of main's too: one is too few to be sent home before the thread ends. */
#include "promise.h"

#include <pthread.h>

enum { BLOCKS = 25, EARLY = 500, THREADS = 4000 };

static void *work(void *of_main)
{
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(i * 148 + 1);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, i * 148 + 1);
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    free(of_main);
    return NULL;
}

static void churn(long count)
{
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        void *block = malloc(1000);
        CHECK(block != NULL);
        memset(block, 1, 1000);
        CHECK(pthread_create(&thread, NULL, work, block) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

int main(void)
{
    churn(EARLY);
    const long before = memory_kib("Rss:");
    churn(rounds_of(THREADS));
    const long after = memory_kib("Rss:");
    printf("%ld KiB after %d threads, %ld KiB after %ld more\n", before, EARLY, after,
           rounds_of(THREADS));
    CHECK(before > 0);
    if (after > before + 512) {
        fprintf(stderr, "grew from %ld to %ld KiB\n", before, after);
        return 1;
    }
    return 0;
}
