/* The scalable allocator of oneTBB. Preloaded it needs its proxy library, which turns the plain
 * names into these. Its version cannot be asked for: the worker reads it off the file's name. */
#include "resolve.h"

#include <errno.h>

static int (*align)(void **block, size_t alignment, size_t size);
static int (*command)(int command, void *argument);

static void *aligned_alloc_adapter(size_t alignment, size_t size)
{
    void *block = NULL;
    errno = align(&block, alignment < sizeof(void *) ? sizeof(void *) : alignment, size);
    return block;
}

static void trim(void)
{
    (void)command(0, NULL); /* TBBMALLOC_CLEAN_ALL_BUFFERS */
}

static int open_tbbmalloc(void *library, const struct hb_allocator_hint *hint,
                          struct hb_allocator_functions *functions, char *message,
                          size_t message_bytes)
{
    static const struct hb_resolve_names names = {
        .malloc = "scalable_malloc",
        .calloc = "scalable_calloc",
        .realloc = "scalable_realloc",
        .free = "scalable_free",
        .usable_size = "scalable_msize",
    };
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0 ||
        hb_resolve_one(library, "scalable_posix_memalign", &align, message, message_bytes) != 0 ||
        hb_resolve_one(library, "scalable_allocation_command", &command, message, message_bytes) !=
            0)
        return -1;
    functions->aligned_alloc = aligned_alloc_adapter;
    functions->trim = trim;
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "tbbmalloc",
    .summary = "the scalable allocator of oneTBB (Intel)",
    .licence = "Apache-2.0",
    .library_names = (const char *const[]){"libtbbmalloc.so.2", "libtbbmalloc.so", NULL},
    .open = open_tbbmalloc,
    .preload_name = "libtbbmalloc_proxy.so.2",
};
