/* How much of its CPUs a worker had: see share.h. */
#include "run/share.h"

#include <math.h>
#include <stdio.h>

#define MISSING_NS_MIN 1e6  /* less is what one interrupt may take */
#define SLEEP_NS_MAX   20e6 /* nobody waits so long for a lock that others work under */

/* Threads are pinned in turn: a CPU is wanted from the first operation of the threads on it to the
 * last. On CPUs of nobody's own, all threads' times, as far as there are CPUs for them. */
static double wanted_on(const struct hb_share_of *of, uint32_t first_thread, uint32_t step)
{
    uint64_t start_ns = UINT64_MAX, end_ns = 0;
    for (uint32_t t = first_thread; t < of->threads; t += step) {
        start_ns = of->spans[t].start_ns < start_ns ? of->spans[t].start_ns : start_ns;
        end_ns = of->spans[t].end_ns > end_ns ? of->spans[t].end_ns : end_ns;
    }
    return end_ns > start_ns ? (double)(end_ns - start_ns) : 0;
}

struct hb_share_of hb_share_asked(const struct hb_request *request, uint32_t threads)
{
    return (struct hb_share_of){.threads = threads,
                                .cpu_count = (uint32_t)CPU_COUNT(&request->cpus),
                                .is_pinned = request->cpu_list[0] != '\0'};
}

void hb_share_between(const struct hb_share_of *of, const struct hb_reading *before,
                      const struct hb_reading *after, struct hb_share *share)
{
    double threads_ns = 0;
    *share = (struct hb_share){.is_crowded = of->threads > of->cpu_count, .cpu_ns = of->cpu_ns};
    for (uint32_t t = 0; t < of->threads; t++)
        threads_ns += wanted_on(of, t, of->threads);
    for (uint32_t cpu = 0; of->is_pinned && cpu < of->cpu_count && cpu < of->threads; cpu++)
        share->wanted_ns += wanted_on(of, cpu, of->cpu_count);
    if (!of->is_pinned)
        share->wanted_ns = fmin(threads_ns, wanted_on(of, 0, 1) * of->cpu_count);
    share->delay_ns = after->delay_ns - before->delay_ns;
    share->others_ns = after->busy_ns - before->busy_ns - of->cpu_ns;
    share->steal_ns = after->steal_ns - before->steal_ns;
    share->throttled_ns = after->throttled_ns - before->throttled_ns;
    share->sleeps = after->voluntary - before->voluntary;
}

/* A crowded worker's threads wait for each other: there only what others did on its CPUs counts. */
static bool had_neighbour(const struct hb_share *share, double missing_ns)
{
    const bool others_ran = share->others_ns >= missing_ns / 2;
    const bool waited = share->delay_ns >= missing_ns / 2;
    return share->is_crowded || isnan(share->delay_ns) ? others_ran : waited;
}

enum hb_share_cause hb_share_find_cause(const struct hb_share *share)
{
    const double missing_ns = share->wanted_ns - share->cpu_ns;
    if (!(missing_ns >= MISSING_NS_MIN && missing_ns >= HB_SHARE_MISSING_MIN * share->wanted_ns))
        return HB_SHARE_WHOLE;
    if (share->throttled_ns >= missing_ns / 4)
        return HB_SHARE_QUOTA;
    if (share->steal_ns >= missing_ns / 2)
        return HB_SHARE_HYPERVISOR;
    if (had_neighbour(share, missing_ns))
        return HB_SHARE_NEIGHBOUR;
    if (missing_ns / fmax(share->sleeps, 1) >= SLEEP_NS_MAX)
        return HB_SHARE_PAUSED;
    return HB_SHARE_WHOLE;
}

void hb_share_text(const struct hb_share *share, enum hb_share_cause cause, char *text,
                   size_t text_bytes)
{
    static const char *const words[] = {
        [HB_SHARE_NEIGHBOUR] = "a neighbour on its CPU",
        [HB_SHARE_QUOTA] = "the CPU quota",
        [HB_SHARE_HYPERVISOR] = "another machine on its CPU",
        [HB_SHARE_PAUSED] = "paused",
    };
    text[0] = '\0';
    if (cause != HB_SHARE_WHOLE)
        (void)snprintf(text, text_bytes, "%s: it had %.0f %% " HB_REASON_SHARE, words[cause],
                       floor(100 * share->cpu_ns / share->wanted_ns));
}
