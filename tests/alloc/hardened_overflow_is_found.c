/* Also: an overflow is found at the free of the block or its neighbour, at realloc, or at exit.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

static void by_one_at_free(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_hidden(block);
}

static void by_a_terminating_zero(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 0);
    free_hidden(block);
}

static void by_a_copied_string(size_t bytes)
{
    char *block = make(bytes), *text = make(bytes + 1);
    memset(text, 'y', bytes);
    text[bytes] = '\0';
    HIDDEN(text);
    memcpy(block, text, strlen(text) + 1);
    free_hidden(block);
}

static void by_a_word(size_t bytes)
{
    char *block = make(bytes);
    for (int i = 0; i < 8; i++)
        poke(block, (ptrdiff_t)bytes + i, 1);
    free_hidden(block);
}

static void by_many(size_t bytes)
{
    char *block = make(bytes);
    for (int i = 0; i < 40; i++)
        poke(block, (ptrdiff_t)bytes + i, 'z');
    free_hidden(block);
}

static void found_by_realloc(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 'x');
    block = realloc(block, bytes + 1);
    HIDDEN(block);
    _exit(0);
}

static void found_by_usable_size(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 'x');
    size_t usable = malloc_usable_size(block);
    HIDDEN(usable);
    _exit(0);
}

static void never_freed(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 'x');
}

static void never_freed_by_a_zero(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 0);
}

/* Of an array, whose blocks lie side by side, only one is freed: it is the neighbour of one. */
static void found_by_neighbours(size_t bytes)
{
    char *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = make(bytes);
    poke(blocks[1], (ptrdiff_t)bytes, 'x');
    free_hidden(blocks[0]);
    free_hidden(blocks[2]);
    if (bytes < 100000)
        _exit(0); /* it is found before this */
}

static void of_calloc(size_t bytes)
{
    char *block = calloc(bytes, 1);
    CHECK(block != NULL);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_hidden(block);
}

static void of_an_aligned_block(size_t bytes)
{
    char *block = aligned_alloc(256, bytes);
    CHECK(block != NULL);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_hidden(block);
}

/* Another thread's free looks as well. */
static void found_by_another_thread(size_t bytes)
{
    char *block = make(bytes);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_in_thread(block);
}

static void *overflow_and_end(void *bytes)
{
    char *block = make(*(size_t *)bytes);
    poke(block, (ptrdiff_t) * (size_t *)bytes, 'x');
    void *behind = make(*(size_t *)bytes); /* so that it is not the last */
    HIDDEN(behind);
    return NULL;
}

static void of_a_thread_that_ended(size_t bytes)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, overflow_and_end, &bytes) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* What was inside before is outside now. */
static void after_it_shrank(size_t bytes)
{
    char *block = realloc(make(bytes + bytes / 8 + 2), bytes);
    HIDDEN(block);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_hidden(block);
}

static void after_it_grew(size_t bytes)
{
    char *block = realloc(make(bytes - bytes / 8), bytes);
    HIDDEN(block);
    poke(block, (ptrdiff_t)bytes, 'x');
    free_hidden(block);
}

/* ... and what is inside now is no overflow. */
static void up_to_the_new_end(size_t bytes)
{
    char *block = make(1);
    for (size_t size = 1; size < bytes; size += size / 16 + 1) {
        block = realloc(block, size);
        CHECK(block != NULL && malloc_usable_size(block) == size);
        HIDDEN(block);
        memset(block, 'x', size);
    }
    for (size_t size = bytes; size > 1; size -= size / 16 + 1) {
        block = realloc(block, size);
        CHECK(block != NULL);
        HIDDEN(block);
        memset(block, 'y', size);
    }
    free_hidden(block);
}

static void up_to_the_end(size_t bytes)
{
    for (int i = 0; i < 40; i++) {
        char *block = make(bytes);
        memset(block, 0xff, bytes);
        if (i % 2)
            free_hidden(block);
    }
}

static const struct misuse misuses[] = {
    {"by one byte, at free", by_one_at_free, ABORTS},
    {"by a terminating zero", by_a_terminating_zero, ABORTS},
    {"by a copied string", by_a_copied_string, ABORTS},
    {"by a word", by_a_word, ABORTS},
    {"by many bytes", by_many, FAULTS},
    {"found by realloc", found_by_realloc, ABORTS},
    {"found by malloc_usable_size", found_by_usable_size, ABORTS},
    {"of a block that is never freed", never_freed, ABORTS},
    {"by a zero, of a block that is never freed", never_freed_by_a_zero, ABORTS},
    {"found when neighbours are freed", found_by_neighbours, ABORTS},
    {"of a block of calloc", of_calloc, ABORTS},
    {"of an aligned block", of_an_aligned_block, ABORTS},
    {"found by another thread", found_by_another_thread, ABORTS},
    {"of a thread that ended", of_a_thread_that_ended, ABORTS},
    {"after it shrank", after_it_shrank, ABORTS},
    {"after it grew", after_it_grew, ABORTS},
    {"no overflow: up to the end after realloc", up_to_the_new_end, GOES_ON},
    {"no overflow: up to the end", up_to_the_end, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t sizes[] = {8, 24, 1000, 20000, 200000};
    return TRY_MISUSES(count, words, misuses, sizes);
}
