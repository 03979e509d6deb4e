/* A gigabyte of calloc that nobody touches is not resident; growing by realloc peaks little above
 * what is used; a freed gigabyte is gone at once. */
#include "promise.h"

#include <sys/resource.h>

int main(void)
{
    const size_t gigabyte = (size_t)1 << 30;
    const long base = memory_kib("Rss:");
    char *block = calloc(1, gigabyte);
    if (block == NULL)
        return skipped("no gigabyte of addresses");
    HIDDEN(block);
    CHECK(memory_kib("Rss:") < base + 4096);
    memset(block, 1, gigabyte / 8);
    free(block);
    CHECK(memory_kib("Rss:") < base + 8192);

    size_t bytes = 2u << 20;
    block = malloc(bytes);
    memset(block, 1, bytes);
    while (bytes < 256u << 20) {
        const size_t more = bytes + bytes / 3;
        block = realloc(block, more);
        CHECK(block != NULL && block[bytes - 1] == 1);
        memset(block + bytes, 1, more - bytes);
        bytes = more;
    }
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    CHECK(usage.ru_maxrss < (long)(bytes / 1024 * 11 / 10) + 16384);
    free(block);
    return kept("untouched memory is not resident");
}
