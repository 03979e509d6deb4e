/* `hakbench syscalls`: which memory system calls does an allocator make, how often, for how many
 * bytes, and does it say the same itself? Counting passes alone: nothing is timed, nothing is kept.
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself. */
#include "base/log.h"
#include "commands/command.h"
#include "report/progress.h"
#include "report/soak_report.h"
#include "report/table.h"
#include "report/voice.h"
#include "report/write_text.h"
#include "result/session_json.h"
#include "run/interrupt.h"
#include "run/session.h"
#include "session/arguments.h"
#include "session/measure_options.h"
#include "session/output.h"
#include "session/soak_assessment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counting {
    struct hb_measure_options measure;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_progress progress;
};

enum { KEY_FORCE = 0x200 };

static const struct argp_option argp_options[] = {
    {"force", KEY_FORCE, 0, 0, HB_MEASURE_FORCE_HELP, 3},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct counting *counting = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &counting->measure;
        return 0;
    case KEY_FORCE:
        counting->measure.force = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&hb_measure_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .doc = "Counts every memory system call of each allocator at the kernel's boundary: calls and "
           "bytes, per phase and per million operations, with the allocator's own counters beside "
           "them. Nothing is timed and nothing is kept but what --json writes.\v"
           "Examples:\n"
           "  hakbench syscalls\n"
           "  hakbench syscalls --profile mixed-large --allocators hakmem,mimalloc\n"
           "  hakbench syscalls --set operations=1G --allocators hakmem\n\n"
           "Exit status: 0 counted, 2 wrong usage, 3 some allocator could not be counted, 130 "
           "interrupted.",
};

static int check_options(const struct hb_measure_options *measure, struct hb_err *err)
{
    const char *option = measure->runs        ? "--runs"
                         : measure->rigorous  ? "--rigorous"
                         : measure->reference ? "--reference"
                         : measure->csv       ? "--csv"
                                              : NULL;
    return option ? hb_err_set(err, HB_ERR_USAGE, "%s has no meaning where one pass is counted",
                               option)
                  : 0;
}

static int prepare(struct counting *counting, int argc, char **argv, struct hb_err *err)
{
    struct hb_measure_options *measure = &counting->measure;
    uint64_t seed;
    if (check_options(measure, err) != 0 || hb_places_find(&counting->places, err) != 0 ||
        hb_measure_profile(measure, &counting->places, &counting->profile, err) != 0 ||
        hb_measure_seed(measure, &seed, err) != 0)
        return -1;
    const char *paths[HB_MEASURE_INPUTS_MAX];
    const struct hb_output_rule rule = hb_measure_rule(measure, NULL, paths);
    if (measure->json && hb_output_check(measure->json, &rule, err) != 0)
        return -1;
    if (hb_setup_session(&counting->places, &counting->profile, measure->externals,
                         measure->external_count, seed, HB_KIND_SOAK, &counting->session, err) != 0)
        return -1;
    counting->session.command_line = hb_command_line(argc, argv);
    return counting->session.command_line
               ? 0
               : hb_err_set(err, HB_ERR_SYSTEM, "no memory for the command line");
}

static void on_started(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                       size_t done, size_t total)
{
    struct counting *counting = self;
    hb_progress_show(&counting->progress, done, total, session->allocators[job->allocator].label,
                     hb_session_seconds_left(session, done, total));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_job *job)
{
    struct counting *counting = self;
    hb_progress_clear(&counting->progress);
    if (job->status != HB_STATUS_OK || !job->syscalls_known)
        hb_say("%s: %s: %s", session->allocators[job->allocator].label,
               hb_job_status_names[job->status],
               job->status == HB_STATUS_OK ? job->null_reason[HB_GROUP_SYSCALLS] : job->reason);
}

static int write_json(const struct counting *counting, const struct hb_soak_judgement *judgement,
                      struct hb_err *err)
{
    const char *path = counting->measure.json;
    struct hb_buf json = {0};
    if (!path)
        return 0;
    int status = hb_soak_assessment_json(judgement, &json, err);
    if (status == 0)
        status = hb_output_write(path, &json, err);
    hb_buf_free(&json);
    return status;
}

static int print_view(const struct counting *counting, const struct hb_soak_judgement *judgement,
                      struct hb_err *err)
{
    const bool taken = hb_output_is_stdout(counting->measure.json);
    FILE *stream = taken ? stderr : stdout;
    struct hb_doc doc = {0};
    hb_soak_syscalls_report(judgement, &doc);
    const int status = hb_doc_print(&doc, false, stream, err);
    hb_doc_free(&doc);
    return status;
}

static int tell(const struct counting *counting, struct hb_err *err)
{
    struct hb_soak_judgement judgement;
    int status = hb_soak_assess(&counting->session, NULL, false, &judgement, err);
    if (status == 0)
        status = print_view(counting, &judgement, err);
    if (status == 0)
        status = write_json(counting, &judgement, err);
    const int code = status == 0 ? hb_soak_exit_code(&judgement, false) : -1;
    hb_soak_judgement_free(&judgement);
    return code;
}

static int count_and_tell(struct counting *counting, struct hb_err *err)
{
    const struct hb_session_run run = {
        .places = &counting->places,
        .launcher = hb_launcher_real(),
        .observer = {on_started, on_finished, counting},
    };
    hb_interrupt_install();
    hb_progress_init(&counting->progress, counting->measure.quiet);
    const int status = hb_session_run(&run, &counting->session, err);
    hb_progress_clear(&counting->progress);
    return status == 0 ? tell(counting, err) : -1;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct counting counting; /* too large for a small stack */
    hb_measure_defaults(&counting.measure);
    if (hb_argp_parse(&argp, argc, argv, &counting, err) != 0)
        return -1;
    int code = prepare(&counting, argc, argv, err);
    if (code == 0 && !counting.measure.dry_run)
        code = count_and_tell(&counting, err);
    hb_session_free(&counting.session);
    hb_profile_free(&counting.profile);
    return code;
}

const struct hb_command hb_command_syscalls = {
    .name = "syscalls",
    .summary = "count every memory system call, per phase and call",
    .run = run,
};
