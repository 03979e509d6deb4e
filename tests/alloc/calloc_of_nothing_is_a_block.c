/* Case 5: calloc(0, n) and calloc(n, 0) give blocks that can be freed.
 * Group: sizes
 * Means: an empty list is taken for a failed allocation */
#include "promise.h"

int main(void)
{
    size_t zero = 0;
    HIDDEN(zero);
    for (size_t n = 0; n < 100000; n = n * 3 + 1) {
        void *none_of_n = calloc(zero, n), *n_of_none = calloc(n, zero);
        CHECK(none_of_n != NULL && n_of_none != NULL);
        CHECK(none_of_n != n_of_none);
        free(none_of_n);
        free(n_of_none);
    }
    return 0;
}
