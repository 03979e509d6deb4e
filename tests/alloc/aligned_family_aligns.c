/* Every alignment from 16 bytes to 1 GiB, sizes around it, and the refusals the standards name. */
#include "promise.h"

#include <malloc.h>

static void check_block(void *block, size_t alignment, size_t bytes)
{
    CHECK(block != NULL);
    CHECK((uintptr_t)block % alignment == 0);
    CHECK(malloc_usable_size(block) >= bytes);
    if (bytes != 0) {
        ((char *)block)[0] = 1;
        ((char *)block)[bytes - 1] = 2;
    }
}

static void check(size_t alignment, size_t bytes)
{
    void *blocks[3] = {NULL, NULL, NULL};
    CHECK(posix_memalign(&blocks[0], alignment, bytes) == 0);
    blocks[1] = aligned_alloc(alignment, bytes);
    blocks[2] = memalign(alignment, bytes);
    for (int i = 0; i < 3; i++)
        check_block(blocks[i], alignment, bytes);
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
}

static void check_refusals(void)
{
    size_t none = 0, odd = 65;
    HIDDEN(none);
    HIDDEN(odd);
    errno = 0;
    void *block = aligned_alloc(odd, 100);
    CHECK(block == NULL && errno == EINVAL);
    errno = 0;
    block = aligned_alloc(none, 100);
    CHECK(block == NULL && errno == EINVAL);
}

/* Allowed or refused, but without a crash. */
static void check_odd(void)
{
    for (size_t alignment = 0; alignment < 200; alignment += 7) {
        void *block = memalign(alignment, 50);
        if (block != NULL)
            CHECK((uintptr_t)block % 16 == 0);
        free(block);
    }
}

static void check_pages(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = valloc(100);
    check_block(block, page, 100);
    free(block);
    block = pvalloc(page + 1);
    check_block(block, page, 2 * page);
    free(block);
}

int main(void)
{
    for (size_t alignment = 16; alignment <= (size_t)1 << 30; alignment *= 2) {
        const size_t near = alignment < 64u << 20 ? alignment : 1000;
        check(alignment, 0);
        check(alignment, 1);
        check(alignment, near - 1);
        check(alignment, near);
        check(alignment, near + 1);
        check(alignment, 100000);
    }
#ifndef LIBC_REFUSES_NOTHING
    check_refusals();
#endif
    check_odd();
    check_pages();
    return kept("aligned blocks are aligned");
}
