/* `hakbench syscalls`: which memory system calls does an allocator make, how often, for how many
 * bytes, and does it say the same itself? Counting passes alone: nothing is timed, nothing is kept.
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself. */
#include "commands/command.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "run/interrupt.h"
#include "run/session.h"
#include "session/conclusion.h"
#include "session/measuring.h"
#include "session/output.h"
#include "session/plan_report.h"

#include <stdio.h>

struct counting {
    struct hb_measure_options options;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
};

static const struct hb_option own_options[] = {
    HB_PROFILE_OPTION(struct counting, "mixed"),
    {"quick", HB_AS_FLAG(struct counting, options.quick), .group = 1,
     .help = "A tenth of the operations: a first look"},
    {"force", HB_AS_FLAG(struct counting, options.force), .group = 3, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_profile, offsetof(struct counting, options)},
               {hb_options_measure, offsetof(struct counting, options)},
               {hb_options_choice, offsetof(struct counting, options)},
               {hb_options_naming, offsetof(struct counting, options.naming)}},
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

static int prepare(struct counting *counting, int argc, char **argv, struct hb_err *err)
{
    const struct hb_measure_options *options = &counting->options;
    if (hb_places_find(&counting->places, err) != 0 ||
        hb_measure_profile(options, &counting->places, &counting->profile, err) != 0 ||
        hb_measure_check_output(options, NULL, options->json, options->force, err) != 0)
        return -1;
    return hb_measure_session(options, &counting->places, &counting->profile, HB_KIND_SOAK, argc,
                              argv, &counting->session, err);
}

static int print_view(const struct counting *counting, const struct hb_assessment *assessment,
                      struct hb_err *err)
{
    const bool taken = hb_output_is_stdout(counting->options.json);
    struct hb_doc doc = {0};
    hb_soak_syscalls_report(&assessment->soak, &doc);
    const int status = hb_doc_print(&doc, false, taken ? stderr : stdout, err);
    hb_doc_free(&doc);
    return status;
}

static int finish(const struct counting *counting, struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    int code = hb_assess(&counting->session, &by, &assessment, err);
    if (code == 0)
        code = print_view(counting, &assessment, err);
    if (code == 0 && counting->options.json)
        code = hb_conclusion_json(&assessment, counting->options.json, err);
    if (code == 0)
        code = hb_conclusion_exit_code(&assessment, false);
    hb_assessment_free(&assessment);
    return code;
}

static int count(struct counting *counting, struct hb_err *err)
{
    const struct hb_session_run run = {.places = &counting->places, .launcher = hb_launcher_real()};
    hb_interrupt_install();
    return hb_measure_jobs(run, counting->options.quiet, &counting->session, err) == 0
               ? finish(counting, err)
               : -1;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct counting counting = {/* too large for a small stack */
                                       .options = {HB_MEASURE_DEFAULTS("mixed")}};
    if (hb_options_parse(&usage, argc, argv, &counting, err) != 0)
        return -1;
    int code = prepare(&counting, argc, argv, err);
    if (code == 0)
        code = counting.options.dry_run
                   ? hb_plan_report(&counting.session, counting.options.results, "", err)
                   : count(&counting, err);
    hb_session_free(&counting.session);
    hb_profile_free(&counting.profile);
    return code;
}

HB_COMMAND_RUN(syscalls, "count every memory system call, per phase and call");
