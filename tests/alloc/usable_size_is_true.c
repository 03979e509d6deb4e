/* Case 18: the usable size is at least the request, stable, and all of it writable.
 * Group: sizes
 * Means: programs that use all that malloc_usable_size tells corrupt the heap */
#include "promise.h"

#include <malloc.h>

enum { COUNT = 40 };

static void check_size(size_t bytes)
{
    unsigned char *blocks[COUNT];
    size_t usable[COUNT];
    const int count = bytes < 1000000 ? COUNT : 2;
    for (int i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        usable[i] = malloc_usable_size(blocks[i]);
        CHECK(usable[i] >= bytes);
        memset(blocks[i], i, usable[i]);
    }
    for (int i = 0; i < count; i++) {
        CHECK(malloc_usable_size(blocks[i]) == usable[i]);
        CHECK(holds_only(blocks[i], usable[i], (unsigned char)i));
        free(blocks[i]);
    }
}

int main(void)
{
    for (size_t bytes = 0; bytes <= 1100; bytes++)
        check_size(bytes);
    for (size_t bytes = 1100; bytes <= 8u << 20; bytes += bytes / 9)
        check_size(bytes);
    return 0;
}
