/* A program to be run under allocators: holds 30 MiB in blocks, turns many over, prints the same
 * sum every time and a rate. With an argument it ends with that status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 30000

int main(int argc, char **argv)
{
    static char *block[BLOCKS];
    unsigned long seed = 1, sum = 0;
    for (unsigned i = 0; i < 4 * BLOCKS; i++) {
        seed = seed * 1103515245 + 12345;
        const unsigned place = (seed >> 16) % BLOCKS;
        free(block[place]);
        block[place] = malloc(1000);
        if (!block[place])
            return 1;
        memset(block[place], (int)place, 1000);
        sum += seed & 1023;
    }
    printf("sum %lu\nrate %u.5 a second\n", sum, BLOCKS);
    return argc > 1 ? atoi(argv[1]) : 0;
}
