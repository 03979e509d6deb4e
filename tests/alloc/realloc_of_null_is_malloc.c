/* Case 7: realloc(NULL, n) is malloc(n), of 0 bytes too.
 * Group: sizes
 * Means: code that grows a buffer from nothing fails at its first step */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    void *none = NULL, *last = NULL;
    HIDDEN(none);
    for (size_t bytes = 0; bytes < 3000000; bytes = bytes * 2 + 1) {
        unsigned char *block = realloc(none, bytes);
        CHECK(block != NULL && block != last);
        CHECK(malloc_usable_size(block) >= bytes);
        memset(block, 0x5A, bytes);
        free(last);
        last = block;
    }
    free(last);
    return 0;
}
