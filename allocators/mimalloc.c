/* mimalloc, versions 1 to 3, by its own mi_ names. */
#include "resolve.h"

#include <stdbool.h>

static void (*collect)(bool force);

static void trim(void)
{
    collect(true);
}

static int open_mimalloc(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    static const struct hb_resolve_names names = {
        .malloc = "mi_malloc",
        .calloc = "mi_calloc",
        .realloc = "mi_realloc",
        .free = "mi_free",
        .aligned_alloc = "mi_aligned_alloc",
        .usable_size = "mi_usable_size",
    };
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0 ||
        hb_resolve_one(library, "mi_collect", &collect, message, message_bytes) != 0)
        return -1;
    functions->trim = trim;
    return 0;
}

/* 209 is 2.0.9, 30403 is 3.4.3: two digits for each part since 2026. */
static int version(void *library, char *text, size_t text_bytes)
{
    int (*number_of)(void);
    if (hb_resolve_one(library, "mi_version", &number_of, text, text_bytes) != 0)
        return -1;
    const int number = number_of();
    const int base = number < 10000 ? 10 : 100;
    (void)snprintf(text, text_bytes, "%d.%d.%d", number / (base * base), number / base % base,
                   number % base);
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "mimalloc",
    .summary = "mimalloc (Microsoft): free lists per page",
    .licence = "MIT",
    .library_names =
        (const char *const[]){"libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so", NULL},
    .open = open_mimalloc,
    .version = version,
    .preload_name = "libmimalloc.so.2",
};
