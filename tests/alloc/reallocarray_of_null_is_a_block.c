/* Case 13: reallocarray(NULL, 0, 16) gives a block, not NULL.
 * Group: sizes
 * Means: an empty array is taken for a failed allocation */
#include "promise.h"

int main(void)
{
    void *none = NULL;
    size_t zero = 0;
    HIDDEN(none);
    HIDDEN(zero);
    void *a = reallocarray(none, zero, 16), *b = reallocarray(none, 16, zero);
    CHECK(a != NULL && b != NULL && a != b);
    free(a);
    free(b);
    return 0;
}
