/* `hakbench compare`: result files in, what changed and whether to believe it out.
 * Wires rooms together: result -> judge -> compare -> report; computes nothing itself. */
#include "compare/compare.h"
#include "base/log.h"
#include "commands/command.h"
#include "export/export_compare.h"
#include "report/compare_report.h"
#include "report/voice.h"
#include "report/write_text.h"
#include "session/inputs.h"
#include "session/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX     8   /* sessions of one workload: more are a trend */
#define EXIT_UNTESTED 125 /* what `git bisect run` takes for a commit to skip */
#define BISECT_GATE   "throughput<-2%"

enum { FORMAT_TABLE = 0, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JSON };
static const char *const formats[] = {"table", "markdown", "csv", "json", NULL};

struct options {
    struct hb_compare_options compare;
    const char *metrics, *fail_on;
    int format;
    bool strict, bisect, trend, pairs, all, brief;
    struct hb_output_options io;
};

/* Everything between the files and what is printed. Zeroed is valid to close. */
struct work {
    struct hb_inputs inputs;
    struct hb_digest *digests; /* [count]; owned */
    size_t count;
    struct hb_comparison comparison;
    struct hb_timelines timelines;
    struct hb_fleet fleet;
    struct hb_gate *gates;
    size_t gate_count;
    struct hb_gate_result *results;
    size_t result_count;
    bool is_trend, is_fleet;
};

static const struct hb_option own_options[] = {
    {"base", HB_AS_TEXT(struct options, compare.base, "FILE|LABEL"), .group = 1,
     .help = "File to compare with (default: the first)"},
    {"base-allocator", HB_AS_TEXT(struct options, compare.base_allocator, "NAME"), .group = 1,
     .help = "Within one session, compare with this allocator (default: its reference)"},
    {"allocators", HB_AS_TEXT(struct options, compare.allocators, "A,B"), .group = 1,
     .help = "Only these"},
    {"metrics", HB_AS_TEXT(struct options, metrics, "A,B|all"), .group = 1,
     .help = "Only these metrics (listed below)"},
    {"trend", HB_AS_FLAG(struct options, trend), .group = 1,
     .help = "Many sessions by date: lines, and where their level changed (default from 9 sessions "
             "of one workload on)"},
    {"pairs", HB_AS_FLAG(struct options, pairs), .group = 1,
     .help = "Compare each file with the base, even from 9 files on"},
    {"margin", HB_AS_NUMBER(struct options, compare.margin_percent, "PERCENT", 0, 100), .group = 2,
     .help = "What counts as a difference (default: the profile's, 2, or twice the noise)"},
    {"relative-to", HB_AS_TEXT(struct options, compare.relative_to, "NAME|reference|floor"),
     .group = 2, .help = "Times as ratios to this allocator of the same file"},
    {"allow-cross-host", HB_AS_FLAG(struct options, compare.allow_cross_host), .group = 2,
     .help = "Files of several machines, by such ratios only: over each class of machine and over "
             "all, with the spread over machines; with --base or --pairs each against the base"},
    {"no-adjust", HB_AS_FLAG(struct options, compare.no_adjust), .group = 2,
     .help = "Do not subtract the machine's shift, seen on unchanged allocators"},
    {"fail-on", HB_AS_TEXT(struct options, fail_on, "GATES"), .group = 3,
     .help = "Exit with 1 when the whole 95 % interval lies beyond: 'throughput<-3%,rss_peak>+5%,"
             "syscalls_per_op>1e-8,hakmem:cv>2%'"},
    {"strict", HB_AS_FLAG(struct options, strict), .group = 3,
     .help = "Exit with 4 when a gate is not decided, or no library changed"},
    {"bisect", HB_AS_FLAG(struct options, bisect), .group = 3,
     .help = "Exit for `git bisect run`: 0 good, 1 bad, 125 not decided (gate: --fail-on, or "
             "throughput<-2%)"},
    {"format", HB_AS_WORD(struct options, format, "table|markdown|csv|json", formats), .group = 4,
     .help = "Format of the output (default: table)"},
    {"brief", HB_AS_FLAG(struct options, brief), .group = 4,
     .help = "At most 20 lines: what changed; as Markdown the rest is folded under them"},
    {"all", HB_AS_FLAG(struct options, all), .group = 4,
     .help = "Show unchanged figures of unchanged libraries, too"},
    {0},
};

/* --help ends with the metrics, from their table. */
static void append_metrics(struct hb_buf *help)
{
    hb_buf_printf(help, "Metrics (* are the default):\n");
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++) {
        char name[HB_NAME_MAX];
        (void)snprintf(name, sizeof name, "%-24.40s%c", hb_figure(i)->name,
                       hb_figure(i)->is_default ? '*' : ' ');
        hb_options_row(help, 25, name, hb_figure(i)->help);
    }
}

static const struct hb_usage usage = {
    .groups = {{own_options, 0}, {hb_options_output, offsetof(struct options, io)}},
    .which = "which results? Files, LABEL=FILE, or folders",
    .files = offsetof(struct options, io.files),
    .args_doc = "[LABEL=]FILE|FOLDER...",
    .doc = "Says what changed between result files (or between the allocators of one), by how much "
           "and whether to believe it. The first file is the base. Files with one label may be of "
           "several workloads. Reads what rebase and soak write, finished or not.\v"
           "Examples:\n"
           "  hakbench compare old=before.json new=after.json\n"
           "  hakbench compare --fail-on 'hakmem:throughput<-3%' baseline.json today.json\n"
           "  hakbench compare results/2026-11-24T10-00-00Z-mixed.json\n"
           "  hakbench compare --trend results/history\n\n"
           "Exit status: 0 done, 1 a gate failed, 2 wrong usage or an unreadable file, 4 a gate "
           "is decided for no allocator, or (--strict) not for each, 5 files that cannot be "
           "compared, or one session named twice.",
    .append = append_metrics,
};

/* ---- comparing ---- */

static int settle_options(struct options *options, struct work *work, struct hb_err *err)
{
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

/* Of many machines nobody is the base, unless somebody says who. */
static bool is_fleet(const struct options *options, const struct work *work)
{
    return options->compare.allow_cross_host && !options->compare.base && !options->pairs &&
           !options->trend && !options->fail_on && !options->compare.base_allocator &&
           hb_fleet_is_one(work->digests, work->count);
}

static int compare_fleet(const struct options *options, struct work *work, struct hb_err *err)
{
    struct hb_compare_options own = options->compare;
    for (size_t f = 0; !options->metrics && f < HB_FIGURE_COUNT; f++)
        own.figures[f] = f == HB_METRIC_THROUGHPUT || f == HB_METRIC_RSS_PEAK;
    return hb_fleet_make(work->digests, work->count, &own, &work->fleet, err);
}

static int compare(const struct options *options, struct work *work, struct hb_err *err)
{
    work->is_fleet = is_fleet(options, work);
    if (work->is_fleet)
        return compare_fleet(options, work, err);
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

/* ---- what comes out ---- */

static int add_report(const struct options *options, const struct hb_compare_view *view,
                      struct hb_buf *out, struct hb_err *err)
{
    struct hb_doc doc = {0};
    struct hb_screen screen =
        hb_output_screen(options->io.output, options->format == FORMAT_MARKDOWN);
    screen.brief = options->brief;
    hb_compare_report(view, &doc);
    const int status = hb_doc_write(&doc, &screen, out, err);
    hb_doc_free(&doc);
    return status;
}

static int print(const struct options *options, const struct work *work, struct hb_err *err)
{
    const struct hb_compare_view view = {
        .comparison = work->is_trend || work->is_fleet ? NULL : &work->comparison,
        .timelines = work->is_trend ? &work->timelines : NULL,
        .fleet = work->is_fleet ? &work->fleet : NULL,
        .gates = work->results,
        .gate_count = work->result_count,
        .refused = work->inputs.refused,
        .refusals = hb_buf_string(&work->inputs.refusals),
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
        status = hb_output_write(options->io.output, &out, err);
    hb_buf_free(&out);
    return status;
}

/* Whatever the format, stderr names a gate that was not decided. */
static void warn_of_gate(const struct hb_gate_result *result)
{
    if (result->outcome == HB_GATE_UNKNOWN || result->outcome == HB_GATE_UNCHANGED)
        hb_say("gate %s is not decided%s%s in %s: %s", result->gate->text,
               result->allocator[0] ? " for " : "", result->allocator, result->side->label,
               result->why);
}

/* True when this gate is decided for no allocator at all: then it is no gate, --strict or not. */
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
    hb_fleet_free(&work->fleet);
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
    struct options options = {.compare.margin_percent = (double)NAN};
    struct work work = {0};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    int status = settle_options(&options, &work, err);
    if (status == 0)
        status = hb_output_find_inputs(&options.io, &work.inputs, err);
    if (status == 0)
        status = hb_digests_read(&work.inputs, &work.digests, &work.count, err);
    if (status == 0)
        status = compare(&options, &work, err);
    if (status == 0)
        status = print(&options, &work, err);
    const int code = finish(&options, status, &work, err);
    close_work(&work);
    return code;
}

HB_COMMAND_RUN(compare, "what changed between result files, and is it real");
