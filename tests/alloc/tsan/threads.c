/* Threads that hand each other hakmem's blocks, end, and leave their heaps to later ones; the
 * fill of each block tells whether two owners ever had it at once. For tsan.sh. */
#include "hakmem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, GENERATIONS = 6, STEPS = 30000, EXCHANGE = 256, BYTES_MAX = 3000 };

static _Atomic(unsigned char *) exchange[EXCHANGE];
static _Atomic unsigned errors;

/* The first two bytes say how long the block is, the rest repeats their sum. */
static unsigned char *make(unsigned bytes)
{
    unsigned char *block = hak_malloc(bytes);
    if (!block)
        abort();
    block[0] = (unsigned char)bytes;
    block[1] = (unsigned char)(bytes >> 8);
    memset(block + 2, block[0] + block[1], bytes - 2);
    return block;
}

static void unmake(unsigned char *block)
{
    const unsigned bytes = block[0] | (unsigned)block[1] << 8;
    const unsigned char fill = (unsigned char)(block[0] + block[1]);
    for (unsigned i = 2; i < bytes; i++) {
        if (block[i] != fill) {
            atomic_fetch_add(&errors, 1);
            break;
        }
    }
    hak_free(block);
}

static void *work(void *seed)
{
    unsigned random = (unsigned)(size_t)seed;
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525u + 1013904223u;
        const unsigned bytes = 16 + (random >> 8) % BYTES_MAX, place = (random >> 20) % EXCHANGE;
        unsigned char *other = atomic_exchange(&exchange[place], make(bytes));
        if (other)
            unmake(other);
    }
    hak_thread_exit();
    return NULL;
}

int main(int argc, char **argv)
{
    const size_t seed = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    for (size_t generation = 0; generation < GENERATIONS; generation++) {
        pthread_t threads[THREADS];
        for (size_t i = 0; i < THREADS; i++) {
            if (pthread_create(&threads[i], NULL, work,
                               (void *)(seed * 1000 + generation * THREADS + i)) != 0)
                return 1;
        }
        for (size_t i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < EXCHANGE; i++) {
        unsigned char *left = atomic_exchange(&exchange[i], NULL);
        if (left)
            unmake(left);
    }
    printf("%u errors\n", atomic_load(&errors));
    return atomic_load(&errors) != 0;
}
