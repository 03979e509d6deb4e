/* Also: where madvise says yes and does nothing, calloc gives zeros and children of busy threads
 * work glibc: no, it believes madvise */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

enum { COUNT = 30000, THREADS = 3 };

int madvise(void *address, size_t bytes, int advice)
{
    (void)address, (void)bytes, (void)advice;
    return 0;
}

static void use(size_t bytes, int count)
{
    static unsigned char *blocks[COUNT];
    for (int i = 0; i < count; i++) {
        blocks[i] = calloc(1, bytes);
        CHECK(blocks[i] != NULL);
        CHECK(holds_only(blocks[i], bytes, 0));
        memset(blocks[i], 0xFF, bytes);
    }
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    malloc_trim(0);
}

static void use_all(int share)
{
    use(100, COUNT / share);
    use(3000, 5000 / share);
    use(70000, 200 / share);
    use(3000000, 10);
}

static atomic_bool is_over;

static void *keep_busy(void *unused)
{
    while (!is_over) {
        void *small[100];
        for (int i = 0; i < 100; i++)
            small[i] = malloc(i % 10 ? 40000 : 500000);
        for (int i = 0; i < 100; i++)
            free(small[i]);
        malloc_trim(0);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, keep_busy, NULL) == 0);
    const long forks = rounds_of(60);
    for (long i = 0; i < forks; i++) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(CHILD_LIMIT_S);
            use_all(200);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        must_end_well(status);
    }
    is_over = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int round = 0; round < 4; round++) {
        use_all(1);
        usleep(400000); /* what is purged after a while */
    }
    return 0;
}
