/* Case 53: malloc_usable_size of a freed block: large: one line and the end; small: no harm.
 * Group: misuse
 * Means: a mere question about a freed block corrupts the heap, or faults without a word
 * glibc: no, memory that was unmapped is read and the program ends by SIGSEGV
 * A small block's memory is still the allocator's: no harm is its old size, 0, or the end. */
#include "misuse.h"

#include <malloc.h>

static size_t bytes;

static void ask_freed(void)
{
    void *block = make(bytes);
    const size_t before = malloc_usable_size(block);
    free_hidden(block);
    const size_t after = malloc_usable_size(block); // NOLINT
    if (after != before && after != 0)
        _exit(1);
    void *a = make(bytes), *b = make(bytes);
    if (a == b)
        _exit(2);
}

int main(void)
{
    static const size_t large[] = {200000, 5000000, 100000000};
    static const size_t small[] = {24, 100, 1000, 9000, 30000};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        bytes = small[i];
        must_go_on_or_abort("asked after free", ask_freed);
    }
    EACH_MUST_ABORT("asked after free", &bytes, large, ask_freed);
    return 0;
}
