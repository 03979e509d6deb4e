/* Case 31: pvalloc's blocks are whole pages, aligned to the page; pvalloc(-1) is NULL.
 * Group: align
 * Means: older programs write past what they got: they count on whole pages */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t most = SIZE_MAX;
    HIDDEN(most);
    for (size_t bytes = 1; bytes < 3000000; bytes = bytes * 2 + 5) {
        const size_t rounded = (bytes + page - 1) / page * page;
        char *block = pvalloc(bytes), *other = malloc(10);
        CHECK(block != NULL && (uintptr_t)block % page == 0);
        CHECK(malloc_usable_size(block) >= rounded);
        memset(block, 1, rounded);
        free(block);
        free(other);
    }
    must_be_null(pvalloc(most), "pvalloc(-1)");
    must_be_null(pvalloc(most - page), "pvalloc(-1 - page)");
    return 0;
}
