/* What a run of a program came to: see exec_outcome.h. */
#include "run/exec_outcome.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/unit.h"
#include "run/sampler.h"

#include <math.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hb_exec_last_line(const struct hb_program_result *result, char *text, size_t text_bytes)
{
    const struct hb_program_output *said =
        result->errors.kept_bytes ? &result->errors : &result->output;
    const char *from = said->kept ? said->kept : "";
    size_t end = strlen(from);
    while (end && (from[end - 1] == '\n' || from[end - 1] == ' '))
        end--;
    size_t start = end;
    while (start && from[start - 1] != '\n')
        start--;
    (void)snprintf(text, text_bytes, "%.*s", (int)(end - start < 200 ? end - start : 200),
                   from + start);
    hb_hide_controls(text);
}

static const enum hb_job_status status_of_end[HB_PROGRAM_END_COUNT] = {
    [HB_PROGRAM_EXITED] = HB_STATUS_OK,
    [HB_PROGRAM_SIGNALLED] = HB_STATUS_CRASHED,
    [HB_PROGRAM_TIMEOUT] = HB_STATUS_HUNG,
    [HB_PROGRAM_OUTPUT_LIMIT] = HB_STATUS_FAILED,
    [HB_PROGRAM_STOPPED_ITSELF] = HB_STATUS_HUNG,
    [HB_PROGRAM_NOT_STARTED] = HB_STATUS_REFUSED,
    [HB_PROGRAM_ENDED] = HB_STATUS_OK,
    [HB_PROGRAM_INTERRUPTED] = HB_STATUS_INVALID,
};

void hb_exec_take_end(const struct hb_program_result *result, bool ignore_failure,
                      struct hb_exec_run *run)
{
    char said[256];
    run->status = status_of_end[result->end];
    if (result->end == HB_PROGRAM_EXITED)
        run->exit_status = result->exit_status;
    if (result->end == HB_PROGRAM_SIGNALLED)
        run->exit_status = 128 + result->signal_number;
    if (result->end == HB_PROGRAM_EXITED && result->exit_status && !ignore_failure)
        run->status = HB_STATUS_EXITED;
    if (result->end == HB_PROGRAM_ENDED && result->reason[0]) /* not as SIGTERM ends it */
        run->status = result->signal_number == SIGKILL ? HB_STATUS_HUNG : HB_STATUS_CRASHED;
    if (run->status == HB_STATUS_OK)
        return;
    hb_exec_last_line(result, said, sizeof said);
    (void)snprintf(run->reason, sizeof run->reason, "%.250s%s%.200s", result->reason,
                   said[0] ? ": " : "", said);
}

void hb_exec_take_pause(const struct hb_program_result *result, uint64_t suspended_before_ns,
                        struct hb_exec_run *run)
{
    const bool is_suspended = hb_clock_suspended_ns() != suspended_before_ns;
    if (run->status != HB_STATUS_OK ||
        (run->kind != HB_EXEC_KIND_TIMED && run->kind != HB_EXEC_KIND_LOADING) ||
        !(is_suspended || result->paused_s > HB_SHARE_MISSING_MIN * result->wall_s))
        return;
    run->status = HB_STATUS_INVALID;
    if (is_suspended)
        HB_COPY(run->reason, "the machine was suspended");
    else
        (void)snprintf(run->reason, sizeof run->reason, "paused: nothing ran for %.1f of %.1f s",
                       result->paused_s, result->wall_s);
}

/* "git (its own malloc), sh 3 (static)". */
static void take_effect(const struct hb_program_result *result, struct hb_exec_run *run)
{
    run->metric[HB_EXEC_PROCESSES] = result->processes;
    run->metric[HB_EXEC_IN_EFFECT] = result->in_effect;
    run->metric[HB_EXEC_EFFECT_UNKNOWN] = result->effect_unknown;
    for (size_t i = 0; i < result->kind_count; i++) {
        const struct hb_program_kind *kind = &result->kinds[i];
        char count[16] = "", item[HB_NAME_MAX + 64];
        if (kind->effect == HB_PROGRAM_IN_EFFECT)
            continue;
        if (kind->processes > 1)
            (void)snprintf(count, sizeof count, " %u", kind->processes);
        (void)snprintf(item, sizeof item, "%s%s (%s)", kind->name, count,
                       hb_program_effect_names[kind->effect]);
        hb_copy_item(run->not_in_effect, sizeof run->not_in_effect, item);
    }
}

static int take_samples(const struct hb_program_result *result, struct hb_exec_run *run,
                        struct hb_err *err)
{
    run->memory = calloc(result->sample_count + 1, sizeof *run->memory);
    if (!run->memory)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < result->sample_count; i++) {
        const struct hb_program_sample *sample = &result->samples[i];
        if (!isnan(sample->pss_bytes))
            run->memory[run->memory_count++] =
                (struct hb_exec_sample){.at_s = sample->at_s, .bytes = sample->pss_bytes};
    }
    return 0;
}

static void take_calls(const struct hb_program_result *result, struct hb_exec_run *run)
{
    double all = 0;
    run->calls_known = result->counted;
    for (size_t i = 0; result->counted && i < HB_SYSCALL_COUNT; i++) {
        run->calls.count[i] = result->calls[i];
        run->calls.bytes[i] = result->call_bytes[i];
        all += (double)result->calls[i];
    }
    if (result->counted)
        run->metric[HB_EXEC_SYSCALLS] = all;
}

static void log_result(const struct hb_program_result *result)
{
    enum hb_program_peak source;
    const double peak = hb_program_best_peak(result, &source);
    HB_LOG("run", 3, "%s, %u processes, peak %s by %s, %zu samples for %.3f s of CPU time",
           hb_program_end_names[result->end], result->processes, hb_format_bytes(peak).text,
           source < HB_PROGRAM_PEAK_COUNT ? hb_program_peak_names[source] : "nothing",
           result->sample_count, result->sample_cost_s);
}

int hb_exec_take(const struct hb_program_result *result, struct hb_exec_run *run,
                 struct hb_err *err)
{
    double *metric = run->metric;
    log_result(result);
    if (run->kind != HB_EXEC_KIND_COUNTED) { /* traced, it was slow for a reason of ours */
        metric[HB_EXEC_WALL] = round(1e9 * result->wall_s);
        metric[HB_EXEC_USER] = round(1e9 * result->user_s);
        metric[HB_EXEC_SYSTEM] = round(1e9 * result->system_s);
        metric[HB_EXEC_CPU] = round(1e9 * (result->user_s + result->system_s));
        metric[HB_EXEC_RUN_DELAY] = round(1e9 * result->delay_s);
        metric[HB_EXEC_SWITCHES_VOLUNTARY] = result->switches_voluntary;
        metric[HB_EXEC_SWITCHES_INVOLUNTARY] = result->switches_involuntary;
    }
    metric[HB_EXEC_PEAK_CGROUP] = result->peak_bytes[HB_PROGRAM_PEAK_CGROUP];
    metric[HB_EXEC_PEAK_PSS] = result->peak_bytes[HB_PROGRAM_PEAK_PSS];
    metric[HB_EXEC_PEAK_RSS] = result->peak_bytes[HB_PROGRAM_PEAK_RSS];
    metric[HB_EXEC_FAULTS_MINOR] = result->faults_minor;
    metric[HB_EXEC_FAULTS_MAJOR] = result->faults_major;
    metric[HB_EXEC_OUTPUT] = (double)result->output.bytes;
    HB_COPY(run->output_digest, result->output.digest);
    HB_COPY(run->errors_digest, result->errors.digest);
    HB_COPY(run->left, result->left.processes ? result->left.names : "");
    HB_COPY(run->unknown, result->unknown);
    take_effect(result, run);
    take_calls(result, run);
    return take_samples(result, run, err);
}

void hb_exec_add_unknown(struct hb_exec_run *run, const char *why)
{
    const size_t used = strlen(run->unknown);
    if (why[0])
        (void)snprintf(run->unknown + used, sizeof run->unknown - used, "%s%s", used ? "; " : "",
                       why);
}

/* ---- the program's own figures ---- */

/* The group as a number, and all of it: "9,900" is none, and not 9. */
static double read_number(const char *text, char *why, size_t why_bytes)
{
    char *end;
    const double found = strtod(text, &end);
    if (end != text && end[strspn(end, " \t\r")] == '\0' && isfinite(found))
        return found;
    (void)snprintf(why, why_bytes, "\"%.40s\" is no number", text);
    hb_hide_controls(why);
    return (double)NAN;
}

/* What the group matches first; owned. NULL: nothing. A NUL byte in the output is a byte like any.
 */
static char *find_group(const regex_t *pattern, const struct hb_program_output *output)
{
    regmatch_t match[2] = {{.rm_so = 0, .rm_eo = (regoff_t)output->kept_bytes}};
    if (!output->kept || regexec(pattern, output->kept, 2, match, REG_STARTEND) != 0 ||
        match[1].rm_so < 0)
        return NULL;
    return strndup(output->kept + match[1].rm_so, (size_t)(match[1].rm_eo - match[1].rm_so));
}

/* In what was printed or, failing that, in the errors; NaN with why not. */
static double find_figure(const char *text, const struct hb_program_result *result, char *why,
                          size_t why_bytes)
{
    const struct hb_program_output *const outputs[] = {&result->output, &result->errors};
    regex_t pattern;
    double value = (double)NAN;
    const bool is_whole = result->output.bytes == result->output.kept_bytes;
    if (is_whole)
        (void)snprintf(why, why_bytes, "not in what it printed");
    else
        (void)snprintf(why, why_bytes, "not in the first %zu MiB that it printed",
                       result->output.kept_bytes >> 20);
    if (regcomp(&pattern, text, REG_EXTENDED | REG_NEWLINE) != 0)
        return value;
    for (size_t i = 0; i < 2 && isnan(value); i++) {
        char *group = find_group(&pattern, outputs[i]);
        if (group)
            value = read_number(group, why, why_bytes);
        free(group);
    }
    regfree(&pattern);
    return value;
}

void hb_exec_take_figures(const struct hb_profile_program *described,
                          const struct hb_program_result *result, struct hb_exec_run *run)
{
    for (size_t i = 0; i < described->metric_count; i++) {
        char why[80], item[HB_NAME_MAX + 96];
        run->own[i] = find_figure(described->metrics[i].regex, result, why, sizeof why);
        if (!isnan(run->own[i]) || run->status != HB_STATUS_OK || run->kind == HB_EXEC_KIND_LOADING)
            continue;
        (void)snprintf(item, sizeof item, "%s: %s", described->metrics[i].name, why);
        hb_exec_add_unknown(run, item);
    }
}
