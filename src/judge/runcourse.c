/* The course of a run: see runcourse.h. One sweep over the moments at which some thread begins or
 * ends a slice; between two of them all threads work at constant rates. */
#include "judge/runcourse.h"

#include <math.h>
#include <stdlib.h>

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
