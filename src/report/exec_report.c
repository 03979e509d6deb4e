/* Programs as a report: see session_report.h. */
#include "report/session_report.h"

#include "report/cells.h"
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_SHARE 5 /* loading that is more than a fifth of a run is most of what is compared */

static const struct hb_allocator_entry *entry_of(const struct hb_exec_judgement *judgement,
                                                 size_t allocator)
{
    return &judgement->session->allocators[allocator];
}

/* ---- the order of rows ---- */

/* By the figure's median, the best first, then what has none. order: [allocators]. */
static void order_rows(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, size_t figure, size_t *order)
{
    const bool higher = hb_exec_figure_is_higher_better(target, figure);
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        const double own = target->program ? target->rows[a].figures[figure].summary.median
                                           : 1 / target->rows[a].figures[figure].better.estimate;
        size_t place = a;
        for (; place > 0; place--) {
            const struct hb_exec_figure *before = &target->rows[order[place - 1]].figures[figure];
            const double other =
                target->program ? before->summary.median : 1 / before->better.estimate;
            const bool comes_first = higher ? own > other : own < other;
            if (isnan(own) || (!isnan(other) && !comes_first))
                break;
            order[place] = order[place - 1];
        }
        order[place] = a;
    }
}

/* ---- cells ---- */

/* The word for better and the one for worse. */
struct words {
    const char *better, *worse;
};
static const struct words time_words = {"faster", "slower"};
static const struct words cpu_words = {"less", "more"};
static const struct words memory_words = {"smaller", "larger"};
static const struct words own_words = {"better", "worse"};

static void add_verdict(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t allocator, size_t figure,
                        const struct words *words, struct hb_table *table)
{
    const struct hb_ratio *better = &target->rows[allocator].figures[figure].better;
    if ((int)allocator == judgement->reference) {
        hb_table_add(table, HB_STYLE_PLAIN, "1");
        hb_table_add(table, HB_STYLE_DIM, "reference");
        return;
    }
    const struct hb_ratio shown = hb_exec_shown(target, figure, better);
    hb_cell_ratio(table, shown.estimate, shown.lo, shown.hi);
    if (better->pairs == 0)
        hb_table_text(table, "");
    else
        hb_cell_verdict_of(table, &better->verdict, words->better, words->worse);
}

static void add_median(struct hb_table *table, enum hb_metric_format format,
                       const struct hb_summary *summary, enum hb_style style)
{
    hb_table_number(table, style, hb_metric_text(format, summary->median).text);
}

/* ---- findings ---- */

static void add_part(struct hb_buf *out, const char *text)
{
    if (text[0])
        hb_buf_printf(out, "%s%s", out->size ? "; " : "", text);
}

/* What an allocator did that the C library's malloc does not, in a few words. */
static void say_finding(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t allocator, struct hb_buf *out)
{
    const struct hb_exec_row *row = &target->rows[allocator];
    const struct hb_allocator_entry *entry = entry_of(judgement, allocator);
    char text[160];
    if (entry->missing_reason[0]) {
        add_part(out, "missing");
        return;
    }
    if (row->failure) {
        const char *status = hb_job_status_names[row->failure->status];
        const uint32_t runs = row->runs_ok + row->runs_failed;
        if (runs == 0)
            (void)snprintf(text, sizeof text, "%s", status);
        else
            (void)snprintf(text, sizeof text, "%s %u of %u", status, row->runs_failed, runs);
        add_part(out, text);
    }
    if (row->other_status >= 0) {
        (void)snprintf(text, sizeof text, "exit status %d", row->other_status);
        add_part(out, text);
    }
    if (row->other_outputs)
        add_part(out, "another output");
    if (entry->preload_path[0] && row->covered &&
        row->covered->metric[HB_EXEC_IN_EFFECT] < row->covered->metric[HB_EXEC_PROCESSES]) {
        const double all = row->covered->metric[HB_EXEC_PROCESSES];
        (void)snprintf(text, sizeof text, "not %sin effect in %.0f of %.0f processes",
                       hb_exec_is_coverage_sure(row) ? "" : "seen ",
                       all - row->covered->metric[HB_EXEC_IN_EFFECT], all);
        add_part(out, text);
    }
    if (row->left)
        add_part(out, "left processes behind");
}

static void add_finding(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t allocator,
                        struct hb_table *table)
{
    struct hb_buf text = {0};
    if (target->program)
        say_finding(judgement, target, allocator, &text);
    else if (!target->rows[allocator].is_sound &&
             !entry_of(judgement, allocator)->missing_reason[0])
        hb_buf_text(&text, "not as it should in some program");
    if (text.size)
        hb_table_sign(table, HB_STYLE_BAD, HB_SIGN_WARN, "%s", hb_buf_string(&text));
    else
        hb_table_text(table, "");
    table->failed |= text.failed;
    hb_buf_free(&text);
}

/* ---- tables ---- */

/* "time", or of one of several programs "git: time". */
static void begin_section(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, const char *figure,
                          const char *heading, const char *more, struct hb_doc *doc)
{
    const bool is_one = judgement->session->program_count == 1 || !target->program;
    char name[HB_NAME_MAX + 16], title[HB_NAME_MAX + 64];
    (void)snprintf(name, sizeof name, "%s%s%s", figure, is_one ? "" : "-",
                   is_one ? "" : target->program->name);
    (void)snprintf(title, sizeof title, "%s%s%s", is_one ? "" : target->program->name,
                   is_one ? "" : ": ", heading);
    hb_doc_section(doc, name, title, "%s", more);
}

static void time_table(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, const size_t *order, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("wall", .unit = "time"),
        HB_RIGHT("CV", .unit = "of the mean", .late = 3),
        HB_LEFT("ratio", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true),
        HB_RIGHT("load", .unit = "time of a program that does nothing", .late = 2),
        HB_LEFT("finding", .breaks = true)};
    struct hb_table *table = hb_doc_table(doc, "Time", columns, 7);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_exec_figure *wall = &target->rows[order[i]].figures[HB_EXEC_FIGURE_TIME];
        hb_cell_label(table, entry_of(judgement, order[i])->label);
        add_median(table, HB_FORMAT_NS, &wall->summary, HB_STYLE_PLAIN);
        hb_cell_cv(table, 100 * wall->summary.cv, "-");
        add_verdict(judgement, target, order[i], HB_EXEC_FIGURE_TIME, &time_words, table);
        add_median(table, HB_FORMAT_NS, &judgement->loading[order[i]], HB_STYLE_PLAIN);
        add_finding(judgement, target, order[i], table);
    }
}

/* What a busy machine disturbs less than the time on the clock. */
static void cpu_table(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, const size_t *order, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("CPU", .unit = "time"),
        HB_RIGHT("user", .unit = "time", .late = 2),
        HB_RIGHT("system", .unit = "time", .late = 1),
        HB_LEFT("ratio", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true)};
    static const enum hb_exec_figure_id figures[] = {HB_EXEC_FIGURE_CPU, HB_EXEC_FIGURE_USER,
                                                     HB_EXEC_FIGURE_SYSTEM};
    struct hb_table *table = hb_doc_table(doc, "CPU time", columns, 6);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_exec_row *row = &target->rows[order[i]];
        if (row->runs_ok == 0)
            continue;
        hb_cell_label(table, entry_of(judgement, order[i])->label);
        for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
            add_median(table, HB_FORMAT_NS, &row->figures[figures[f]].summary,
                       f ? HB_STYLE_DIM : HB_STYLE_PLAIN);
        add_verdict(judgement, target, order[i], HB_EXEC_FIGURE_CPU, &cpu_words, table);
    }
}

/* Of a server also what it keeps when its load is over. */
static void memory_table(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target, const size_t *order,
                         struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("peak", .unit = "memory"),
        HB_LEFT("ratio", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true),
        HB_RIGHT("loaded", .unit = "memory", .late = 3),
        HB_RIGHT("0.1 s after", .unit = "memory", .late = 6),
        HB_RIGHT("1 s after", .unit = "memory", .late = 4),
        HB_RIGHT("5 s after", .unit = "memory", .late = 5),
        HB_RIGHT("10 s after", .unit = "memory", .late = 1),
        HB_RIGHT("faults", .unit = "page faults", .late = 2),
        HB_RIGHT("calls", .unit = "memory system calls", .late = 7)};
    static const enum hb_exec_metric_id metrics[] = {
        HB_EXEC_LOADED,    HB_EXEC_AFTER_100MS,  HB_EXEC_AFTER_1S, HB_EXEC_AFTER_5S,
        HB_EXEC_AFTER_10S, HB_EXEC_FAULTS_MINOR, HB_EXEC_SYSCALLS};
    const bool is_server = target->described->server.count > 0;
    struct hb_table *table = hb_doc_table(doc, "Memory", columns, 11);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_exec_row *row = &target->rows[order[i]];
        if (row->runs_ok == 0 || (int)order[i] == judgement->twin)
            continue;
        hb_cell_label(table, entry_of(judgement, order[i])->label);
        add_median(table, HB_FORMAT_BYTES, &row->figures[HB_EXEC_FIGURE_MEMORY].summary,
                   HB_STYLE_PLAIN);
        add_verdict(judgement, target, order[i], HB_EXEC_FIGURE_MEMORY, &memory_words, table);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            if (metrics[m] >= HB_EXEC_LOADED && !is_server)
                hb_table_text(table, "");
            else
                add_median(table, hb_exec_metrics[metrics[m]].format, &row->metric[metrics[m]],
                           HB_STYLE_PLAIN);
        }
    }
}

/* Counted in a pass of their own; a ratio that no noise touches. */
static void counts_table(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("instructions"),
                                               HB_RIGHT("ratio", .unit = "to the reference"),
                                               HB_RIGHT("above loading", .unit = "instructions"),
                                               HB_RIGHT("branches", .late = 1),
                                               HB_RIGHT("L1 misses", .late = 2),
                                               HB_RIGHT("LL misses", .late = 3)};
    static const enum hb_exec_metric_id metrics[] = {HB_EXEC_BRANCHES, HB_EXEC_L1_MISSES,
                                                     HB_EXEC_LL_MISSES};
    const struct hb_exec_run *reference =
        judgement->reference >= 0 ? target->rows[judgement->reference].tallied : NULL;
    struct hb_table *table = hb_doc_table(doc, "Instructions", columns, 7);
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        const struct hb_exec_run *run = target->rows[a].tallied;
        if (!run || run->status != HB_STATUS_OK)
            continue;
        const double own = run->metric[HB_EXEC_INSTRUCTIONS];
        hb_cell_label(table, entry_of(judgement, a)->label);
        hb_table_text(table, hb_format_count(own).text);
        hb_table_add(table, HB_STYLE_PLAIN, "%.4f",
                     reference ? own / reference->metric[HB_EXEC_INSTRUCTIONS] : (double)NAN);
        hb_table_text(table, hb_format_count(own - run->metric[HB_EXEC_INSTRUCTIONS_LOADING]).text);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
            hb_table_text(table, hb_format_count(run->metric[metrics[m]]).text);
    }
}

static void report_counts(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    char more[HB_NAME_MAX + 64];
    if (!session->count_source[0] || target->described->server.count)
        return;
    (void)snprintf(more, sizeof more, "of all processes; counted by %s", session->count_source);
    begin_section(judgement, target, "instructions", "Instructions", more, doc);
    counts_table(judgement, target, doc);
    hb_note_count_source(doc, session->count_source);
    for (size_t a = 0; a < session->allocator_count; a++) {
        const struct hb_exec_run *run = target->rows[a].tallied;
        if (run && run->status != HB_STATUS_OK)
            hb_doc_line(doc, "%s: not counted: %s: %s", entry_of(judgement, a)->label,
                        hb_job_status_names[run->status], run->reason);
    }
}

static void own_table(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, size_t figure, struct hb_doc *doc)
{
    const char *name = hb_exec_figure_name(target, figure);
    const struct hb_column columns[] = {
        HB_LEFT("allocator"), HB_RIGHT("median"), HB_RIGHT("CV", .unit = "of the mean", .late = 1),
        HB_LEFT("ratio", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true)};
    const size_t count = judgement->session->allocator_count;
    size_t *order = calloc(count + 1, sizeof *order);
    begin_section(judgement, target, name, name,
                  hb_exec_figure_is_higher_better(target, figure)
                      ? "by the program's own word; more is better"
                      : "by the program's own word; less is better",
                  doc);
    struct hb_table *table = hb_doc_table(doc, name, columns, 5);
    table->failed |= !order;
    if (order)
        order_rows(judgement, target, figure, order);
    for (size_t i = 0; order && i < count; i++) {
        const struct hb_exec_figure *own = &target->rows[order[i]].figures[figure];
        if (target->rows[order[i]].runs_ok == 0)
            continue;
        hb_cell_label(table, entry_of(judgement, order[i])->label);
        hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_tiny(own->summary.median).text);
        hb_cell_cv(table, 100 * own->summary.cv, "-");
        add_verdict(judgement, target, order[i], figure, &own_words, table);
    }
    free(order);
}

static void report_target(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, struct hb_doc *doc)
{
    const size_t count = judgement->session->allocator_count;
    const char *reference =
        judgement->reference >= 0 ? entry_of(judgement, (size_t)judgement->reference)->label : "";
    char more[160];
    size_t *order = calloc(count + 1, sizeof *order);
    doc->failed |= !order;
    if (!order)
        return;
    order_rows(judgement, target, HB_EXEC_FIGURE_TIME, order);
    (void)snprintf(more, sizeof more, "ratio to %s with 95 %% interval, below 1 is faster",
                   reference);
    begin_section(judgement, target, "time", "Time", more, doc);
    hb_doc_guide(doc, "An allocator is called faster or slower only when its whole interval lies "
                      "outside the margin, the same only when wholly inside.");
    time_table(judgement, target, order, doc);
    order_rows(judgement, target, HB_EXEC_FIGURE_CPU, order);
    begin_section(judgement, target, "cpu", "CPU time",
                  "user and system time of all processes; below 1 is less", doc);
    cpu_table(judgement, target, order, doc);
    order_rows(judgement, target, HB_EXEC_FIGURE_MEMORY, order);
    (void)snprintf(more, sizeof more, "%s; below 1 is smaller",
                   target->peak == HB_EXEC_PEAK_CGROUP ? "peak of all processes, by the kernel"
                   : target->peak == HB_EXEC_PEAK_PSS  ? "peak of all processes, sampled"
                                                       : "peak of the largest process");
    begin_section(judgement, target, "memory", "Memory", more, doc);
    memory_table(judgement, target, order, doc);
    for (size_t f = HB_EXEC_FIGURES; f < target->figure_count; f++)
        own_table(judgement, target, f, doc);
    report_counts(judgement, target, doc);
    free(order);
}

/* Means over the programs: ratios alone. */
static void report_suite(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_LEFT("time", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true),
        HB_LEFT("memory", .unit = "to the reference, with 95 % interval"),
        HB_LEFT("verdict", .late = 1),
        HB_RIGHT("load", .unit = "time of a program that does nothing", .late = 2),
        HB_LEFT("finding", .breaks = true)};
    const struct hb_exec_target *suite = hb_exec_whole(judgement);
    const size_t count = judgement->session->allocator_count;
    size_t *order = calloc(count + 1, sizeof *order);
    doc->failed |= !order;
    if (!order)
        return;
    order_rows(judgement, suite, HB_EXEC_FIGURE_TIME, order);
    hb_doc_section(doc, "suite", "All programs", "%s",
                   "geometric means of their ratios, with 95 % intervals");
    struct hb_table *table = hb_doc_table(doc, "All programs", columns, 7);
    for (size_t i = 0; i < count; i++) {
        if (suite->rows[order[i]].runs_ok == 0)
            continue;
        hb_cell_label(table, entry_of(judgement, order[i])->label);
        add_verdict(judgement, suite, order[i], HB_EXEC_FIGURE_TIME, &time_words, table);
        add_verdict(judgement, suite, order[i], HB_EXEC_FIGURE_MEMORY, &memory_words, table);
        add_median(table, HB_FORMAT_NS, &judgement->loading[order[i]], HB_STYLE_PLAIN);
        add_finding(judgement, suite, order[i], table);
    }
    free(order);
}

/* ---- how far to believe it ---- */

static void note_margins(const struct hb_exec_target *target, struct hb_doc *doc)
{
    const struct hb_exec_family *time = &target->families[HB_EXEC_FIGURE_TIME];
    const struct hb_exec_family *memory = &target->families[HB_EXEC_FIGURE_MEMORY];
    const char *name = target->program ? target->program->name : "all programs";
    if (isnan(time->aa_noise))
        hb_doc_line(doc, "%s: the noise floor was not measured", name);
    else
        hb_doc_line(doc,
                    "%s: A/A noise floor of time %s, of memory %s; a difference counts from %s and "
                    "%s on",
                    name, hb_format_percent(100 * time->aa_noise).text,
                    hb_format_percent(100 * memory->aa_noise).text,
                    hb_format_percent(100 * time->margin).text,
                    hb_format_percent(100 * memory->margin).text);
}

/* Loading is in every time; where it is most of one, it is what was compared. */
static void note_short(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, struct hb_doc *doc)
{
    if (judgement->reference < 0)
        return;
    const double loading = judgement->loading[judgement->reference].median;
    const double wall =
        target->rows[judgement->reference].figures[HB_EXEC_FIGURE_TIME].summary.median;
    if (!(loading * SHORT_SHARE > wall))
        return;
    const char *name = target->program->name;
    const char *so = "so that differences are those of loading the allocator (column load)";
    if (loading < wall)
        hb_doc_line(doc, "%s is short: starting any program takes %s of its %s, %s", name,
                    hb_format_ns(loading).text, hb_format_ns(wall).text, so);
    else
        hb_doc_line(doc, "%s is short: starting any program takes as long as its %s, %s", name,
                    hb_format_ns(wall).text, so);
}

/* Its times are a difference, and what the shell does otherwise beside the program is in them. */
static void note_shell(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, struct hb_doc *doc)
{
    if (judgement->reference < 0 || !(target->shell_wall_ns > 0))
        return;
    const struct hb_exec_figure *time =
        &target->rows[judgement->reference].figures[HB_EXEC_FIGURE_TIME];
    const char *name = target->program->name;
    const struct hb_text taken = hb_format_ns(target->shell_wall_ns);
    if (!(time->summary.median > target->shell_wall_ns))
        hb_doc_line(doc,
                    "%s: its shell alone takes %s, which was taken away, and no more is left: "
                    "verdicts of its times are withheld",
                    name, taken.text);
    else
        hb_doc_line(doc,
                    "%s: its shell alone takes %s, which was taken away: what is smaller is not "
                    "decided",
                    name, taken.text);
}

/* Of a suite: the programs of which a figure is not known are not in its mean. */
static void note_means(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    for (size_t f = 0; f < HB_EXEC_FIGURES; f++) {
        struct hb_buf without = {0};
        size_t all = 0, known = 0;
        for (size_t t = 0; t + 1 < judgement->count; t++) {
            const struct hb_exec_target *target = &judgement->targets[t];
            if (!hb_exec_is_in_suite(judgement, target))
                continue;
            const bool has = hb_exec_has_figure(judgement, target, f);
            all++;
            known += has;
            if (!has)
                add_part(&without, target->program->name);
        }
        if (known < all)
            hb_doc_line(doc, "all programs: %s over %zu of %zu, as it is not known of %s",
                        hb_exec_figure_name(hb_exec_whole(judgement), f), known, all,
                        hb_buf_string(&without));
        hb_buf_free(&without);
    }
}

/* What loading costs is not known of runs that failed: the first of each allocator. */
static void note_loading(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    for (size_t a = 0; a < session->allocator_count; a++) {
        const struct hb_exec_run *first = NULL;
        size_t runs = 0, failed = 0;
        for (size_t i = 0; i < session->run_count; i++) {
            const struct hb_exec_run *run = &session->runs[i];
            if (run->kind != HB_EXEC_KIND_LOADING || run->allocator != a)
                continue;
            runs++;
            failed += run->status != HB_STATUS_OK;
            if (run->status != HB_STATUS_OK && !first)
                first = run;
        }
        if (first)
            hb_doc_line(doc, "loading %s: %s, %zu of %zu runs ok: %s",
                        entry_of(judgement, a)->label, hb_job_status_names[first->status],
                        runs - failed, runs, first->reason);
    }
}

static void note_rows(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, struct hb_doc *doc)
{
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        const struct hb_exec_row *row = &target->rows[a];
        const char *label = entry_of(judgement, a)->label;
        const char *name = target->program->name;
        if (row->failure)
            hb_doc_line(doc, "%s, %s: %s, %u of %u runs ok: %s", name, label,
                        hb_job_status_names[row->failure->status], row->runs_ok,
                        judgement->session->blocks, row->failure->reason);
        if (row->failed_count && row->failed_count != row->failure)
            hb_doc_line(doc, "%s, %s: its system calls were not counted: %s: %s", name, label,
                        hb_job_status_names[row->failed_count->status], row->failed_count->reason);
        if (row->other_outputs)
            hb_doc_line(doc,
                        "%s, %s: %u runs printed something else than on the C library's "
                        "malloc",
                        name, label, row->other_outputs);
        if (entry_of(judgement, a)->preload_path[0] && row->covered &&
            row->covered->not_in_effect[0] && (int)a != judgement->twin)
            hb_doc_line(doc, "%s, %s: not %sin effect in %s", name, label,
                        hb_exec_is_coverage_sure(row) ? "" : "seen ", row->covered->not_in_effect);
        if (row->left)
            hb_doc_line(doc, "%s, %s: outlived by %s, which had to be ended", name, label,
                        row->left->left);
    }
    if (target->is_unstable && !target->described->ignore_output)
        hb_doc_line(doc,
                    "%s prints something else each time, on the C library's malloc too: its "
                    "output is not compared",
                    target->program->name);
}

static bool has_reason(const char *reasons, const char *why, size_t length)
{
    for (; *reasons; reasons += strspn(reasons, "; ")) {
        const size_t own = strcspn(reasons, ";");
        if (own == length && strncmp(reasons, why, length) == 0)
            return true;
        reasons += own;
    }
    return false;
}

/* Whether every timed run that went well has it. */
static bool is_of_all(const struct hb_session *session, const char *why, size_t length)
{
    bool is_of_all = true;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        is_of_all &= run->kind != HB_EXEC_KIND_TIMED || run->status != HB_STATUS_OK ||
                     has_reason(run->unknown, why, length);
    }
    return is_of_all;
}

/* What could not be known, each reason once; of loading nothing but its time is shown. */
static void note_unknown(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    struct hb_buf said = {0};
    for (size_t i = 0; i < session->run_count; i++) {
        const char *why =
            session->runs[i].kind == HB_EXEC_KIND_LOADING ? "" : session->runs[i].unknown;
        for (; *why; why += strspn(why, "; ")) {
            const size_t length = strcspn(why, ";");
            if (!has_reason(hb_buf_string(&said), why, length)) {
                hb_buf_printf(&said, "%.*s; ", (int)length, why);
                hb_doc_line(doc, "not known of %s: %.*s",
                            is_of_all(session, why, length) ? "any run" : "some runs", (int)length,
                            why);
            }
            why += length;
        }
    }
    doc->failed |= said.failed;
    hb_buf_free(&said);
}

static void note_few(const struct hb_exec_target *target, struct hb_doc *doc)
{
    const struct hb_exec_family *time = &target->families[HB_EXEC_FIGURE_TIME];
    char text[128];
    if (time->comparisons == 0 || time->pairs >= time->pairs_least)
        return;
    hb_verdict_say_too_few(time->pairs, time->comparisons, time->pairs_least, text, sizeof text);
    hb_doc_line(doc, "%s", text);
}

/* What the intervals and verdicts of one that was looked at several times are. */
static void note_looks(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_looks *looks = &judgement->looks;
    struct hb_buf at = {0};
    if (looks->first == looks->most)
        return;
    for (size_t look = looks->first, i = hb_looks_number(looks, judgement->looked_at); i > 0;
         look = hb_looks_next(looks, look), i--)
        hb_buf_printf(&at, "%s%zu", at.size ? ", " : ", looked at after ", look);
    hb_doc_line(doc,
                "%zu runs at most%s: over all looks together an interval holds the truth with "
                "95 %%, and a difference is false in 5 %%",
                looks->most, hb_buf_string(&at));
    doc->failed |= at.failed;
    hb_buf_free(&at);
}

static void report_notes(const struct hb_exec_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    hb_section_belief(doc, session);
    for (size_t t = 0; t < judgement->count; t++) {
        const struct hb_exec_target *target = &judgement->targets[t];
        if (target->program && target->program->missing_reason[0]) {
            hb_doc_line(doc, "%s was skipped: %s", target->program->name,
                        target->program->missing_reason);
            continue;
        }
        note_margins(target, doc);
        if (!target->program) {
            note_means(judgement, doc);
            continue;
        }
        note_shell(judgement, target, doc);
        note_short(judgement, target, doc);
        note_rows(judgement, target, doc);
    }
    note_loading(judgement, doc);
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (entry_of(judgement, a)->missing_reason[0])
            hb_doc_line(doc, "%s is missing: %s", entry_of(judgement, a)->label,
                        entry_of(judgement, a)->missing_reason);
    }
    hb_notes_machine(doc, session);
    note_unknown(judgement, doc);
    note_few(hb_exec_whole(judgement), doc);
    note_looks(judgement, doc);
    if (session->harness_s + session->workers_s > 0)
        hb_doc_line(
            doc, "took %s, of which the programs %s",
            hb_format_duration(session->harness_s + session->workers_s).text,
            hb_format_percent(100 * session->workers_s / (session->harness_s + session->workers_s))
                .text);
}

/* ---- the whole ---- */

/* The command as a shell would take it. */
static void fact_command(const struct hb_profile_program *described, struct hb_doc *doc)
{
    struct hb_buf text = {0};
    if (described->server.count) {
        hb_words_text(&described->server, &text);
        hb_buf_text(&text, "; client: ");
    }
    hb_words_text(&described->command, &text);
    hb_hide_controls_from(&text, 0);
    hb_doc_fact(doc, "Measured", "%s", hb_buf_string(&text));
    doc->failed |= text.failed;
    hb_buf_free(&text);
}

/* A figure that was asked for and nobody has is no detail. */
static void add_unmatched(const struct hb_exec_judgement *judgement, struct hb_buf *verdict)
{
    for (size_t t = 0; t < judgement->session->program_count; t++) {
        const struct hb_exec_target *target = &judgement->targets[t];
        for (size_t f = HB_EXEC_FIGURES; f < target->figure_count; f++) {
            if (hb_exec_is_unmatched(judgement, target, f))
                hb_buf_printf(verdict, " %s: %s was in no run's output.", target->program->name,
                              hb_exec_figure_name(target, f));
        }
    }
}

void hb_exec_report(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_exec_judgement *judgement = &assessed->exec;
    const struct hb_session *session = assessed->session;
    struct hb_buf verdict = {0};
    hb_verdict_of_exec(judgement, &verdict);
    add_unmatched(judgement, &verdict);
    hb_section_lede(doc, session, hb_exec_complete(judgement), &verdict);
    hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name,
               "%s, %u run%s in shuffled blocks, seed %llu%s", session->started_at, session->blocks,
               session->blocks == 1 ? "" : "s", (unsigned long long)session->seed,
               session->partial ? " (partial)" : "");
    for (size_t i = 0; i < session->program_count; i++)
        fact_command(hb_exec_described(session, i), doc);
    if (session->program_count > 1)
        report_suite(judgement, doc);
    hb_doc_section(doc, "plane", "Time against peak memory", "%s",
                   "left is faster, down is smaller; capitals: the front, which nothing beats");
    hb_chart_exec(judgement, hb_exec_whole(judgement), doc);
    if (assessed->curves.session)
        hb_sweep_sections(&assessed->curves, doc);
    for (size_t t = 0; t < session->program_count; t++) {
        if (!session->programs[t].missing_reason[0])
            report_target(judgement, &judgement->targets[t], doc);
    }
    report_notes(judgement, doc);
}
