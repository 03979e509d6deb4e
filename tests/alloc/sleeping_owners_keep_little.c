/* Also: what another thread frees does not wait for an owner that sleeps, or that has ended.
 * glibc: no, freed blocks between others in use stay
 * Debug: no, freed blocks are overwritten there, and periods are short */
#include "figures.h"

#include <pthread.h>

enum { THREADS = 16, MIB = 8, MOST_BLOCKS = 1 << 15 };

static pthread_barrier_t barrier;
static int sleeps;
static void *blocks[THREADS][MOST_BLOCKS];
static size_t counts[THREADS];

static void *produce(void *argument)
{
    const size_t me = (size_t)argument;
    uint64_t random = me * 7919 + 13;
    counts[me] = 0;
    for (size_t bytes = 0; bytes < (size_t)MIB << 20; counts[me]++) {
        const size_t size = 16 + next_random(&random) % 1024;
        CHECK((blocks[me][counts[me]] = malloc(size)) != NULL);
        memset(blocks[me][counts[me]], 1, size);
        bytes += size;
    }
    pthread_barrier_wait(&barrier);
    if (sleeps)
        pthread_barrier_wait(&barrier);
    return NULL;
}

static void free_all(void)
{
    for (int i = 0; i < THREADS; i++)
        for (size_t j = 0; j < counts[i]; j++)
            free(blocks[i][j]);
}

/* KiB kept of what the threads made. */
static long kept_kib(long before)
{
    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, produce, (void *)i) == 0);
    pthread_barrier_wait(&barrier);
    for (int i = 0; !sleeps && i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    free_all();
    do_little_for(1.5);
    const long kept = status_kib("VmRSS:") - before;
    if (sleeps)
        pthread_barrier_wait(&barrier);
    for (int i = 0; sleeps && i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return kept;
}

int main(void)
{
    memset(blocks, 0, sizeof blocks);
    const long before = status_kib("VmRSS:");
    for (sleeps = 0; sleeps < 2; sleeps++) {
        const long kept = kept_kib(before);
        printf("%ld MiB kept of %d of threads that %s\n", kept >> 10, THREADS * MIB,
               sleeps ? "sleep" : "have ended");
        CHECK(kept >> 10 < THREADS * MIB / 2);
    }
    return 0;
}
