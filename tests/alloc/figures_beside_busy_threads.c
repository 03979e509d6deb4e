/* Also: mallinfo2 gives figures that may be, whatever other threads do
 * glibc: no, its figures are of one arena */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { THREADS = 3, SLOTS = 2000 };

static atomic_bool is_over;

static void *work(void *number)
{
    static void *blocks[THREADS][SLOTS];
    void **mine = blocks[(uintptr_t)number];
    uint64_t seed = (uintptr_t)number + 1;
    while (!is_over) {
        const size_t bytes = (size_t)40000 << next_random(&seed) % 2;
        for (int i = 0; i < SLOTS / 50; i++)
            mine[i] = malloc(bytes);
        for (int i = 0; i < SLOTS / 50; i++)
            free(mine[i]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    const long rounds = rounds_of(100000);
    for (long i = 0; i < rounds; i++) {
        const struct mallinfo2 info = mallinfo2();
        if (info.uordblks >> 40 || info.fordblks >> 40) {
            fprintf(stderr, "in use %zx, free %zx\n", info.uordblks, info.fordblks);
            return 1;
        }
    }
    is_over = true;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
