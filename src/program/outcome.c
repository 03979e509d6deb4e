/* How it ended and what it used, in figures and words: see keeper_parts.h and program.h. */
#include "program/keeper_parts.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ALONE     0.95 /* of the CPU time: then it is all the first thread's, but for bookkeeping */
#define FLOOR_KIB 256  /* what the child may still touch between its reading and its exec */

const char *const hb_program_end_names[HB_PROGRAM_END_COUNT] = {
    [HB_PROGRAM_EXITED] = "exited",
    [HB_PROGRAM_SIGNALLED] = "signalled",
    [HB_PROGRAM_TIMEOUT] = "timeout",
    [HB_PROGRAM_OUTPUT_LIMIT] = "output limit",
    [HB_PROGRAM_STOPPED_ITSELF] = "stopped itself",
    [HB_PROGRAM_NOT_STARTED] = "not started",
    [HB_PROGRAM_ENDED] = "ended",
    [HB_PROGRAM_INTERRUPTED] = "interrupted",
};

const char *const hb_program_peak_names[HB_PROGRAM_PEAK_COUNT] = {
    [HB_PROGRAM_PEAK_CGROUP] = "cgroup",
    [HB_PROGRAM_PEAK_PSS] = "pss",
    [HB_PROGRAM_PEAK_RSS] = "rss",
};

void hb_outcome_unknown(struct hb_program_result *result, const char *why)
{
    const size_t used = strlen(result->unknown);
    (void)snprintf(result->unknown + used, sizeof result->unknown - used, "%s%s", used ? "; " : "",
                   why);
}

/* ---- how it ended ---- */

static void fill_end(const struct hb_keeper *keeper, struct hb_program_result *result)
{
    result->end = keeper->asked;
    if (keeper->ledger->start_errno && keeper->asked == HB_PROGRAM_EXITED) {
        result->end = HB_PROGRAM_NOT_STARTED;
        result->start_errno = keeper->ledger->start_errno;
        return;
    }
    if (!keeper->is_command_over)
        return;
    if (WIFSIGNALED(keeper->wait_status))
        result->signal_number = WTERMSIG(keeper->wait_status);
    else
        result->exit_status = WEXITSTATUS(keeper->wait_status);
    if (result->signal_number && result->end == HB_PROGRAM_EXITED)
        result->end = HB_PROGRAM_SIGNALLED;
}

static void fill_reason(const struct hb_keeper *keeper, struct hb_program_result *result)
{
    const struct hb_program_command *command = keeper->command;
    char *reason = result->reason;
    const size_t room = sizeof result->reason;
    const char *name = sigabbrev_np(result->signal_number);
    if (result->end == HB_PROGRAM_EXITED && result->exit_status != 0)
        (void)snprintf(reason, room, "exit status %d", result->exit_status);
    else if (result->end == HB_PROGRAM_SIGNALLED ||
             (result->end == HB_PROGRAM_ENDED && result->signal_number &&
              result->signal_number != SIGTERM && result->signal_number != SIGKILL))
        (void)snprintf(reason, room, "killed by %s%s (%s)", name ? "SIG" : "signal ",
                       name ? name : "", strsignal(result->signal_number));
    else if (result->end == HB_PROGRAM_TIMEOUT)
        (void)snprintf(reason, room, "not done after %g s", command->timeout_s);
    else if (result->end == HB_PROGRAM_OUTPUT_LIMIT)
        (void)snprintf(reason, room, "wrote more than %llu bytes",
                       (unsigned long long)command->output_limit);
    else if (result->end == HB_PROGRAM_STOPPED_ITSELF)
        (void)snprintf(reason, room, "stopped itself, and nobody continued it");
    else if (result->end == HB_PROGRAM_NOT_STARTED && result->start_errno < 0)
        (void)snprintf(reason, room, "%.500s", keeper->ledger->start_what);
    else if (result->end == HB_PROGRAM_NOT_STARTED)
        (void)snprintf(reason, room, "%.350s: %s", keeper->ledger->start_what,
                       strerror(result->start_errno));
    else if (result->end == HB_PROGRAM_ENDED && result->signal_number == SIGKILL)
        (void)snprintf(reason, room, "did not end within %g s of SIGTERM", command->grace_s);
    else if (result->end == HB_PROGRAM_INTERRUPTED)
        (void)snprintf(reason, room, "interrupted");
}

/* ---- what it used ---- */

static double seconds_between(struct timeval before, struct timeval after)
{
    return fmax(0, (double)(after.tv_sec - before.tv_sec) +
                       (double)(after.tv_usec - before.tv_usec) / 1e6);
}

static void fill_delay(const struct hb_keeper *keeper, struct hb_program_result *result)
{
    const struct hb_proc_scheduled *before = &keeper->ledger->scheduled,
                                   *after = &keeper->scheduled;
    const double ran_s = ((double)after->ran_ns - (double)before->ran_ns) / 1e9;
    if (keeper->is_scheduled_known && keeper->ledger->is_scheduled_known &&
        ran_s >= ALONE * (result->user_s + result->system_s))
        result->delay_s = ((double)after->delay_ns - (double)before->delay_ns) / 1e9;
}

static void fill_usage(const struct hb_keeper *keeper, struct hb_program_result *result)
{
    const struct rusage *before = &keeper->ledger->before;
    struct rusage after;
    const uint64_t began_ns = atomic_load(&keeper->ledger->began_ns);
    uint64_t ended_ns = atomic_load(&keeper->ledger->ended_ns);
    if (ended_ns == 0)
        ended_ns = hb_clock_monotonic_ns();
    (void)getrusage(RUSAGE_CHILDREN, &after);
    result->wall_s = (double)(ended_ns - began_ns) / 1e9;
    result->paused_s = (double)keeper->away_ns / 1e9;
    result->user_s = seconds_between(before->ru_utime, after.ru_utime);
    result->system_s = seconds_between(before->ru_stime, after.ru_stime);
    fill_delay(keeper, result);
    result->faults_minor = (double)(after.ru_minflt - before->ru_minflt);
    result->faults_major = (double)(after.ru_majflt - before->ru_majflt);
    result->switches_voluntary = (double)(after.ru_nvcsw - before->ru_nvcsw);
    result->switches_involuntary = (double)(after.ru_nivcsw - before->ru_nivcsw);
    if (keeper->is_traced)
        return; /* each process's end was looked at */
    /* The kernel keeps the largest since the fork: one below the child's before its exec is hidden.
     */
    if (after.ru_maxrss > before->ru_maxrss + FLOOR_KIB)
        result->peak_bytes[HB_PROGRAM_PEAK_RSS] = (double)after.ru_maxrss * 1024;
    else if (isnan(result->peak_bytes[HB_PROGRAM_PEAK_CGROUP]))
        hb_outcome_unknown(result, "its resident peak is below that of the harness's fork");
}

static void fill_output(struct hb_keeper *keeper, unsigned stream, struct hb_program_output *output)
{
    struct hb_stream *from = &keeper->streams[stream];
    hb_stream_read_rest(from);
    output->bytes = from->bytes;
    output->kept_bytes = atomic_load(&keeper->ledger->kept_bytes[stream]);
    hb_stream_finish(from, output->digest);
}

void hb_outcome_fill(struct hb_keeper *keeper)
{
    struct hb_program_result *result = &keeper->ledger->result;
    fill_end(keeper, result);
    fill_reason(keeper, result);
    fill_output(keeper, HB_LEDGER_STDOUT, &result->output);
    fill_output(keeper, HB_LEDGER_STDERR, &result->errors);
    hb_watch_close(keeper);
    if (result->end != HB_PROGRAM_NOT_STARTED && atomic_load(&keeper->ledger->began_ns))
        fill_usage(keeper, result);
    result->counted =
        keeper->is_traced && keeper->command->count && result->end != HB_PROGRAM_NOT_STARTED;
}
