/* Also: every thread frees what every other one allocated, contents whole.
 * Group: threads
 * Means: data passed between threads is lost or corrupted */
#include "promise.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 6, SLOTS = 4096, STEPS = 400000 };

static _Atomic(unsigned char *) slots[SLOTS];

static unsigned char *make(uint64_t *random)
{
    const uint64_t r = next_random(random);
    const size_t bytes = 16 + (r % 100 == 0 ? r % 100000 : r % 1000);
    unsigned char *block = malloc(bytes);
    CHECK(block != NULL);
    memcpy(block, &bytes, sizeof bytes);
    memset(block + sizeof bytes, (int)(bytes & 255), bytes - sizeof bytes);
    return block;
}

static void unmake(unsigned char *block)
{
    size_t bytes;
    if (block == NULL)
        return;
    memcpy(&bytes, block, sizeof bytes);
    for (size_t i = sizeof bytes; i < bytes; i += 37)
        CHECK(block[i] == (bytes & 255));
    free(block);
}

static void *work(void *number)
{
    uint64_t random = (uint64_t)(uintptr_t)number * 7919 + 1;
    for (long i = rounds_of(STEPS); i > 0; i--)
        unmake(atomic_exchange(&slots[next_random(&random) % SLOTS], make(&random)));
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < SLOTS; i++)
        unmake(atomic_exchange(&slots[i], NULL));
    return 0;
}
