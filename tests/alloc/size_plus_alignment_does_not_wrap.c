/* Case 29: where size plus alignment wraps, the aligned family is NULL.
 * Group: align
 * Means: a size that wraps gives a tiny block: a heap overflow to exploit */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    for (size_t alignment = 32; alignment <= (size_t)1 << 40; alignment *= 2)
        for (size_t less = 1; less <= alignment; less = less * 2 + 1) {
            size_t bytes = SIZE_MAX - alignment + less;
            void *untouched = &bytes;
            HIDDEN(bytes);
            must_be_null(aligned_alloc(alignment, bytes), "aligned_alloc");
            must_be_null(memalign(alignment, bytes), "memalign");
            CHECK(posix_memalign(&untouched, alignment, bytes) == ENOMEM);
            CHECK(untouched == &bytes);
        }
    return 0;
}
