/* Also: a program that limits its address space after it started can still use it, and free it
 * Debug: no, its slabs are small: most of each granule is never used */
#include "promise.h"

#include <sys/resource.h>

enum { LIMIT_MIB = 256 };

/* Allocates until there is no more, each block linked to the one before; frees all. Returns MiB. */
static size_t fill_and_free(size_t bytes)
{
    size_t count = 0;
    void **last = NULL, **block;
    while ((block = malloc(bytes)) != NULL) {
        memset(block, 1, bytes);
        *block = last;
        last = block;
        count++;
    }
    while (last != NULL) {
        block = *last;
        free(last);
        last = block;
    }
    return count * bytes >> 20;
}

int main(void)
{
    void *small = malloc(100), *large = malloc(300000);
    const struct rlimit limit = {.rlim_cur = (size_t)LIMIT_MIB << 20,
                                 .rlim_max = (size_t)LIMIT_MIB << 20};
    CHECK(small != NULL && large != NULL);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    const size_t of_large = fill_and_free(1000000), of_small = fill_and_free(700);
    printf("%zu MiB of large blocks, %zu MiB of small ones\n", of_large, of_small);
    CHECK(of_large > LIMIT_MIB / 2 && of_small > LIMIT_MIB / 2);
    large = realloc(large, 30000000);
    CHECK(large != NULL);
    memset(large, 1, 30000000);
    free(large);
    free(small);
    free(NULL);
    return 0;
}
