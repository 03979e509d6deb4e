/* Case 3: malloc(SIZE_MAX - k), k up to two pages, is NULL with ENOMEM: no rounding up wraps.
 * Limit: 10 s */
#include "promise.h"

int main(void)
{
    size_t most = SIZE_MAX;
    HIDDEN(most);
    errno = 0;
    for (size_t k = 0; k <= 8192; k++)
        must_fail(malloc(most - k), "malloc(SIZE_MAX - k)");
    return 0;
}
