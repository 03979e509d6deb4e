/* Charts of a soak: see charts.h. */
#include "report/charts.h"

#include "stats/hist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRID_A_DECADE 16 /* points of a latency curve in each power of ten of 1 / (1 - p) */
#define LEAST_BEYOND  10 /* samples: a percentile with fewer of them says little */

/* ---- over time ---- */

static void time_axis(struct hb_chart_axis *axis, double duration_s)
{
    static const struct hb_chart_scale units[] = {{36000, 3600, "hours since the start"},
                                                  {300, 60, "minutes since the start"},
                                                  {0, 1, "seconds since the start"}};
    hb_chart_take_scale(axis, units, 3, duration_s);
    axis->text = hb_format_duration;
    axis->from = 0;
    axis->to = fmax(duration_s, 1e-3);
}

/* Epochs of one allocator in which the metric is known; the look after a drain is no epoch like
 * the others. A line is not drawn from one process to the next. */
static void add_epochs(const struct hb_soak_judgement *judgement, size_t allocator,
                       enum hb_epoch_metric_id metric, struct hb_chart *chart,
                       struct hb_chart_line *line)
{
    const struct hb_session *session = judgement->session;
    uint32_t process = 0;
    for (size_t i = 0; line && i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        if (epoch->allocator != allocator || epoch->status != HB_STATUS_OK ||
            strcmp(epoch->phase, HB_PHASE_DRAIN) == 0)
            continue;
        struct hb_chart_point *point = hb_chart_add_point(chart, line, epoch->started_s,
                                                          epoch->metric[metric], epoch->round + 1);
        if (!point)
            continue;
        point->is_gap = line->count > 1 && epoch->process != process && !session->soak.fresh;
        process = epoch->process;
    }
}

static struct hb_chart_line *line_of(const struct hb_soak_judgement *judgement, size_t allocator,
                                     struct hb_doc *doc, struct hb_chart *chart)
{
    struct hb_chart_line *line =
        hb_chart_add_entry(chart, &doc->palette, &judgement->session->allocators[allocator]);
    if (line)
        line->is_dashed = (int)allocator == judgement->control;
    return line;
}

static void add_all_epochs(const struct hb_soak_judgement *judgement,
                           enum hb_epoch_metric_id metric, struct hb_doc *doc,
                           struct hb_chart *chart)
{
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        add_epochs(judgement, i, metric, chart, line_of(judgement, i, doc, chart));
    time_axis(&chart->x, judgement->duration_s);
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "at");
}

void hb_chart_soak_speed(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "throughput");
    hb_chart_words(chart, "Throughput of each epoch",
                   judgement->control >= 0
                       ? "A line an allocator, a point an epoch; the control is dashed. Where all "
                         "lines fall together, the machine became slower."
                       : "A line an allocator, a point an epoch. Where all lines fall together, "
                         "the machine became slower.");
    add_all_epochs(judgement, HB_EPOCH_THROUGHPUT, doc, chart);
    hb_chart_rate_axis(&chart->y, hb_chart_most(chart));
}

void hb_chart_soak_epochs(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_DOTS, "epochs");
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        struct hb_chart_line *line = line_of(judgement, i, doc, chart);
        if (line)
            line->middle = judged->throughput.median;
        for (size_t e = 0; e < judged->counted; e++)
            (void)hb_chart_add_point(chart, line, judged->series[e]->metric[HB_EPOCH_THROUGHPUT], 0,
                                     (uint32_t)e);
    }
    chart->x.text = hb_format_rate;
}

static void resident(const struct hb_soak_judgement *judgement, const char *name,
                     struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, name);
    hb_chart_words(chart, "Resident memory at the end of each epoch",
                   "A line an allocator: the resident set of its process at the end of each epoch. "
                   "A line that keeps rising is a leak or growing fragmentation.");
    add_all_epochs(judgement, HB_EPOCH_RSS, doc, chart);
    const double most = hb_chart_most(chart);
    hb_chart_bytes_axis(&chart->y, most);
    chart->y.to = most > 0 ? 1.08 * most : 1; /* room for the marks */
}

void hb_chart_soak_resident(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    resident(judgement, "resident", doc);
}

static void latency_course(const struct hb_soak_judgement *judgement, const char *name,
                           const char *title, enum hb_epoch_metric_id metric, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, name);
    hb_chart_words(chart, title, "A line an allocator, a point an epoch; lower is better.");
    chart->y.is_log = true;
    chart->y.text = hb_format_ns;
    add_all_epochs(judgement, metric, doc, chart);
}

void hb_charts_soak_course(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    hb_chart_soak_speed(judgement, doc);
    resident(judgement, "memory", doc);
    latency_course(judgement, "latency-p50", "Latency of one operation: median",
                   HB_EPOCH_LATENCY_P50, doc);
    latency_course(judgement, "latency-p99", "Latency of one operation: 99th percentile",
                   HB_EPOCH_LATENCY_P99, doc);
    latency_course(judgement, "latency-p999", "Latency of one operation: 99.9th percentile",
                   HB_EPOCH_LATENCY_P999, doc);
}

/* ---- latency ---- */

struct histogram {
    struct hb_loglinear_count *buckets;
    size_t count;
};

static int merge_epoch(struct histogram *all, const struct hb_epoch *epoch)
{
    if (epoch->latency_count == 0)
        return 0;
    struct hb_loglinear_count *merged = calloc(all->count + epoch->latency_count, sizeof *merged);
    if (!merged)
        return -1;
    all->count =
        hb_stats_hist_merge(all->buckets, all->count, epoch->latency, epoch->latency_count, merged);
    free(all->buckets);
    all->buckets = merged;
    return 0;
}

/* "99.9 %" of 1 / (1 - p) = 1000. */
static struct hb_text percentile_text(double nines)
{
    struct hb_text text;
    const double left_percent = 100 / nines;
    const int digits = left_percent >= 1 ? 1 : (int)ceil(-log10(left_percent)) + 1;
    (void)snprintf(text.text, sizeof text.text, "%.*f %%", digits, 100 - left_percent);
    return text;
}

static void add_curve(struct hb_chart *chart, struct hb_chart_line *line,
                      const struct histogram *all)
{
    const double total = (double)hb_stats_hist_total(all->buckets, all->count);
    for (uint32_t k = 0;; k++) {
        const double nines = pow(10, (double)k / GRID_A_DECADE);
        if (nines * LEAST_BEYOND > total)
            return;
        chart->x.to = fmax(chart->x.to, nines);
        (void)hb_chart_add_point(
            chart, line, nines, hb_stats_hist_quantile(all->buckets, all->count, 1 - 1 / nines), k);
    }
}

static void latency_axes(struct hb_chart *chart)
{
    static const char *const tics[] = {"50 %",    "90 %",     "99 %",      "99.9 %",
                                       "99.99 %", "99.999 %", "99.9999 %", "99.99999 %"};
    chart->x.is_log = chart->y.is_log = true;
    chart->x.from = 1;
    chart->x.text = percentile_text;
    chart->y.text = hb_format_ns;
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "percentile");
    (void)snprintf(chart->x.title, sizeof chart->x.title,
                   "share of operations that were no slower");
    (void)snprintf(chart->y.title, sizeof chart->y.title, "time of one operation");
    for (size_t i = 0; i < sizeof tics / sizeof *tics; i++)
        hb_chart_add_tic(&chart->x, i ? pow(10, (double)i) : 2, tics[i]);
}

void hb_chart_soak_latency(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "latency");
    latency_axes(chart);
    hb_chart_words(
        chart, "Percentiles of one operation's time",
        "A curve an allocator over all samples of the soak: how slow the slowest in ten, in a "
        "hundred, in a thousand are. Both axes are logarithmic; lower is better.");
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        struct hb_chart_line *line = line_of(judgement, i, doc, chart);
        struct histogram all = {0};
        for (size_t e = 0; line && e < judged->counted; e++)
            chart->failed |= merge_epoch(&all, judged->series[e]) != 0;
        if (line && !chart->failed)
            add_curve(chart, line, &all);
        free(all.buckets);
    }
}

/* ---- memory ---- */

void hb_chart_soak_memory(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const char *const columns[] = {"peak", "end", "drained (5 s after)"};
    struct hb_chart *chart = hb_chart_add_memory(
        doc, columns,
        "Bars for each allocator: the largest resident set of all epochs, that of the last one, "
        "and that 5 s after every block was freed.");
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_memory *memory = &judgement->allocators[i].memory;
        const double values[] = {memory->peak, memory->last, memory->drained_5s};
        struct hb_chart_line *line = line_of(judgement, i, doc, chart);
        for (uint32_t v = 0; v < 3; v++)
            (void)hb_chart_add_point(chart, line, values[v], 0, v);
    }
    hb_chart_bytes_axis(&chart->x, hb_chart_most(chart));
}
