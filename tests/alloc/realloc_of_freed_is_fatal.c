/* Case 52: growing a freed block by realloc ends the program with one clear line.
 * Group: misuse
 * Means: growing a freed block gives memory that somebody else uses
 * glibc: no, it may grow in place; unmapped memory is read and the program ends by SIGSEGV */
#include "misuse.h"

static size_t bytes;

static void resize_freed(void)
{
    void *block = make(bytes);
    free_hidden(block);
    block = realloc(block, bytes * 4); // NOLINT
    HIDDEN(block);
}

int main(void)
{
    static const size_t sizes[] = {24, 100, 1000, 9000, 200000, 5000000};
    EACH_MUST_ABORT("realloc after free", &bytes, sizes, resize_freed);
    return 0;
}
