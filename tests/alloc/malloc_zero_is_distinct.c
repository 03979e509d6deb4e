/* malloc(0) and calloc of nothing give distinct blocks that can be freed; free(NULL) is nothing. */
#include "promise.h"

int main(void)
{
    void *blocks[5];
    size_t zero = 0;
    HIDDEN(zero);
    for (int i = 0; i < 3; i++)
        blocks[i] = malloc(zero);
    blocks[3] = calloc(zero, 16);
    blocks[4] = calloc(16, zero);
    for (int i = 0; i < 5; i++) {
        CHECK(blocks[i] != NULL);
        for (int j = 0; j < i; j++)
            CHECK(blocks[i] != blocks[j]);
    }
    for (int i = 0; i < 5; i++)
        free(blocks[i]);
    free(NULL);
    return kept("blocks of no bytes are blocks");
}
