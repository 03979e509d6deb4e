/* Also: a program that brings malloc, calloc, realloc, free and nothing else has one heap.
 * Group: loader
 * Means: a program that brings its own malloc mixes two heaps and crashes */
#include "promise.h"

#include <dlfcn.h>

static _Alignas(16) char arena[4 << 20];
static size_t used;

static int is_own(const void *block)
{
    return (const char *)block >= arena && (const char *)block < arena + sizeof arena;
}

/* The size stands before the block. The arena is zero and nothing is used twice. */
void *malloc(size_t size)
{
    const size_t at = __atomic_fetch_add(&used, 16 + ((size + 15) & ~(size_t)15), __ATOMIC_RELAXED);
    if (size > sizeof arena || at + size + 16 > sizeof arena)
        return NULL;
    memcpy(arena + at, &size, sizeof size);
    return arena + at + 16;
}

void free(void *block)
{
    static const char text[] = "the program's free was given a block that is not the program's\n";
    if (block == NULL || is_own(block))
        return;
    (void)write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

void *calloc(size_t count, size_t size)
{
    return malloc(count * size);
}

void *realloc(void *block, size_t size)
{
    size_t before = 0;
    void *moved = malloc(size);
    if (block != NULL)
        memcpy(&before, (char *)block - 16, sizeof before);
    if (moved != NULL && block != NULL)
        memcpy(moved, block, before < size ? before : size);
    return moved;
}

static void resize(void)
{
    char *fresh = reallocarray(NULL, 10, 10);
    CHECK(is_own(fresh));
    memset(fresh, 7, 100);
    char *grown = reallocarray(fresh, 20, 100);
    CHECK(is_own(grown) && grown[99] == 7);
    free(grown);
    errno = 0;
    must_fail(reallocarray(grown, SIZE_MAX / 2, 3), "reallocarray of too much");
}

/* What the C library gives the program to free. */
static void take_from_library(void)
{
    char *text = NULL, *line = NULL;
    size_t line_bytes = 0;
    char *copy = strdup("copied");
    CHECK(is_own(copy));
    free(copy);
    CHECK(asprintf(&text, "%d", 12345) == 5 && is_own(text));
    FILE *stream = fmemopen(text, 5, "r");
    CHECK(stream != NULL && getline(&line, &line_bytes, stream) == 5 && is_own(line));
    fclose(stream);
    free(text);
    free(line);
}

/* Names of free that the C library may not have, or only for old programs. */
static void free_by_other_names(void)
{
    void (*by_name)(void *) = NULL;
    void (*sized)(void *, size_t) = NULL;
    void (*aligned)(void *, size_t, size_t) = NULL;
    *(void **)&by_name = dlsym(RTLD_DEFAULT, "cfree");
    *(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
    *(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
    if (sized == NULL || aligned == NULL) /* then cfree is the C library's as well */
        return;
    sized(malloc(100), 100);
    aligned(malloc(100), 16, 100);
    if (by_name != NULL)
        by_name(malloc(100));
}

int main(void)
{
    resize();
    take_from_library();
    free_by_other_names();
    return 0;
}
