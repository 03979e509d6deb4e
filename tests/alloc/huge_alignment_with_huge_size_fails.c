/* Case 28: alignments of 2^62 and 2^63, with huge sizes and small, are NULL: nothing wraps.
 * Group: align
 * Means: sizes that wrap give a tiny block: a heap overflow to exploit
 * glibc: no, unless patched: up to 2.42 their sum may wrap to a small block (a CVE of 2026)
 * Limit: 20 s */
#include "promise.h"

#include <malloc.h>

static void must_refuse(void *block, const char *what, size_t alignment, size_t bytes)
{
    if (block == NULL)
        return;
    fprintf(stderr, "%s(%#zx, %#zx) gave %p\n", what, alignment, bytes, block);
    exit(1);
}

static void check(size_t alignment, size_t bytes)
{
    void *out = NULL;
    HIDDEN(alignment);
    HIDDEN(bytes);
    must_refuse(aligned_alloc(alignment, bytes), "aligned_alloc", alignment, bytes);
    must_refuse(memalign(alignment, bytes), "memalign", alignment, bytes);
    CHECK(posix_memalign(&out, alignment, bytes) != 0);
    must_refuse(out, "posix_memalign", alignment, bytes);
}

int main(void)
{
    static const size_t sizes[] = {1,
                                   4096,
                                   (size_t)1 << 62,
                                   (size_t)PTRDIFF_MAX - 4096,
                                   PTRDIFF_MAX,
                                   (size_t)1 << 63,
                                   (size_t)3 << 62,
                                   SIZE_MAX - 4096,
                                   SIZE_MAX - 64,
                                   SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check((size_t)1 << 62, sizes[i]);
        check((size_t)1 << 63, sizes[i]);
    }
    return 0;
}
