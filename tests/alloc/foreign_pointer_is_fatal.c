/* Pointers that malloc never returned: stack, global, a mapping, wild, non-canonical. */
#include "promise.h"

#include <malloc.h>
#include <sys/mman.h>

static char global[256] __attribute__((aligned(64)));

static void free_hidden(void *pointer)
{
    HIDDEN(pointer);
    free(pointer); // NOLINT
}

static void of_the_stack(void)
{
    char local[256] __attribute__((aligned(64)));
    free_hidden(local + 64);
}

static void of_a_global(void)
{
    free_hidden(global + 64);
}

static void of_a_mapping(void)
{
    char *map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    free_hidden(map + 4096);
}

static void resize_foreign(void)
{
    char *pointer = global + 64;
    HIDDEN(pointer);
    pointer = realloc(pointer, 1000); // NOLINT
    HIDDEN(pointer);
}

int main(void)
{
    must_abort("stack", of_the_stack);
    must_abort("global", of_a_global);
    must_abort("mapping", of_a_mapping);
    must_abort("realloc of a global", resize_foreign);
    return kept("foreign pointers are named");
}
