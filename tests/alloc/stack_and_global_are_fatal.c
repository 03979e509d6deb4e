/* Case 49: freeing or resizing what is on the stack or global ends the program with one line.
 * Group: misuse
 * Means: free of what malloc never made corrupts the heap silently, or faults without a word
 * glibc: no, it reads a header in front of the block and follows it */
#include "misuse.h"

static char global[256] __attribute__((aligned(64)));
static char zeroed[100000] __attribute__((aligned(4096)));
static char text[] __attribute__((aligned(64))) = "initialised: in another segment";

static void of_the_stack(void)
{
    char local[256] __attribute__((aligned(64)));
    memset(local, 0x41, sizeof local);
    free_hidden(local + 64);
}

static void of_a_global(void)
{
    free_hidden(global + 64);
}

static void of_a_page(void)
{
    free_hidden(zeroed + 4096);
}

static void of_data(void)
{
    free_hidden(text);
}

static void resize_global(void)
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
    must_abort("global, at a page", of_a_page);
    must_abort("data", of_data);
    must_abort("realloc of a global", resize_global);
    return 0;
}
