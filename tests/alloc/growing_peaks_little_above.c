/* Case 82: growing a block by realloc peaks at most 1.1 times above what is used.
 * Group: memory
 * Means: a buffer that grows needs twice its memory for a moment: killed in small containers */
#include "promise.h"

int main(void)
{
    struct rusage usage;
    size_t bytes = 2u << 20;
    char *block = malloc(bytes);
    CHECK(block != NULL);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    const long base = usage.ru_maxrss; /* of the starting program; whoever started it had less */
    memset(block, 1, bytes);
    while (bytes < 256u << 20) {
        const size_t more = bytes + bytes / 3;
        block = realloc(block, more);
        CHECK(block != NULL && block[0] == 1 && block[bytes - 1] == 1);
        memset(block + bytes, 1, more - bytes);
        bytes = more;
    }
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    printf("peak %ld KiB for %zu KiB\n", usage.ru_maxrss, bytes / 1024);
    CHECK(usage.ru_maxrss >= (long)(bytes / 1024));
    CHECK(usage.ru_maxrss < base + (long)(bytes / 1024 / 10 * 11));
    free(block);
    return 0;
}
