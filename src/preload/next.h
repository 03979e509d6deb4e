/* The allocator that stands behind the recorder, whom each call is handed on to. What dlsym itself
 * asks for while it looks for it comes from memory of our own.
 * Read next: hbtrace.c. */
#ifndef HB_PRELOAD_NEXT_H
#define HB_PRELOAD_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define EXPORT      __attribute__((visibility("default")))
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD        __attribute__((noinline, cold))

/* The first four are there at once: they find themselves. The others are found when they are called
 * first (hbtrace.c). */
struct hb_next_functions {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*reallocarray)(void *, size_t, size_t);
    void (*free)(void *);
    void (*free_sized)(void *, size_t);
    void (*free_aligned_sized)(void *, size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
};
extern struct hb_next_functions hb_next;

/* The function of this name behind ours, or NULL. */
void *hb_next_find(const char *name);

/* Finds the four that everybody has; false while it is at it. */
bool hb_next_find_family(void);

/* Memory for who is asked by dlsym while dlsym is at work: never given back. Before each block of
 * it stands its size, 16 bytes before. */
#define HB_EARLY_BYTES ((size_t)1 << 16)
extern char hb_early[HB_EARLY_BYTES];

static inline bool hb_is_early(const void *block)
{
    return (const char *)block >= hb_early && (const char *)block < hb_early + HB_EARLY_BYTES;
}

#endif
