/* Also: a write in front of a block is found at the free of it or of the block before, or at exit.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

/* With the first large block ever comes a table, which may lie in front of the second. */
static void *in_the_middle(size_t bytes)
{
    void *first = make(bytes), *before = make(bytes);
    void *block = make(bytes), *behind = make(bytes);
    HIDDEN(first);
    HIDDEN(before);
    HIDDEN(behind);
    return block;
}

static void by_eight(size_t bytes)
{
    char *block = in_the_middle(bytes);
    for (int i = 1; i <= 8; i++)
        poke(block, -i, 'x');
    free_hidden(block);
}

static void by_one(size_t bytes)
{
    char *block = in_the_middle(bytes);
    poke(block, -1, 'x');
    free_hidden(block);
}

static void by_a_zero(size_t bytes)
{
    char *block = in_the_middle(bytes);
    poke(block, -1, 0);
    free_hidden(block);
}

static void of_the_first_ever(size_t bytes)
{
    char *block = make(bytes);
    poke(block, -1, 'x');
    free_hidden(block);
}

static void found_at_the_block_before(size_t bytes)
{
    char *before = make(bytes), *block = make(bytes);
    poke(block, -8, 'x');
    free_hidden(before);
    free_hidden(block);
}

static void of_a_block_never_freed(size_t bytes)
{
    poke(in_the_middle(bytes), -8, 'x');
}

static void found_by_realloc(size_t bytes)
{
    char *block = in_the_middle(bytes);
    poke(block, -8, 'x');
    block = realloc(block, bytes + 1);
    HIDDEN(block);
    _exit(0);
}

static void found_by_another_thread(size_t bytes)
{
    char *block = in_the_middle(bytes);
    poke(block, -8, 'x');
    free_in_thread(block);
}

static void from_the_beginning(size_t bytes)
{
    for (int i = 0; i < 40; i++) {
        char *block = in_the_middle(bytes);
        poke(block, 0, 'x');
        free_hidden(block);
    }
}

/* Mapped one beside the other: in front of each lies the guard behind the one below. */
static const struct misuse large[] = {
    {"large: by eight bytes", by_eight, FAULTS},
    {"large: by a zero", by_a_zero, FAULTS},
    {"large: of a block that is never freed", of_a_block_never_freed, FAULTS},
};

static const struct misuse misuses[] = {
    {"by eight bytes", by_eight, FAULTS},
    {"by one byte", by_one, FAULTS},
    {"by a zero", by_a_zero, FAULTS},
    {"of the first block ever", of_the_first_ever, FAULTS},
    {"found at the block before", found_at_the_block_before, FAULTS},
    {"of a block that is never freed", of_a_block_never_freed, FAULTS},
    {"found by realloc", found_by_realloc, FAULTS},
    {"found by another thread", found_by_another_thread, FAULTS},
    {"no underflow: from the beginning", from_the_beginning, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t sizes[] = {8, 24, 1000, 20000};
    static const size_t large_sizes[] = {9000000};
    if (count == 3 && strncmp(words[1], "large", 5) == 0)
        return TRY_MISUSES(count, words, large, large_sizes);
    const int faults = TRY_MISUSES(count, words, misuses, sizes);
    return count == 3 ? faults : faults + TRY_MISUSES(count, words, large, large_sizes);
}
