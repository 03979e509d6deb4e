/* Case 1: malloc(0) gives blocks, each another, that can be freed.
 * Group: sizes
 * Means: an empty string or list is taken for a failed allocation, or two of them for one */
#include "promise.h"

int main(void)
{
    void *blocks[3];
    size_t zero = 0;
    HIDDEN(zero);
    for (int i = 0; i < 3; i++) {
        blocks[i] = malloc(zero);
        CHECK(blocks[i] != NULL);
        for (int j = 0; j < i; j++)
            CHECK(blocks[i] != blocks[j]);
    }
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
    return 0;
}
