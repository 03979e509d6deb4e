/* Case 2: malloc(PTRDIFF_MAX) and above is NULL, at once.
 * Group: sizes
 * Means: sizes that no pointer arithmetic can handle are given out, or a request takes seconds
 * Limit: 10 s
 * An allocator that asks the kernel again and again took 37 s for one call. */
#include "promise.h"

int main(void)
{
    size_t least = PTRDIFF_MAX;
    HIDDEN(least);
    must_be_null(malloc(least), "malloc(PTRDIFF_MAX)");
    must_be_null(malloc(least + 1), "malloc(PTRDIFF_MAX + 1)");
    must_be_null(malloc(least + 4096), "malloc(PTRDIFF_MAX + 4096)");
    must_be_null(malloc(least + least / 2), "malloc(1.5 * PTRDIFF_MAX)");
    void *block = malloc(100);
    CHECK(block != NULL);
    free(block);
    return 0;
}
