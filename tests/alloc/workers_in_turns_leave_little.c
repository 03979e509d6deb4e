/* Case 153: workers of a pool who take turns do not keep what all of them had in turn.
 * Group: memory
 * Means: each thread of a pool keeps its own peak: memory times the number of threads
 * Limit: 120 s
 * Debug: no, freed blocks are overwritten there, and periods are short */
#include "figures.h"

#include <pthread.h>

enum { WORKERS = 12, MIB = 48, ORDERS = 2 };

static pthread_barrier_t barrier;
static size_t least, most;
static int is_shuffled;

static void shuffle(void **blocks, size_t count, uint64_t *random)
{
    for (size_t i = count; i > 1; i--) {
        const size_t j = next_random(random) % i;
        void *other = blocks[j];
        blocks[j] = blocks[i - 1];
        blocks[i - 1] = other;
    }
}

static void take_turn(uint64_t random)
{
    const size_t room = ((size_t)MIB << 20) / least + 1;
    void **blocks = malloc(room * sizeof *blocks);
    size_t count = 0;
    for (size_t bytes = 0; bytes < (size_t)MIB << 20; count++) {
        const size_t size = least + next_random(&random) % (most - least);
        blocks[count] = malloc(size);
        memset(blocks[count], 1, size);
        bytes += size;
    }
    if (is_shuffled)
        shuffle(blocks, count, &random);
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
    free(blocks);
}

static void *work(void *argument)
{
    const long me = (long)argument;
    for (long turn = 0; turn < WORKERS; turn++) {
        pthread_barrier_wait(&barrier);
        if (turn == me)
            take_turn((uint64_t)me * 7919 + 13);
        pthread_barrier_wait(&barrier);
    }
    pthread_barrier_wait(&barrier); /* asleep, not ended, when memory is looked at */
    return NULL;
}

static long kept_kib(void)
{
    pthread_t threads[WORKERS];
    const long before = status_kib("VmRSS:");
    CHECK(pthread_barrier_init(&barrier, NULL, WORKERS + 1) == 0);
    for (long i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int turn = 0; turn < WORKERS; turn++) {
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    const long kept = status_kib("VmRSS:") - before;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return kept;
}

int main(void)
{
    static const size_t sizes[][2] = {{16, 4096}, {1024, 16384}};
    for (int i = 0; i < 2; i++) {
        for (is_shuffled = 0; is_shuffled < ORDERS; is_shuffled++) {
            least = sizes[i][0];
            most = sizes[i][1];
            const long kept = kept_kib();
            printf("%zu to %zu B%s: %ld MiB kept of %d in turn\n", least, most,
                   is_shuffled ? ", shuffled" : "", kept >> 10, WORKERS * MIB);
            CHECK(kept >> 10 < WORKERS * MIB * 3 / 4);
        }
    }
    return 0;
}
