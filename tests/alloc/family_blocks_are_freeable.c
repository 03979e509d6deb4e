/* Also: whatever function of the family made a block, free, realloc and usable size know it
 * Group: sizes
 * Means: programs that use that function mix two heaps and crash
 * An allocator that leaves one of them to the C library has two heaps. */
#include "misuse.h"

#include <malloc.h>

enum { MAKERS = 8 };

static const char *const names[MAKERS] = {"calloc",        "realloc",        "reallocarray",
                                          "aligned_alloc", "posix_memalign", "memalign",
                                          "valloc",        "pvalloc"};
static int maker;

static void *make_by(int by, size_t bytes)
{
    void *block = NULL;
    switch (by) {
    case 0:
        return calloc(1, bytes);
    case 1:
        return realloc(NULL, bytes);
    case 2:
        return reallocarray(NULL, 1, bytes);
    case 3:
        return aligned_alloc(64, bytes);
    case 4:
        return posix_memalign(&block, 64, bytes) == 0 ? block : NULL;
    case 5:
        return memalign(64, bytes);
    case 6:
        return valloc(bytes);
    default:
        return pvalloc(bytes);
    }
}

static void use(void)
{
    for (size_t bytes = 64; bytes < 3000000; bytes *= 3) {
        unsigned char *block = make_by(maker, bytes), *other = make_by(maker, bytes);
        if (block == NULL || other == NULL || malloc_usable_size(block) < bytes)
            _exit(11);
        memset(block, 5, bytes);
        block = realloc(block, bytes * 2);
        if (block == NULL || block[bytes - 1] != 5)
            _exit(12);
        free_hidden(block);
        free_hidden(other);
    }
}

int main(void)
{
    int faults = 0;
    for (maker = 0; maker < MAKERS; maker++) {
        char said[4096];
        const int status = in_child(use, said, sizeof said);
        if (status != 0)
            fprintf(stderr, "%s%s: %s", faults++ != 0 ? "; " : "", names[maker], end_of(status));
    }
    fprintf(stderr, "%s", faults != 0 ? "\n" : "");
    return faults != 0;
}
