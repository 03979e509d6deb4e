/* A sound plugin for a library that is not installed. */
#include "broken.h"

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "missing_library",
    .summary = "its library is not there",
    .licence = "MIT",
    .library_names = (const char *const[]){"libnowhere.so.2", "libnowhere.so", NULL},
    .open = heap_open,
    .preload_name = "libnowhere.so.2",
};
