/* WebKit's MallocBench .ops, packed or not: see foreign.h. */
#include "foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_foreign(&hb_format_ops, size % 2 == 1, data, size);
    return 0;
}
