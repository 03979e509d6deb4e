/* Case 12: reallocarray of a product that overflows is NULL, the block stays.
 * Group: sizes
 * Means: a count from a file gets a block too small for it: a heap overflow to exploit */
#include "promise.h"

int main(void)
{
    size_t wide = (size_t)1 << 33, half = SIZE_MAX / 2 + 1, two = 2;
    HIDDEN(wide);
    HIDDEN(half);
    HIDDEN(two);
    for (size_t bytes = 10; bytes < 8000000; bytes *= 70) {
        unsigned char *block = malloc(bytes);
        CHECK(block != NULL);
        memset(block, 9, bytes);
        must_be_null(reallocarray(block, wide, wide), "reallocarray(p, 2^33, 2^33)");
        must_be_null(reallocarray(block, half, two), "reallocarray(p, 2^63, 2)");
        must_be_null(reallocarray(block, two, half), "reallocarray(p, 2, 2^63)");
        must_be_null(reallocarray(NULL, wide, wide), "reallocarray(NULL, 2^33, 2^33)");
        for (size_t i = 0; i < bytes; i++)
            CHECK(block[i] == 9);
        block = reallocarray(block, bytes, two);
        CHECK(block != NULL && block[bytes - 1] == 9);
        memset(block, 1, bytes * 2);
        free(block);
    }
    return 0;
}
