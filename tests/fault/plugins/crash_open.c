/* Dies of SIGSEGV in open(), before anything is measured. */
#include "broken.h"

static int open_crash(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    heap_crash();
    return heap_open(library, hint, functions, message, message_bytes);
}

BROKEN_PLUGIN("crash_open", "a SIGSEGV in open()", open_crash);
