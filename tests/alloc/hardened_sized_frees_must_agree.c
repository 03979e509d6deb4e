/* Also: free_sized and free_aligned_sized of another size or alignment end in a clear line.
 * Mode: hardened
 * glibc: no */
#include "hardened.h"

#include <dlfcn.h>

static void (*sized)(void *, size_t);
static void (*aligned)(void *, size_t, size_t);

static void one_too_small(size_t bytes)
{
    sized(make(bytes), bytes - 1);
}

static void one_too_large(size_t bytes)
{
    sized(make(bytes), bytes + 1);
}

static void of_no_size(size_t bytes)
{
    sized(make(bytes), 0);
}

static void size_before_realloc(size_t bytes)
{
    void *block = realloc(make(bytes), bytes + 1);
    HIDDEN(block);
    sized(block, bytes);
}

static void aligned_of_another_size(size_t bytes)
{
    aligned(aligned_alloc(64, bytes), 64, bytes + 1);
}

static void aligned_of_another_alignment(size_t bytes)
{
    aligned(aligned_alloc(64, bytes), 128, bytes);
}

static void aligned_of_a_plain_block(size_t bytes)
{
    aligned(make(bytes), 64, bytes);
}

static void as_they_were_made(size_t bytes)
{
    for (size_t i = 1; i < 40; i++) {
        sized(make(bytes + i), bytes + i);
        sized(calloc(i, bytes), i * bytes);
        void *block = realloc(make(bytes), bytes + i);
        HIDDEN(block);
        sized(block, bytes + i);
        for (size_t alignment = 1; alignment <= 8192; alignment *= 2)
            aligned(aligned_alloc(alignment, bytes + i), alignment, bytes + i);
    }
    sized(NULL, bytes);
    aligned(NULL, 64, bytes);
}

static const struct misuse misuses[] = {
    {"one too small", one_too_small, ABORTS},
    {"one too large", one_too_large, ABORTS},
    {"of no size", of_no_size, ABORTS},
    {"the size before realloc", size_before_realloc, ABORTS},
    {"aligned, of another size", aligned_of_another_size, ABORTS},
    {"aligned, of another alignment", aligned_of_another_alignment, ABORTS},
    {"aligned, of a plain block", aligned_of_a_plain_block, ABORTS},
    {"no misuse: as they were made", as_they_were_made, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t sizes[] = {16, 1000, 20000, 200000};
    *(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
    *(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    if (sized == NULL || aligned == NULL)
        return skipped("no free_sized here");
    return TRY_MISUSES(count, words, misuses, sizes);
}
