/* Resident memory, fragmentation, latency and memory system calls of a soak: see soak_judge.h. */
#include "judge/soak_parts.h"

#include "base/copy.h"
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

/* ---- memory system calls ---- */

#define WARMUP "warm-up"

static void add_calls(struct hb_epoch_calls *to, const struct hb_epoch_calls *from)
{
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++) {
        to->count[c] += from->count[c];
        to->bytes[c] += from->bytes[c];
    }
}

static uint64_t total(const uint64_t *values)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        sum += values[c];
    return sum;
}

static bool same_counts(const struct hb_soak_calls *row)
{
    return memcmp(row->calls.count, row->own.count, sizeof row->own.count) == 0;
}

/* The row of this phase, a new one at the end when there is none. */
static struct hb_soak_calls *row_of(struct hb_soak_judged *judged, const char *phase)
{
    for (size_t i = 0; i < judged->calls_count; i++) {
        if (strcmp(judged->calls[i].phase, phase) == 0)
            return &judged->calls[i];
    }
    struct hb_soak_calls *row = &judged->calls[judged->calls_count++];
    HB_COPY(row->phase, phase);
    row->bytes_known = row->own_known = true;
    return row;
}

static void add_epoch(struct hb_soak_judged *judged, const struct hb_epoch *epoch, bool is_warmup)
{
    struct hb_soak_calls *row = row_of(judged, is_warmup ? WARMUP : epoch->phase);
    row->epochs++;
    row->operations += epoch->metric[HB_EPOCH_OPERATIONS];
    row->own_known &= epoch->own_calls_known;
    /* A CSV has no bytes by call: calls about nothing at all. */
    row->bytes_known &= total(epoch->calls.count) == 0 || total(epoch->calls.bytes) > 0;
    add_calls(&row->calls, &epoch->calls);
    add_calls(&row->own, &epoch->own_calls);
}

static void rows_of_epochs(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    const struct hb_epoch *before = NULL;
    uint32_t position = 0;
    for (size_t i = 0; i < work->session->epoch_count; i++) {
        const struct hb_epoch *epoch = &work->session->epochs[i];
        if (epoch->allocator != judged->entry)
            continue;
        if (before && before->process != epoch->process)
            position = 0;
        const bool is_drain = hb_epoch_is_drain(epoch);
        if (epoch->status == HB_STATUS_OK && epoch->calls_known)
            add_epoch(judged, epoch, !is_drain && hb_soak_is_warmup(work->session, position));
        position += !is_drain;
        before = epoch;
    }
}

static const struct hb_job *counting_pass(const struct hb_soak_work *work,
                                          const struct hb_soak_judged *judged)
{
    const struct hb_job *found = NULL;
    for (size_t i = 0; i < work->session->job_count; i++) {
        const struct hb_job *job = &work->session->jobs[i];
        if (job->allocator == judged->entry && job->kind == HB_JOB_COUNTED &&
            job->status == HB_STATUS_OK)
            found = job;
    }
    return found;
}

static void rows_of_pass(const struct hb_job *pass, struct hb_soak_judged *judged)
{
    for (size_t p = 0; p < HB_COUNT_PHASES; p++) {
        struct hb_soak_calls *row = row_of(judged, hb_count_phase_names[p]);
        /* Own counters are of the measured process's allocator alone: at the start the loader maps
         * as well, and at the end the worker does not ask any more. */
        row->own_known =
            pass->own_counters_known && p != HB_COUNT_STARTUP && p != HB_COUNT_TEARDOWN;
        row->operations = p == HB_COUNT_MEASURED ? pass->metric[HB_METRIC_OPERATIONS] : (double)NAN;
        memcpy(row->calls.count, pass->syscalls.count[p], sizeof row->calls.count);
        memcpy(row->calls.bytes, pass->syscalls.bytes[p], sizeof row->calls.bytes);
        memcpy(row->own.count, pass->own_counters.count[p], sizeof row->own.count);
        row->bytes_known = total(row->calls.count) == 0 || total(row->calls.bytes) > 0;
    }
}

/* Calls over operations of the judged epochs in which both are known. An epoch read from a CSV may
 * have the sum of its calls only. */
static double per_operation(const struct hb_soak_judged *judged)
{
    double calls = 0, operations = 0;
    for (size_t i = 0; i < judged->counted; i++) {
        const struct hb_epoch *epoch = judged->series[i];
        const double own = epoch->calls_known ? (double)total(epoch->calls.count)
                                              : epoch->metric[HB_EPOCH_SYSCALLS];
        if (!isfinite(own) || !isfinite(epoch->metric[HB_EPOCH_OPERATIONS]))
            continue;
        calls += own;
        operations += epoch->metric[HB_EPOCH_OPERATIONS];
    }
    return operations > 0 ? calls / operations : (double)NAN;
}

/* The rows that are judged, as one. operations stays NaN when there are none. */
static void sum_judged(struct hb_soak_judged *judged)
{
    struct hb_soak_calls *sum = &judged->calls_judged;
    sum->operations = (double)NAN;
    for (size_t i = 0; i < judged->calls_count; i++) {
        const struct hb_soak_calls *row = &judged->calls[i];
        const bool of_pass = row->epochs == 0;
        if (of_pass ? strcmp(row->phase, hb_count_phase_names[HB_COUNT_MEASURED]) != 0
                    : strcmp(row->phase, WARMUP) == 0 || strcmp(row->phase, HB_PHASE_DRAIN) == 0)
            continue;
        if (isnan(sum->operations)) {
            sum->operations = 0;
            sum->bytes_known = sum->own_known = true;
        }
        sum->epochs += row->epochs;
        sum->operations += row->operations;
        sum->bytes_known &= row->bytes_known;
        sum->own_known &= row->own_known;
        add_calls(&sum->calls, &row->calls);
        add_calls(&sum->own, &row->own);
    }
    sum->agree = sum->own_known && same_counts(sum);
}

/* The most rows there can be: the phases of the workload, and warm-up; or those of the pass. */
static size_t most_rows(const struct hb_soak_work *work, const struct hb_soak_judged *judged)
{
    size_t phases = 1 + HB_COUNT_PHASES;
    for (size_t i = 0; i < work->session->epoch_count; i++) {
        const struct hb_epoch *epoch = &work->session->epochs[i];
        bool seen = epoch->allocator != judged->entry;
        for (size_t j = i; !seen && j-- > 0;)
            seen = work->session->epochs[j].allocator == judged->entry &&
                   strcmp(work->session->epochs[j].phase, epoch->phase) == 0;
        phases += !seen;
    }
    return phases;
}

int hb_soak_judge_calls(struct hb_soak_work *work, struct hb_soak_judged *judged,
                        struct hb_err *err)
{
    const size_t rows = most_rows(work, judged);
    const struct hb_job *pass = counting_pass(work, judged);
    judged->calls = calloc(rows, sizeof *judged->calls);
    if (!judged->calls)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu phases", rows);
    rows_of_epochs(work, judged);
    judged->syscalls_per_op = per_operation(judged);
    if (isnan(judged->syscalls_per_op) && pass) {
        judged->syscalls_per_op = pass->metric[HB_METRIC_SYSCALLS_PER_OP];
        judged->syscalls_counted_pass = true;
    }
    if (judged->calls_count == 0 && pass && pass->syscalls_known)
        rows_of_pass(pass, judged);
    for (size_t i = 0; i < judged->calls_count; i++)
        judged->calls[i].agree = judged->calls[i].own_known && same_counts(&judged->calls[i]);
    sum_judged(judged);
    return 0;
}
