/* A library that allocates and frees for itself, wherever its malloc comes from.
 * Read next: ../audit_and_deepbind_work.c. */
#include <stdlib.h>
#include <string.h>

/* 0, or which step failed. */
int own_use(void)
{
    char *blocks[200];
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = malloc(i * i * 3 + 1);
        if (blocks[i] == NULL)
            return 1;
        memset(blocks[i], (int)i, i * i * 3 + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = realloc(blocks[i], i * i * 5 + 1);
        if (blocks[i] == NULL || blocks[i][i * i * 3] != (char)i)
            return 2;
        free(blocks[i]);
    }
    return 0;
}
