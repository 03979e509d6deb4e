/* Also: a freed block that is freed or resized once more, at once or late, ends in a clear line.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

static void at_once(size_t bytes)
{
    void *block = make(bytes);
    free_hidden(block);
    free_hidden(block);
}

static void with_another_between(size_t bytes)
{
    void *block = make(bytes), *other = make(bytes);
    free_hidden(block);
    free_hidden(other);
    free_hidden(block);
}

static void with_ten_between(size_t bytes)
{
    void *block = make(bytes), *others[10];
    for (int i = 0; i < 10; i++)
        others[i] = make(bytes);
    free_hidden(block);
    for (int i = 0; i < 10; i++)
        free_hidden(others[i]);
    free_hidden(block);
}

static void after_realloc_moved_it(size_t bytes)
{
    void *block = make(bytes), *moved = realloc(block, bytes * 4);
    CHECK(moved != NULL && moved != block);
    free_hidden(block);
}

static void after_realloc_to_zero(size_t bytes)
{
    void *block = make(bytes), *stale = block;
    block = realloc(block, 0);
    CHECK(block == NULL);
    free_hidden(stale);
}

static void in_another_thread(size_t bytes)
{
    void *block = make(bytes);
    free_hidden(block);
    free_in_thread(block);
}

static void after_another_thread(size_t bytes)
{
    void *block = make(bytes);
    free_in_thread(block);
    free_hidden(block);
}

static void by_realloc(size_t bytes)
{
    void *block = make(bytes);
    free_hidden(block);
    HIDDEN(block);
    block = realloc(block, bytes + 1);
    HIDDEN(block);
}

static void asked_for_its_size(size_t bytes)
{
    void *block = make(bytes);
    free_hidden(block);
    HIDDEN(block);
    size_t usable = malloc_usable_size(block);
    HIDDEN(usable);
}

static void of_an_aligned_block(size_t bytes)
{
    void *block = NULL;
    CHECK(posix_memalign(&block, 512, bytes) == 0);
    HIDDEN(block);
    free_hidden(block);
    free_hidden(block);
}

static void once(size_t bytes)
{
    for (int i = 0; i < 1000; i++) {
        void *block = make(bytes);
        block = realloc(block, bytes + (size_t)i);
        HIDDEN(block);
        i % 16 ? free_hidden(block) : free_in_thread(block);
    }
}

static const struct misuse misuses[] = {
    {"at once", at_once, ABORTS},
    {"with another between", with_another_between, ABORTS},
    {"with ten between", with_ten_between, ABORTS},
    {"after realloc moved it", after_realloc_moved_it, ABORTS},
    {"after realloc to zero", after_realloc_to_zero, ABORTS},
    {"in another thread", in_another_thread, ABORTS},
    {"after another thread", after_another_thread, ABORTS},
    {"by realloc", by_realloc, ABORTS},
    {"by malloc_usable_size", asked_for_its_size, ABORTS},
    {"of an aligned block", of_an_aligned_block, ABORTS},
    {"no misuse: freed once", once, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t sizes[] = {8, 24, 1000, 20000, 200000};
    return TRY_MISUSES(count, words, misuses, sizes);
}
