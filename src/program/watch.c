/* Memory and processes while the tree lives: see keeper_parts.h. */
#include "program/keeper_parts.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NS   UINT64_C(1000000) /* short commands are to be seen as well */
#define ENOUGH     8                 /* samples, or the largest of them says nothing of the peak */
#define COST_SHARE 20 /* a sample's own time: at most a twentieth of the time between two */

static double cpu_of_keeper(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void hb_watch_open(struct hb_keeper *keeper)
{
    const struct hb_program_command *command = keeper->command;
    const bool is_prepared = keeper->prepared.envp; /* else nothing is started */
    hb_effect_library_of(command->preload_count > 0 && is_prepared ? command->preload[0] : NULL,
                         keeper->prepared.envp, &keeper->library);
    keeper->tree = (struct hb_tree){.library = &keeper->library, .result = &keeper->ledger->result};
    keeper->sample_every_ns = FIRST_NS;
    /* Slots a little narrower than the interval: on an idle machine each sample has its own. */
    keeper->series =
        (struct hb_series){.samples = keeper->ledger->samples, .slot_s = command->sample_s / 2};
    keeper->sample_at_ns = UINT64_MAX;
    if (command->sample_s > 0)
        keeper->sample_at_ns = hb_clock_monotonic_ns() + FIRST_NS;
    keeper->cost_before_s = cpu_of_keeper();
}

static bool take(struct hb_keeper *keeper, struct hb_program_sample *sample)
{
    const uint64_t began_ns = atomic_load(&keeper->ledger->began_ns);
    if (!began_ns)
        return false;
    hb_tree_fill(getpid(), &keeper->list);
    sample->at_s = (double)(hb_clock_monotonic_ns() - began_ns) / 1e9;
    return hb_tree_sample(&keeper->tree, &keeper->list, sample);
}

static void note(struct hb_keeper *keeper, const struct hb_program_sample *sample)
{
    double *peak = &keeper->ledger->result.peak_bytes[HB_PROGRAM_PEAK_PSS];
    *peak = fmax(*peak, sample->pss_bytes);
}

/* CPU time, as on a busy machine a sample may stand for long and cost nothing. */
static uint64_t own_cpu_ns(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

void hb_watch_now(struct hb_keeper *keeper)
{
    const uint64_t now_ns = hb_clock_monotonic_ns(), before_ns = own_cpu_ns();
    const uint64_t wanted_ns = (uint64_t)(keeper->command->sample_s * 1e9);
    struct hb_program_sample sample;
    if (now_ns < keeper->sample_at_ns || keeper->is_command_over)
        return;
    if (take(keeper, &sample)) {
        note(keeper, &sample);
        hb_series_add(&keeper->series, &sample);
    }
    const uint64_t least_ns = (own_cpu_ns() - before_ns) * COST_SHARE;
    keeper->sample_every_ns *= 2;
    if (keeper->sample_every_ns > wanted_ns)
        keeper->sample_every_ns = wanted_ns;
    keeper->sample_at_ns =
        hb_clock_monotonic_ns() +
        (keeper->sample_every_ns > least_ns ? keeper->sample_every_ns : least_ns);
}

uint64_t hb_watch_due_ns(const struct hb_keeper *keeper)
{
    return keeper->is_command_over ? UINT64_MAX : keeper->sample_at_ns;
}

void hb_watch_sample_for_harness(struct hb_keeper *keeper)
{
    struct hb_program_sample *now = &keeper->ledger->now;
    *now = (struct hb_program_sample){.processes = 0};
    if (!keeper->is_command_over && take(keeper, now))
        note(keeper, now);
    else
        *now = (struct hb_program_sample){(double)NAN, (double)NAN, (double)NAN, 0};
}

/* The command itself is known to have been there, whoever else was missed. */
void hb_watch_over(struct hb_keeper *keeper, pid_t pid)
{
    const bool is_command = pid == keeper->command_pid && !keeper->ledger->start_errno;
    struct hb_tree_process *process =
        is_command ? hb_tree_make(&keeper->tree, pid) : hb_tree_known(&keeper->tree, pid);
    if (!process)
        return;
    if (is_command && !process->name[0])
        HB_COPY(process->name, hb_path_name(keeper->prepared.file));
    hb_tree_end(&keeper->tree, process);
}

/* format: with one %u. */
__attribute__((format(printf, 2, 0))) static void say_of(struct hb_program_result *result,
                                                         const char *format, uint32_t processes)
{
    char text[160];
    (void)snprintf(text, sizeof text, format, processes);
    if (processes > 0)
        hb_outcome_unknown(result, text);
}

void hb_watch_close(struct hb_keeper *keeper)
{
    struct hb_program_result *result = &keeper->ledger->result;
    hb_tree_close(&keeper->tree);
    result->sample_count = keeper->series.count;
    free(keeper->list.items);
    result->is_exact = keeper->is_traced && !keeper->tree.failed;
    result->sample_cost_s = cpu_of_keeper() - keeper->cost_before_s;
    result->peak_bytes[HB_PROGRAM_PEAK_CGROUP] = hb_group_peak(&keeper->ledger->group);
    if (keeper->ledger->group.why_none[0])
        hb_outcome_unknown(result, keeper->ledger->group.why_none);
    say_of(result, "%u of its processes may not be looked at: all resident memory of these counts",
           keeper->tree.unreadable);
    say_of(result, "CPU time of %u processes is in no sum: their parent ignores SIGCHLD",
           keeper->tree.unwaited);
    if (result->sample_count < ENOUGH) {
        result->peak_bytes[HB_PROGRAM_PEAK_PSS] = (double)NAN;
        if (keeper->command->sample_s > 0 && isnan(result->peak_bytes[HB_PROGRAM_PEAK_CGROUP]))
            hb_outcome_unknown(result, access("/proc/self/smaps_rollup", R_OK) == 0
                                           ? "it ended before its memory was looked at often enough"
                                           : "no /proc/PID/smaps_rollup here");
    }
    if (keeper->tree.failed)
        hb_outcome_unknown(result, "no memory to list all processes");
}
