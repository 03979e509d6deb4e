/* The physical check: see ownclock.h. */
#include "result/ownclock.h"

#include "base/unit.h"

#include <math.h>
#include <stdio.h>

/* Figures of a CSV are rounded in the last of 15 digits or so; nobody gains by a millionth. */
#define ROUNDING 1e-6

static bool is_above(double value, double limit)
{
    return value > limit * (1 + ROUNDING); /* false where one is NaN */
}

static bool is_within_clock(double operations, double elapsed_ns, double throughput, char *reason,
                            size_t reason_bytes)
{
    const double most = operations * 1e9 / elapsed_ns;
    if (!is_above(throughput, most))
        return true;
    (void)snprintf(reason, reason_bytes,
                   "%s is above what its own clock allows: %s operations in %s are %s",
                   hb_format_rate(throughput).text, hb_format_count(operations).text,
                   hb_format_duration(elapsed_ns / 1e9).text, hb_format_rate(most).text);
    return false;
}

/* From the first thread's start to the last one's end, as the slices have it; NaN without any. */
static double span_of_slices(const struct hb_job *job)
{
    double span_ns = (double)NAN;
    for (uint32_t t = 0; job->slice_ns && t < job->threads; t++) {
        double end_ns = job->start_ns ? (double)job->start_ns[t] : 0;
        for (size_t s = 0; s < job->slices; s++)
            end_ns += (double)job->slice_ns[(size_t)t * job->slices + s];
        span_ns = fmax(span_ns, end_ns);
    }
    return span_ns;
}

/* They make up the run; where several threads have no starts, they only lie within it. */
static bool do_slices_fit(struct hb_job *job, double span_ns)
{
    const double elapsed_ns = job->metric[HB_METRIC_ELAPSED];
    const bool must_fill = job->threads == 1 || job->start_ns;
    if (!is_above(span_ns, elapsed_ns) && !(must_fill && is_above(elapsed_ns, span_ns)))
        return true;
    (void)snprintf(
        job->reason, sizeof job->reason, "its slices take %s, the run's own clock says %s",
        hb_format_duration(span_ns / 1e9).text, hb_format_duration(elapsed_ns / 1e9).text);
    return false;
}

/* A file that knows no wall time has 0 or NaN there. */
static bool is_within_life(struct hb_job *job)
{
    const double elapsed_s = job->metric[HB_METRIC_ELAPSED] / 1e9;
    if (!(job->wall_s > 0) || !is_above(elapsed_s, job->wall_s))
        return true;
    (void)snprintf(job->reason, sizeof job->reason,
                   "the measured phase took %s by its own clock, the whole process lived %s",
                   hb_format_duration(elapsed_s).text, hb_format_duration(job->wall_s).text);
    return false;
}

bool hb_ownclock_check_job(struct hb_job *job)
{
    if (job->kind != HB_JOB_TIMED || job->status != HB_STATUS_OK)
        return true;
    const double *metric = job->metric, span_ns = span_of_slices(job);
    const double clock_ns = isnan(metric[HB_METRIC_ELAPSED]) ? span_ns : metric[HB_METRIC_ELAPSED];
    if (is_within_clock(metric[HB_METRIC_OPERATIONS], clock_ns, metric[HB_METRIC_THROUGHPUT],
                        job->reason, sizeof job->reason) &&
        do_slices_fit(job, span_ns) && is_within_life(job))
        return true;
    job->status = HB_STATUS_INVALID;
    return false;
}

bool hb_ownclock_check_epoch(struct hb_epoch *epoch)
{
    const double *metric = epoch->metric;
    if (epoch->status != HB_STATUS_OK ||
        is_within_clock(metric[HB_EPOCH_OPERATIONS], metric[HB_EPOCH_ELAPSED],
                        metric[HB_EPOCH_THROUGHPUT], epoch->reason, sizeof epoch->reason))
        return true;
    epoch->status = HB_STATUS_INVALID;
    return false;
}
