/* Needs a symbol that nobody has: the loader refuses it. */
#include "broken.h"

int hb_symbol_that_nobody_has(void);

static int open_unresolved(void *library, const struct hb_allocator_hint *hint,
                           struct hb_allocator_functions *functions, char *message,
                           size_t message_bytes)
{
    return heap_open(library, hint, functions, message, message_bytes) +
           hb_symbol_that_nobody_has();
}

BROKEN_PLUGIN("unresolved", "an unresolved symbol", open_unresolved);
