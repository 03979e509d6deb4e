/* What the tests of misuse share: blocks that the compiler knows nothing of.
 * Read next: promise.h (must_abort). */
#ifndef MISUSE_H
#define MISUSE_H

#include "promise.h"

static inline void *make(size_t bytes)
{
    void *block = malloc(bytes);
    CHECK(block != NULL);
    memset(block, 0x41, bytes < 256 ? bytes : 256);
    HIDDEN(block);
    return block;
}

static inline void free_hidden(void *pointer)
{
    HIDDEN(pointer);
    free(pointer); // NOLINT: misuse is the point
}

static inline void free_twice_plainly(void)
{
    void *block = make(100);
    free_hidden(block);
    free_hidden(block);
}

/* For promises about how a double free ends: there are none where it does not end anything. */
static inline int goes_on_after_double_free(void)
{
    char said[4096];
    return in_child(free_twice_plainly, said, sizeof said) == 0;
}

/* Runs act in a child for each size, which it finds in *bytes. */
static inline void each_must_abort(const char *what, size_t *bytes, const size_t *sizes,
                                   size_t count, void (*act)(void))
{
    for (size_t i = 0; i < count; i++) {
        char name[100];
        *bytes = sizes[i];
        snprintf(name, sizeof name, "%s, %zu bytes", what, sizes[i]);
        must_abort(name, act);
    }
}

#define EACH_MUST_ABORT(what, bytes, sizes, act)                                                   \
    each_must_abort(what, bytes, sizes, sizeof(sizes) / sizeof(sizes)[0], act)

#endif
