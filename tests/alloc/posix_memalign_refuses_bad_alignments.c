/* Case 21: posix_memalign of alignment 0, 3, 4, 24 is EINVAL, pointer and errno untouched.
 * Group: align
 * Means: mistakes go unnoticed, or error handling reads a pointer that was overwritten */
#include "promise.h"

#define MARK 4711

int main(void)
{
    static const size_t alignments[] = {0, 1, 2, 3, 4, 5, 7, 12, 24, 40, 4095, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        void *untouched = &untouched;
        errno = MARK;
        const int status = posix_memalign(&untouched, alignments[i], 100);
        if (status != EINVAL || untouched != (void *)&untouched || errno != MARK) {
            fprintf(stderr, "alignment %zu: returned %d, errno %d, pointer %s\n", alignments[i],
                    status, errno, untouched == (void *)&untouched ? "kept" : "changed");
            return 1;
        }
    }
    return 0;
}
