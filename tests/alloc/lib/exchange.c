/* A module that frees what the program made, and makes what the program frees.
 * Read next: ../deepbind_modules_share_the_heap.c. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *made_at_start;

__attribute__((constructor)) static void start(void)
{
    made_at_start = strdup("made at the start");
}

__attribute__((destructor)) static void end(void)
{
    free(made_at_start);
}

void exchange_free(void *block)
{
    free(block);
}

void *exchange_resize(void *block, size_t bytes)
{
    return realloc(block, bytes);
}

void *exchange_make(size_t bytes)
{
    return malloc(bytes);
}

/* By the C library, whose malloc is the program's. */
char *exchange_print(int number)
{
    char *text = NULL;
    if (asprintf(&text, "%d", number) < 0)
        return NULL;
    return realloc(text, 100);
}
