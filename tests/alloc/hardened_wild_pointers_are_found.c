/* Also: pointers into, beside and outside of blocks end free, realloc and usable_size in a line.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

#include <sys/mman.h>

static char global[256];

static void *given;

static void give_to_free(void)
{
    free_hidden(given);
}

static void give_to_realloc(void)
{
    void *moved = realloc(given, 100); // NOLINT: misuse is the point
    HIDDEN(moved);
}

static void give_to_usable_size(void)
{
    const volatile size_t bytes = malloc_usable_size(given);
    (void)bytes;
}

/* The three functions that take a block, in turn: each has to find it. */
static void give(void *pointer)
{
    HIDDEN(pointer);
    given = pointer;
    must_abort("free", give_to_free);
    must_abort("realloc", give_to_realloc);
    must_abort("malloc_usable_size", give_to_usable_size);
}

static void into_a_block(size_t bytes)
{
    char *block = make(bytes);
    give(block + 16);
    give(block + bytes / 2 / 16 * 16);
}

static void unaligned(size_t bytes)
{
    char *block = make(bytes);
    give(block + 1);
    give(block + 8);
    give(block + bytes - 1);
}

static void before_a_block(size_t bytes)
{
    char *block = make(bytes);
    give(block - 16);
    give(block - 1);
}

static void never_made(size_t bytes)
{
    char *block = make(bytes);
    give(block + 40 * ((bytes + 8 + 15) / 16 * 16));
}

static void onto_the_stack(size_t bytes)
{
    char local[64];
    memset(local, (int)bytes, sizeof local);
    give(local);
    give(local + 16);
}

static void onto_a_global(size_t bytes)
{
    give(global + bytes % 64);
    give((void *)(uintptr_t) "a constant");
}

static void onto_a_mapping(size_t bytes)
{
    char *mapping = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapping != MAP_FAILED);
    give(mapping);
    give(mapping + bytes / 16 * 16);
}

static void low_address(size_t bytes)
{
    give((void *)(uintptr_t)(bytes / 16 * 16));
}

static void front_of_a_slab(size_t bytes)
{
    give((void *)((uintptr_t)make(bytes) & ~(uintptr_t)65535));
}

#define RIGHT(what, act)                                                                           \
    {                                                                                              \
        what, act, GOES_ON                                                                         \
    }

static const struct misuse misuses[] = {
    RIGHT("into a block", into_a_block),       RIGHT("unaligned", unaligned),
    RIGHT("before a block", before_a_block),   RIGHT("never made", never_made),
    RIGHT("onto the stack", onto_the_stack),   RIGHT("onto a global", onto_a_global),
    RIGHT("onto a mapping", onto_a_mapping),   RIGHT("low address", low_address),
    RIGHT("front of a slab", front_of_a_slab),
};

int main(int count, char **words)
{
    static const size_t sizes[] = {40, 1000, 5000};
    return TRY_MISUSES(count, words, misuses, sizes);
}
