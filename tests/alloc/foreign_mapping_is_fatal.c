/* Case 50: freeing an address of a mapping that is not malloc's ends the program with one line.
 * Group: misuse
 * Means: free of a foreign address corrupts the heap silently, or faults without a word
 * glibc: no, it reads a header in front of the block and follows it */
#include "misuse.h"

#include <sys/mman.h>

static size_t shift;

static void of_a_mapping(void)
{
    char *map = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED);
    memset(map, 0x41, 8 << 20);
    free_hidden(map + shift);
}

/* Between mappings of malloc's own. */
static void of_a_mapping_among_blocks(void)
{
    void *before = make(5000000);
    of_a_mapping();
    free_hidden(before);
}

int main(void)
{
    static const size_t shifts[] = {0, 16, 64, 4096, 65536, 4 << 20};
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        char name[40];
        shift = shifts[i];
        snprintf(name, sizeof name, "mapping + %zu", shift);
        must_abort(name, of_a_mapping);
        must_abort(name, of_a_mapping_among_blocks);
    }
    return 0;
}
