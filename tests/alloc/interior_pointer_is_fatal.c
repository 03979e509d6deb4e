/* Case 48: freeing a block + 1, + 16, + 4096 ends the program, at the latest at a trim.
 * Group: misuse
 * Means: free of a pointer into a block corrupts the heap silently */
#include "misuse.h"

#include <malloc.h>

enum { COUNT = 100000, MOST_BYTES = 10000000 };

static size_t bytes, shift;

static void free_interior(void)
{
    static char *blocks[COUNT];
    const int count = bytes < 10000 ? (int)(MOST_BYTES / bytes) : 4; /* COUNT of 100 */
    for (int i = 0; i < count; i++)
        blocks[i] = make(bytes);
    free_hidden(blocks[1] + shift);
    for (int i = 2; i < count; i++)
        free_hidden(blocks[i]);
    malloc_trim(0);
}

int main(void)
{
    static const size_t cases[][2] = {{100, 1},        {100, 16},       {1000, 48},   {5000, 1},
                                      {8000, 4096},    {20000, 16},     {200000, 1},  {200000, 16},
                                      {200000, 4096},  {200000, 65536}, {5000000, 1}, {5000000, 16},
                                      {5000000, 4096}, {5000000, 65536}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[60];
        bytes = cases[i][0];
        shift = cases[i][1];
        snprintf(name, sizeof name, "block of %zu + %zu", bytes, shift);
        must_abort(name, free_interior);
    }
    return 0;
}
