/* Case 24: aligned_alloc of an alignment that is no power of two, 0 too, is NULL.
 * Group: align
 * Means: a mistake in an alignment goes unnoticed, or the block is not what it seems
 * glibc: no, before 2.38 it rounds the alignment up */
#include "promise.h"

int main(void)
{
    static const size_t alignments[] = {0, 65, 3, 24, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        size_t alignment = alignments[i];
        HIDDEN(alignment);
        void *block = aligned_alloc(alignment, 100);
        if (block != NULL) {
            fprintf(stderr, "aligned_alloc(%zu, 100): %p\n", alignment, block);
            return 1;
        }
    }
    return 0;
}
