/* Case 14: no success of the family touches errno.
 * Group: sizes
 * Means: programs that look at errno after a call see an error that was none */
#include "promise.h"

#include <malloc.h>

#define MARK 4711

static void *made(void *block)
{
    CHECK(block != NULL);
    CHECK(errno == MARK);
    return block;
}

static void freed(void *block)
{
    free(block);
    CHECK(errno == MARK);
}

static void check_size(size_t bytes)
{
    void *out = NULL;
    freed(made(malloc(bytes)));
    freed(made(calloc(1, bytes)));
    freed(made(aligned_alloc(64, bytes)));
    freed(made(memalign(4096, bytes)));
    freed(made(valloc(bytes)));
    CHECK(posix_memalign(&out, 256, bytes) == 0);
    freed(made(out));
    freed(made(realloc(made(malloc(bytes)), bytes * 2)));
    freed(made(realloc(made(malloc(bytes)), bytes / 3 + 1)));
    freed(made(reallocarray(NULL, 1, bytes)));
    void *block = made(malloc(bytes));
    CHECK(malloc_usable_size(block) >= bytes && errno == MARK);
    freed(block);
}

int main(void)
{
    errno = MARK;
    for (size_t bytes = 1; bytes < 200u << 20; bytes = bytes * 3 + 1)
        check_size(bytes);
    malloc_trim(0);
    CHECK(errno == MARK);
    return 0;
}
