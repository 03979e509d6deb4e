/* Case 82: 1 GiB of calloc stays near zero resident, and what was touched of it goes at free.
 * Group: memory
 * Means: large sparse tables cost all their memory at once */
#include "promise.h"

int main(void)
{
    const size_t gigabyte = (size_t)1 << 30;
    free(malloc(100));
    const long base = memory_kib("Rss:");
    if (base < 0)
        return skipped("no smaps_rollup");
    unsigned char *block = calloc(1, gigabyte);
    if (block == NULL)
        return skipped("no gigabyte of addresses");
    HIDDEN(block);
    CHECK(memory_kib("Rss:") < base + 16384);
    memset(block, 1, gigabyte / 8);
    CHECK(memory_kib("Rss:") > base + 100000);
    for (size_t i = gigabyte / 8; i < gigabyte; i += 64u << 20)
        CHECK(block[i] == 0);
    free(block);
    CHECK(memory_kib("Rss:") < base + 16384);
    return 0;
}
