/* Also: a double free that was not seen is found at the latest when lists dissolve (a trim). */
#include "misuse.h"

#include <malloc.h>

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

int main(void)
{
    must_abort("after 300,000 frees", after_many);
    must_abort("after 1,000 frees", after_few);
    must_abort("a, b, a", interleaved);
    return 0;
}
