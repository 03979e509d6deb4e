/* Case 4: calloc of a product that overflows, 2^32 times 2^32 too, is NULL.
 * Group: sizes
 * Means: a count from a file gets a block too small for it: a heap overflow to exploit */
#include "promise.h"

int main(void)
{
    size_t half = SIZE_MAX / 2, three = 3, wide = (size_t)1 << 32, one = 1;
    HIDDEN(half);
    HIDDEN(three);
    HIDDEN(wide);
    HIDDEN(one);
    must_be_null(calloc(half, three), "calloc(SIZE_MAX / 2, 3)");
    must_be_null(calloc(three, half), "calloc(3, SIZE_MAX / 2)");
    must_be_null(calloc(wide, wide), "calloc(2^32, 2^32)");
    must_be_null(calloc(wide, wide + 1), "calloc(2^32, 2^32 + 1)");
    must_be_null(calloc(SIZE_MAX, one), "calloc(SIZE_MAX, 1)");
    must_be_null(calloc(one, SIZE_MAX), "calloc(1, SIZE_MAX)");
    must_be_null(calloc(SIZE_MAX, SIZE_MAX), "calloc(SIZE_MAX, SIZE_MAX)");
    return 0;
}
