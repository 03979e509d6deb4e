/* Case 45: a block freed again after 1,000 other frees ends the program with one clear line.
 * Mode: hardened */
#include "misuse.h"

enum { BETWEEN = 1000 };

static size_t bytes;

static void free_again_later(void)
{
    static void *others[BETWEEN];
    void *block = make(bytes);
    for (int i = 0; i < BETWEEN; i++)
        others[i] = make(bytes);
    free_hidden(block);
    for (int i = 0; i < BETWEEN; i++)
        free_hidden(others[i]);
    free_hidden(block);
}

int main(void)
{
    static const size_t sizes[] = {1, 24, 100, 1000, 9000, 30000};
    EACH_MUST_ABORT("after 1,000", &bytes, sizes, free_again_later);
    return 0;
}
