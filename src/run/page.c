/* Copied, looked at, believed: see page.h. */
#include "run/page.h"

#include "base/clock.h"
#include "base/quote.h"
#include "base/utf8.h"

#include <string.h>

/* More is no measurement: every operation calls a function. */
#define OPERATIONS_PER_NS_MOST 10u
/* CPU time is read just before and after the phase: an interrupt may fall in between. */
#define CPU_NS_BESIDE 20000000u

uint64_t hb_page_parameter(const struct hb_request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, name) == 0)
            return request->parameters[i].value;
    return 0;
}

void hb_page_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
    const size_t most = from_bytes < to_bytes - 1 ? from_bytes : to_bytes - 1;
    memcpy(to, from, most);
    to[most] = '\0';
    hb_utf8_repair(to);
    hb_hide_controls(to);
}

static uint64_t operations_of_thread(const struct hb_request *request)
{
    const uint64_t operations = hb_page_parameter(request, "operations");
    const uint32_t threads = (uint32_t)hb_page_parameter(request, "threads");
    uint64_t sum = 0;
    for (uint32_t slice = 0; threads > 0 && slice < request->slices; slice++)
        sum += hb_slice_operations(operations, threads, request->slices, slice);
    return sum;
}

static const char *check_times(const struct hb_shm_thread *copy, uint32_t slices, uint64_t since_ns)
{
    uint64_t before = copy->start_ns;
    if (before < since_ns)
        return "a thread began before its process did";
    for (uint32_t slice = 0; slice < slices; slice++) {
        if (copy->slice_end_ns[slice] < before)
            return "times run backwards";
        before = copy->slice_end_ns[slice];
    }
    if (before > hb_clock_monotonic_ns())
        return "times lie in the future";
    if (copy->cpu_ns > before - copy->start_ns + CPU_NS_BESIDE)
        return "more CPU time than there was";
    if ((before - copy->start_ns + 1000) < copy->operations / OPERATIONS_PER_NS_MOST)
        return "more operations than any machine can do in the time";
    return NULL;
}

const char *hb_page_run(const struct hb_shm *shm, const struct hb_request *request, uint32_t thread,
                        uint64_t since_ns, struct hb_shm_thread *copy)
{
    memcpy(copy, &shm->thread[thread], sizeof *copy);
    if (copy->operations != operations_of_thread(request))
        return "a thread did another number of operations than it was asked for";
    return check_times(copy, request->slices, since_ns);
}

const char *hb_page_epoch(const struct hb_shm *shm, uint32_t thread, uint64_t since_ns,
                          struct hb_shm_thread *copy)
{
    memcpy(copy, &shm->thread[thread], sizeof *copy);
    return check_times(copy, 1, since_ns);
}
