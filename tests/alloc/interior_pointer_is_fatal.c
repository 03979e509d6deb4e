/* A pointer into a block is not the block: found at the latest when caches dissolve. */
#include "promise.h"

enum { COUNT = 100000 };

static size_t bytes, shift;

static void free_interior(void)
{
    static char *blocks[COUNT];
    const int count = bytes < 10000 ? COUNT : 4;
    for (int i = 0; i < count; i++)
        blocks[i] = malloc(bytes);
    char *inside = blocks[1] + shift;
    HIDDEN(inside);
    free(inside); // NOLINT
    for (int i = 2; i < count; i++)
        free(blocks[i]);
}

int main(void)
{
    static const size_t cases[][2] = {{100, 1},        {100, 16},       {1000, 48},
                                      {8000, 4096},    {200000, 16},    {200000, 4096},
                                      {200000, 65536}, {5000000, 4096}, {5000000, 65536}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[60];
        bytes = cases[i][0];
        shift = cases[i][1];
        snprintf(name, sizeof name, "block of %zu + %zu", bytes, shift);
        must_abort(name, free_interior);
    }
    return kept("interior pointers are caught");
}
