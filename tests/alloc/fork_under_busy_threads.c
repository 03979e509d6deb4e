/* Case 74: fork while 8 threads allocate: the child allocates, frees, starts a thread.
 * Group: threads
 * Means: a threaded program that forks hangs in the child now and then
 * Repeat: 8, a race: a rare one may need more
 * Limit: 240 s
 * Emulated: no, an emulator's own locks are lost in such a fork */
#include "figures.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, FORKS = 20 };

static _Atomic int is_over;
static void *shared[64];

static void *churn(void *number)
{
    uint64_t random = (uint64_t)(uintptr_t)number + 99;
    void *blocks[200] = {NULL};
    while (!atomic_load(&is_over)) {
        const uint64_t r = next_random(&random);
        free(blocks[r % 200]);
        blocks[r % 200] = malloc(r % 1000 == 0 ? r % 3000000 : r % 3000);
    }
    for (int i = 0; i < 200; i++)
        free(blocks[i]);
    return NULL;
}

static void *work(void *unused)
{
    for (size_t i = 1; i < 3000; i += 3) {
        char *block = malloc(i * 3);
        CHECK(block != NULL);
        memset(block, 1, i * 3);
        block = realloc(block, i * 5);
        CHECK(block != NULL);
        free(block);
    }
    return unused;
}

static void in_child_process(void)
{
    pthread_t thread;
    alarm(CHILD_LIMIT_S); /* a deadlock ends here */
    work(NULL);
    for (int i = 0; i < 64; i++)
        free(shared[i]);
    free(malloc(4000000));
    CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    _exit(0);
}

int main(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
    for (size_t i = 0; i < 64; i++)
        shared[i] = malloc(i * 30 + 1);
    for (long i = rounds_of(FORKS); i > 0; i--) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            in_child_process();
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        must_end_well(status);
    }
    atomic_store(&is_over, 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
