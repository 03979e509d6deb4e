/* Runs out of memory in the measured phase: malloc returns NULL. */
#include "broken.h"

static void *null_late(size_t size)
{
    return heap_is_time() ? NULL : heap_malloc(size);
}

static int open_null_late(void *library, const struct hb_allocator_hint *hint,
                          struct hb_allocator_functions *functions, char *message,
                          size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = null_late;
    return status;
}

BROKEN_PLUGIN("null_late", "NULL in the measured phase", open_null_late);
