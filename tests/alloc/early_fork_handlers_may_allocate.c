/* Also: the fork handler of a library that started first allocates in the child of busy threads.
 * Needs: early_fork
 * Limit: 120 s */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

int early_fork_handled(void);

enum { FORKS = 150, THREADS = 2 };

static atomic_bool is_over;

/* Large blocks and trims: what the allocator does under its locks. */
static void *keep_busy(void *unused)
{
    void *blocks[64];
    while (!is_over) {
        for (int i = 0; i < 64; i++) {
            blocks[i] = malloc(100000);
            if (blocks[i] != NULL)
                *(char *)blocks[i] = 1;
        }
        for (int i = 0; i < 64; i++)
            free(blocks[i]);
        malloc_trim(0);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, keep_busy, NULL) == 0);
    for (int i = 0; i < FORKS; i++) {
        int status = -1;
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            _exit(early_fork_handled() == 1 ? 0 : 2);
        CHECK(waitpid(child, &status, 0) == child);
        if (status != 0) {
            fprintf(stderr, "fork %d: the child: %s\n", i, end_of(status));
            _exit(1);
        }
    }
    is_over = true;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
