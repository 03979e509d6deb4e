/* An allocator that costs as much as it is told to: the C library's malloc and so many steps more,
 * each two instructions. -DSTEPS=n at every malloc, or read from the environment once:
 *   PLANT_STEPS=n  at every malloc
 *   PLANT_LIVE=n   at every malloc, for each n blocks that are live: it is cheap while there are
 * few A library to be given by --allocator, for loops and for programs. */
#include <stddef.h>
#include <stdlib.h>

#ifndef STEPS
#define STEPS 0
#endif

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

static size_t steps, blocks_a_step;
static ptrdiff_t live; /* below 0 where blocks of calloc are freed */

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    size_t left = steps + (blocks_a_step && live > 0 ? (size_t)live / blocks_a_step : 0);
    live++;
    while (left > 0) {
        left--;
        __asm__ volatile("" : "+r"(left));
    }
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void free(void *block)
{
    live -= block != NULL;
    __libc_free(block);
}

__attribute__((constructor)) static void plant(void)
{
    const char *text = getenv("PLANT_STEPS");
    steps = text ? strtoul(text, NULL, 10) : STEPS;
    text = getenv("PLANT_LIVE");
    blocks_a_step = text ? strtoul(text, NULL, 10) : 0;
}
