/* calloc's memory is zero, also where dirty memory is reused, at every size, and after a trim. */
#include "promise.h"

#include <malloc.h>

static void check_zero(size_t bytes)
{
    unsigned char *block = calloc(1, bytes);
    CHECK(block != NULL);
    for (size_t i = 0; i < bytes; i++)
        CHECK(block[i] == 0);
    memset(block, 0xA5, bytes);
    free(block);
}

static void dirty(size_t bytes, int count)
{
    void *blocks[64];
    for (int i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 0xFF, malloc_usable_size(blocks[i]));
    }
    for (int i = 0; i < count; i++)
        free(blocks[i]);
}

static void check_size(size_t bytes)
{
    dirty(bytes, bytes < 100000 ? 64 : 3);
    for (int i = 0; i < (bytes < 100000 ? 70 : 4); i++)
        check_zero(bytes);
}

int main(void)
{
    for (size_t bytes = 1; bytes <= 5000; bytes += 1 + bytes / 40)
        check_size(bytes);
    for (size_t bytes = 4096; bytes <= 8u << 20; bytes += bytes / 8 + 1) {
        check_size(bytes - 1);
        check_size(bytes);
        check_size(bytes + 1);
    }
    dirty(1000, 64);
    malloc_trim(0);
    check_size(1000);
    check_size(300000);
    return kept("calloc is zero");
}
