/* An allocator with a fault, to see that tests/programs/run.sh reports it. FAULT is one of
 *   1  malloc, calloc and realloc return NULL after AFTER calls
 *   2  calloc's memory is not zero
 *   3  realloc loses the contents
 *   4  there is no malloc in it */
#include <stddef.h>
#include <string.h>

#if FAULT == 4

int hb_broken_without_malloc = 1;

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static unsigned calls;

static int used_up(void)
{
    return FAULT == 1 && __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) >= AFTER;
}

void *malloc(size_t size)
{
    return used_up() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    void *block = used_up() ? NULL : __libc_calloc(count, size);
    if (FAULT == 2 && block != NULL)
        memset(block, 1, count * size);
    return block;
}

void *realloc(void *block, size_t size)
{
    void *moved = used_up() ? NULL : __libc_realloc(block, size);
    if (FAULT == 3 && block != NULL && moved != NULL)
        memset(moved, 0, size);
    return moved;
}

#endif
