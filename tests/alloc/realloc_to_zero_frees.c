/* Case 8: realloc(p, 0) frees p and returns NULL (glibc's rule): memory stays flat over many.
 * Group: sizes
 * Means: programs written for glibc leak a block each time, or free it twice */
#include "promise.h"

int main(void)
{
    size_t zero = 0;
    HIDDEN(zero);
    errno = 0;
    for (size_t bytes = 10; bytes < 4000000; bytes *= 7)
        for (int i = 0; i < 200; i++) {
            char *block = malloc(bytes);
            CHECK(block != NULL);
            memset(block, 1, bytes);
            CHECK(realloc(block, zero) == NULL);
            CHECK(errno == 0);
        }
    CHECK(memory_kib("Rss:") < 100000);
    return 0;
}
