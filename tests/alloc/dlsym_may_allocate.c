/* Case 62: a wrapper of malloc that asks dlsym for the next one works, though dlsym allocates.
 * Group: loader
 * Means: programs with a malloc wrapper (tracers, profilers) recurse or hang at the start */
#include "promise.h"

#include <dlfcn.h>

/* The program's own names win over a preloaded library's; what they ask for is that library's. */
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);
static int calls;

/* What is asked for while dlsym itself runs. */
static _Alignas(16) char pool[8192];
static size_t pool_used;

static void *from_pool(size_t bytes)
{
    void *block = pool + pool_used;
    pool_used += (bytes + 15) / 16 * 16;
    return pool_used <= sizeof pool ? block : NULL;
}

static int is_of_pool(const void *block)
{
    return (const char *)block >= pool && (const char *)block < pool + sizeof pool;
}

static void *next(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL)
        _exit(3);
    return symbol;
}

static int is_ready(void)
{
    static int state; /* 0: not begun, 1: looking, 2: found */
    if (state == 0) {
        state = 1;
        (void)dlsym(RTLD_NEXT, "there is no such symbol"); /* the message is allocated */
        *(void **)&next_malloc = next("malloc");
        *(void **)&next_calloc = next("calloc");
        *(void **)&next_realloc = next("realloc");
        *(void **)&next_free = next("free");
        state = 2;
    }
    return state == 2;
}

void *malloc(size_t bytes)
{
    calls++;
    return is_ready() ? next_malloc(bytes) : from_pool(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    calls++;
    return is_ready() ? next_calloc(count, bytes) : from_pool(count * bytes);
}

void *realloc(void *block, size_t bytes)
{
    if (!is_ready() || is_of_pool(block)) {
        void *moved = malloc(bytes);
        if (moved != NULL && block != NULL)
            memcpy(moved, block, bytes);
        return moved;
    }
    return next_realloc(block, bytes);
}

void free(void *block)
{
    if (!is_of_pool(block) && is_ready())
        next_free(block);
}

int main(void)
{
    char *blocks[300];
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = i % 2 ? malloc(i * i + 1) : calloc(1, i * i + 1);
        CHECK(blocks[i] != NULL);
        blocks[i] = realloc(blocks[i], i * i * 2 + 1);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, i * i * 2 + 1);
    }
    for (size_t i = 0; i < 300; i++)
        free(blocks[i]);
    CHECK(dlsym(RTLD_DEFAULT, "there is no such symbol either") == NULL);
    const char *message = dlerror();
    CHECK(message != NULL && strstr(message, "either") != NULL);
    CHECK(calls >= 300);
    return 0;
}
