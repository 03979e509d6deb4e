/* open() refuses, with a message that has a line end and a tab in it. */
#include "broken.h"

#include <stdio.h>

static int open_refuse(void *library, const struct hb_allocator_hint *hint,
                       struct hb_allocator_functions *functions, char *message,
                       size_t message_bytes)
{
    (void)heap_open(library, hint, functions, message, message_bytes);
    (void)snprintf(message, message_bytes, "not on\ta day\nlike this");
    return -1;
}

BROKEN_PLUGIN("refuse", "open() says no", open_refuse);
