/* Case 26: memalign of an alignment that is no power of two: a block of the next, or NULL.
 * Group: align
 * Means: older programs crash, or get blocks that are not aligned */
#include "promise.h"

#include <malloc.h>

static size_t next_power(size_t alignment)
{
    size_t power = 16;
    while (power < alignment)
        power *= 2;
    return power;
}

static void try_size(size_t alignment, size_t bytes)
{
    char *block = memalign(alignment, bytes);
    if (block == NULL)
        return;
    CHECK((uintptr_t)block % next_power(alignment) == 0);
    memset(block, 1, bytes);
    free(block);
}

static void try_all(void)
{
    for (size_t alignment = 0; alignment < 5000; alignment += 7) {
        try_size(alignment, 1);
        try_size(alignment, 5000);
    }
}

/* An assertion in words is an answer too. */
int main(void)
{
    must_go_on_or_abort("memalign of odd alignments", try_all);
    return 0;
}
