/* Case 46: a block that two threads free ends the program with one clear line.
 * Mode: hardened
 * glibc: no, lists of two threads may hold it, and what is written there is followed */
#include "misuse.h"

#include <malloc.h>
#include <pthread.h>

/* So few that their memory is not used for something else meanwhile: a block that was given out
 * anew is freed in good order. */
enum { FEW = 1000 };

static size_t bytes;
static void *blocks[FEW];

static void *free_it(void *block)
{
    free_hidden(block);
    return NULL;
}

static void in_thread(void *block)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, free_it, block) == 0)
        pthread_join(thread, NULL);
}

static void make_few(void)
{
    for (int i = 0; i < FEW; i++)
        blocks[i] = make(bytes);
}

static void free_few(int from)
{
    for (int i = from; i < FEW; i++)
        free_hidden(blocks[i]);
}

/* The second free may have gone by a list that is looked at later. */
static void go_on(void)
{
    make_few();
    free_few(0);
    malloc_trim(0);
}

static void here_then_there(void)
{
    make_few();
    void *twice = blocks[0];
    free_few(0);
    in_thread(twice);
    go_on();
}

static void there_then_here(void)
{
    make_few();
    in_thread(blocks[0]);
    free_hidden(blocks[0]);
    free_few(1);
    go_on();
}

static void there_twice(void)
{
    make_few();
    in_thread(blocks[0]);
    in_thread(blocks[0]);
    free_few(1);
    go_on();
}

int main(void)
{
    static const size_t sizes[] = {24, 100, 1000};
    EACH_MUST_ABORT("here, then there", &bytes, sizes, here_then_there);
    EACH_MUST_ABORT("there, then here", &bytes, sizes, there_then_here);
    EACH_MUST_ABORT("by two others", &bytes, sizes, there_twice);
    return 0;
}
