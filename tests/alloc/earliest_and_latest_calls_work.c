/* Constructors, destructors and exit handlers allocate and free, whatever the order. */
#include "promise.h"

static char *early, *late;

__attribute__((constructor(101))) static void construct(void)
{
    early = malloc(1000);
    CHECK(early != NULL);
    strcpy(early, "early");
    early = realloc(early, 100000);
    CHECK(early != NULL);
}

__attribute__((destructor(101))) static void destroy(void)
{
    if (strcmp(early, "early") != 0 || strcmp(late, "late") != 0)
        _exit(1);
    free(early);
    free(late);
    free(calloc(3, 5000000));
}

static void at_end(void)
{
    late = strdup("late");
    free(malloc(70000));
}

int main(void)
{
    CHECK(strcmp(early, "early") == 0);
    CHECK(atexit(at_end) == 0);
    return kept("the earliest and the latest calls work");
}
