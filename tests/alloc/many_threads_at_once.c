/* Case 72: 2,000 threads at once hold blocks, check them, and free each other's.
 * Group: threads
 * Means: programs with thousands of threads fail or corrupt data */
#include "promise.h"

#include <pthread.h>

enum { THREADS = 2000, COUNT = 20 };

static unsigned char *blocks[THREADS][COUNT];
static pthread_barrier_t barrier;
static size_t threads_made; /* of THREADS */

static void *work(void *number)
{
    const size_t me = (size_t)number, other = (me + 7) % threads_made;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[me][i] = malloc(i * 50 + 10);
        CHECK(blocks[me][i] != NULL);
        memset(blocks[me][i], (int)(me & 255), i * 50 + 10);
    }
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(blocks[other][i][i * 50 + 9] == (other & 255));
        free(blocks[other][i]);
    }
    return NULL;
}

int main(void)
{
    static pthread_t threads[THREADS];
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, 128 * 1024) == 0);
    threads_made = (size_t)part_of(THREADS);
    CHECK(pthread_barrier_init(&barrier, NULL, (unsigned)threads_made) == 0);
    for (size_t i = 0; i < threads_made; i++)
        if (pthread_create(&threads[i], &attributes, work, (void *)i) != 0)
            _exit(skipped("this machine does not start 2,000 threads"));
    for (size_t i = 0; i < threads_made; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
