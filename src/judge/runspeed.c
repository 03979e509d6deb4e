/* The throughput of one run: see runspeed.h. */
#include "judge/runspeed.h"

#include <math.h>
#include <string.h>

/* Sum of a thread's slices from `start` on. */
static uint64_t time_from(const struct hb_job *job, uint32_t thread, size_t start)
{
    uint64_t sum = 0;
    for (size_t s = start; s < job->slices; s++)
        sum += job->slice_ns[(size_t)thread * job->slices + s];
    return sum;
}

/* Operations a second of the slices from `start` on: of all threads, over the longest of them. */
static double throughput_from(const struct hb_job *job, size_t start)
{
    const double skipped = (double)(start * job->slice_operations) * job->threads;
    const double operations = job->metric[HB_METRIC_OPERATIONS] - skipped;
    uint64_t longest = 0;
    for (uint32_t t = 0; t < job->threads; t++) {
        const uint64_t ns = time_from(job, t, start);
        longest = ns > longest ? ns : longest;
    }
    return longest ? operations * 1e9 / (double)longest : (double)NAN;
}

/* The file's own word is taken where it is the whole run's throughput, or that from some slice of
 * its first half on: finding out which slice would cost a thousand times as much. */
static bool is_borne_out(const struct hb_job *job)
{
    const double told = job->steady_ops_per_s;
    if (isnan(told) || told == job->metric[HB_METRIC_THROUGHPUT])
        return !isnan(told);
    for (size_t start = 1; job->slice_ns && start <= job->slices / 2; start++) {
        if (throughput_from(job, start) == told)
            return true;
    }
    return false;
}

double hb_run_throughput(const struct hb_job *job, const struct hb_runspeed_scratch *scratch,
                         enum hb_steady_class *class)
{
    const size_t n = job->slices;
    *class = HB_STEADY_FLAT;
    if (is_borne_out(job))
        return job->steady_ops_per_s;
    if (!job->slice_ns || n == 0 || isnan(job->metric[HB_METRIC_THROUGHPUT]))
        return job->metric[HB_METRIC_THROUGHPUT];
    for (size_t s = 0; s < n; s++) { /* the threads' slices side by side */
        scratch->values[s] = 0;
        for (uint32_t t = 0; t < job->threads; t++)
            scratch->values[s] += (double)job->slice_ns[(size_t)t * n + s];
    }
    const struct hb_steady steady =
        hb_stats_steady(scratch->values, n, scratch->ends, scratch->work);
    *class = steady.class;
    if (steady.class != HB_STEADY_WARMUP)
        return job->metric[HB_METRIC_THROUGHPUT];
    return throughput_from(job, steady.start);
}

size_t hb_run_slices_max(const struct hb_session *session)
{
    size_t most = 0;
    for (size_t i = 0; i < session->job_count; i++)
        most = session->jobs[i].slices > most ? session->jobs[i].slices : most;
    return most;
}

double hb_run_threads(const struct hb_session *session)
{
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (strcmp(session->parameters[i].name, "threads") == 0)
            return (double)session->parameters[i].value;
    }
    return 1;
}
