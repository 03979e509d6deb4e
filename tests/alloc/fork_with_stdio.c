/* Case 75: fork while threads use streams (their locks, then malloc's) does not deadlock.
 * Group: threads
 * Means: a threaded program that prints and forks hangs for ever now and then
 * Repeat: 3, a race: a rare one may need more
 * Emulated: no, an emulator's own locks are lost in such a fork */
#include "promise.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, FORKS = 150 };

static _Atomic int is_over;

static void *use_streams(void *unused)
{
    while (!atomic_load(&is_over)) {
        char *line = NULL;
        size_t bytes = 0;
        FILE *file = fopen("/proc/self/stat", "r");
        if (file == NULL)
            continue;
        if (getline(&line, &bytes, file) < 0)
            break;
        fflush(NULL);
        fclose(file);
        free(line);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use_streams, NULL) == 0);
    for (long i = rounds_of(FORKS); i > 0; i--) {
        free(malloc(10000));
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(CHILD_LIMIT_S); /* a deadlock ends here */
            char *text = NULL;
            CHECK(asprintf(&text, "%0900ld", i) == 900);
            free(text);
            _exit(0);
        }
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        must_end_well(status);
    }
    atomic_store(&is_over, 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
