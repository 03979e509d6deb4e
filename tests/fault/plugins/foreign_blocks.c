/* Claims to be an allocator of its own, but wraps the C library's: its functions lie where they
 * should, the blocks do not. Refused because the C library's heap grows. */
#include "broken.h"

static void *wrapped_malloc(size_t size)
{
    return malloc(size);
}

static void *wrapped_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

static void *wrapped_realloc(void *block, size_t size)
{
    return realloc(block, size);
}

static void *wrapped_aligned_alloc(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

static void wrapped_free(void *block)
{
    free(block);
}

static int open_foreign_blocks(void *library, const struct hb_allocator_hint *hint,
                               struct hb_allocator_functions *functions, char *message,
                               size_t message_bytes)
{
    (void)library, (void)hint, (void)message, (void)message_bytes;
    *functions = (struct hb_allocator_functions){.malloc = wrapped_malloc,
                                                 .calloc = wrapped_calloc,
                                                 .realloc = wrapped_realloc,
                                                 .free = wrapped_free,
                                                 .aligned_alloc = wrapped_aligned_alloc};
    return 0;
}

BROKEN_PLUGIN("foreign_blocks", "wraps libc's malloc", open_foreign_blocks);
