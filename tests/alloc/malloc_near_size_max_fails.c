/* Case 3: malloc(SIZE_MAX - k), k up to two pages, is NULL: no rounding up wraps.
 * Group: sizes
 * Means: a wrapped size gives a tiny block, and what follows is a heap overflow
 * Limit: 10 s */
#include "promise.h"

int main(void)
{
    size_t most = SIZE_MAX;
    HIDDEN(most);
    for (size_t k = 0; k <= 8192; k++)
        must_be_null(malloc(most - k), "malloc(SIZE_MAX - k)");
    return 0;
}
