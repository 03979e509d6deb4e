/* Case 11: realloc of an aligned block keeps its contents, growing and shrinking.
 * Group: align
 * Means: an aligned buffer that is resized loses data */
#include "promise.h"

#include <malloc.h>

static unsigned char mark(size_t i)
{
    return (unsigned char)(i * 31 + (i >> 8) + 51);
}

static void fill(unsigned char *block, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        block[i] = mark(i);
}

static unsigned char *resized(unsigned char *block, size_t before, size_t after)
{
    unsigned char *moved = realloc(block, after);
    CHECK(moved != NULL);
    CHECK(malloc_usable_size(moved) >= after);
    for (size_t i = 0; i < before && i < after; i++)
        CHECK(moved[i] == mark(i));
    if (after > before)
        fill(moved, before, after);
    return moved;
}

static void check(size_t alignment, size_t bytes)
{
    void *made = NULL;
    CHECK(posix_memalign(&made, alignment, bytes) == 0);
    unsigned char *block = made;
    fill(block, 0, bytes);
    block = resized(block, bytes, bytes * 3);
    block = resized(block, bytes * 3, bytes + 1);
    block = resized(block, bytes + 1, bytes / 2 + 1);
    free(block);
}

int main(void)
{
    for (size_t alignment = 16; alignment <= 4u << 20; alignment *= 2)
        for (size_t bytes = 1; bytes <= 3u << 20; bytes *= 9)
            check(alignment, bytes);
    return 0;
}
