/* Also: a request that fails says why: ENOMEM of too large a size, EINVAL of a bad alignment
 * Group: sizes
 * Means: a program that reports errno reports another error, or "Success"
 * Limit: 20 s
 * Of those whose errno POSIX sets: malloc, calloc, realloc, reallocarray and aligned_alloc; and
 * what posix_memalign returns. */
#include "promise.h"

static int faults;

static void must_say(void *block, int expected, const char *what)
{
    HIDDEN(block);
    if (block != NULL || errno != expected) {
        fprintf(stderr, "%s%s: %s, errno %s", faults != 0 ? "; " : "", what,
                block != NULL ? "a block" : "NULL", errno != 0 ? strerrorname_np(errno) : "0");
        faults++;
    }
    errno = 0;
}

int main(void)
{
    size_t huge = PTRDIFF_MAX, wide = (size_t)1 << 33, odd = 24, page = 4096;
    void *block = malloc(100), *untouched = NULL;
    HIDDEN(huge);
    HIDDEN(wide);
    HIDDEN(odd);
    errno = 0;
    must_say(malloc(huge), ENOMEM, "malloc(PTRDIFF_MAX)");
    must_say(malloc(SIZE_MAX - odd), ENOMEM, "malloc(SIZE_MAX - 24)");
    must_say(calloc(1, huge), ENOMEM, "calloc(1, PTRDIFF_MAX)");
    must_say(calloc(wide, wide), ENOMEM, "calloc(2^33, 2^33)");
    must_say(realloc(block, huge), ENOMEM, "realloc(p, PTRDIFF_MAX)");
    must_say(reallocarray(block, wide, wide), ENOMEM, "reallocarray(p, 2^33, 2^33)");
    must_say(aligned_alloc(page, huge & ~(page - 1)), ENOMEM, "aligned_alloc(4096, too much)");
    const int too_much = posix_memalign(&untouched, page, huge);
    const int misaligned = posix_memalign(&untouched, odd, 100);
    if (too_much != ENOMEM || misaligned != EINVAL) {
        fprintf(stderr, "%sposix_memalign: %d, of a bad alignment %d", faults != 0 ? "; " : "",
                too_much, misaligned);
        faults++;
    }
    fprintf(stderr, "%s", faults != 0 ? "\n" : "");
    free(block);
    return faults != 0;
}
