/* Case 23: posix_memalign of 0 bytes succeeds, with NULL or a block that can be freed.
 * Group: align
 * Means: an empty aligned buffer is taken for a failed allocation, or is not aligned */
#include "promise.h"

int main(void)
{
    for (size_t alignment = 8; alignment <= 1u << 20; alignment *= 2) {
        void *a = &a, *b = &b;
        CHECK(posix_memalign(&a, alignment, 0) == 0);
        CHECK(posix_memalign(&b, alignment, 0) == 0);
        CHECK(a != (void *)&a && b != (void *)&b);
        CHECK(a == NULL || a != b);
        CHECK(((uintptr_t)a | (uintptr_t)b) % alignment == 0);
        free(a);
        free(b);
    }
    return 0;
}
