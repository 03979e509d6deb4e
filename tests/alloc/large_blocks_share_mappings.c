/* Case 151: 70,000 live blocks of 130 KiB take few mappings; the kernel allows 65,530.
 * Group: memory
 * Means: programs with many large blocks hit the kernel's limit of mappings: malloc fails
 * Limit: 120 s
 * Debug: no, that build has room for few free runs
 * glibc: no, each is a mapping of its own */
#include "figures.h"

enum { COUNT = 70000, BYTES = 130 * 1024 + 512 };

static unsigned char *blocks[COUNT];

int main(void)
{
    const long before = mapping_count();
    if (before < 0)
        return skipped("no /proc/self/maps");
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(BYTES);
        CHECK(blocks[i] != NULL);
        blocks[i][0] = (unsigned char)i;
    }
    const long taken = mapping_count() - before;
    printf("%ld mappings\n", taken);
    CHECK(taken < 1000);
    for (size_t i = 0; i < COUNT; i += 2) { /* the holes cost none either */
        CHECK(blocks[i][0] == (unsigned char)i);
        free(blocks[i]);
    }
    CHECK(mapping_count() - before < 1000);
    for (size_t i = 1; i < COUNT; i += 2) {
        CHECK(blocks[i][0] == (unsigned char)i);
        free(blocks[i]);
    }
    return 0;
}
