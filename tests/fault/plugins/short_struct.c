/* The right ABI version, built against a header with a shorter struct. */
#include "broken.h"

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = 64,
    .name = "short_struct",
    .open = heap_open,
};
