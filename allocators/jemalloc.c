/* jemalloc, by the plain names Debian's and most builds export.
 * Its thread-local storage is larger than glibc spares a dlopened library: docs/plugins.md. */
#include "resolve.h"

typedef int control_function(const char *name, void *old, size_t *old_bytes, void *new,
                             size_t new_bytes);
static control_function *control;

static void trim(void)
{
    (void)control("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: MALLCTL_ARENAS_ALL */
}

static int open_jemalloc(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    static const struct hb_resolve_names names = HB_RESOLVE_PLAIN;
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0 ||
        hb_resolve_one(library, "mallctl", &control, message, message_bytes) != 0)
        return -1;
    functions->trim = trim;
    return 0;
}

/* "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c": the commit is left out. */
static int version(void *library, char *text, size_t text_bytes)
{
    control_function *look;
    const char *full;
    size_t bytes = sizeof full;
    if (hb_resolve_one(library, "mallctl", &look, text, text_bytes) != 0 ||
        look("version", &full, &bytes, NULL, 0) != 0)
        return -1;
    (void)snprintf(text, text_bytes, "%.*s", (int)strcspn(full, "-"), full);
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "jemalloc",
    .summary = "jemalloc (FreeBSD, Meta): arenas and thread caches",
    .licence = "BSD-2-Clause",
    .library_names = (const char *const[]){"libjemalloc.so.2", "libjemalloc.so", NULL},
    .variants =
        (const struct hb_allocator_variant[]){
            {"lean", "gives freed pages back at once",
             "MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0"},
            {"background", "gives freed pages back on a thread of its own",
             "MALLOC_CONF=background_thread:true"},
            {0},
        },
    .open = open_jemalloc,
    .version = version,
    .preload_name = "libjemalloc.so.2",
};
