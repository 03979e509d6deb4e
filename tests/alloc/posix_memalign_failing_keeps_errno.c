/* Also: posix_memalign that fails leaves errno as it was, as hakmem.h says
 * glibc: no */
#include "promise.h"

int main(void)
{
    size_t huge = PTRDIFF_MAX, size = 1;
    void *untouched = &untouched;
    HIDDEN(huge);
    HIDDEN(size);
    errno = 7;
    for (size_t alignment = 8; alignment <= 1u << 30; alignment *= 2)
        CHECK(posix_memalign(&untouched, alignment, huge) == ENOMEM && errno == 7);
    CHECK(posix_memalign(&untouched, 24, size) == EINVAL && errno == 7);
    CHECK(posix_memalign(&untouched, 4, size) == EINVAL && errno == 7);
    CHECK(untouched == (void *)&untouched);
    return 0;
}
