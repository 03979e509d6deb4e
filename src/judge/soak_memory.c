/* Resident memory, fragmentation and latency of a soak: see soak_judge.h. */
#include "judge/soak_parts.h"

#include "stats/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

/* Memory starts anew with a process: only the epochs of one can drift. It is the one with the most
 * of them. Each epoch of a fresh-process soak is such a start, and there all are compared. */
struct stretch {
    size_t start, count;
};

static struct stretch longest_process(const struct hb_soak_work *work,
                                      const struct hb_soak_judged *judged)
{
    struct stretch longest = {0, judged->counted};
    size_t start = 0;
    if (work->session->soak.fresh || judged->restart_count == 0)
        return longest;
    longest.count = 0;
    for (size_t i = 1; i <= judged->counted; i++) {
        if (i < judged->counted && judged->series[i]->process == judged->series[start]->process)
            continue;
        if (i - start > longest.count)
            longest = (struct stretch){start, i - start};
        start = i;
    }
    return longest;
}

static void judge_drift(struct hb_soak_work *work, const struct hb_soak_judged *judged,
                        struct hb_soak_value value, struct hb_soak_drift *drift)
{
    const struct stretch stretch = longest_process(work, judged);
    const struct hb_epoch *const *series = judged->series + stretch.start;
    hb_soak_ratios(work, series, stretch.count, value, work->y);
    for (size_t i = 0; i < stretch.count; i++)
        work->x[i] = hb_soak_hours(series[i]);
    hb_soak_measure_drift(work, stretch.count, false, drift);
}

/* The largest of a metric over all epochs of the allocator; NaN when it is never known. */
static double largest(const struct hb_soak_work *work, const struct hb_soak_judged *judged,
                      enum hb_epoch_metric_id metric)
{
    double most = (double)NAN;
    for (size_t i = 0; i < work->session->epoch_count; i++) {
        const struct hb_epoch *epoch = &work->session->epochs[i];
        if (epoch->allocator == judged->entry)
            most = fmax(most, epoch->metric[metric]);
    }
    return most;
}

static double median_of(struct hb_soak_work *work, const struct hb_soak_judged *judged,
                        struct hb_soak_value value)
{
    for (size_t i = 0; i < judged->counted; i++)
        work->y[i] = hb_soak_value_of(judged->series[i], value);
    return hb_soak_median(work, work->y, judged->counted);
}

static void first_and_last(const struct hb_soak_judged *judged, struct hb_soak_memory *memory)
{
    memory->first = memory->last = (double)NAN;
    for (size_t i = 0; i < judged->counted; i++) {
        const double rss = judged->series[i]->metric[HB_EPOCH_RSS];
        if (isnan(rss))
            continue;
        if (isnan(memory->first))
            memory->first = rss;
        memory->last = rss;
    }
}

void hb_soak_judge_memory(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    struct hb_soak_memory *memory = &judged->memory;
    first_and_last(judged, memory);
    memory->peak = largest(work, judged, HB_EPOCH_RSS);
    memory->live = median_of(work, judged, HB_SOAK_VALUE(LIVE));
    memory->fragmentation = median_of(work, judged, HB_SOAK_PER_LIVE(HEAP));
    memory->drained_100ms = largest(work, judged, HB_EPOCH_DRAINED_100MS);
    memory->drained_1s = largest(work, judged, HB_EPOCH_DRAINED_1S);
    memory->drained_5s = largest(work, judged, HB_EPOCH_DRAINED_5S);
    judge_drift(work, judged, HB_SOAK_VALUE(RSS), &memory->rss);
    judge_drift(work, judged, HB_SOAK_VALUE(LIVE), &memory->live_drift);
    judge_drift(work, judged, HB_SOAK_PER_LIVE(RSS), &memory->rss_to_live);
}

/* ---- latency ---- */

/* The epochs' histograms as one sparse one; *n is its length. Owned by the caller; NULL when there
 * is no memory. */
static struct hb_loglinear_count *merge(const struct hb_soak_judged *judged, size_t *n)
{
    uint64_t *dense = calloc(HB_LOGLINEAR_BUCKETS, sizeof *dense);
    struct hb_loglinear_count *sparse = calloc(HB_LOGLINEAR_BUCKETS, sizeof *sparse);
    *n = 0;
    for (size_t i = 0; dense && sparse && i < judged->counted; i++) {
        const struct hb_epoch *epoch = judged->series[i];
        for (size_t b = 0; b < epoch->latency_count; b++) {
            if (epoch->latency[b].bucket < HB_LOGLINEAR_BUCKETS)
                dense[epoch->latency[b].bucket] += epoch->latency[b].count;
        }
    }
    for (uint32_t b = 0; dense && sparse && b < HB_LOGLINEAR_BUCKETS; b++) {
        if (dense[b])
            sparse[(*n)++] = (struct hb_loglinear_count){b, dense[b]};
    }
    if (!dense) {
        free(sparse);
        sparse = NULL;
    }
    free(dense);
    return sparse;
}

static double largest_counted(const struct hb_soak_judged *judged, enum hb_epoch_metric_id metric)
{
    double most = (double)NAN;
    for (size_t i = 0; i < judged->counted; i++)
        most = fmax(most, judged->series[i]->metric[metric]);
    return most;
}

static double sum_counted(const struct hb_soak_judged *judged, enum hb_epoch_metric_id metric)
{
    double sum = (double)NAN;
    for (size_t i = 0; i < judged->counted; i++) {
        const double value = judged->series[i]->metric[metric];
        if (isfinite(value))
            sum = isnan(sum) ? value : sum + value;
    }
    return sum;
}

static void percentiles_of_merged(const struct hb_loglinear_count *merged, size_t n,
                                  struct hb_soak_latency *latency)
{
    latency->merged = true;
    latency->samples = (double)hb_stats_hist_total(merged, n);
    latency->p50 = hb_stats_hist_quantile(merged, n, 0.50);
    latency->p90 = hb_stats_hist_quantile(merged, n, 0.90);
    latency->p99 = hb_stats_hist_quantile(merged, n, 0.99);
    latency->p999 = hb_stats_hist_quantile(merged, n, 0.999);
    latency->p9999 = hb_stats_hist_quantile(merged, n, 0.9999);
}

/* What is left when the file has no histograms: the middle epoch's percentiles. */
static void percentiles_of_epochs(struct hb_soak_work *work, const struct hb_soak_judged *judged,
                                  struct hb_soak_latency *latency)
{
    latency->samples = sum_counted(judged, HB_EPOCH_LATENCY_SAMPLES);
    latency->p50 = median_of(work, judged, HB_SOAK_VALUE(LATENCY_P50));
    latency->p90 = median_of(work, judged, HB_SOAK_VALUE(LATENCY_P90));
    latency->p99 = median_of(work, judged, HB_SOAK_VALUE(LATENCY_P99));
    latency->p999 = median_of(work, judged, HB_SOAK_VALUE(LATENCY_P999));
    latency->p9999 = median_of(work, judged, HB_SOAK_VALUE(LATENCY_P9999));
}

int hb_soak_judge_latency(struct hb_soak_work *work, struct hb_soak_judged *judged,
                          struct hb_err *err)
{
    struct hb_soak_latency *latency = &judged->latency;
    size_t n = 0;
    struct hb_loglinear_count *merged = merge(judged, &n);
    if (!merged)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for a histogram");
    if (n)
        percentiles_of_merged(merged, n, latency);
    else
        percentiles_of_epochs(work, judged, latency);
    latency->max = largest_counted(judged, HB_EPOCH_LATENCY_MAX);
    if (isnan(latency->max) && n)
        latency->max = (double)hb_loglinear_greatest(merged[n - 1].bucket);
    free(merged);
    hb_soak_ratios(work, judged->series, judged->counted, HB_SOAK_VALUE(LATENCY_P999), work->y);
    for (size_t i = 0; i < judged->counted; i++) {
        work->x[i] = hb_soak_hours(judged->series[i]);
        work->y[i] = log(work->y[i]);
    }
    hb_soak_measure_drift(work, judged->counted, true, &latency->p999_drift);
    return 0;
}
