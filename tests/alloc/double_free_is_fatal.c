/* A block freed twice ends the program with one clear line: at once, after others, large, by
 * another thread. */
#include "promise.h"

#include <malloc.h>

#include <pthread.h>

/* More than any thread keeps: lists must dissolve. */
enum { COUNT = 300000 };

static void at_once(void)
{
    char *block = malloc(100);
    HIDDEN(block);
    free(block);
    HIDDEN(block);
    free(block); // NOLINT: the point of this test
}

static void *make(size_t bytes)
{
    void *block = malloc(bytes);
    HIDDEN(block);
    return block;
}

/* Enough frees that caches must dissolve. */
static void after_many(void)
{
    static void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++)
        blocks[i] = make(100);
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
    free(blocks[10]); // NOLINT
    for (int i = 0; i < COUNT; i++)
        blocks[i] = make(1000);
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
    malloc_trim(0); /* caches dissolve at the latest now */
}

static void of_a_large_block(void)
{
    void *block = make(5000000);
    free(block);
    HIDDEN(block);
    free(block); // NOLINT
}

static void of_a_medium_block(void)
{
    void *block = make(200000);
    free(block);
    HIDDEN(block);
    free(block); // NOLINT
}

static void *free_it(void *block)
{
    free(block);
    return NULL;
}

/* So few that their memory is not used for something else meanwhile: a block that was given out
 * anew is freed in good order. */
enum { FEW = 1000 };

static void by_another_thread(void)
{
    static void *blocks[FEW];
    pthread_t thread;
    for (int i = 0; i < FEW; i++)
        blocks[i] = make(100);
    void *twice = blocks[0];
    for (int i = 0; i < FEW; i++)
        free(blocks[i]);
    HIDDEN(twice);
    if (pthread_create(&thread, NULL, free_it, twice) == 0)
        pthread_join(thread, NULL);
    for (int i = 0; i < FEW; i++)
        blocks[i] = make(100);
    for (int i = 0; i < FEW; i++)
        free(blocks[i]);
    malloc_trim(0);
}

int main(void)
{
    must_abort("at once", at_once);
    must_abort("after many", after_many);
    must_abort("of a large block", of_a_large_block);
    must_abort("of a medium block", of_a_medium_block);
    must_abort("by another thread", by_another_thread);
    return kept("double frees are caught");
}
