/* Case 10: realloc keeps contents across every class border, growing and shrinking.
 * Group: sizes
 * Means: a buffer that grows or shrinks loses data */
#include "promise.h"

#include <malloc.h>

static unsigned char mark(size_t i, size_t seed)
{
    return (unsigned char)(i * 31 + seed * 17 + (i >> 8));
}

/* Every byte of the first 64 KiB, then one of each cache line. */
static size_t next(size_t i)
{
    return i < 65536 ? i + 1 : i + 61;
}

static void fill(unsigned char *block, size_t to, size_t seed)
{
    for (size_t i = 0; i < to; i = next(i))
        block[i] = mark(i, seed);
    for (size_t i = to < 64 ? 0 : to - 64; i < to; i++)
        block[i] = mark(i, seed);
}

/* Of the end, what was filled as the end of it. */
static void check(const unsigned char *block, size_t bytes, int is_whole, size_t seed)
{
    for (size_t i = bytes < 64 || !is_whole ? bytes : bytes - 64; i < bytes; i++)
        CHECK(block[i] == mark(i, seed));
    for (size_t i = 0; i < bytes; i = next(i))
        CHECK(block[i] == mark(i, seed));
}

static unsigned char *resized(unsigned char *block, size_t before, size_t after, size_t seed)
{
    unsigned char *moved = realloc(block, after);
    CHECK(moved != NULL);
    CHECK(malloc_usable_size(moved) >= after);
    check(moved, before < after ? before : after, before <= after, seed);
    fill(moved, after, seed);
    return moved;
}

static void from_to(size_t a, size_t b)
{
    unsigned char *block = malloc(a);
    CHECK(block != NULL);
    fill(block, a, a);
    block = resized(block, a, b, a);
    block = resized(block, b, a, a);
    free(block);
}

static void around(size_t size)
{
    for (size_t a = size - 1; a <= size + 1; a++)
        for (size_t b = size - 1; b <= size + 1; b++)
            from_to(a, b);
    from_to(size, 2 * size);
    from_to(size, size / 3 + 1);
    from_to(size, 16);
}

static void stepwise(void)
{
    size_t bytes = 1;
    unsigned char *block = malloc(bytes);
    fill(block, bytes, 5);
    while (bytes < 12u << 20) {
        const size_t more = bytes + bytes / 7 + 1;
        block = resized(block, bytes, more, 5);
        bytes = more;
    }
    while (bytes > 10) {
        const size_t less = bytes - bytes / 5 - 1;
        block = resized(block, bytes, less, 5);
        bytes = less;
    }
    free(block);
}

int main(void)
{
    for (size_t size = 16; size <= 300; size += 16)
        around(size);
    for (size_t base = 256; base <= 4u << 20; base *= 2)
        for (size_t j = 0; j < 8; j++)
            around(base + base / 8 * j);
    stepwise();
    return 0;
}
