/* Claims to be the C library's malloc, but calloc hands out blocks of a heap of its own. */
#include "broken.h"

static void free_either(void *block)
{
    if ((unsigned char *)block >= heap_end - HEAP_BYTES && (unsigned char *)block < heap_end)
        heap_free(block);
    else
        free(block);
}

static int open_not_libc(void *library, const struct hb_allocator_hint *hint,
                         struct hb_allocator_functions *functions, char *message,
                         size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = malloc;
    functions->free = free_either;
    functions->realloc = realloc;
    return status;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "not_libc",
    .summary = "claims to be libc, mixes in a heap of its own",
    .licence = "MIT",
    .library_names = (const char *const[]){"libc.so.6", NULL},
    .open = open_not_libc,
};
