/* `hakbench compare`: result files in, what changed and whether to believe it out.
 * Wires rooms together: result -> judge -> compare -> report; computes nothing itself. */
#include "compare/compare.h"
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "compare/gate.h"
#include "compare/timeline.h"
#include "report/compare_report.h"
#include "report/voice.h"
#include "report/write_text.h"
#include "session/arguments.h"
#include "session/digests.h"
#include "session/inputs.h"
#include "session/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAIRS_MAX     8   /* sessions of one workload: of more the trend is told */
#define EXIT_UNTESTED 125 /* what `git bisect run` takes for "cannot be told" */
#define BISECT_GATE   "throughput<-2%"

enum format { FORMAT_TABLE = 0, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JSON, FORMAT_COUNT };
static const char *const format_names[FORMAT_COUNT] = {"table", "markdown", "csv", "json"};

struct options {
    struct hb_compare_options compare;
    const char *metrics, *margin, *fail_on, *output;
    enum format format;
    bool strict, bisect, trend, pairs, all, keep_going, force;
    struct hb_files files;
};

/* Everything between the files and what is told. Zeroed is valid to close. */
struct work {
    struct hb_inputs inputs;
    struct hb_digest *digests; /* [count]; owned */
    size_t count;
    struct hb_comparison comparison;
    struct hb_timelines timelines;
    struct hb_gate *gates;
    size_t gate_count;
    struct hb_gate_result *results;
    size_t result_count;
    bool is_trend;
};

enum {
    KEY_BASE = 0x300,
    KEY_BASE_ALLOCATOR,
    KEY_ALLOCATORS,
    KEY_METRICS,
    KEY_MARGIN,
    KEY_RELATIVE,
    KEY_CROSS_HOST,
    KEY_NO_ADJUST,
    KEY_FAIL_ON,
    KEY_STRICT,
    KEY_BISECT,
    KEY_TREND,
    KEY_PAIRS,
    KEY_ALL,
    KEY_KEEP_GOING,
    KEY_FORCE,
    KEY_FORMAT
};

static const struct argp_option argp_options[] = {
    {"base", KEY_BASE, "FILE|LABEL", 0, "Compare with this one (default: the first)", 1},
    {"base-allocator", KEY_BASE_ALLOCATOR, "NAME", 0,
     "Within one session, compare with this allocator (default: its reference)", 1},
    {"allocators", KEY_ALLOCATORS, "A,B", 0, "Only these", 1},
    {"metrics", KEY_METRICS, "A,B|all", 0, "Only these metrics (listed below)", 1},
    {"trend", KEY_TREND, 0, 0,
     "Many sessions by date: lines, and where their level changed (default from 9 sessions of one "
     "workload on)",
     1},
    {"pairs", KEY_PAIRS, 0, 0, "Each file against the base, however many there are", 1},
    {"margin", KEY_MARGIN, "PERCENT", 0,
     "What counts as a difference (default: the profile's, 2, or twice the noise)", 2},
    {"relative-to", KEY_RELATIVE, "NAME|reference|floor", 0,
     "Times as ratios to this allocator of the same file", 2},
    {"allow-cross-host", KEY_CROSS_HOST, 0, 0,
     "Compare files of different CPUs, by such ratios only", 2},
    {"no-adjust", KEY_NO_ADJUST, 0, 0,
     "Leave in what the machine did to allocators that did not change", 2},
    {"fail-on", KEY_FAIL_ON, "GATES", 0,
     "Exit with 1 when the whole 95 % interval lies beyond: 'throughput<-3%,rss_peak>+5%,"
     "syscalls_per_op>1e-8,hakmem:cv>2%'",
     3},
    {"strict", KEY_STRICT, 0, 0, "Exit with 4 when a gate cannot be told, or no library changed",
     3},
    {"bisect", KEY_BISECT, 0, 0,
     "Exit for `git bisect run`: 0 good, 1 bad, 125 cannot be told (gate: --fail-on, or "
     "throughput<-2%)",
     3},
    {"format", KEY_FORMAT, "table|markdown|csv|json", 0, "How it is written (default: table)", 4},
    {"output", 'o', "FILE", 0, "Write there instead of to standard output", 4},
    {"force", KEY_FORCE, 0, 0, HB_OUTPUT_FORCE_HELP, 4},
    {"all", KEY_ALL, 0, 0, "Also what did not change of libraries that did not change", 4},
    {"keep-going", KEY_KEEP_GOING, 0, 0,
     "Leave out files that cannot be read, name them, and exit with 2", 4},
    {0},
};

static int choose_format(struct options *options, const char *text)
{
    for (int i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(text, format_names[i]) == 0) {
            options->format = (enum format)i;
            return 0;
        }
    }
    return -1;
}

/* Options that take a value. */
static bool take_value(struct options *options, int key, const char *argument)
{
    switch (key) {
    case KEY_BASE:
        options->compare.base = argument;
        return true;
    case KEY_BASE_ALLOCATOR:
        options->compare.base_allocator = argument;
        return true;
    case KEY_ALLOCATORS:
        options->compare.allocators = argument;
        return true;
    case KEY_METRICS:
        options->metrics = argument;
        return true;
    case KEY_MARGIN:
        options->margin = argument;
        return true;
    case KEY_RELATIVE:
        options->compare.relative_to = argument;
        return true;
    case KEY_FAIL_ON:
        options->fail_on = argument;
        return true;
    case 'o':
        options->output = argument;
        return true;
    default:
        return false;
    }
}

static bool take_flag(struct options *options, int key)
{
    switch (key) {
    case KEY_CROSS_HOST:
        options->compare.allow_cross_host = true;
        return true;
    case KEY_NO_ADJUST:
        options->compare.no_adjust = true;
        return true;
    case KEY_STRICT:
        options->strict = true;
        return true;
    case KEY_BISECT:
        options->bisect = true;
        return true;
    case KEY_TREND:
        options->trend = true;
        return true;
    case KEY_PAIRS:
        options->pairs = true;
        return true;
    case KEY_ALL:
        options->all = true;
        return true;
    case KEY_KEEP_GOING:
        options->keep_going = true;
        return true;
    case KEY_FORCE:
        options->force = true;
        return true;
    default:
        return false;
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    if (take_value(options, key, argument) || take_flag(options, key))
        return 0;
    switch (key) {
    case KEY_FORMAT:
        if (choose_format(options, argument) != 0)
            argp_error(state, "--format \"%s\" is none of: table, markdown, csv, json", argument);
        return 0;
    default:
        return hb_argp_files(key, state, "which results? Files, LABEL=FILE, or folders",
                             &options->files);
    }
}

/* --help ends with the metrics, from their table. */
static char *help_filter(int key, const char *text, void *input)
{
    struct hb_buf out = {0};
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text;
    hb_buf_printf(&out, "%s\n\nMetrics (* are shown unless told otherwise):\n", text);
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        hb_buf_printf(&out, "  %-24s%c %s\n", hb_figure(i)->name,
                      hb_figure(i)->is_default ? '*' : ' ', hb_figure(i)->help);
    return hb_buf_take(&out);
}

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .args_doc = "[LABEL=]FILE|FOLDER...",
    .doc = "Says what changed between result files (or between the allocators of one), by how much "
           "and whether to believe it. The first file is the base. Files with one label may be of "
           "several workloads. Reads what rebase and soak write, finished or not.\v"
           "Examples:\n"
           "  hakbench compare old=before.json new=after.json\n"
           "  hakbench compare --fail-on 'hakmem:throughput<-3%' baseline.json results/today.json\n"
           "  hakbench compare results/2026-11-24T10-00-00Z-mixed.json\n"
           "  hakbench compare --trend results/history\n\n"
           "Exit status: 0 done, 1 a gate failed, 2 wrong usage or an unreadable file, 4 a gate "
           "can be told for no allocator, or not for each (--strict), 5 files that cannot be "
           "compared, or one session named twice.",
    .help_filter = help_filter,
};

/* ---- comparing ---- */

static int settle_options(struct options *options, struct work *work, struct hb_err *err)
{
    options->compare.margin_percent = (double)NAN;
    if (options->margin) {
        char *end = NULL;
        options->compare.margin_percent = strtod(options->margin, &end);
        if (end == options->margin || *end || !(options->compare.margin_percent >= 0) ||
            options->compare.margin_percent > 100)
            return hb_err_set(err, HB_ERR_USAGE, "--margin \"%s\": expected percent, 0 to 100",
                              options->margin);
    }
    if (options->bisect && !options->fail_on)
        options->fail_on = BISECT_GATE;
    if (options->trend && options->fail_on)
        return hb_err_set(err, HB_ERR_USAGE, "--fail-on holds pairs, not a --trend");
    if (hb_figures_choose(options->metrics, options->compare.figures, err) != 0)
        return -1;
    if (!options->fail_on)
        return 0;
    if (hb_gates_parse(options->fail_on, &work->gates, &work->gate_count, err) != 0)
        return -1;
    for (size_t i = 0; i < work->gate_count; i++)
        options->compare.figures[work->gates[i].figure] = true;
    return 0;
}

static size_t largest_group(const struct work *work)
{
    size_t largest = 0;
    for (size_t i = 0; i < work->count; i++) {
        size_t count = 0;
        for (size_t j = 0; j < work->count; j++)
            count += strcmp(work->digests[i].key, work->digests[j].key) == 0;
        largest = count > largest ? count : largest;
    }
    return largest;
}

static int compare(const struct options *options, struct work *work, struct hb_err *err)
{
    work->is_trend =
        options->trend || (!options->pairs && !options->fail_on && largest_group(work) > PAIRS_MAX);
    if (work->is_trend && hb_compare_check_named(work->digests, work->count, err) != 0)
        return -1;
    if (work->is_trend)
        return hb_timelines_make(work->digests, work->count, &options->compare, &work->timelines,
                                 err);
    if (hb_compare(work->digests, work->count, &options->compare, &work->comparison, err) != 0)
        return -1;
    return work->gate_count ? hb_gates_hold(work->gates, work->gate_count, &work->comparison,
                                            &work->results, &work->result_count, err)
                            : 0;
}

/* ---- telling ---- */

static int add_report(const struct options *options, const struct hb_compare_view *view,
                      struct hb_buf *out, struct hb_err *err)
{
    struct hb_doc doc = {0};
    const bool colour = !options->output && hb_colour_wanted(STDOUT_FILENO);
    hb_compare_report(view, &doc);
    const int status = hb_doc_write(&doc,
                                    options->format == FORMAT_MARKDOWN ? HB_VOICE_MARKDOWN
                                    : colour                           ? HB_VOICE_COLOUR
                                                                       : HB_VOICE_PLAIN,
                                    out, err);
    hb_doc_free(&doc);
    return status;
}

static int tell(const struct options *options, const struct work *work, struct hb_err *err)
{
    const struct hb_compare_view view = {
        .comparison = work->is_trend ? NULL : &work->comparison,
        .timelines = work->is_trend ? &work->timelines : NULL,
        .gates = work->results,
        .gate_count = work->result_count,
        .refused = work->inputs.refused,
        .all = options->all,
    };
    struct hb_buf out = {0};
    int status;
    if (options->format == FORMAT_CSV)
        status = hb_compare_csv(&view, &out, err);
    else if (options->format == FORMAT_JSON)
        status = hb_compare_json(&view, &out, err);
    else
        status = add_report(options, &view, &out, err);
    if (options->format == FORMAT_CSV)
        hb_voice_apply(&out, HB_VOICE_PLAIN);
    if (status == 0)
        status = hb_buf_check(&out, err);
    if (status == 0)
        status = hb_output_write(options->output, &out, err);
    hb_buf_free(&out);
    return status;
}

/* Whatever the format: a gate that was not held is told. */
static void warn_of_gate(const struct hb_gate_result *result)
{
    if (result->outcome == HB_GATE_UNKNOWN || result->outcome == HB_GATE_UNCHANGED)
        hb_say("gate %s was not held%s%s in %s: %s", result->gate->text,
               result->allocator[0] ? " for " : "", result->allocator, result->side->label,
               result->why);
}

/* True when this gate could be told for nobody at all: then it is no gate, --strict or not. */
static bool is_idle(const struct work *work, const struct hb_gate *gate)
{
    bool unknown = false;
    for (size_t i = 0; i < work->result_count; i++) {
        if (work->results[i].gate != gate)
            continue;
        if (work->results[i].outcome != HB_GATE_UNKNOWN)
            return false;
        unknown = true;
    }
    return unknown;
}

static int exit_code(const struct options *options, const struct work *work)
{
    bool failed = false, open = false, untested = false, idle = false;
    for (size_t i = 0; i < work->result_count; i++) {
        const enum hb_gate_outcome outcome = work->results[i].outcome;
        warn_of_gate(&work->results[i]);
        failed |= outcome == HB_GATE_FAIL;
        open |= hb_gate_is_open(outcome);
        untested |=
            hb_gate_is_open(outcome) && outcome != HB_GATE_UNCHANGED; /* as good as it was */
    }
    for (size_t i = 0; i < work->gate_count; i++)
        idle |= is_idle(work, &work->gates[i]);
    if (failed)
        return HB_EXIT_GATE;
    if (options->bisect && (untested || work->inputs.refused))
        return EXIT_UNTESTED;
    if (work->inputs.refused)
        return HB_EXIT_USAGE;
    return idle || (open && options->strict) ? HB_EXIT_INCONCLUSIVE : HB_EXIT_OK;
}

static void close_work(struct work *work)
{
    hb_timelines_free(&work->timelines);
    hb_comparison_free(&work->comparison);
    hb_digests_free(work->digests, work->count);
    free(work->gates);
    free(work->results);
    hb_inputs_free(&work->inputs);
}

/* A bisection must not take an error for a bad commit: 125, with the message. */
static int finish(const struct options *options, int status, const struct work *work,
                  const struct hb_err *err)
{
    if (status == 0)
        return exit_code(options, work);
    if (!options->bisect)
        return -1;
    hb_say("%s", err->message);
    return EXIT_UNTESTED;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {0};
    struct work work = {0};
    if (hb_argp_parse(&argp, argc, argv, &options, err) != 0)
        return -1;
    int status = settle_options(&options, &work, err);
    if (status == 0)
        status = hb_inputs_find(options.files.names, options.files.count, options.keep_going,
                                &work.inputs, err);
    const struct hb_output_rule rule = {.force = options.force, .inputs = &work.inputs};
    if (status == 0)
        status = hb_output_check(options.output, &rule, err);
    if (status == 0)
        status = hb_digests_read(&work.inputs, &work.digests, &work.count, err);
    if (status == 0)
        status = compare(&options, &work, err);
    if (status == 0)
        status = tell(&options, &work, err);
    const int code = finish(&options, status, &work, err);
    close_work(&work);
    return code;
}

const struct hb_command hb_command_compare = {
    .name = "compare",
    .summary = "what changed between result files, and is it real",
    .run = run,
};
