/* Case 44: free a, free b, free a: the third free ends the program with one clear line.
 * Mode: hardened */
#include "misuse.h"

static size_t bytes;

static void free_interleaved(void)
{
    void *a = make(bytes), *b = make(bytes);
    free_hidden(a);
    free_hidden(b);
    free_hidden(a);
}

int main(void)
{
    static const size_t sizes[] = {1, 24, 100, 1000, 9000, 30000};
    EACH_MUST_ABORT("a, b, a", &bytes, sizes, free_interleaved);
    return 0;
}
