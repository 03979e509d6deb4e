/* Case 61: the first call of all may be free, realloc, memalign, usable size or any other.
 * Group: loader
 * Means: a program whose earliest call, before any constructor, is no malloc crashes */
#include "promise.h"

#include <malloc.h>

static void *by_free(void)
{
    free(NULL);
    return malloc(10);
}

static void *by_realloc(void)
{
    return realloc(NULL, 100);
}

static void *by_reallocarray(void)
{
    return reallocarray(NULL, 10, 10);
}

static void *by_memalign(void)
{
    return memalign(4096, 100);
}

static void *by_posix_memalign(void)
{
    void *block = NULL;
    return posix_memalign(&block, 64, 100) == 0 ? block : NULL;
}

static void *by_aligned_alloc(void)
{
    return aligned_alloc(256, 1000000);
}

static void *by_calloc(void)
{
    return calloc(100, 10);
}

static void *by_usable_size(void)
{
    return malloc_usable_size(NULL) == 0 ? malloc(10) : NULL;
}

static void *by_trim(void)
{
    malloc_trim(0);
    return malloc(10);
}

static void *by_large(void)
{
    return malloc(50000000);
}

static void *(*const first_calls[])(void) = {
    by_free,          by_realloc, by_reallocarray, by_memalign, by_posix_memalign,
    by_aligned_alloc, by_calloc,  by_usable_size,  by_trim,     by_large,
};

enum { KINDS = sizeof first_calls / sizeof first_calls[0] };

/* Before every constructor: earlier is only the loader. The argument says which one. */
static void *block;
static void before_all(int argc, char **argv, char **environment)
{
    (void)environment;
    if (argc > 1)
        block = first_calls[atoi(argv[1]) % KINDS]();
}
__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **,
                                                                            char **) = before_all;

int main(int argc, char **argv)
{
    if (argc > 1) { /* started anew, below */
        CHECK(block != NULL);
        memset(block, 1, 10);
        free(block);
        return 0;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        char argument[40];
        int status = -1;
        snprintf(argument, sizeof argument, "%d", kind);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(CHILD_LIMIT_S);
            execl("/proc/self/exe", argv[0], argument, (char *)NULL);
            _exit(77);
        }
        CHECK(waitpid(child, &status, 0) == child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            return skipped("no /proc");
        if (status != 0) {
            fprintf(stderr, "first call %d: %s\n", kind, end_of(status));
            return 1;
        }
    }
    return 0;
}
