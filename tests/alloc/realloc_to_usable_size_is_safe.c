/* Case 19: realloc to the usable size is safe: contents kept, all of it still the block's.
 * Group: sizes
 * Means: programs that use all that malloc_usable_size tells corrupt the heap */
#include "promise.h"

#include <malloc.h>

static void check(size_t bytes)
{
    unsigned char *guard_before = malloc(bytes), *block = malloc(bytes), *guard = malloc(bytes);
    CHECK(guard_before != NULL && block != NULL && guard != NULL);
    memset(guard_before, 0x11, bytes);
    memset(guard, 0x22, bytes);
    const size_t usable = malloc_usable_size(block);
    for (size_t i = 0; i < usable; i++)
        block[i] = (unsigned char)(i * 7 + 1);
    block = realloc(block, usable);
    CHECK(block != NULL);
    CHECK(malloc_usable_size(block) >= usable);
    for (size_t i = 0; i < usable; i++)
        CHECK(block[i] == (unsigned char)(i * 7 + 1));
    memset(block, 0x33, malloc_usable_size(block));
    for (size_t i = 0; i < bytes; i++)
        CHECK(guard_before[i] == 0x11 && guard[i] == 0x22);
    free(guard_before);
    free(block);
    free(guard);
}

int main(void)
{
    for (size_t bytes = 1; bytes <= 5000; bytes += 1 + bytes / 60)
        check(bytes);
    for (size_t bytes = 5000; bytes <= 8u << 20; bytes += bytes / 3)
        check(bytes);
    return 0;
}
