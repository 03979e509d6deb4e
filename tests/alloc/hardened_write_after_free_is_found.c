/* Also: a write into freed memory is found when it is reused or at exit, or faults; reads are zero.
 * Mode: hardened
 * Limit: 300 s
 * glibc: no */
#include "hardened.h"

static char *freed(size_t bytes)
{
    char *block = make(bytes), *behind = make(bytes);
    HIDDEN(behind);
    free_hidden(block);
    return block;
}

static void first_byte_then_reuse(size_t bytes)
{
    poke(freed(bytes), 0, 'x');
    reuse(bytes);
    _exit(0);
}

static void last_byte_then_reuse(size_t bytes)
{
    poke(freed(bytes), (ptrdiff_t)bytes - 1, 'x');
    reuse(bytes);
    _exit(0);
}

static void second_word_then_exit(size_t bytes)
{
    poke(freed(bytes), 8, 'x');
}

static void all_of_it_then_exit(size_t bytes)
{
    char *block = freed(bytes);
    memset(block, 'x', bytes);
}

/* So long after that it is not the quarantine which finds it. */
static void late(size_t bytes)
{
    char *block = freed(bytes);
    reuse(bytes / 2 > 8 ? bytes / 2 : 100);
    poke(block, 0, 'x');
}

static void after_it_moved(size_t bytes)
{
    char *block = make(bytes), *moved = realloc(block, bytes * 3);
    HIDDEN(moved);
    CHECK(moved != block);
    HIDDEN(block);
    poke(block, 0, 'x');
}

static void after_another_thread_freed(size_t bytes)
{
    char *block = make(bytes), *behind = make(bytes);
    HIDDEN(behind);
    free_in_thread(block);
    poke(block, 8, 'x');
    reuse(bytes);
}

static void of_an_aligned_block(size_t bytes)
{
    char *block = aligned_alloc(128, bytes);
    CHECK(block != NULL);
    free_hidden(block);
    poke(block, 0, 'x');
}

static void *write_late(void *block)
{
    free_hidden(block);
    poke(block, 0, 'x');
    return NULL;
}

static void found_when_the_thread_ends(size_t bytes)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, write_late, make(bytes)) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    _exit(0);
}

/* What was there is not there any more. */
static void read_secret(size_t bytes)
{
    const char *block = freed(bytes);
    for (size_t i = 0; i < bytes; i++)
        CHECK(peek(block, (ptrdiff_t)i) == 0);
}

static void fresh_blocks_read_as_zero(size_t bytes)
{
    for (int i = 0; i < (bytes < 100000 ? 1000 : 40); i++) {
        unsigned char *block = malloc(bytes);
        CHECK(block != NULL);
        HIDDEN(block);
        for (size_t j = 0; j < bytes; j++)
            CHECK(block[j] == 0);
        memset(block, i, bytes);
        free_hidden(block);
    }
}

static void freed_block_does_not_come_back_at_once(size_t bytes)
{
    void *block = freed(bytes);
    for (size_t i = 0; i < 50 && i < 200000 / bytes; i++) {
        void *other = malloc(bytes);
        CHECK(other != NULL && other != block);
        HIDDEN(other);
        free_hidden(other);
    }
}

static const struct misuse small[] = {
    {"first byte, then reuse", first_byte_then_reuse, ABORTS},
    {"last byte, then reuse", last_byte_then_reuse, ABORTS},
    {"second word, then exit", second_word_then_exit, ABORTS},
    {"all of it, then exit", all_of_it_then_exit, ABORTS},
    {"late", late, ABORTS},
    {"after it moved", after_it_moved, ABORTS},
    {"after another thread freed it", after_another_thread_freed, ABORTS},
    {"of an aligned block", of_an_aligned_block, ABORTS},
    {"found when the thread ends", found_when_the_thread_ends, ABORTS},
    {"a read gives zero", read_secret, GOES_ON},
    {"fresh blocks read as zero", fresh_blocks_read_as_zero, GOES_ON},
    {"no block comes back at once", freed_block_does_not_come_back_at_once, GOES_ON},
};

static void read_large(size_t bytes)
{
    HIDDEN(bytes);
    (void)peek(freed(bytes), (ptrdiff_t)bytes / 2);
}

static const struct misuse large[] = {
    {"large: first byte", second_word_then_exit, FAULTS},
    {"large: all of it", all_of_it_then_exit, FAULTS},
    {"large: late", late, FAULTS},
    {"large: a read", read_large, FAULTS},
    {"large: fresh blocks read as zero", fresh_blocks_read_as_zero, GOES_ON},
};

int main(int count, char **words)
{
    static const size_t small_sizes[] = {16, 24, 1000, 4000, 20000};
    static const size_t large_sizes[] = {130000, 1000000};
    if (count == 3 && strncmp(words[1], "large", 5) == 0)
        return TRY_MISUSES(count, words, large, large_sizes);
    const int faults = TRY_MISUSES(count, words, small, small_sizes);
    return count == 3 ? faults : faults + TRY_MISUSES(count, words, large, large_sizes);
}
