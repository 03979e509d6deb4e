/* Case 29: where size plus alignment wraps, the aligned family is NULL with ENOMEM. */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    for (size_t alignment = 32; alignment <= (size_t)1 << 40; alignment *= 2)
        for (size_t less = 1; less <= alignment; less = less * 2 + 1) {
            size_t bytes = SIZE_MAX - alignment + less;
            void *untouched = &bytes;
            HIDDEN(bytes);
            errno = 0;
            must_fail(aligned_alloc(alignment, bytes), "aligned_alloc");
            must_fail(memalign(alignment, bytes), "memalign");
            CHECK(posix_memalign(&untouched, alignment, bytes) == ENOMEM);
            CHECK(untouched == &bytes);
        }
    return 0;
}
