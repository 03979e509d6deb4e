/* Android's memory_replay text, packed or not: see foreign.h. */
#include "foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_foreign(size % 3 ? &hb_format_memory_replay : NULL, size % 2 == 1, data, size);
    return 0;
}
