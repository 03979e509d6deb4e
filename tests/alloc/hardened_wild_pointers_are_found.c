/* Also: pointers into, beside and outside of blocks end free, realloc and usable_size in a line.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

#include <sys/mman.h>

static char global[256];

/* The three functions that take a block, in turn: each has to find it. */
static void give(void *pointer)
{
    char said[4096];
    HIDDEN(pointer);
    for (int function = 0; function < 3; function++) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            if (function == 0)
                free(pointer); // NOLINT: misuse is the point
            else if (function == 1)
                pointer = realloc(pointer, 100); // NOLINT
            else
                pointer = (void *)malloc_usable_size(pointer); // NOLINT
            HIDDEN(pointer);
            _exit(0);
        }
        close(ends[1]);
        const ssize_t length = read(ends[0], said, sizeof said - 1);
        said[length > 0 ? length : 0] = '\0';
        close(ends[0]);
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        if (!is_clear_abort(status, said)) {
            fprintf(stderr, "function %d: %s: %s\n", function, end_of(status), said);
            exit(3);
        }
    }
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
