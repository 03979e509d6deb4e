/* Also: a hardened heap gives up what waits in quarantine before a very large request fails
 * Mode: hardened
 * glibc: no, it has no quarantine */
#include "promise.h"

#include <sys/resource.h>

enum { MIB = 1 << 20 };

int main(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (file == NULL || fscanf(file, "%lu", &pages) != 1)
        return skipped("no /proc");
    fclose(file);
    void *first = malloc((size_t)200 * MIB);
    CHECK(first != NULL);
    HIDDEN(first);
    free(first); /* its addresses wait */
    const size_t bytes = pages * (size_t)sysconf(_SC_PAGESIZE) + (size_t)450 * MIB;
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    void *second = malloc((size_t)400 * MIB);
    HIDDEN(second);
    CHECK(second != NULL);
    free(second);
    return 0;
}
