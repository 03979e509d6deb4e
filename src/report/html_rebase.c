/* The sections of a rebase on a page: see html_item.h. */
#include "base/unit.h"
#include "judge/runcourse.h"
#include "report/charts.h"
#include "report/html_item.h"
#include "stats/changepoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CV_WARN 0.05 /* house: over 5 % is warned of */

static const struct hb_allocator_entry *entry_of(const struct hb_judgement *judgement, size_t i)
{
    return &judgement->session->allocators[i];
}

static bool has_speed(const struct hb_judgement *judgement)
{
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        if (judgement->allocators[judgement->ranking[i]].throughput.n > 0)
            return true;
    }
    return false;
}

/* ---- ranking ---- */

static void verdict_cell(struct hb_table *table, const struct hb_judgement *judgement, size_t i)
{
    static const char *const signs[] = {[HB_VERDICT_FASTER] = "\xe2\x96\xb2",
                                        [HB_VERDICT_SLOWER] = "\xe2\x96\xbc",
                                        [HB_VERDICT_SAME] = "=",
                                        [HB_VERDICT_INCONCLUSIVE] = "?",
                                        [HB_VERDICT_WITHHELD] = "\xe2\x9c\x95",
                                        [HB_VERDICT_NONE] = "\xc2\xb7"};
    const struct hb_verdict *verdict = &judgement->allocators[i].to_reference.verdict;
    const enum hb_role role = entry_of(judgement, i)->role;
    const enum hb_style style = verdict->kind == HB_VERDICT_FASTER   ? HB_STYLE_GOOD
                                : verdict->kind == HB_VERDICT_SLOWER ? HB_STYLE_BAD
                                                                     : HB_STYLE_DIM;
    if (judgement->reference < 0)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else if (role == HB_ROLE_REFERENCE)
        hb_table_add(table, HB_STYLE_DIM, "reference");
    else if (role == HB_ROLE_FLOOR)
        hb_table_add(table, HB_STYLE_DIM, "the loop itself");
    else if (verdict->kind == HB_VERDICT_INCONCLUSIVE && verdict->runs_needed)
        hb_table_add(table, style, "? inconclusive (%zu runs?)", verdict->runs_needed);
    else
        hb_table_add(table, style, "%s %s", signs[verdict->kind], hb_verdict_word(verdict->kind));
}

static void ratio_cell(struct hb_table *table, const struct hb_judgement *judgement, size_t i)
{
    const struct hb_ratio *ratio = &judgement->allocators[i].to_reference;
    if ((int)i == judgement->reference)
        hb_table_add(table, HB_STYLE_DIM, "1");
    else if (isnan(ratio->estimate))
        hb_table_add(table, HB_STYLE_DIM, "%s", "");
    else if (isnan(ratio->lo))
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f", ratio->estimate);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f [%.3f, %.3f]", ratio->estimate, ratio->lo,
                     ratio->hi);
}

static void ranking_row(struct hb_table *table, const struct hb_judgement *judgement, size_t i)
{
    const struct hb_judged *judged = &judgement->allocators[i];
    const struct hb_summary *throughput = &judged->throughput;
    const bool warned = throughput->cv > CV_WARN;
    hb_table_add(table, HB_STYLE_STRONG, "%s", entry_of(judgement, i)->label);
    verdict_cell(table, judgement, i);
    ratio_cell(table, judgement, i);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(throughput->median).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(throughput->mean).text);
    hb_table_add(table, warned ? HB_STYLE_BAD : HB_STYLE_PLAIN, "%s%s",
                 warned ? "\xe2\x9a\xa0 " : "", hb_format_percent(100 * throughput->cv).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%.2f", judged->ns_per_op.median);
    if ((int)i == judgement->floor || isnan(judged->above_floor_ns))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%+.2f", judged->above_floor_ns);
}

static void failed_row(struct hb_table *table, const struct hb_judgement *judgement, size_t i)
{
    const struct hb_job *failure = judgement->allocators[i].failure;
    hb_table_add(table, HB_STYLE_STRONG, "%s", entry_of(judgement, i)->label);
    hb_table_add(table, HB_STYLE_BAD, "\xe2\x9c\x97 %s",
                 failure ? hb_job_status_names[failure->status] : "not run");
    for (size_t column = 2; column < 8; column++)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
}

static void ranking_table(struct hb_html *page, const struct hb_judgement *judgement)
{
    static const char *const headings[] = {"allocator", "verdict", "ratio", "median",
                                           "mean",      "CV",      "ns/op", "above floor"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    struct hb_table table;
    hb_table_init(&table, headings, aligns, 8);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        if (judgement->allocators[judgement->ranking[i]].throughput.n > 0)
            ranking_row(&table, judgement, judgement->ranking[i]);
    }
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        if (judgement->allocators[i].runs_ok == 0)
            failed_row(&table, judgement, i);
    }
    hb_html_table(page, &table, "Ranking by median throughput");
}

static void ranking(struct hb_html *page, const struct hb_judgement *judgement)
{
    struct hb_chart chart;
    hb_html_section(page, "ranking", "Ranking");
    if (!has_speed(judgement)) {
        hb_html_says(page, "No speeds: the time of this workload is not a property of the "
                           "allocator, or no run came out well.");
        ranking_table(page, judgement);
        hb_html_section_end(page);
        return;
    }
    if (judgement->reference >= 0)
        hb_html_says(page,
                     "Right of 1 is faster than %s. An allocator is called faster or slower only "
                     "when its whole interval lies outside the shaded margin, the same only when "
                     "wholly inside.",
                     entry_of(judgement, (size_t)judgement->reference)->label);
    else
        hb_html_says(page, "Fastest first; the bars are 95 %% intervals of the median.");
    const int built = hb_chart_ranking(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, built);
    ranking_table(page, judgement);
    hb_html_section_end(page);
}

/* ---- runs ---- */

static void runs(struct hb_html *page, const struct hb_judgement *judgement)
{
    struct hb_chart chart;
    const int built = hb_chart_runs(judgement, &page->palette, &chart, page->err);
    if (built > 0) {
        hb_html_section(page, "runs", "Every run");
        hb_html_says(page, "A mark is one fresh process, the line across is the median. Tight rows "
                           "are steady; two clumps in a row mean that something changed between "
                           "the runs. Outliers are ringed and kept.");
    }
    hb_html_figure(page, &chart, built);
    if (built > 0)
        hb_html_section_end(page);
}

/* ---- slices ---- */

static const char *class_words(const struct hb_judged *judged, char *text, size_t text_bytes)
{
    static const char *const words[HB_STEADY_CLASSES] = {
        [HB_STEADY_FLAT] = "flat",
        [HB_STEADY_WARMUP] = "warming up",
        [HB_STEADY_SLOWDOWN] = "slowing down",
        [HB_STEADY_NONE] = "never steady",
    };
    size_t used = 0;
    text[0] = '\0';
    for (size_t c = 0; c < HB_STEADY_CLASSES; c++) {
        if (judged->steady[c])
            used += (size_t)snprintf(text + used, text_bytes - used, "%s%u %s", used ? ", " : "",
                                     judged->steady[c], words[c]);
    }
    return text;
}

/* Moves the line of a small chart to the one whose numbers are shown. */
static void take_line(struct hb_chart *all, struct hb_chart *chart)
{
    struct hb_chart_line *line =
        hb_chart_add_line(all, chart->lines[0].label, chart->lines[0].slot);
    if (!line)
        return;
    *line = chart->lines[0];
    chart->lines[0].points = NULL;
    chart->lines[0].count = 0;
    all->x = chart->x;
    all->y = chart->y;
}

static void one_course(struct hb_html *page, const struct hb_judgement *judgement, size_t index,
                       struct hb_chart *all)
{
    struct hb_chart chart;
    char words[128];
    const int built = hb_chart_slices(judgement, index, &page->palette, &chart, page->err);
    page->failed |= built < 0;
    if (built > 0 && !page->failed) {
        if (page->charts)
            hb_html_small_figure(page, &chart, entry_of(judgement, index)->label,
                                 class_words(&judgement->allocators[index], words, sizeof words));
        take_line(all, &chart);
    }
    hb_chart_free(&chart);
}

static struct hb_text slice_text(double percent)
{
    struct hb_text text;
    (void)snprintf(text.text, sizeof text.text, "%.1f %% of the run", percent);
    return text;
}

static bool has_slices(const struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK &&
            hb_runcourse_is_known(job) && job->slices > 1)
            return true;
    }
    return false;
}

static void slices(struct hb_html *page, const struct hb_judgement *judgement)
{
    struct hb_chart all;
    if (!has_slices(judgement->session) || !has_speed(judgement))
        return;
    hb_html_section(page, "slices", "Over the time of a run");
    hb_html_says(page, "The median run of each allocator, cut into slices of equal work; higher is "
                       "slower, against its own median slice. A dashed line ends a warm-up. The "
                       "words count all runs.");
    hb_chart_init(&all, HB_CHART_OVER, "slices");
    (void)snprintf(all.title, sizeof all.title, "Slices of the median runs, against their median");
    (void)snprintf(all.key_heading, sizeof all.key_heading, "slice at");
    hb_buf_text(page->out, "<div class=\"multiples\">\n");
    for (size_t i = 0; i < judgement->ranked_count; i++)
        one_course(page, judgement, judgement->ranking[i], &all);
    hb_buf_text(page->out, "</div>\n");
    all.x.text = slice_text;
    if (hb_chart_points(&all))
        hb_html_numbers(page, &all);
    page->out->failed |= all.failed;
    hb_chart_free(&all);
    hb_html_section_end(page);
}

/* ---- memory ---- */

static void metric_cell(struct hb_table *table, const struct hb_judged *judged,
                        enum hb_metric_id metric)
{
    const struct hb_summary *summary = &judged->metric[metric];
    if (summary->n == 0)
        hb_table_add(table, HB_STYLE_DIM, "\xe2\x80\x93");
    else if (hb_metrics[metric].format == HB_FORMAT_BYTES)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_bytes(summary->median).text);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_count(summary->median).text);
}

static void memory(struct hb_html *page, const struct hb_judgement *judgement)
{
    static const char *const headings[] = {"allocator", "start",  "peak",           "end",
                                           "drained",   "faults", "faults measured"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT};
    static const enum hb_metric_id metrics[] = {HB_METRIC_RSS_START,    HB_METRIC_RSS_PEAK,
                                                HB_METRIC_RSS_END,      HB_METRIC_RSS_DRAINED,
                                                HB_METRIC_FAULTS_MINOR, HB_METRIC_FAULTS_MEASURED};
    struct hb_chart chart;
    struct hb_table table;
    hb_html_section(page, "memory", "Memory");
    hb_html_says(page, "Resident set of the whole process, medians of the runs; shorter is less. "
                       "What stays when drained is what an allocator does not give back.");
    const int built = hb_chart_memory(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, built);
    hb_table_init(&table, headings, aligns, 7);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if ((int)index == judgement->twin)
            continue;
        hb_table_add(&table, HB_STYLE_STRONG, "%s", entry_of(judgement, index)->label);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
            metric_cell(&table, &judgement->allocators[index], metrics[m]);
    }
    hb_html_table(page, &table, "Resident memory and page faults");
    hb_html_section_end(page);
}

/* ---- system calls ---- */

static uint64_t sum_of(const uint64_t *counts)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        sum += counts[c];
    return sum;
}

static void agreement_cell(struct hb_table *table, const struct hb_judged *judged, size_t phase)
{
    const bool is_compared = judged->counted->own_counters_known &&
                             (phase == HB_COUNT_WARMUP || phase == HB_COUNT_MEASURED);
    if (!is_compared)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else if (judged->counters_agree)
        hb_table_add(table, HB_STYLE_GOOD, "\xe2\x9c\x93 agrees");
    else
        hb_table_add(table, HB_STYLE_BAD, "\xe2\x9c\x97 differs");
}

static void calls_row(struct hb_table *table, const struct hb_judged *judged, const char *label,
                      size_t phase)
{
    const uint64_t *counts = judged->counted->syscalls.count[phase];
    hb_table_add(table, HB_STYLE_STRONG, "%s", label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_count_phase_names[phase]);
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        hb_table_add(table, counts[c] ? HB_STYLE_PLAIN : HB_STYLE_DIM, "%s",
                     hb_format_count((double)counts[c]).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_count((double)sum_of(counts)).text);
    if (phase == HB_COUNT_MEASURED)
        hb_table_add(table, HB_STYLE_PLAIN, "%s",
                     hb_format_tiny(judged->metric[HB_METRIC_SYSCALLS_PER_OP].median).text);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    agreement_cell(table, judged, phase);
}

static void system_calls(struct hb_html *page, const struct hb_judgement *judgement)
{
#define NAME(name) #name,
    static const char *const headings[] = {"allocator", "phase", HB_SYSCALLS(NAME) "all",
                                           "per operation", "own count"};
#undef NAME
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    hb_html_section(page, "calls", "Memory system calls");
    hb_html_says(page, "Counted at the kernel's boundary in a pass of its own, by phase and call. "
                       "A call in the measured phase costs every user; one at start-up costs each "
                       "process once.");
    hb_table_init(&table, headings, aligns, 5 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const struct hb_judged *judged = &judgement->allocators[judgement->ranking[i]];
        for (size_t phase = 0;
             judged->counted && judged->counted->syscalls_known && phase < HB_COUNT_PHASES; phase++)
            calls_row(&table, judged, entry_of(judgement, judged->entry)->label, phase);
    }
    if (table.cell_count)
        hb_html_table(page, &table, "Memory system calls by phase");
    else
        hb_html_says(page, "They were not counted in this session.");
    hb_table_free(&table);
    hb_html_section_end(page);
}

/* ---- budgets, drift, notes ---- */

static void limit_cell(struct hb_table *table, double min, double max)
{
    char low[48] = "", high[48] = "";
    if (!isnan(min))
        (void)snprintf(low, sizeof low, "\xe2\x89\xa5 %s", hb_format_tiny(min).text);
    if (!isnan(max))
        (void)snprintf(high, sizeof high, "%s\xe2\x89\xa4 %s", low[0] ? ", " : "",
                       hb_format_tiny(max).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s%s", low, high);
}

static void budgets(struct hb_html *page, const struct hb_report_view *view)
{
    static const char *const headings[] = {"allocator", "budget", "verdict", "value", "limit"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_LEFT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    static const char *const words[] = {"\xe2\x9c\x93 pass", "\xe2\x9c\x97 FAIL", "? not known"};
    static const enum hb_style styles[] = {HB_STYLE_GOOD, HB_STYLE_BAD, HB_STYLE_DIM};
    struct hb_table table;
    hb_html_section(page, "budgets", "Budgets");
    if (view->budget_count == 0) {
        hb_html_says(page, "The profile sets no limits.");
        hb_html_section_end(page);
        return;
    }
    hb_html_says(page, "What the profile demands of each allocator, and whether it holds.");
    hb_table_init(&table, headings, aligns, 5);
    for (size_t i = 0; i < view->budget_count; i++) {
        const struct hb_budget_result *result = &view->budgets[i];
        hb_table_add(&table, HB_STYLE_STRONG, "%s", result->label);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", result->key);
        hb_table_add(&table, styles[result->outcome], "%s", words[result->outcome]);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", hb_format_tiny(result->value).text);
        limit_cell(&table, result->min, result->max);
    }
    hb_html_table(page, &table, "Budgets: verdict, value, limit");
    hb_html_section_end(page);
}

static void drift_row(struct hb_table *table, const struct hb_drift_row *row)
{
    hb_table_add(table, HB_STYLE_STRONG, "%s", row->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(row->median_then).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(row->median_now).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%.3f [%.3f, %.3f]", row->ratio, row->lo, row->hi);
    hb_table_add(table, HB_STYLE_PLAIN, "%.3f", row->residual_ratio);
    hb_table_add(table, row->is_own_change ? HB_STYLE_BAD : HB_STYLE_DIM, "%s %s",
                 row->is_own_change ? "\xe2\x9a\xa0" : "\xc2\xb7", row->word);
}

static void drift(struct hb_html *page, const struct hb_drift_judgement *drift_of)
{
    static const char *const headings[] = {
        "allocator", "then", "now", "change", "without the machine's", "word"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    if (!drift_of || drift_of->count == 0)
        return;
    hb_html_section(page, "drift", "Against the session before");
    hb_html_says(page,
                 "Now over then, against the session of %s. What all allocators share is the "
                 "machine (%+.2f %%: %s); what is left is an allocator's own.",
                 drift_of->baseline_started_at, 100 * (drift_of->common_ratio - 1),
                 drift_of->machine_word);
    hb_table_init(&table, headings, aligns, 6);
    for (size_t i = 0; i < drift_of->count; i++)
        drift_row(&table, &drift_of->rows[i]);
    hb_html_table(page, &table, "Drift against the session before");
    hb_html_section_end(page);
}

static void notes(struct hb_html *page, const struct hb_report_view *view)
{
    struct hb_report_view plain = *view;
    struct hb_buf text = {0};
    plain.markdown = true;
    plain.colour = false;
    hb_report_notes(&plain, &text);
    page->out->failed |= text.failed;
    if (text.size) {
        hb_html_section(page, "notes", "Notes");
        hb_html_says(page, "What to be careful about.");
        hb_html_list_of_markdown(page, hb_buf_string(&text));
        hb_html_section_end(page);
    }
    hb_buf_free(&text);
}

void hb_html_rebase(struct hb_html *page, const struct hb_report_view *view)
{
    const struct hb_judgement *judgement = view->judgement;
    ranking(page, judgement);
    runs(page, judgement);
    slices(page, judgement);
    memory(page, judgement);
    system_calls(page, judgement);
    budgets(page, view);
    drift(page, view->drift);
    notes(page, view);
}
