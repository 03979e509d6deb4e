/* Case 30: valloc's blocks are aligned to the page; a size too large is NULL.
 * Group: align
 * Means: buffers for direct I/O are refused by the kernel */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t huge = SIZE_MAX - 8;
    HIDDEN(huge);
    for (size_t bytes = 1; bytes < 3000000; bytes = bytes * 2 + 5)
        for (int i = 0; i < 3; i++) {
            char *block = valloc(bytes), *other = malloc(10);
            CHECK(block != NULL && (uintptr_t)block % page == 0);
            CHECK(malloc_usable_size(block) >= bytes);
            memset(block, 1, bytes);
            free(block);
            free(other);
        }
    must_be_null(valloc(huge), "valloc(SIZE_MAX - 8)");
    return 0;
}
