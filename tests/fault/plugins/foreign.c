/* Claims to be mathematics but hands out the C library's functions: refused by where they lie. */
#include "broken.h"

static int open_foreign(void *library, const struct hb_allocator_hint *hint,
                        struct hb_allocator_functions *functions, char *message,
                        size_t message_bytes)
{
    (void)library, (void)hint, (void)message, (void)message_bytes;
    *functions = (struct hb_allocator_functions){.malloc = malloc,
                                                 .calloc = calloc,
                                                 .realloc = realloc,
                                                 .free = free,
                                                 .aligned_alloc = aligned_alloc};
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "foreign",
    .summary = "claims a library, serves libc's functions",
    .licence = "MIT",
    .library_names = (const char *const[]){"libm.so.6", NULL},
    .open = open_foreign,
};
