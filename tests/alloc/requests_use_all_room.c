/* Also: under a limit, a large request of any function gets what free blocks and lists hold
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Of 40 MB that were freed, and that the thread's lists hold, each function makes one large block;
 * a large block grows by less than the room that free ones hold, where twice its size is not there.
 */
#include "forks.h"

#include "figures.h"

enum { COUNT = 40000, BYTES = 1000, TIMES = 20, LARGE = 25 << 20 };
enum by { BY_MALLOC, BY_CALLOC, BY_ALIGNED, BY_MEMALIGN, BY_REALLOC, FUNCTIONS };

static void use_small(void)
{
    static void *blocks[COUNT];
    use_blocks(blocks, COUNT, BYTES);
}

static void *ask(enum by function)
{
    void *block = NULL;
    switch (function) {
    case BY_CALLOC:
        return calloc(1, LARGE);
    case BY_ALIGNED:
        return aligned_alloc(64, LARGE);
    case BY_MEMALIGN:
        return posix_memalign(&block, 1 << 20, LARGE) == 0 ? block : NULL;
    case BY_REALLOC:
        return realloc(malloc(100), LARGE);
    default:
        return malloc(LARGE);
    }
}

static void one_large_of_small(void *function)
{
    for (int i = 0; i < TIMES; i++)
        use_small();
    limit_to_use_and(8);
    errno = 4711;
    char *block = ask((enum by)(uintptr_t)function);
    CHECK(block != NULL && errno == 4711);
    block[0] = block[LARGE - 1] = 1;
}

static void a_large_one_grows(void *unused)
{
    (void)unused;
    char *block = malloc(300 << 20);
    CHECK(block != NULL);
    block[0] = 7;
    for (int i = 0; i < TIMES / 4; i++)
        use_small();
    limit_to_use_and(8);
    errno = 4711;
    block = realloc(block, 320 << 20);
    CHECK(block != NULL && block[0] == 7 && errno == 4711);
    block[(320 << 20) - 1] = 1;
}

int main(void)
{
    struct forks forks = {0};
    for (uintptr_t function = 0; function < FUNCTIONS; function++)
        if (!child_ends_well(&forks, BY_FORK, one_large_of_small, (void *)function))
            fprintf(stderr, "by function %d\n", (int)function);
    child_ends_well(&forks, BY_FORK, a_large_one_grows, NULL);
    return verdict(&forks);
}
