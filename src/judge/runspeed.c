/* The throughput of one run: see runspeed.h. */
#include "judge/runspeed.h"

#include "judge/runcourse.h"

#include <math.h>
#include <string.h>

/* Operations a second from each slice on: all threads' operations after the end of the one before,
 * over the time after it, both on the one clock of the course. */
struct tail {
    const struct hb_job *job;
    const double *slice_ns;
    size_t from;
    double ns;
};

static double take_slice(struct tail *tail)
{
    const struct hb_job *job = tail->job;
    const double each = (double)job->slice_operations * job->threads;
    tail->ns += tail->slice_ns[--tail->from];
    return (job->metric[HB_METRIC_OPERATIONS] - (double)tail->from * each) * 1e9 / tail->ns;
}

static double throughput_from(const struct hb_job *job, const double *slice_ns, size_t start)
{
    struct tail tail = {job, slice_ns, job->slices, 0};
    double throughput = (double)NAN;
    while (tail.from > start)
        throughput = take_slice(&tail);
    return throughput;
}

/* A warm-up is slower than the run: what is left of it must be faster. Where one is seen, and yet
 * the rest is no faster, a later disturbance outweighs it, and the run is taken whole. */
static bool is_gain(const struct hb_job *job, double throughput)
{
    return isfinite(throughput) && throughput > job->metric[HB_METRIC_THROUGHPUT];
}

struct hb_steady hb_run_steady(const struct hb_job *job, const struct hb_runspeed_scratch *scratch)
{
    size_t joint;
    const size_t n = hb_runcourse(job, scratch->values, &joint);
    if (n == 0 || joint < n / 2) /* threads that take turns have no course in common */
        return (struct hb_steady){.class = HB_STEADY_FLAT};
    struct hb_steady steady = hb_stats_steady(scratch->values, joint, scratch->ends, scratch->work);
    if (steady.class == HB_STEADY_WARMUP &&
        !is_gain(job, throughput_from(job, scratch->values, steady.start)))
        steady.class = HB_STEADY_NONE;
    return steady;
}

double hb_run_throughput(const struct hb_job *job, const struct hb_runspeed_scratch *scratch,
                         enum hb_steady_class *class)
{
    const double whole = job->metric[HB_METRIC_THROUGHPUT];
    *class = HB_STEADY_FLAT;
    if (!job->slice_ns || isnan(whole))
        return whole;
    const struct hb_steady steady = hb_run_steady(job, scratch);
    *class = steady.class;
    return steady.class == HB_STEADY_WARMUP ? throughput_from(job, scratch->values, steady.start)
                                            : whole;
}

/* What the file claims is taken where it is the whole run's throughput, or that from some slice of
 * its first half on: finding out which slice would cost a thousand times as much. */
static bool is_borne_out(const struct hb_job *job, double *slice_ns)
{
    const double claimed = job->claimed_ops_per_s;
    size_t joint;
    if (isnan(claimed) || claimed == job->metric[HB_METRIC_THROUGHPUT])
        return !isnan(claimed);
    struct tail tail = {job, slice_ns, hb_runcourse(job, slice_ns, &joint), 0};
    while (tail.from > 1 && is_gain(job, claimed)) {
        if (take_slice(&tail) == claimed && tail.from <= joint / 2)
            return true;
    }
    return false;
}

double hb_run_claimed_throughput(const struct hb_job *job,
                                 const struct hb_runspeed_scratch *scratch)
{
    enum hb_steady_class class;
    return is_borne_out(job, scratch->values) ? job->claimed_ops_per_s
                                              : hb_run_throughput(job, scratch, &class);
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
    const struct hb_parameter_value *threads = hb_session_find_parameter(session, "threads");
    return threads ? (double)threads->value : 1;
}
