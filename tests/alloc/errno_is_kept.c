/* No success touches errno, and free never does. */
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
    CHECK(posix_memalign(&out, 256, bytes) == 0);
    freed(made(out));
    freed(made(realloc(made(malloc(bytes)), bytes * 2)));
    freed(made(realloc(made(malloc(bytes)), bytes / 3 + 1)));
    void *block = made(malloc(bytes));
    CHECK(malloc_usable_size(block) >= bytes && errno == MARK);
    freed(block);
}

static void check_refusals(void)
{
    void *untouched = &untouched;
    for (size_t alignment = 0; alignment <= 24; alignment += alignment == 0 ? 3 : 1)
        if ((alignment & (alignment - 1)) != 0 || alignment < sizeof(void *)) {
            CHECK(posix_memalign(&untouched, alignment, 100) == EINVAL);
            CHECK(untouched == (void *)&untouched && errno == MARK);
        }
}

int main(void)
{
    errno = MARK;
    for (size_t bytes = 1; bytes < 200u << 20; bytes = bytes * 3 + 1)
        check_size(bytes);
    freed(NULL);
    check_refusals();
    malloc_trim(0);
    CHECK(errno == MARK);
    return kept("errno is left alone");
}
