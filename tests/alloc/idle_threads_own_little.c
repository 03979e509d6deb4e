/* Also: a thread that used a few blocks of many sizes and sleeps holds little.
 * Debug: no, freed blocks are overwritten there, and lists are short */
#include "figures.h"

#include <pthread.h>

enum { THREADS = 100, BLOCKS = 64, MOST = 256, KIB_EACH = 64 };

static pthread_barrier_t barrier;

static void *work(void *is_user)
{
    void *blocks[BLOCKS];
    for (size_t i = 0; is_user && i < BLOCKS; i++) {
        blocks[i] = malloc(MOST * (i + 1) / BLOCKS);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, MOST * (i + 1) / BLOCKS);
    }
    for (int i = 0; is_user && i < BLOCKS; i++)
        free(blocks[i]);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* With threads that do nothing, or that use blocks. */
static long resident_kib(void *are_users)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, are_users) == 0);
    pthread_barrier_wait(&barrier);
    const long resident = status_kib("VmRSS:");
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return resident;
}

int main(void)
{
    static int yes;
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    (void)resident_kib(NULL);
    const long idle = resident_kib(NULL), users = resident_kib(&yes);
    printf("%ld KiB a thread\n", (users - idle) / THREADS);
    CHECK(users - idle < (long)THREADS * KIB_EACH);
    return 0;
}
