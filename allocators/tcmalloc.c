/* tcmalloc as gperftools builds it (libtcmalloc_minimal), by its own tc_ names. */
#include "resolve.h"

static void (*release)(void);

static void trim(void)
{
    release();
}

static int open_tcmalloc(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    static const struct hb_resolve_names names = {
        .malloc = "tc_malloc",
        .calloc = "tc_calloc",
        .realloc = "tc_realloc",
        .free = "tc_free",
        .aligned_alloc = "tc_memalign", /* the same arguments; there is no tc_aligned_alloc */
        .usable_size = "tc_malloc_size",
    };
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0 ||
        hb_resolve_one(library, "MallocExtension_ReleaseFreeMemory", &release, message,
                       message_bytes) != 0)
        return -1;
    functions->trim = trim;
    return 0;
}

static int version(void *library, char *text, size_t text_bytes)
{
    const char *(*version_of)(int *major, int *minor, const char **patch);
    int major, minor;
    const char *patch;
    if (hb_resolve_one(library, "tc_version", &version_of, text, text_bytes) != 0)
        return -1;
    (void)version_of(&major, &minor, &patch);
    (void)snprintf(text, text_bytes, "%d.%d%s", major, minor, patch);
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "tcmalloc",
    .summary = "tcmalloc (gperftools): thread caches over central lists",
    .licence = "BSD-3-Clause",
    .library_names =
        (const char *const[]){"libtcmalloc_minimal.so.4", "libtcmalloc_minimal.so", NULL},
    .variants =
        (const struct hb_allocator_variant[]){
            {"lean", "gives freed pages back ten times as eagerly", "TCMALLOC_RELEASE_RATE=10"},
            {0},
        },
    .open = open_tcmalloc,
    .version = version,
    .preload_name = "libtcmalloc_minimal.so.4",
};
