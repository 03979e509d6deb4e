/* Hands out the same block again and again. */
#include "broken.h"

static void *same_malloc(size_t size)
{
    static _Alignas(64) unsigned char block[65536];
    return size <= sizeof block ? block : NULL;
}

static void no_free(void *block)
{
    (void)block;
}

static int open_overlap(void *library, const struct hb_allocator_hint *hint,
                        struct hb_allocator_functions *functions, char *message,
                        size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = same_malloc;
    functions->free = no_free;
    return status;
}

BROKEN_PLUGIN("overlap", "two live blocks are one", open_overlap);
