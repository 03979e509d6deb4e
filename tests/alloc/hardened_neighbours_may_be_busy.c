/* Also: blocks side by side, resized and freed by many threads, are never taken for broken.
 * Mode: hardened
 * Limit: 120 s */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, PLACES = 512, ROUNDS = 60000 };

static _Atomic(char *) places[PLACES];

/* Whoever takes a block out of its place has it for himself; its neighbours are others'. */
static void *work(void *number)
{
    uint64_t random = (uint64_t)(uintptr_t)number + 7;
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t r = next_random(&random);
        char *block = atomic_exchange(&places[r % PLACES], NULL);
        const size_t bytes = 1 + (r >> 16) % 300;
        if (block != NULL && r >> 40 & 1) {
            free(block);
            block = NULL;
        }
        block = realloc(block, bytes);
        CHECK(block != NULL && malloc_usable_size(block) >= bytes);
        memset(block, (int)r, bytes);
        char *nobody = NULL;
        if (!atomic_compare_exchange_strong(&places[r % PLACES], &nobody, block))
            free(block);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < PLACES; i++)
        free(atomic_load(&places[i]));
    return 0;
}
