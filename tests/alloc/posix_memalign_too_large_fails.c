/* Case 22: posix_memalign of a huge size is ENOMEM, and the pointer untouched.
 * Group: align
 * Means: error handling frees a pointer that was never allocated */
#include "promise.h"

int main(void)
{
    size_t huge = PTRDIFF_MAX;
    HIDDEN(huge);
    for (size_t alignment = 8; alignment <= 1u << 30; alignment *= 2) {
        void *untouched = &untouched;
        CHECK(posix_memalign(&untouched, alignment, huge) == ENOMEM);
        CHECK(posix_memalign(&untouched, alignment, SIZE_MAX) == ENOMEM);
        CHECK(posix_memalign(&untouched, alignment, SIZE_MAX - alignment) == ENOMEM);
        CHECK(untouched == (void *)&untouched);
    }
    return 0;
}
