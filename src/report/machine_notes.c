/* Notes on the machine: see machine_notes.h. */
#include "report/machine_notes.h"

#include "base/unit.h"
#include "judge/disturbed.h"

#include <string.h>

static void note_disturbed(const struct hb_section *notes, const struct hb_session *session)
{
    const char *unit = session->epoch_count ? "epochs" : "runs";
    struct hb_disturbed disturbed;
    hb_judge_disturbed(session, &disturbed);
    if (disturbed.counted)
        hb_section_line(notes,
                        "disturbed: %u of %u %s that count did not have their CPU to themselves, "
                        "and %u were repeated (%s): these times are the machine's as well",
                        disturbed.counted, disturbed.samples, unit, disturbed.repeated,
                        disturbed.causes);
    else if (disturbed.repeated)
        hb_section_line(notes, "disturbed: %u runs, left out and repeated (%s)", disturbed.repeated,
                        disturbed.causes);
}

static void note_limits(const struct hb_section *notes, const struct hb_host_info *host)
{
    if (host->cpu_quota > 0)
        hb_section_line(notes, "the control group grants %.2f CPUs' time; it was stopped for %s",
                        host->cpu_quota, hb_format_duration((double)host->throttled_ns / 1e9).text);
    if (host->memory_limit_bytes)
        hb_section_line(notes, "the control group grants %s of memory",
                        hb_format_bytes((double)host->memory_limit_bytes).text);
}

static unsigned cpus_in(const char *list)
{
    unsigned count = *list ? 1 : 0;
    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* Threads that outnumber their CPUs take turns: the kernel's scheduler is measured with them. */
static void note_cpus(const struct hb_section *notes, const struct hb_session *session)
{
    const struct hb_host_info *host = &session->host;
    const unsigned cpus = cpus_in(host->cpus_used);
    for (size_t i = 0; cpus && i < session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (strcmp(parameter->name, "threads") == 0 && parameter->value > cpus)
            hb_section_line(notes, "%llu threads on %u CPU%s: they take turns",
                            (unsigned long long)parameter->value, cpus, cpus == 1 ? "" : "s");
    }
    if (host->cpus_before[0])
        hb_section_line(notes, "the worker's CPUs were taken away on the way: %s, then %s",
                        host->cpus_before, host->cpus_used);
}

void hb_machine_notes(const struct hb_section *notes, const struct hb_session *session)
{
    const struct hb_host_info *host = &session->host;
    note_disturbed(notes, session);
    note_limits(notes, host);
    note_cpus(notes, session);
    if (host->refused[0])
        hb_section_line(notes, "this machine refuses %s: measured without", host->refused);
}
