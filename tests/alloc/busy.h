/* Threads that keep the whole allocator busy while another thread forks, and what a child then does
 * with all of it. The blocks of before the fork are known by their contents.
 * Read next: forks.h. */
#ifndef BUSY_H
#define BUSY_H

#include "forks.h"

#include <malloc.h>
#include <pthread.h>

enum { BUSY_THREADS = 4, OLD_BLOCKS = 400 };

static volatile int busy_is_over;

static size_t old_size(size_t i)
{
    return i % 40 == 0 ? 150000 + i * 500 : i % 8 == 0 ? 9000 + i * 60 : i * 3 + 1;
}

static inline void make_old(unsigned char **blocks)
{
    for (size_t i = 0; i < OLD_BLOCKS; i++) {
        blocks[i] = malloc(old_size(i));
        CHECK(blocks[i] != NULL);
        memset(blocks[i], (int)(i * 7 + 1), old_size(i));
    }
}

static inline int is_old_whole(unsigned char *const *blocks)
{
    for (size_t i = 0; i < OLD_BLOCKS; i++)
        for (size_t at = 0; at < old_size(i); at += at + 512 < old_size(i) ? 512 : 1)
            if (blocks[i][at] != (unsigned char)(i * 7 + 1))
                return 0;
    return 1;
}

static inline void must_be_refused(void)
{
    volatile size_t impossible = PTRDIFF_MAX / 2;
    CHILD_CHECK(malloc(impossible) == NULL, 11);
    CHILD_CHECK(calloc(impossible / 16, 16) == NULL, 11);
    CHILD_CHECK(aligned_alloc(64, impossible & ~(size_t)63) == NULL, 11);
}

/* Small and large ones by turns, runs of memory that come and go, requests that fail. */
static void *be_busy(void *number)
{
    uint64_t random = (uint64_t)(uintptr_t)number * 77 + 5;
    void *blocks[64];
    while (!busy_is_over) {
        const uint64_t kind = next_random(&random) % 4;
        const size_t bytes = kind == 0 ? 100000 : kind == 1 ? 600 : kind == 2 ? 30000 : 250000;
        for (int i = 0; i < 64; i++) {
            blocks[i] = malloc(bytes);
            CHECK(blocks[i] != NULL);
            *(char *)blocks[i] = 1;
        }
        for (int i = 0; i < 64; i++)
            free(blocks[i]);
        if (kind < 2)
            malloc_trim(0);
        must_be_refused();
    }
    return NULL;
}

static inline void start_busy(pthread_t *threads)
{
    for (size_t i = 0; i < BUSY_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, be_busy, (void *)i) == 0);
}

static inline void end_busy(pthread_t *threads)
{
    busy_is_over = 1;
    for (int i = 0; i < BUSY_THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

/* Allocates at every size that has a list or a path of its own, checks, frees. */
static inline void use_every_size(void)
{
    enum { SIZES = 130 };
    unsigned char *blocks[SIZES];
    size_t bytes = 1;
    for (size_t i = 0; i < SIZES; i++, bytes += bytes / 8 + 7) {
        blocks[i] = i % 5 == 0   ? calloc(1, bytes)
                    : i % 7 == 0 ? memalign(256, bytes)
                                 : malloc(bytes);
        CHILD_CHECK(blocks[i] != NULL, 12);
        blocks[i][0] = blocks[i][bytes - 1] = (unsigned char)i;
        if (bytes > (4u << 20))
            bytes = 3;
    }
    for (size_t i = 0; i < SIZES; i++) {
        CHILD_CHECK(blocks[i][0] == (unsigned char)i, 13);
        if (i % 3 == 0)
            blocks[i] = realloc(blocks[i], 40000 + i);
        CHILD_CHECK(blocks[i] != NULL && blocks[i][0] == (unsigned char)i, 14);
        free(blocks[i]);
    }
}

#endif
