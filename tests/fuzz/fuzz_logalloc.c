/* Firefox's logalloc lines, packed or not: see foreign.h. */
#include "foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_foreign(&hb_format_logalloc, false, data, size);
    try_foreign(&hb_format_logalloc, true, data, size);
    return 0;
}
