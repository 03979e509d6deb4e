/* Also: all that malloc_usable_size tells of calloc's block is zero, reused and after a purge. */
#include "promise.h"

#include <malloc.h>

enum { KEPT = 20 };

static void fill(size_t size)
{
    unsigned char *blocks[KEPT];
    for (int i = 0; i < KEPT; i++) {
        blocks[i] = malloc(size);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 0xEB, malloc_usable_size(blocks[i]));
    }
    for (int i = 0; i < KEPT; i++)
        free(blocks[i]);
}

static void check_zero(size_t count, size_t size)
{
    unsigned char *blocks[KEPT];
    for (int i = 0; i < KEPT; i++) {
        blocks[i] = calloc(count, size);
        CHECK(blocks[i] != NULL);
        const size_t usable = malloc_usable_size(blocks[i]);
        CHECK(usable >= count * size);
        for (size_t at = 0; at < usable; at++)
            if (blocks[i][at] != 0) {
                fprintf(stderr, "calloc(%zu, %zu): usable %zu, byte %zu is 0x%02x\n", count, size,
                        usable, at, blocks[i][at]);
                exit(1);
            }
        memset(blocks[i], 0xEB, usable);
    }
    for (int i = 0; i < KEPT; i++)
        free(blocks[i]);
}

int main(void)
{
    for (size_t size = 1; size < 600000; size += size / 9 + 1) {
        check_zero(1, size);
        fill(size);
        check_zero(size, 1);
        if (size % 3 == 0) {
            malloc_trim(0);
            check_zero(1, size);
        }
    }
    return 0;
}
