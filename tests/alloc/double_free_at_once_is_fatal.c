/* Case 43: a block freed twice in a row ends the program with one clear line.
 * Group: misuse
 * Means: the commonest double free goes on as silent corruption, open to attack */
#include "misuse.h"

static size_t bytes;

static void free_twice(void)
{
    void *block = make(bytes);
    free_hidden(block);
    free_hidden(block);
}

int main(void)
{
    static const size_t sizes[] = {1, 24, 100, 1000, 9000, 30000};
    EACH_MUST_ABORT("freed twice", &bytes, sizes, free_twice);
    return 0;
}
