/* Also: a program that only starts has less than 1 MiB of memory of its own.
 * Group: memory
 * Means: every small process costs megabytes */
#include "promise.h"

int main(void)
{
    free(malloc(100));
    const long anonymous = memory_kib("Anonymous:"), resident = memory_kib("Rss:");
    if (anonymous < 0)
        return skipped("no smaps_rollup");
    printf("resident %ld KiB, anonymous %ld KiB\n", resident, anonymous);
    CHECK(anonymous < 1024);
    return 0;
}
