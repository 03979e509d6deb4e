/* Looks up an allocator's functions by name: what most plugins' open() does.
 * Only for plugins; never prints. A name that is missing fails with a message that says which.
 * Read next: mimalloc.c, the shortest use. */
#ifndef HB_ALLOCATORS_RESOLVE_H
#define HB_ALLOCATORS_RESOLVE_H

#include "allocator.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Each library's names for the functions; NULL: it has none, or an adapter is set by hand. */
struct hb_resolve_names {
    const char *malloc, *calloc, *realloc, *free, *aligned_alloc, *usable_size;
};

/* The names every drop-in malloc library exports. */
#define HB_RESOLVE_PLAIN                                                                           \
    {                                                                                              \
        .malloc = "malloc", .calloc = "calloc", .realloc = "realloc", .free = "free",              \
        .aligned_alloc = "aligned_alloc", .usable_size = "malloc_usable_size"                      \
    }

/* Stores the symbol at *function (a pointer to a function pointer). */
static inline int hb_resolve_one(void *library, const char *name, void *function, char *message,
                                 size_t message_bytes)
{
    void *address = name ? dlsym(library, name) : NULL;
    memcpy(function, &address, sizeof address); /* C has no conversion of void * to a function */
    if (address || !name)
        return 0;
    (void)snprintf(message, message_bytes, "the library has no %s", name);
    return -1;
}

/* Fills the functions that names names; the others become NULL. 0, or -1 with a message. */
static inline int hb_resolve(void *library, const struct hb_resolve_names *names,
                             struct hb_allocator_functions *functions, char *message,
                             size_t message_bytes)
{
    const struct {
        const char *name;
        void *function;
    } rows[] = {
        {names->malloc, &functions->malloc},
        {names->calloc, &functions->calloc},
        {names->realloc, &functions->realloc},
        {names->free, &functions->free},
        {names->aligned_alloc, &functions->aligned_alloc},
        {names->usable_size, &functions->usable_size},
    };
    *functions = (struct hb_allocator_functions){0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (hb_resolve_one(library, rows[i].name, rows[i].function, message, message_bytes) != 0)
            return -1;
    return 0;
}

#endif
