/* Also: no call of malloc or free moves more than some blocks, whatever there is to give back.
 * Debug builds only: they count what a call does, blocks moved, links walked and slabs looked at.
 * Limit: 120 s */
#include "promise.h"

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

/* In debug builds 64 blocks a call go to slabs, and what an inbox gives last is a parcel of 125; 64
 * slabs are looked at, and twice 256 links. */
enum { BLOCKS = 6000, THREADS = 6, EACH = 2000, MOST_WORK = 600 };

static size_t (*work_done)(void);
static size_t most;
static const char *phase;
static void *blocks[BLOCKS], *theirs[THREADS][EACH];
static pthread_barrier_t all_made, all_freed;

static void note(void)
{
    const size_t work = work_done();
    if (work <= most)
        return;
    most = work;
    fprintf(stderr, "%s: a call did %zu\n", phase, most);
}

static void *make(size_t bytes)
{
    (void)work_done();
    void *block = malloc(bytes);
    note();
    CHECK(block != NULL);
    return block;
}

static void unmake(void *block)
{
    (void)work_done();
    free(block);
    note();
}

static void shuffle(uint64_t *random)
{
    for (size_t i = BLOCKS; i > 1; i--) {
        const size_t j = (size_t)(next_random(random) >> 16) % i;
        void *other = blocks[j];
        blocks[j] = blocks[i - 1];
        blocks[i - 1] = other;
    }
}

/* All of it grows, and goes in another order; then little is done, and all that is left is due. */
static void spike(uint64_t *random, size_t most_bytes)
{
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = make(1 + (size_t)(next_random(random) >> 16) % most_bytes);
    shuffle(random);
    for (size_t i = 0; i < BLOCKS; i++)
        unmake(blocks[i]);
    for (int i = 0; i < 300; i++) {
        usleep(i % 10 ? 0 : 1000);
        unmake(make(40));
    }
}

static void steady(uint64_t *random)
{
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = make(1 + i % 900);
    for (size_t i = 0; i < 2 * (size_t)BLOCKS; i++) {
        const size_t at = (size_t)(next_random(random) >> 16) % BLOCKS;
        unmake(blocks[at]);
        blocks[at] = make(1 + (size_t)(next_random(random) >> 16) % 900);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        unmake(blocks[i]);
}

/* Half of them sleep when their blocks are freed, half have ended. */
static void *give(void *number)
{
    for (size_t i = 0; i < EACH; i++)
        theirs[(size_t)number][i] = malloc(1 + i * 37 % 700);
    for (size_t i = 0; i < EACH; i += 3) {
        free(theirs[(size_t)number][i]);
        theirs[(size_t)number][i] = NULL;
    }
    pthread_barrier_wait(&all_made);
    if ((size_t)number % 2)
        pthread_barrier_wait(&all_freed);
    return NULL;
}

static void others(void)
{
    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&all_made, NULL, THREADS + 1) == 0);
    CHECK(pthread_barrier_init(&all_freed, NULL, THREADS / 2 + 1) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, give, (void *)i) == 0);
    pthread_barrier_wait(&all_made);
    for (size_t i = 0; i < EACH; i++)
        for (size_t t = 0; t < THREADS; t++)
            unmake(theirs[t][i]);
    for (int i = 0; i < 300; i++) {
        usleep(i % 10 ? 0 : 1000);
        unmake(make(40));
    }
    pthread_barrier_wait(&all_freed);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(void)
{
    uint64_t random = 5;
    *(void **)&work_done = dlsym(RTLD_DEFAULT, "hakmem_debug_work");
    if (work_done == NULL)
        return skipped("no debug build");
    phase = "small blocks in another order";
    spike(&random, 200);
    phase = "larger ones";
    spike(&random, 6000);
    phase = "replaced at random";
    steady(&random);
    phase = "blocks of others";
    others();
    return most > MOST_WORK;
}
