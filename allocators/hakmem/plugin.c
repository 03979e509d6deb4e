/* hakmem as a hakbench plugin: the same code as libhakmem.so, without its libc names. */
#include "allocator.h"
#include "hakmem.h"

#include <stdio.h>

static int counters(struct hb_allocator_counters *out)
{
    struct hakmem_os_stats stats;
    hakmem_os_stats(&stats);
    *out = (struct hb_allocator_counters){
        .mmap = stats.mmap,
        .munmap = stats.munmap,
        .mremap = stats.mremap,
        .madvise = stats.madvise,
        .mprotect = stats.mprotect,
    };
    return 0;
}

static int open_plugin(void *library, const struct hb_allocator_hint *hint,
                       struct hb_allocator_functions *functions, char *message,
                       size_t message_bytes)
{
    (void)library;
    (void)hint;
    (void)message;
    (void)message_bytes;
    *functions = (struct hb_allocator_functions){
        .malloc = hak_malloc,
        .calloc = hak_calloc,
        .realloc = hak_realloc,
        .free = hak_free,
        .aligned_alloc = hak_aligned_alloc,
        .usable_size = hak_usable_size,
        .thread_exit = hak_thread_exit,
        .trim = hak_trim,
        .counters = counters,
    };
    return 0;
}

static int version(void *library, char *text, size_t text_bytes)
{
    (void)library;
    return snprintf(text, text_bytes, "0.1.0") > 0 ? 0 : -1;
}

static const struct hb_allocator_variant variants[] = {
    {"speed", "keeps memory warm", "HAKMEM_PROFILE=MIXED_TINYV3_C7_SAFE"},
    {"balanced", "the default: gives back what was free for a second",
     "HAKMEM_PROFILE=MIXED_TINYV3_C7_BALANCED"},
    {"lean", "gives back at the first look", "HAKMEM_SS_MEM_LEAN=1"},
    {NULL, NULL, NULL},
};

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "hakmem",
    .summary = "the in-tree allocator: one list a class and thread, no system calls when steady",
    .licence = "MIT",
    .variants = variants,
    .open = open_plugin,
    .version = version,
    .preload_name = "libhakmem.so",
};
