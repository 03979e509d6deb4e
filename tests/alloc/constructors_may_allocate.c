/* Case 59: the earliest code of a program, before any constructor, allocates, resizes and frees.
 * Group: loader
 * Means: what runs before main (constructors, preinit) crashes, or is told what is not so */
#include "promise.h"

#include <malloc.h>

static char *earliest, *early, *aligned;
static int calls;

static void use_all(void)
{
    void *block = calloc(3, 5000000);
    CHECK(block != NULL);
    free(block);
    block = aligned_alloc(4096, 100);
    CHECK(block != NULL && (uintptr_t)block % 4096 == 0);
    free(block);
    calls++;
}

/* Runs when everything is relocated and nothing is initialised. */
static void before_all(void)
{
    earliest = malloc(1000);
    CHECK(earliest != NULL && malloc_usable_size(earliest) >= 1000);
    strcpy(earliest, "earliest");
    earliest = realloc(earliest, 100000);
    CHECK(earliest != NULL);
    CHECK(posix_memalign((void **)&aligned, 64, 300) == 0);
    use_all();
}
__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = before_all;

__attribute__((constructor(101))) static void construct(void)
{
    CHECK(calls == 1);
    early = strdup("early");
    CHECK(early != NULL);
    use_all();
}

int main(void)
{
    CHECK(calls == 2);
    CHECK(strcmp(earliest, "earliest") == 0 && strcmp(early, "early") == 0);
    free(earliest);
    free(early);
    free(aligned);
    use_all();
    return 0;
}
