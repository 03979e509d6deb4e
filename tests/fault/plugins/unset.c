/* open() succeeds but leaves calloc unset. */
#include "broken.h"

static int open_unset(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->calloc = NULL;
    return status;
}

BROKEN_PLUGIN("unset", "a required function is missing", open_unset);
