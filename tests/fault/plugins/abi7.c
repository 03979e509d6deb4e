/* Speaks another version of the plugin ABI: it must be refused before anything else is read. */
#include "broken.h"

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = 7,
    .struct_bytes = 8,
    .name = (const char *)16, /* not to be followed */
    .open = heap_open,
};
