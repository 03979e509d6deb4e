/* `hakbench suite`: everything that can be measured of allocators on this machine, in a given time,
 * as one folder and one table.
 * Wires rooms together: suite -> report; computes nothing itself.
 * Read next: src/suite/suite.h, docs/suite.md. */
#include "suite/suite.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "report/write_text.h"
#include "run/interrupt.h"
#include "session/output.h"
#include "session/quiet.h"
#include "session/results_folder.h"
#include "suite/since.h"
#include "suite/standing_files.h"
#include "version.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUDGET_S      3600.0
#define BUDGET_S_MOST (14 * 24 * 3600.0)
#define SOAK_SHARE    0.05 /* of the budget, within these */
#define SOAK_S_LEAST  20.0
#define SOAK_S_MOST   300.0
#define RESAMPLES     2000

struct suite_command {
    struct hb_suite_options options;
    const char *since;
    bool has_budget;
    struct hb_places places;
    struct hb_suite suite;
};

/* ---- options ---- */

static int read_budget(void *field, const char *argument, struct hb_err *err)
{
    double *seconds = field;
    uint64_t ns;
    *seconds = 0;
    if (hb_unit_parse_duration(argument, &ns, NULL) == 0)
        *seconds = (double)ns / 1e9;
    return *seconds >= 1 && *seconds <= BUDGET_S_MOST
               ? 0
               : hb_err_set(err, HB_ERR_USAGE, "--budget %s: expected a time from 1s to 14d",
                            argument);
}

static const struct hb_option own_options[] = {
    {"budget", HB_AS_READ(struct suite_command, options.budget_s, "TIME", read_budget), .group = 1,
     .help = "All of it ends within this time (default: 1h, unless --runs): a few blocks of "
             "everything, then more where intervals are widest"},
    {"runs", HB_AS_COUNT(struct suite_command, options.measure.runs, "N", 1, 1000), .group = 1,
     .help = "Blocks of each; with --budget at most"},
    {"only", HB_AS_READ(struct suite_command, options.only, "A,B", hb_words_option), .group = 1,
     .help = "Only these: loop, sweep, program, trace, soak, check, a profile, or a name of "
             "--dry-run"},
    {"skip", HB_AS_READ(struct suite_command, options.skip, "A,B", hb_words_option), .group = 1,
     .help = "All but these"},
    {"traces", HB_AS_TEXT(struct suite_command, options.traces, "FOLDER"), .group = 1,
     .help = "Replay the traces of this folder (.hbt) as well"},
    {"since", HB_AS_TEXT(struct suite_command, since, "FILE|FOLDER"), .group = 1,
     .help = "Only allocators whose library is another than in these results"},
    {"reference", HB_AS_TEXT(struct suite_command, options.measure.reference, "NAME"), .group = 1,
     .help = "Allocator that ratios are to (default: system)"},
    {"seed", HB_AS_TEXT(struct suite_command, options.measure.seed, "N"), .group = 1,
     .help = "Seed of order, requests and resampling (default: drawn)"},
    {"quick", HB_AS_FLAG(struct suite_command, options.measure.quick), .group = 1,
     .help = "A tenth of the operations of each loop"},
    {"share-machine", HB_AS_FLAG(struct suite_command, options.measure.share_machine), .group = 1,
     .help =
         "Measure while others measure too: take no lock, and repeat no run that lacked its CPU"},
    {"dry-run", HB_AS_FLAG(struct suite_command, options.measure.dry_run), .group = 1,
     .help = "Print what would be measured and how long it takes, run nothing"},
    {"results", HB_AS_TEXT(struct suite_command, options.measure.results, "FOLDER"), .group = 2,
     .help = "Folder in which the suite's own is made (default: results)"},
    {"quiet", HB_AS_FLAG(struct suite_command, options.measure.quiet), .letter = 'q', .group = 2,
     .help = "No progress"},
    {"resume", HB_AS_TEXT(struct suite_command, options.resume, "FOLDER"), .group = 3,
     .help = "Go on with a suite that was cut off; --budget is then so much more time"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_choice, offsetof(struct suite_command, options.measure)},
               {hb_options_naming, offsetof(struct suite_command, options.measure.naming)}},
    .doc =
        "Measures everything on this machine that tells allocators apart: all loops, sweeps over "
        "threads and working sets, installed programs, given traces, what malloc promises, a short "
        "soak. Each is a session of one folder. All take turns, so that a suite that is cut off is "
        "a whole comparison with fewer runs. Ends with one table.\v"
        "Examples:\n"
        "  hakbench suite --budget 20m\n"
        "  hakbench suite --dry-run --budget 2h\n"
        "  hakbench suite --allocator mine=/opt/lib/libmine.so --skip program,soak\n"
        "  hakbench suite --since results/2026-11-20T02-00-00Z-suite --budget 30m\n"
        "  hakbench suite --resume results/2026-11-27T02-00-00Z-suite\n"
        "  hakbench table results/2026-11-27T02-00-00Z-suite\n\n"
        "Exit status: 0 done, 2 wrong usage, 3 the machine refused something, 130 interrupted; "
        "what was measured is kept.",
};

static bool changes_plan(const struct suite_command *command)
{
    const struct hb_suite_options *options = &command->options;
    const struct hb_measure_options *measure = &options->measure;
    return options->only.count || options->skip.count || options->traces || command->since ||
           measure->runs || measure->reference || measure->seed || measure->quick ||
           measure->dry_run || measure->allocators || measure->externals.count ||
           measure->naming.name || measure->naming.note;
}

/* What soak and check are told of the choice of allocators. */
static int keep_arguments(struct hb_suite *suite, struct hb_err *err)
{
    const struct hb_measure_options *measure = &suite->options->measure;
    int status = 0;
    if (measure->allocators)
        status = hb_words_add(&suite->arguments, "--allocators") |
                 hb_words_add(&suite->arguments, measure->allocators);
    for (size_t i = 0; status == 0 && i < measure->externals.count; i++) {
        const struct hb_external *external = &measure->externals.items[i];
        struct hb_buf text = {0};
        hb_buf_printf(&text, "%s=%s%s%s", external->name, external->path,
                      external->environment[0] ? ";" : "", external->environment);
        status = text.failed || hb_words_add(&suite->arguments, "--allocator") != 0 ||
                 hb_words_add(&suite->arguments, text.bytes) != 0;
        hb_buf_free(&text);
    }
    return status == 0 ? 0 : hb_err_memory(err, NULL);
}

/* ---- before ---- */

static void settle_time(struct suite_command *command)
{
    struct hb_suite *suite = &command->suite;
    struct hb_suite_options *options = &command->options;
    if (!(options->budget_s > 0) && !options->measure.runs)
        options->budget_s = BUDGET_S;
    suite->budget_s = options->budget_s;
    suite->runs = options->measure.runs ? (uint32_t)options->measure.runs : HB_SUITE_BLOCKS_MOST;
    const double share_s = SOAK_SHARE * options->budget_s;
    suite->soak_s = fmin(fmax(share_s, SOAK_S_LEAST), SOAK_S_MOST);
}

static void print_member(const struct hb_member *member, struct hb_doc *doc)
{
    hb_doc_line(doc, "%-8s %-28s %8s, then %8s a block", hb_member_kind_names[member->kind],
                member->name, hb_format_duration(member->first_s).text,
                hb_format_duration(member->block_s).text);
}

static int print_plan(const struct suite_command *command, struct hb_err *err)
{
    const struct hb_suite *suite = &command->suite;
    struct hb_doc doc = {0};
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "%zu sessions, in this order:", suite->count);
    for (size_t i = 0; i < suite->count; i++)
        print_member(&suite->members[i], &doc);
    if (suite->budget_s > 0) {
        const double first_s = hb_suite_seconds(suite, HB_SUITE_FIRST);
        uint32_t blocks = 0;
        while (blocks < suite->runs && hb_suite_seconds(suite, blocks + 1) <= suite->budget_s)
            blocks++;
        hb_doc_add(&doc, HB_BLOCK_TEXT, NULL,
                   "expected time: %s, enough for about %u blocks of everything (a guess until it "
                   "was measured; %u take about %s)",
                   hb_format_duration(suite->budget_s).text, blocks, HB_SUITE_FIRST,
                   hb_format_duration(first_s).text);
        if (blocks == 0)
            hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "What has no time left is left out, and named");
    } else {
        hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "expected time: about %s (a guess)",
                   hb_format_duration(hb_suite_seconds(suite, suite->runs)).text);
    }
    const int status = hb_doc_print(&doc, false, stdout, err);
    hb_doc_free(&doc);
    return status;
}

/* 0; an exit status with which the command ends; -1. */
static int take_machine(struct suite_command *command, struct hb_err *err)
{
    const bool share = hb_machine_is_shared(command->options.measure.share_machine);
    return hb_machine_lock(share, &command->suite.machine, err);
}

static int prepare(struct suite_command *command, int argc, char **argv, struct hb_err *err)
{
    struct hb_suite *suite = &command->suite;
    uint64_t seed;
    settle_time(command);
    if (hb_measure_seed(command->options.measure.seed, &seed, err) != 0)
        return -1;
    if (command->since) {
        const int changed =
            hb_since_choose(command->since, suite->places, &command->options.measure, err);
        if (changed <= 0)
            return changed < 0 ? -1 : 1;
    }
    if (keep_arguments(suite, err) != 0 || hb_suite_choose(suite, seed, argc, argv, err) != 0)
        return -1;
    return hb_suite_check_time(suite, err);
}

static int take_up(struct suite_command *command, struct hb_err *err)
{
    struct hb_suite *suite = &command->suite;
    if (changes_plan(command))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--resume takes its plan from the folder: only --budget may change it");
    HB_COPY(suite->folder, command->options.resume);
    if (hb_suite_log_read(suite, err) != 0)
        return -1;
    if (command->options.budget_s > 0)
        suite->budget_s = suite->spent_s + command->options.budget_s;
    return 0;
}

/* ---- the end ---- */

static int write_page(const struct hb_suite *suite, const struct hb_standing_files *files,
                      const struct hb_doc *doc, struct hb_err *err)
{
    struct hb_buf out = {0};
    char path[HB_PATH_MAX];
    int status = hb_copy_path(path, err, "%s/table.html", suite->folder);
    if (status == 0)
        status = hb_standing_files_page(files, doc, "hakbench " HB_VERSION, &out, err);
    if (status == 0)
        status = hb_output_write(path, &out, err);
    hb_buf_free(&out);
    return status;
}

/* From the files, as anybody reads them. */
static int report(const struct hb_suite *suite, struct hb_err *err)
{
    char folder[HB_PATH_MAX];
    char *const names[] = {folder};
    const struct hb_standing_options by = {.resamples = RESAMPLES};
    struct hb_inputs inputs = {0};
    struct hb_standing_files files = {0};
    struct hb_doc doc = {0};
    HB_COPY(folder, suite->folder);
    int status = hb_inputs_find(names, 1, true, &inputs, err);
    if (status == 0)
        status = hb_standing_files_read(&inputs, &by, &files, err);
    if (status == 0)
        status = hb_standing_files_report(&files, false, &doc, err);
    if (status == 0)
        status = write_page(suite, &files, &doc, err);
    if (status == 0)
        status = hb_doc_print(&doc, false, stdout, err);
    if (status == 0)
        hb_say("%s/table.html; as Markdown: hakbench table --format markdown %s", suite->folder,
               suite->folder);
    hb_doc_free(&doc);
    hb_standing_files_free(&files);
    hb_inputs_free(&inputs);
    return status;
}

/* A suite of nothing but a check or a soak has no table; theirs is told by `report`. */
static bool has_kinds(const struct hb_suite *suite)
{
    bool has = false;
    for (size_t i = 0; i < suite->count; i++)
        has |= suite->members[i].kind != HB_MEMBER_SOAK &&
               suite->members[i].kind != HB_MEMBER_CHECK &&
               (suite->members[i].blocks || suite->members[i].is_over);
    return has;
}

/* Members of which something was measured. */
static size_t count_begun(const struct hb_suite *suite)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->count; i++)
        count += suite->members[i].blocks || suite->members[i].is_over;
    return count;
}

static int finish(struct hb_suite *suite, bool whole, struct hb_err *err)
{
    if (hb_suite_finish(suite, whole, err) != 0)
        return -1;
    if (has_kinds(suite))
        return report(suite, err);
    if (count_begun(suite)) {
        hb_say("%s; hakbench report %s", suite->folder, suite->folder);
        return 0;
    }
    if (whole)
        hb_say("no block was finished; with more time: hakbench suite --resume %s --budget TIME",
               suite->folder);
    return HB_EXIT_INCOMPLETE;
}

static int cut_off(struct hb_suite *suite)
{
    struct hb_err ignored = {0};
    (void)finish(suite, false, &ignored);
    hb_say("what was measured is kept; go on with: hakbench suite --resume %s", suite->folder);
    return -1;
}

static bool is_over(const struct hb_suite *suite)
{
    bool is_over = true;
    for (size_t i = 0; i < suite->count; i++)
        is_over &= suite->members[i].is_over;
    return is_over;
}

static int measure(struct suite_command *command, struct hb_err *err)
{
    struct hb_suite *suite = &command->suite;
    if (hb_suite_open(suite, err) != 0)
        return -1;
    /* A new suite was asked before its folder was made. */
    if (command->options.resume && hb_suite_check_time(suite, err) != 0)
        return -1;
    if (is_over(suite))
        hb_say("%s is finished: there is nothing left to measure", suite->folder);
    if (hb_suite_measure(suite, err) != 0)
        return cut_off(suite);
    return finish(suite, true, err);
}

static int run_suite(struct suite_command *command, int argc, char **argv, struct hb_err *err)
{
    struct hb_suite *suite = &command->suite;
    const bool is_new = !command->options.resume;
    hb_progress_init(&suite->progress, command->options.measure.quiet);
    if (hb_places_find(&command->places, err) != 0)
        return -1;
    const int status = is_new ? prepare(command, argc, argv, err) : take_up(command, err);
    if (status != 0)
        return status < 0 ? -1 : HB_EXIT_OK;
    if (command->options.measure.dry_run)
        return print_plan(command, err);
    if (take_machine(command, err) != 0)
        return -1;
    hb_interrupt_install(); /* the folder is not left half made */
    if (is_new && hb_suite_create(suite, err) != 0)
        return -1;
    return measure(command, err);
}

static int run_of(int argc, char **argv, struct hb_err *err)
{
    return strstr(argv[0], "soak") ? hb_command_soak.run(argc, argv, err)
                                   : hb_command_check.run(argc, argv, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct suite_command command = {/* too large for a small stack */
                                           .options = {.measure = {HB_MEASURE_DEFAULTS(NULL)}},
                                           .suite = {.log = -1, .machine = -1}};
    command.suite.started_ns = hb_clock_monotonic_ns();
    command.suite.options = &command.options;
    command.suite.places = &command.places;
    command.suite.command = run_of;
    const int parsed = hb_options_parse(&usage, argc, argv, &command, err);
    const int code = parsed == 0 ? run_suite(&command, argc, argv, err) : -1;
    hb_suite_free(&command.suite);
    hb_words_free(&command.options.only);
    hb_words_free(&command.options.skip);
    return code;
}

HB_COMMAND_RUN(suite, "everything on this machine, in a given time, as one table");
