/* Also: a child by the bare clone call whose first look around is a new thread's: the forked thread
 * goes on with what is its own
 * Limit: 120 s
 * glibc: no, its locks are mended by handlers that only fork() runs
 * The new thread cannot know by itself which of the parent's threads lives on. */
#include "forks.h"

#include <pthread.h>

enum { BLOCKS = 200, BYTES = 64, CHILDREN = 40, THREADS = 4, LIMIT_S = 60 };

static unsigned char *blocks[BLOCKS];

static void *work(void *number)
{
    void *mine[3000];
    for (size_t i = 0; i < 3000; i++) {
        const size_t bytes = i % 3 ? BYTES : 16 + i;
        CHECK((mine[i] = malloc(bytes)) != NULL);
        memset(mine[i], (int)(uintptr_t)number, bytes);
    }
    for (size_t i = 0; i < 3000; i++) {
        CHECK(*(unsigned char *)mine[i] == (unsigned char)(uintptr_t)number);
        free(mine[i]);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void replace(int from, int step)
{
    for (int i = from; i < BLOCKS; i += step) {
        CHECK(blocks[i][0] == 0x77 && blocks[i][BYTES - 1] == 0x77);
        free(blocks[i]);
        CHECK((blocks[i] = malloc(BYTES)) != NULL);
        memset(blocks[i], 0x77, BYTES);
    }
}

/* The forked thread has blocks in its lists, and asks for none of another size first. */
static void be_child(void)
{
    alarm(LIMIT_S);
    for (int i = 0; i < 10; i++) {
        run_threads();
        replace(i % 7, 7);
    }
    (void)work((void *)9);
    replace(0, 1);
    _exit(0);
}

int main(void)
{
    struct forks forks = {.limit_s = LIMIT_S};
    for (int i = 0; i < BLOCKS; i++) {
        CHECK((blocks[i] = malloc(BYTES)) != NULL);
        memset(blocks[i], 0x77, BYTES);
    }
    run_threads(); /* their stacks are kept, and used again */
    for (int i = 0; i < CHILDREN; i++) {
        replace(0, 1);
        const pid_t child = fork_by(BY_CLONE);
        CHECK(child >= 0);
        if (child == 0)
            be_child();
        forks.made++;
        (void)ended_well(&forks, child, BY_CLONE);
    }
    return forks.bad != 0;
}
