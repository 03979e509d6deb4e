/* Case 79: threads whose first malloc comes when memory is out get NULL, and end well.
 * Group: limits
 * Means: a new thread crashes when there is no memory left */
#include "promise.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, STACK = 128 * 1024, COUNT = 2000000 };

static _Atomic int may_begin, failed_calls, good_calls;
static void **blocks;
static int block_count;

static void wait_until(int at_least)
{
    while (atomic_load(&may_begin) < at_least)
        usleep(1000);
}

static void try_size(size_t bytes)
{
    char *block = malloc(bytes);
    if (block == NULL) {
        CHECK(errno == ENOMEM);
        failed_calls++;
    } else {
        memset(block, 1, bytes);
        good_calls++;
    }
    free(block);
}

/* The first call, of each thread another, is made when nothing is left. */
static void *work(void *number)
{
    wait_until(1);
    if ((uintptr_t)number % 4 == 1) {
        void **smallest = &blocks[block_count - 1 - (intptr_t)number]; /* no room for the others */
        free(*smallest);
        *smallest = NULL;
    } else if ((uintptr_t)number % 4 == 2) {
        free(realloc(NULL, 100));
    }
    for (size_t bytes = 1; bytes < 1000000; bytes *= 7)
        try_size(bytes);
    return NULL;
}

static void fill(size_t bytes)
{
    void *block;
    while (block_count < COUNT && (block = malloc(bytes)) != NULL)
        blocks[block_count++] = block;
    CHECK(block_count < COUNT && errno == ENOMEM);
}

int main(int argc, char **argv)
{
    const struct rlimit limit = {.rlim_cur = 128u << 20, .rlim_max = 128u << 20};
    pthread_t threads[THREADS], late;
    pthread_attr_t attributes;
    if (argc == 1) { /* again, so that the allocator starts under the limit */
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        execl("/proc/self/exe", argv[0], "limited", (char *)NULL);
        return skipped("no /proc");
    }
    blocks = calloc(COUNT, sizeof *blocks);
    CHECK(blocks != NULL);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, STACK) == 0);
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], &attributes, work, (void *)i) == 0);
    for (size_t bytes = 8u << 20; bytes >= 16; bytes /= 2)
        fill(bytes);
    const int status = pthread_create(&late, &attributes, work, (void *)2);
    CHECK(status == 0 || status == EAGAIN || status == ENOMEM);
    atomic_store(&may_begin, 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    if (status == 0)
        CHECK(pthread_join(late, NULL) == 0);
    CHECK(failed_calls > 0); /* memory was out indeed */
    while (block_count > 0)
        free(blocks[--block_count]);
    for (intptr_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&late, &attributes, work, (void *)0) == 0);
        CHECK(pthread_join(late, NULL) == 0);
    }
    CHECK(good_calls > 0);
    return 0;
}
