/* Also: a double free that was not seen is found at the latest when lists dissolve (a trim).
 * And when what other threads freed is received; and so is a link that was overwritten. */
#include "misuse.h"

#include <malloc.h>
#include <pthread.h>

enum { COUNT = 300000, FEW = 1000 };

static void *blocks[COUNT];

static void churn(int count, size_t bytes)
{
    for (int i = 0; i < count; i++)
        blocks[i] = make(bytes);
    for (int i = 0; i < count; i++)
        free_hidden(blocks[i]);
}

static void after_many(void)
{
    churn(COUNT, 100);
    free_hidden(blocks[10]);
    churn(COUNT, 1000);
    malloc_trim(0);
}

static void after_few(void)
{
    churn(FEW, 100);
    free_hidden(blocks[10]);
    malloc_trim(0);
}

static void interleaved(void)
{
    void *a = make(100), *b = make(100);
    free_hidden(a);
    free_hidden(b);
    free_hidden(a);
    malloc_trim(0);
}

static void *free_it(void *block)
{
    free_hidden(block);
    return NULL;
}

static void in_thread(void *(*act)(void *), void *block)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, act, block) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* The block went home; another thread then sends it, and it must not be handed out twice. */
static void at_home_already(void)
{
    void *neighbour = make(64), *twice = make(64); /* of a slab that stays */
    free_hidden(twice);
    malloc_trim(0);
    in_thread(free_it, twice);
    for (int i = 0; i < 4000; i++)
        (void)make(64);
    HIDDEN(neighbour);
}

static pthread_barrier_t met;
static void *of_another;

static void *free_two_and_wait(void *unused)
{
    void *first = make(64), *second = make(64);
    free_hidden(first);
    free_hidden(second);
    of_another = second;
    pthread_barrier_wait(&met);
    pthread_barrier_wait(&met); /* for ever */
    return unused;
}

/* The link of another thread's freed block, copied: it leads to a block that is free there. */
static void astray(void)
{
    pthread_t thread;
    void *first = make(64), *second = make(64);
    CHECK(pthread_barrier_init(&met, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, free_two_and_wait, NULL) == 0);
    pthread_barrier_wait(&met);
    free_hidden(first);
    free_hidden(second);
    HIDDEN(second);
    memcpy(second, of_another, sizeof(void *));
    malloc_trim(0);
}

int main(void)
{
    must_abort("at home already, freed by another thread", at_home_already);
    must_abort("a link into another thread's list", astray);
    must_abort("after 300,000 frees", after_many);
    must_abort("after 1,000 frees", after_few);
    must_abort("a, b, a", interleaved);
    return 0;
}
