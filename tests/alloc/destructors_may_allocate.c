/* Case 60: exit handlers and the latest destructors allocate, and free what is left.
 * Group: loader
 * Means: programs crash or hang when they exit */
#include "promise.h"

static char *early, *late;
static int is_forked;

__attribute__((constructor(101))) static void construct(void)
{
    early = strdup("early");
}

/* Whoever waits sees that this was reached: a program that dies on the way does not say 43. */
__attribute__((destructor(101))) static void destroy(void)
{
    if (!is_forked)
        return;
    if (strcmp(early, "early") != 0 || strcmp(late, "late") != 0)
        _exit(1);
    free(early);
    free(late);
    char *block = calloc(3, 5000000);
    if (block == NULL || block[14999999] != 0)
        _exit(2);
    block = realloc(block, 100);
    if (block == NULL)
        _exit(3);
    free(block);
    _exit(43);
}

static void at_end(void)
{
    late = strdup("late");
    free(malloc(70000));
}

static void end(void)
{
    is_forked = 1;
    CHECK(atexit(at_end) == 0);
    exit(0);
}

int main(void)
{
    char said[1000];
    const int status = in_child(end, said, sizeof said);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 43) {
        fprintf(stderr, "%s %s\n", end_of(status), said);
        return 1;
    }
    return 0;
}
