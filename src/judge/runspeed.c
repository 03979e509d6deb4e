/* The throughput of one run: see runspeed.h. */
#include "judge/runspeed.h"

#include <math.h>
#include <stdlib.h>

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

/* A thread between two moments: it works at `rate` operations a nanosecond until `until`. */
struct runner {
    size_t slice; /* it is in; job->slices: done */
    bool is_waiting;
    double until, rate;
};

struct sweep {
    const struct hb_job *job;
    double last_operations; /* of a thread's last slice */
    struct runner *runners; /* a thread each */
    double now, done;       /* ns, operations of all threads until then */
    double *slice_ns;
    size_t written, joint;
    double written_until; /* ns */
};

static double operations_of(const struct sweep *sweep, size_t slice)
{
    return slice + 1 < sweep->job->slices ? (double)sweep->job->slice_operations
                                          : sweep->last_operations;
}

static void write_until(struct sweep *sweep, double ns)
{
    sweep->slice_ns[sweep->written++] = ns - sweep->written_until;
    sweep->written_until = ns;
}

/* Lets the runner begin the slice it is at; one that took no time is over at once. */
static void begin_slice(struct sweep *sweep, uint32_t thread)
{
    const struct hb_job *job = sweep->job;
    struct runner *runner = &sweep->runners[thread];
    runner->rate = 0;
    for (; runner->slice < job->slices; runner->slice++) {
        const uint64_t ns = job->slice_ns[(size_t)thread * job->slices + runner->slice];
        const double operations = operations_of(sweep, runner->slice);
        if (ns > 0) {
            runner->until = sweep->now + (double)ns;
            runner->rate = operations / (double)ns;
            return;
        }
        sweep->done += operations;
    }
    runner->until = (double)INFINITY;
    if (sweep->joint == job->slices)
        sweep->joint = sweep->written;
}

static double next_moment(const struct sweep *sweep, double *rate)
{
    double next = (double)INFINITY;
    *rate = 0;
    for (uint32_t t = 0; t < sweep->job->threads; t++) {
        next = fmin(next, sweep->runners[t].until);
        *rate += sweep->runners[t].rate;
    }
    return next;
}

/* Ends the slices of all threads together that are over by `next`. */
static void advance(struct sweep *sweep, double next, double rate)
{
    const double each = (double)sweep->job->slice_operations * sweep->job->threads;
    const double gained = rate * (next - sweep->now);
    while (sweep->written + 1 < sweep->job->slices) {
        const double missing = each * (double)(sweep->written + 1) - sweep->done;
        if (missing > gained)
            break;
        write_until(sweep, missing > 0 ? fmin(sweep->now + missing / rate, next) : sweep->now);
    }
    sweep->done += gained;
    sweep->now = next;
}

static void run(struct sweep *sweep)
{
    const struct hb_job *job = sweep->job;
    double rate;
    for (double next; isfinite(next = next_moment(sweep, &rate));) {
        advance(sweep, next, rate);
        for (uint32_t t = 0; t < job->threads; t++) {
            struct runner *runner = &sweep->runners[t];
            if (runner->until > next)
                continue;
            runner->slice += runner->is_waiting ? 0 : 1;
            runner->is_waiting = false;
            begin_slice(sweep, t);
        }
    }
    while (sweep->written < job->slices) /* but for rounding, one */
        write_until(sweep, sweep->now);
}

static size_t course_of_one(const struct hb_job *job, double *slice_ns, size_t *joint)
{
    for (size_t s = 0; s < job->slices; s++)
        slice_ns[s] = (double)job->slice_ns[s];
    *joint = job->slices;
    return job->slices;
}

/* Every thread does its share; what a slice each leaves of that, the last one takes. */
static double last_operations(const struct hb_job *job)
{
    return job->metric[HB_METRIC_OPERATIONS] / job->threads -
           (double)job->slice_operations * (job->slices - 1);
}

bool hb_runcourse_is_known(const struct hb_job *job)
{
    if (!job->slice_ns || job->threads == 0 || job->slices == 0)
        return false;
    return job->threads == 1 || (job->start_ns && last_operations(job) >= 0);
}

size_t hb_runcourse(const struct hb_job *job, double *slice_ns, size_t *joint)
{
    struct sweep sweep = {.job = job, .slice_ns = slice_ns, .joint = job->slices};
    *joint = 0;
    if (!hb_runcourse_is_known(job))
        return 0;
    if (job->threads == 1)
        return course_of_one(job, slice_ns, joint);
    sweep.runners = calloc(job->threads, sizeof *sweep.runners);
    if (!sweep.runners)
        return 0;
    sweep.last_operations = last_operations(job);
    for (uint32_t t = 0; t < job->threads; t++)
        sweep.runners[t] = (struct runner){.is_waiting = true, .until = (double)job->start_ns[t]};
    run(&sweep);
    free(sweep.runners);
    *joint = sweep.joint;
    return job->slices;
}
