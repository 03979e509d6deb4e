/* Case 17: malloc_usable_size(NULL) is 0, before and after other calls.
 * Group: sizes
 * Means: programs that ask for the size of nothing crash or count wrongly */
#include "promise.h"

#include <malloc.h>

int main(void)
{
    void *none = NULL;
    HIDDEN(none);
    CHECK(malloc_usable_size(none) == 0);
    void *block = malloc(100);
    CHECK(malloc_usable_size(none) == 0);
    free(block);
    CHECK(malloc_usable_size(none) == 0);
    return 0;
}
