/* Case 153: workers of a pool who take turns do not keep what all of them had in turn.
 * Group: memory
 * Means: each thread of a pool keeps its own peak: memory times the number of threads
 * Limit: 120 s
 * Debug: no, freed blocks are overwritten there, and periods are short */
#include "figures.h"

#include <pthread.h>

enum { MOST_WORKERS = 50, ORDERS = 2 };

/* What a worker has at most in its turn, MIB, of blocks of so many bytes. */
static const struct load {
    int workers, mib;
    size_t least, most;
} loads[] = {{12, 48, 16, 4096}, {12, 48, 1024, 16384}, {50, 20, 16, 1024}};
static const struct load *load;
static pthread_barrier_t barrier;
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
    const size_t most_bytes = (size_t)load->mib << 20, room = most_bytes / load->least + 1;
    void **blocks = malloc(room * sizeof *blocks);
    size_t count = 0;
    for (size_t bytes = 0; bytes < most_bytes; count++) {
        const size_t size = load->least + next_random(&random) % (load->most - load->least);
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
    for (long turn = 0; turn < load->workers; turn++) {
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
    pthread_t threads[MOST_WORKERS];
    const long before = status_kib("VmRSS:");
    CHECK(pthread_barrier_init(&barrier, NULL, (unsigned)load->workers + 1) == 0);
    for (long i = 0; i < load->workers; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int turn = 0; turn < load->workers; turn++) {
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    const long kept = status_kib("VmRSS:") - before;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < load->workers; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return kept;
}

/* A third more than a worker has, and 32 MiB. */
int main(void)
{
    for (load = loads; load < loads + sizeof loads / sizeof loads[0]; load++) {
        for (is_shuffled = 0; is_shuffled < ORDERS; is_shuffled++) {
            const long kept = kept_kib();
            printf("%d times %d MiB, %zu to %zu B%s: %ld MiB kept\n", load->workers, load->mib,
                   load->least, load->most, is_shuffled ? ", shuffled" : "", kept >> 10);
            CHECK(kept >> 10 < load->mib * 13 / 10 + 32);
        }
    }
    return 0;
}
