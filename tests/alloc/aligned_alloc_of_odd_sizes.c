/* Case 25: aligned_alloc of a size that is no multiple: an aligned block, or NULL.
 * Group: align
 * Means: blocks for vectors, pages or devices are not aligned, or the request crashes */
#include "promise.h"

int main(void)
{
    for (size_t alignment = 16; alignment <= 1u << 20; alignment *= 2)
        for (size_t bytes = 1; bytes < 200000; bytes = bytes * 3 + 4) {
            char *block = aligned_alloc(alignment, bytes);
            CHECK((uintptr_t)block % alignment == 0);
            if (block != NULL)
                memset(block, 1, bytes);
            free(block);
        }
    return 0;
}
