/* Case 9: realloc(p, huge) is NULL, and p stays as it was.
 * Group: sizes
 * Means: a realloc that must fail costs the data that was there, or gives too small a block
 * Limit: 20 s */
#include "promise.h"

#include <malloc.h>

static void check(size_t bytes)
{
    size_t huge = PTRDIFF_MAX;
    HIDDEN(huge);
    unsigned char *block = malloc(bytes);
    CHECK(block != NULL);
    memset(block, 7, bytes);
    must_be_null(realloc(block, huge), "realloc(p, PTRDIFF_MAX)");
    must_be_null(realloc(block, huge + 1), "realloc(p, PTRDIFF_MAX + 1)");
    for (size_t k = 0; k <= 8192; k += 63)
        must_be_null(realloc(block, SIZE_MAX - k), "realloc(p, SIZE_MAX - k)");
    CHECK(malloc_usable_size(block) >= bytes);
    for (size_t i = 0; i < bytes; i++)
        CHECK(block[i] == 7);
    block = realloc(block, bytes + 1000);
    CHECK(block != NULL && block[bytes - 1] == 7);
    free(block);
}

int main(void)
{
    for (size_t bytes = 1; bytes < 8000000; bytes = bytes * 5 + 3)
        check(bytes);
    return 0;
}
