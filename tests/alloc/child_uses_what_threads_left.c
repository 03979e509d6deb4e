/* Also: what other threads made before a fork, the child frees and uses again: it does not grow
 * Group: threads
 * Means: servers that fork workers grow: what threads had made is not used again
 * Limit: 120 s
 * The threads live on in the parent, their heaps are nobody's in the child. */
#include "busy.h"

enum { MAKERS = 4, EACH = 10000, ROUNDS = 3 };

static unsigned char *blocks[MAKERS][EACH];
static pthread_barrier_t gate;
static size_t each; /* of EACH */

static size_t bytes_of(size_t maker, size_t i)
{
    return maker == 3 ? 16 + i % 64 * 40 : 900 + maker * 100;
}

static void fill(size_t maker)
{
    for (size_t i = 0; i < each; i++) {
        blocks[maker][i] = malloc(bytes_of(maker, i));
        CHILD_CHECK(blocks[maker][i] != NULL, 11);
        memset(blocks[maker][i], (int)(maker + 1), bytes_of(maker, i));
    }
}

static void empty(size_t maker)
{
    for (size_t i = 0; i < each; i++) {
        CHILD_CHECK(blocks[maker][i][bytes_of(maker, i) - 1] == maker + 1, 12);
        free(blocks[maker][i]);
    }
}

static void *make(void *maker)
{
    fill((size_t)maker);
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    return NULL;
}

/* One thread, or one for each maker, in the child. */
static void *refill(void *maker)
{
    empty((size_t)maker);
    fill((size_t)maker);
    return NULL;
}

static void be_child(void *with_threads)
{
    pthread_t threads[MAKERS];
    const long before = status_kib("VmRSS:");
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < MAKERS; i++)
            if (with_threads != NULL)
                CHILD_CHECK(pthread_create(&threads[i], NULL, refill, (void *)i) == 0, 13);
            else
                empty(i);
        for (size_t i = 0; i < MAKERS; i++)
            if (with_threads != NULL)
                CHILD_CHECK(pthread_join(threads[i], NULL) == 0, 14);
            else
                fill(i);
    }
    const long after = status_kib("VmRSS:");
    dprintf(STDERR_FILENO, "%s: %ld KiB before, %ld after three rounds\n",
            with_threads ? "4 threads" : "1 thread", before, after);
    CHILD_CHECK(after < before + before / 2, 15);
}

int main(void)
{
    pthread_t threads[MAKERS];
    struct forks forks = {0};
    each = (size_t)part_of(EACH);
    CHECK(pthread_barrier_init(&gate, NULL, MAKERS + 1) == 0);
    for (size_t i = 0; i < MAKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, make, (void *)i) == 0);
    pthread_barrier_wait(&gate);
    child_ends_well(&forks, BY_FORK, be_child, NULL);
    child_ends_well(&forks, BY_FORK, be_child, &forks);
    pthread_barrier_wait(&gate);
    for (int i = 0; i < MAKERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 0; i < MAKERS; i++)
        empty(i);
    return verdict(&forks);
}
