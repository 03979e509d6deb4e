/* open() refuses, and says how its process was when it was loaded: whether its addresses are fixed,
 * and on which CPUs it was. */
#include "broken.h"

#include <sched.h>
#include <stdio.h>
#include <sys/personality.h>

static cpu_set_t at_load;

__attribute__((constructor)) static void look(void)
{
    (void)sched_getaffinity(0, sizeof at_load, &at_load);
}

static int open_where(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    size_t used = (size_t)snprintf(
        message, message_bytes, "%s, loaded on CPU",
        (unsigned)personality(0xffffffff) & ADDR_NO_RANDOMIZE ? "fixed" : "randomised");
    (void)library, (void)hint, (void)functions;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && used < message_bytes; cpu++)
        if (CPU_ISSET(cpu, &at_load))
            used += (size_t)snprintf(message + used, message_bytes - used, " %zu", cpu);
    return -1;
}

BROKEN_PLUGIN("where", "says where it was loaded", open_where);
