/* Maps 64 KiB, touches four pages and unmaps them at every 1,024th free, and keeps count of it: an
 * allocator whose system calls and page faults are as many in every epoch. */
#include "planted.h"

#include <sys/mman.h>

#define BYTES ((size_t)64 << 10)

static struct hb_allocator_counters told;

static void planted(void)
{
    char *block = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return;
    for (size_t at = 0; at < BYTES; at += BYTES / 4)
        ((volatile char *)block)[at] = 1;
    (void)munmap(block, BYTES);
    told.mmap++;
    told.munmap++;
}

static int counters(struct hb_allocator_counters *out)
{
    *out = told;
    return 0;
}

static int open_mapping(void *library, const struct hb_allocator_hint *hint,
                        struct hb_allocator_functions *functions, char *message,
                        size_t message_bytes)
{
    const int status = open_planted(library, hint, functions, message, message_bytes);
    functions->counters = counters;
    return status;
}

PLANTED_PLUGIN_OPENED("mapping", "as many system calls and page faults in every epoch",
                      open_mapping);
