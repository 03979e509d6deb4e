/* Charts of a rebase, and of several over their dates: see charts.h. */

#include "base/clock.h"
#include "report/charts.h"
#include "stats/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct hb_allocator_entry *entry_of(const struct hb_judgement *judgement, size_t i)
{
    return &judgement->session->allocators[i];
}

/* ---- axes ---- */

void hb_chart_take_scale(struct hb_chart_axis *axis, const struct hb_chart_scale *scales,
                         size_t count, double most)
{
    size_t i = 0;
    while (i + 1 < count && !(most >= scales[i].from))
        i++;
    axis->divisor = scales[i].divisor;
    (void)snprintf(axis->title, sizeof axis->title, "%s", scales[i].title);
}

void hb_chart_rate_axis(struct hb_chart_axis *axis, double most)
{
    static const struct hb_chart_scale scales[] = {
        {2e9, 1e9, "billion operations a second"},
        {1e6, 1e6, "million operations a second"},
        {1e3, 1e3, "thousand operations a second"},
        {0, 1, "operations a second"},
    };
    hb_chart_take_scale(axis, scales, sizeof scales / sizeof *scales, most);
    axis->text = hb_format_rate;
}

void hb_chart_bytes_axis(struct hb_chart_axis *axis, double most)
{
    static const struct hb_chart_scale scales[] = {
        {4294967296.0, 1073741824.0, "GiB"},
        {1048576.0, 1048576.0, "MiB"},
        {0, 1024.0, "KiB"},
    };
    hb_chart_take_scale(axis, scales, sizeof scales / sizeof *scales, most);
    axis->text = hb_format_bytes;
    axis->from = 0;
    axis->to = most > 0 ? 1.05 * most : 1;
}

/* ---- ranking ---- */

struct hb_text hb_chart_ratio_text(double ratio)
{
    struct hb_text text;
    (void)snprintf(text.text, sizeof text.text, "%.3f", ratio);
    return text;
}

static bool has_ratios(const struct hb_judgement *judgement)
{
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if ((int)index != judgement->reference &&
            isfinite(judgement->allocators[index].to_reference.estimate))
            return judgement->reference >= 0;
    }
    return false;
}

static void add_interval(struct hb_chart *chart, struct hb_doc *doc,
                         const struct hb_allocator_entry *entry, double value, double lo, double hi)
{
    struct hb_chart_line *line = hb_chart_add_entry(chart, &doc->palette, entry);
    struct hb_chart_point *point = hb_chart_add_point(chart, line, value, 0, 0);
    if (point && isfinite(lo) && isfinite(hi)) {
        point->lo = lo;
        point->hi = hi;
    }
}

/* A frame around all there is, with some air. */
static void set_range(struct hb_chart *chart, double lo, double hi)
{
    for (size_t i = 0; i < chart->line_count; i++) {
        for (size_t p = 0; p < chart->lines[i].count; p++) {
            const struct hb_chart_point *point = &chart->lines[i].points[p];
            lo = fmin(lo, fmin(point->x, point->lo));
            hi = fmax(hi, fmax(point->x, point->hi));
        }
    }
    const double air = hi > lo ? 0.05 * (hi - lo) : fmax(fabs(hi), 1) * 0.1;
    chart->x.from = lo - air < 0 && lo >= 0 ? 0 : lo - air;
    chart->x.to = hi + air;
}

static void ranking_of_ratios(const struct hb_judgement *judgement, struct hb_doc *doc,
                              struct hb_chart *chart)
{
    const char *reference = entry_of(judgement, (size_t)judgement->reference)->label;
    static const char *const columns[] = {"ratio"};
    chart->columns = columns;
    chart->column_count = 1;
    chart->x.text = hb_chart_ratio_text;
    chart->at = 1;
    chart->band_lo = 1 / (1 + judgement->margin);
    chart->band_hi = 1 + judgement->margin;
    (void)snprintf(chart->title, sizeof chart->title, "Throughput as a ratio to %s", reference);
    (void)snprintf(chart->x.title, sizeof chart->x.title, "ratio to the reference");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        const struct hb_ratio *ratio = &judgement->allocators[index].to_reference;
        if ((int)index == judgement->reference)
            add_interval(chart, doc, entry_of(judgement, index), 1, (double)NAN, (double)NAN);
        else
            add_interval(chart, doc, entry_of(judgement, index), ratio->estimate, ratio->lo,
                         ratio->hi);
    }
    set_range(chart, chart->band_lo, chart->band_hi);
}

static void ranking_of_medians(const struct hb_judgement *judgement, struct hb_doc *doc,
                               struct hb_chart *chart)
{
    static const char *const columns[] = {"median"};
    chart->columns = columns;
    chart->column_count = 1;
    (void)snprintf(chart->title, sizeof chart->title, "Median throughput");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        const struct hb_summary *summary = &judgement->allocators[index].throughput;
        add_interval(chart, doc, entry_of(judgement, index), summary->median, summary->ci_median_lo,
                     summary->ci_median_hi);
    }
    const double most = hb_chart_most(chart);
    hb_chart_rate_axis(&chart->x, most);
    set_range(chart, most, most);
}

void hb_chart_ranking(const struct hb_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_INTERVALS, "ranking");
    if (has_ratios(judgement))
        ranking_of_ratios(judgement, doc, chart);
    else
        ranking_of_medians(judgement, doc, chart);
    (void)snprintf(chart->says, sizeof chart->says,
                   "A row an allocator, fastest first; the mark is the estimate, the bar its 95 %% "
                   "interval%s.",
                   isfinite(chart->band_lo) ? ", the band the margin in which two count as the same"
                                            : "");
}

/* ---- every run ---- */

static void add_runs(const struct hb_judgement *judgement, size_t index, struct hb_doc *doc,
                     struct hb_chart *chart)
{
    const struct hb_judged *judged = &judgement->allocators[index];
    const size_t n = judged->throughput.n, blocks = judgement->session->blocks;
    struct hb_chart_line *line =
        hb_chart_add_entry(chart, &doc->palette, entry_of(judgement, index));
    bool *is_far = calloc(n + 1, sizeof *is_far);
    double *scratch = calloc(n + 1, sizeof *scratch);
    if (!line || !is_far || !scratch) {
        chart->failed = true;
    } else {
        (void)hb_stats_outliers(judged->samples, n, is_far, scratch);
        line->middle = judged->throughput.median;
        for (size_t b = 0, s = 0; b < blocks && s < n; b++) {
            struct hb_chart_point *point =
                hb_chart_add_point(chart, line, judged->by_block[b], 0, (uint32_t)b);
            if (point)
                point->is_far = is_far[s];
            if (!isnan(judged->by_block[b]))
                s++;
        }
    }
    free(is_far);
    free(scratch);
}

void hb_chart_runs(const struct hb_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_DOTS, "runs");
    hb_chart_words(chart, "Throughput of every run",
                   "A row an allocator, a mark a run; the line across a row is its median, a ring "
                   "marks an outlier.");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if (judgement->allocators[index].throughput.n == 0)
            continue;
        add_runs(judgement, index, doc, chart);
        if (judgement->allocators[index].outliers)
            (void)snprintf(chart->far_says, sizeof chart->far_says, "outlier, kept");
    }
    const double most = hb_chart_most(chart);
    hb_chart_rate_axis(&chart->x, most);
    set_range(chart, most, most);
}

/* ---- memory ---- */

struct hb_chart *hb_chart_add_memory(struct hb_doc *doc, const char *const columns[3],
                                     const char *says)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_BARS, "memory");
    chart->columns = columns;
    chart->column_count = 3;
    hb_chart_words(chart, "Resident memory: peak, end, drained", says);
    return chart;
}

void hb_chart_memory(const struct hb_judgement *judgement, struct hb_doc *doc)
{
    static const char *const columns[] = {"peak", "end", "drained"};
    static const enum hb_metric_id metrics[] = {HB_METRIC_RSS_PEAK, HB_METRIC_RSS_END,
                                                HB_METRIC_RSS_DRAINED};
    struct hb_chart *chart = hb_chart_add_memory(
        doc, columns,
        "Three bars an allocator: the largest resident set, that after the last operation, and "
        "that after every block was freed. Medians of the runs.");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if ((int)index == judgement->twin)
            continue;
        struct hb_chart_line *line =
            hb_chart_add_entry(chart, &doc->palette, entry_of(judgement, index));
        for (uint32_t m = 0; m < 3; m++) {
            const struct hb_summary *summary = &judgement->allocators[index].metric[metrics[m]];
            if (summary->n > 0)
                (void)hb_chart_add_point(chart, line, summary->median, 0, m);
        }
    }
    hb_chart_bytes_axis(&chart->x, hb_chart_most(chart));
}

/* ---- sessions over time ---- */

#define DAY_S 86400.0

static struct hb_text formatted(double seconds, const char *format)
{
    struct hb_text text = {"?"};
    const time_t time = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&time, &tm))
        (void)strftime(text.text, sizeof text.text, format, &tm);
    return text;
}

static struct hb_text date_text(double seconds)
{
    return formatted(seconds, "%Y-%m-%d %H:%M:%S");
}

/* Up to six dates, evenly spread, none twice. */
static void date_tics(struct hb_chart_axis *axis)
{
    const double span = axis->to - axis->from;
    const char *format = span < DAY_S         ? "%H:%M"
                         : span < 6 * DAY_S   ? "%d %b %H:%M"
                         : span < 300 * DAY_S ? "%d %b"
                                              : "%Y-%m";
    struct hb_text before = {""};
    for (unsigned i = 0; i < 6; i++) {
        const double at = axis->from + span * ((double)i + 0.5) / 6;
        const struct hb_text text = formatted(at, format);
        if (strcmp(text.text, before.text) != 0)
            hb_chart_add_tic(axis, at, text.text);
        before = text;
    }
}

static void date_axis(struct hb_chart_axis *axis, double first, double last)
{
    const double air = last > first ? 0.04 * (last - first) : 1800;
    axis->from = first - air;
    axis->to = last + air;
    axis->text = date_text;
    date_tics(axis);
    (void)snprintf(axis->title, sizeof axis->title, "%s",
                   last - first < DAY_S ? formatted(first, "%d %b %Y, UTC").text
                                        : "date of the session (UTC)");
}

/* The line of a label, a new one when it has none yet. */
static struct hb_chart_line *line_of(struct hb_chart *chart, struct hb_doc *doc,
                                     const struct hb_allocator_entry *entry)
{
    for (size_t i = 0; i < chart->line_count; i++) {
        if (strcmp(chart->lines[i].label, entry->label) == 0)
            return &chart->lines[i];
    }
    struct hb_chart_line *line = hb_chart_add_entry(chart, &doc->palette, entry);
    if (line)
        line->is_dashed = entry->role == HB_ROLE_FLOOR;
    return line;
}

static void add_session(const struct hb_judgement *judgement, double at, uint32_t key,
                        struct hb_doc *doc, struct hb_chart *chart)
{
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_summary *summary = &judgement->allocators[i].throughput;
        if ((int)i == judgement->twin || summary->n == 0)
            continue;
        struct hb_chart_line *line = line_of(chart, doc, &judgement->session->allocators[i]);
        struct hb_chart_point *point = hb_chart_add_point(chart, line, at, summary->median, key);
        if (!point)
            continue;
        point->lo = summary->ci_median_lo;
        point->hi = summary->ci_median_hi;
    }
}

size_t hb_chart_history(const struct hb_judgement *const *sessions, size_t count,
                        struct hb_doc *doc)
{
    const char *profile = count ? sessions[0]->session->profile_name : "";
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "");
    double first = (double)NAN, last = (double)NAN;
    hb_chart_words(chart, "",
                   "A line an allocator, a point a session with the median's 95 % interval. Lines "
                   "that move together are the machine; one that moves alone is that allocator.");
    (void)snprintf(chart->name, sizeof chart->name, "%.36s-history", profile);
    (void)snprintf(chart->title, sizeof chart->title, "Median throughput over sessions: %s",
                   profile);
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "session");
    for (size_t i = 0; i < count; i++) {
        const double at = hb_clock_wall_s(sessions[i]->session->started_at);
        if (isnan(at))
            continue;
        first = fmin(first, at);
        last = fmax(last, at);
        add_session(sessions[i], at, (uint32_t)i + 1, doc, chart);
    }
    if (!isnan(first))
        date_axis(&chart->x, first, last);
    hb_chart_rate_axis(&chart->y, hb_chart_most(chart));
    return hb_chart_points(chart);
}
