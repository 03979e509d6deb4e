/* A library whose constructor asks for a handler that allocates in every forked child.
 * Read next: ../early_fork_handlers_may_allocate.c. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int handled;

static void in_child(void)
{
    void *blocks[100];
    alarm(20); /* one that waits for a lock of a thread that is not there ends */
    for (size_t i = 0; i < 100; i++) {
        blocks[i] = malloc(i * 1300 + 1);
        if (blocks[i] == NULL)
            _exit(3);
        memset(blocks[i], 1, i * 13 + 1);
    }
    for (size_t i = 0; i < 100; i++)
        free(blocks[i]);
    alarm(0);
    handled++;
}

__attribute__((constructor)) static void start(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

int early_fork_handled(void)
{
    return handled;
}
