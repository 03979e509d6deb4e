/* The C library's malloc, which every program has.
 * Read next: slow3.c, the same made slower by a known amount. */
#include "resolve.h"

#include <gnu/libc-version.h>
#include <malloc.h>

static void trim(void)
{
    (void)malloc_trim(0);
}

static int open_system(void *library, const struct hb_allocator_hint *hint,
                       struct hb_allocator_functions *functions, char *message,
                       size_t message_bytes)
{
    static const struct hb_resolve_names names = HB_RESOLVE_PLAIN;
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0)
        return -1;
    functions->trim = trim;
    return 0;
}

static int version(void *library, char *text, size_t text_bytes)
{
    (void)library;
    (void)snprintf(text, text_bytes, "%s", gnu_get_libc_version());
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "system",
    .summary = "the C library's malloc (glibc)",
    .licence = "LGPL-2.1-or-later",
    .library_names = (const char *const[]){"libc.so.6", NULL},
    .variants =
        (const struct hb_allocator_variant[]){
            {"one-arena", "all threads share the main heap", "MALLOC_ARENA_MAX=1"},
            {0},
        },
    .open = open_system,
    .version = version,
    .preload_name = "",
};
