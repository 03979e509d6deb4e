/* Sizes that cannot be are refused at once with ENOMEM, and what was there stays. */
#include "promise.h"

#include <malloc.h>

static void must_fail(void *block, const char *what)
{
    if (block != NULL || errno != ENOMEM) {
        fprintf(stderr, "%s: %p, errno %d\n", what, block, errno);
        exit(1);
    }
    errno = 0;
}

static void check_malloc(void)
{
    size_t size = PTRDIFF_MAX;
    HIDDEN(size);
    must_fail(malloc(size), "malloc(PTRDIFF_MAX)");
    must_fail(malloc(size + 1), "malloc(PTRDIFF_MAX + 1)");
    for (size_t k = 0; k <= 8192; k++)
        must_fail(malloc(SIZE_MAX - k), "malloc(SIZE_MAX - k)");
}

static void check_calloc(void)
{
    size_t big = SIZE_MAX / 2, small = 3, wide = (size_t)1 << 32;
    HIDDEN(big);
    HIDDEN(wide);
    must_fail(calloc(big, small), "calloc(SIZE_MAX / 2, 3)");
    must_fail(calloc(small, big), "calloc(3, SIZE_MAX / 2)");
    must_fail(calloc(wide, wide), "calloc(2^32, 2^32)");
    must_fail(calloc(SIZE_MAX, 1), "calloc(SIZE_MAX, 1)");
}

static void check_realloc(size_t bytes)
{
    size_t huge = PTRDIFF_MAX, wide = (size_t)1 << 33;
    char *block = malloc(bytes);
    HIDDEN(huge);
    HIDDEN(wide);
    CHECK(block != NULL);
    memset(block, 7, bytes);
    must_fail(realloc(block, huge), "realloc(p, PTRDIFF_MAX)");
    must_fail(realloc(block, SIZE_MAX - 4096), "realloc(p, SIZE_MAX - 4096)");
    must_fail(reallocarray(block, wide, wide), "reallocarray(p, 2^33, 2^33)");
    for (size_t i = 0; i < bytes; i++)
        CHECK(block[i] == 7);
    free(block);
}

static void check_aligned(void)
{
    size_t huge = PTRDIFF_MAX, alignment = (size_t)1 << 62;
    void *untouched = &huge;
    HIDDEN(huge);
    HIDDEN(alignment);
    errno = 0;
    CHECK(posix_memalign(&untouched, 64, SIZE_MAX - 64) == ENOMEM && untouched == &huge);
    CHECK(posix_memalign(&untouched, 4096, huge) == ENOMEM && untouched == &huge);
    CHECK(errno == 0 || errno == ENOMEM);
    errno = 0;
    CHECK(aligned_alloc(alignment, huge) == NULL);
    CHECK(aligned_alloc(alignment * 2, huge) == NULL);
    CHECK(memalign(alignment, SIZE_MAX - 16) == NULL);
    CHECK(memalign(alignment * 2, SIZE_MAX - 16) == NULL);
    errno = 0;
    must_fail(aligned_alloc(4096, SIZE_MAX - 4095), "size + alignment wraps");
    must_fail(valloc(SIZE_MAX - 8), "valloc(SIZE_MAX - 8)");
    must_fail(pvalloc(SIZE_MAX), "pvalloc(SIZE_MAX)");
}

int main(void)
{
    errno = 0;
    check_malloc();
    check_calloc();
    check_realloc(100);
    check_realloc(100000);
    check_realloc(5000000);
    check_aligned();
    return kept("too large is refused with ENOMEM");
}
