/* Also: neither the stack's canary nor the C library's pointer guard can be read in a block
 * glibc: no, nothing of the kind is asked of it */
#include "promise.h"

#include <sys/auxv.h>

enum { COUNT = 3000 };

int main(void)
{
    static uint64_t *blocks[COUNT];
    const void *random = (const void *)getauxval(AT_RANDOM);
    const uint64_t top = UINT64_C(1) << 63;
    uint64_t words[2];
    if (random == NULL)
        return skipped("no AT_RANDOM");
    memcpy(words, random, sizeof words);
    for (size_t bytes = 16; bytes < 5000; bytes += 200) {
        for (int i = 0; i < COUNT; i++) {
            blocks[i] = malloc(bytes);
            CHECK(blocks[i] != NULL);
            HIDDEN(blocks[i]);
            for (size_t at = 0; at < bytes / 8; at++)
                CHECK((blocks[i][at] | top) != (words[0] | top) &&
                      (blocks[i][at] | top) != (words[1] | top));
        }
        for (int i = 0; i < COUNT; i++)
            free(blocks[i]);
    }
    return 0;
}
