/* Case 47: a large block freed twice ends the program with one clear line.
 * Group: misuse
 * Means: a large block freed twice unmaps what others use, or faults without a word
 * glibc: no, memory that was unmapped is read and the program ends by SIGSEGV */
#include "misuse.h"

static size_t bytes;

static void free_twice(void)
{
    void *block = make(bytes);
    free_hidden(block);
    free_hidden(block);
}

static void free_interleaved(void)
{
    void *a = make(bytes), *b = make(bytes);
    free_hidden(a);
    free_hidden(b);
    free_hidden(a);
}

int main(void)
{
    static const size_t sizes[] = {200000, 1000000, 5000000, 100000000};
    EACH_MUST_ABORT("freed twice", &bytes, sizes, free_twice);
    EACH_MUST_ABORT("a, b, a", &bytes, sizes, free_interleaved);
    return 0;
}
