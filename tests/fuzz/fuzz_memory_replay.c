/* Android's memory_replay text, packed or not: see foreign.h. */
#include "foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_foreign(&hb_format_memory_replay, false, data, size);
    try_foreign(NULL, true, data, size);
    return 0;
}
