/* Also: blocks of 60 to 130 KB cost no more than eight times their size of address space.
 * Mode: hardened */
#include "promise.h"

enum { COUNT = 400 };

static long mapped_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmSize:", 7) == 0)
            kib = strtol(line + 7, NULL, 10);
    if (file != NULL)
        fclose(file);
    return kib;
}

int main(void)
{
    static char *blocks[COUNT];
    char *first = malloc(1);
    HIDDEN(first);
    const long before = mapped_kib();
    if (before < 0)
        return skipped("no /proc/self/status");
    size_t asked = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t bytes = 60000 + i * 1753 % 71072;
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        blocks[i][0] = 1;
        asked += bytes;
    }
    const long grown = mapped_kib() - before;
    printf("%zu KiB asked for, %ld KiB mapped\n", asked / 1024, grown);
    CHECK(grown < (long)(8 * asked / 1024) + 65536);
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
    return 0;
}
