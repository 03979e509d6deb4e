/* Also: blocks of __libc_malloc and its like go to free, and those of malloc to __libc_free.
 * Group: sizes
 * Means: programs that call __libc_malloc and its like mix two heaps and crash */
#include "promise.h"

#include <malloc.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern void __libc_free(void *block);

enum { MAKERS = 6 };

static void *make(int maker, size_t size)
{
    switch (maker) {
    case 0:
        return __libc_malloc(size);
    case 1:
        return __libc_calloc(1, size);
    case 2:
        return __libc_realloc(NULL, size);
    case 3:
        return __libc_memalign(64, size);
    case 4:
        return __libc_valloc(size);
    default:
        return __libc_pvalloc(size);
    }
}

/* All alive at once, so that the free of another heap meets more than one block of it. */
static void use_each(size_t size)
{
    char *blocks[MAKERS];
    for (int i = 0; i < MAKERS; i++) {
        blocks[i] = make(i, size);
        CHECK(blocks[i] != NULL && malloc_usable_size(blocks[i]) >= size);
        memset(blocks[i], i + 1, size);
    }
    CHECK((uintptr_t)blocks[3] % 64 == 0);
    CHECK((uintptr_t)blocks[4] % (uintptr_t)getpagesize() == 0);
    CHECK((uintptr_t)blocks[5] % (uintptr_t)getpagesize() == 0);
    for (int i = 0; i < MAKERS; i++) {
        blocks[i] = realloc(blocks[i], size * 2);
        CHECK(blocks[i] != NULL && blocks[i][0] == i + 1 && blocks[i][size - 1] == i + 1);
        free(blocks[i]);
    }
    char *block = __libc_realloc(malloc(size), size * 3);
    CHECK(block != NULL);
    memset(block, 1, size * 3);
    __libc_free(block);
    __libc_free(memalign(256, size));
    __libc_free(NULL);
}

int main(void)
{
    for (size_t size = 1; size < 2000000; size = size * 3 + 1)
        use_each(size);
    return 0;
}
