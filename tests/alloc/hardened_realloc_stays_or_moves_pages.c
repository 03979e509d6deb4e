/* Also: appending by realloc stays in place but for a few moves; 1 GiB is grown in small steps.
 * Mode: hardened
 * Limit: 120 s */
#include "promise.h"

/* Moves while a block grows byte by byte to this size. */
static int moves_up_to(size_t bytes)
{
    int moves = 0;
    char *block = malloc(1);
    CHECK(block != NULL);
    for (size_t size = 1; size <= bytes; size++) {
        const uintptr_t before = (uintptr_t)block;
        block = realloc(block, size);
        CHECK(block != NULL);
        block[size - 1] = (char)size;
        moves += (uintptr_t)block != before;
    }
    for (size_t i = 0; i < bytes; i++)
        CHECK(block[i] == (char)(i + 1));
    free(block);
    return moves;
}

/* Each step is written to, so that what moves is not nothing. Returns how often it moved. */
static int moves_in_steps(size_t step, size_t last)
{
    int moves = 0;
    char *block = malloc(step);
    CHECK(block != NULL);
    for (size_t size = step; size <= last; size += step) {
        const uintptr_t before = (uintptr_t)block;
        block = realloc(block, size);
        if (block == NULL)
            exit(skipped("there is not so much memory here"));
        memcpy(block + size - step, &size, sizeof size);
        moves += (uintptr_t)block != before;
    }
    for (size_t size = step; size <= last; size += step) {
        size_t found;
        memcpy(&found, block + size - step, sizeof found);
        CHECK(found == size);
    }
    free(block);
    return moves;
}

int main(void)
{
    CHECK(moves_up_to(3000000) < 300);
    CHECK(moves_in_steps(65536, (size_t)1 << 30) < 200);
    CHECK(moves_in_steps((size_t)1 << 20, (size_t)1 << 30) < 200);
    CHECK(moves_in_steps((size_t)16 << 20, (size_t)1 << 30) < 200);
    return 0;
}
