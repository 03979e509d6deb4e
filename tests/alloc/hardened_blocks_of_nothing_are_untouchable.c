/* Also: what malloc(0) gives is distinct and may be freed and resized, not written or read.
 * Mode: hardened
 * glibc: no */
#include "hardened.h"

static void *nothing(size_t how)
{
    void *block = NULL;
    if (how == 1)
        block = malloc(0);
    else if (how == 2)
        block = calloc(0, 100);
    else if (how == 3)
        block = realloc(NULL, 0);
    else if (how == 4)
        CHECK(posix_memalign(&block, 64, 0) == 0 && (uintptr_t)block % 64 == 0);
    else
        block = aligned_alloc(4096, 0);
    CHECK(block != NULL && (uintptr_t)block % 16 == 0);
    HIDDEN(block);
    return block;
}

static void written(size_t how)
{
    poke(nothing(how), 0, 'x');
}

static void read_from(size_t how)
{
    (void)peek(nothing(how), 0);
}

static void written_before(size_t how)
{
    void *first = nothing(1);
    HIDDEN(first);
    poke(nothing(how), -1, 'x');
}

static void freed_twice(size_t how)
{
    void *block = nothing(how);
    free_hidden(block);
    free_hidden(block);
}

static void freed_inside(size_t how)
{
    free_hidden((char *)nothing(how) + 8);
}

static void resized_after_free(size_t how)
{
    void *block = nothing(how);
    free_hidden(block);
    HIDDEN(block);
    block = realloc(block, 10);
    HIDDEN(block);
}

static void used_well(size_t how)
{
    enum { COUNT = 3000 };
    static void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = nothing(how);
        CHECK(malloc_usable_size(blocks[i]) == 0);
        CHECK(i == 0 || blocks[i] != blocks[i - 1]);
    }
    for (int i = 0; i < COUNT; i++) {
        if (i % 2) {
            char *grown = realloc(blocks[i], 100);
            CHECK(grown != NULL);
            memset(grown, 1, 100);
            blocks[i] = grown;
        }
        i % 64 ? free_hidden(blocks[i]) : free_in_thread(blocks[i]);
    }
}

/* More than there are places: the rest are ordinary blocks, of no bytes all the same. One way is
 * enough. */
static void very_many(size_t how)
{
    enum { COUNT = 200000 };
    static void *blocks[COUNT];
    if (how != 1)
        return;
    for (int i = 0; i < COUNT; i++)
        blocks[i] = nothing(how);
    for (int i = 0; i < COUNT; i++) {
        CHECK(blocks[i] != NULL && malloc_usable_size(blocks[i]) == 0);
        free_hidden(blocks[i]);
    }
}

static const struct misuse misuses[] = {
    {"written", written, FAULTS},
    {"read", read_from, FAULTS},
    {"written before", written_before, FAULTS},
    {"freed twice", freed_twice, ABORTS},
    {"freed inside", freed_inside, ABORTS},
    {"resized after free", resized_after_free, ABORTS},
    {"no misuse: freed and resized", used_well, GOES_ON},
    {"no misuse: very many", very_many, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t ways[] = {1, 2, 3, 4, 5};
    return TRY_MISUSES(count, words, misuses, ways);
}
