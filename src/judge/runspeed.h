/* The throughput of one run, its warm-up left out: the one place that decides what a run's speed
 * is. And the course behind it: the run's slices on one clock, all threads together. A thread's own
 * slices lie where that thread was; no sum or maximum over them is a time that passed. Pure; the
 * caller owns the scratch. Read next: judge.c, src/compare/digest.c (the users);
 * docs/statistics.md, "Warm-up". */
#ifndef HB_JUDGE_RUNSPEED_H
#define HB_JUDGE_RUNSPEED_H

#include "result/model.h"
#include "stats/changepoint.h"

/* Room for runs of up to `slices` slices. */
struct hb_runspeed_scratch {
    double *values; /* [slices] */
    double *work;   /* [slices + HB_CHANGEPOINT_SCRATCH(slices)] */
    size_t *ends;   /* [slices / 5 + 1] */
};

/* What the course of a run shows (hb_runcourse), until the first thread ends; flat where it is not
 * known, or where the threads rather took turns. The course is in scratch->values after. A warm-up
 * only where the rest is faster than the whole. */
struct hb_steady hb_run_steady(const struct hb_job *job, const struct hb_runspeed_scratch *scratch);

/* Operations a second of a timed job that is ok: without the slices before the steady part when
 * these were a warm-up, whole otherwise. NaN where the run has no throughput: a paced one. *class
 * gets what the slices show (flat without slices). */
double hb_run_throughput(const struct hb_job *job, const struct hb_runspeed_scratch *scratch,
                         enum hb_steady_class *class);

/* The same by what the job's file claims where slices or metrics bear that out: for a thousand
 * files at once. */
double hb_run_claimed_throughput(const struct hb_job *job,
                                 const struct hb_runspeed_scratch *scratch);

/* The most slices that a job of the session has. */
size_t hb_run_slices_max(const struct hb_session *session);

/* The workload's number of threads, 1 where it has no such parameter. */
double hb_run_threads(const struct hb_session *session);

/* False without slices, for several threads without their starts (files of earlier versions), and
 * where the numbers do not add up. */
bool hb_runcourse_is_known(const struct hb_job *job);

/* Writes how long each slice took, ns, into slice_ns[0..job->slices): the first one begins with the
 * first thread, the last ends with the last, and each holds one slice's operations of every thread,
 * whoever did them (the last one the remainder). Within a thread's own slice operations are evenly
 * spread. Of one thread these are its own slices.
 * *joint gets how many of them were over when the first thread ended, of several threads never the
 * last one: after that fewer threads are slower, which says nothing of the allocator.
 * Returns job->slices, or 0 where it is not known, and without memory. */
size_t hb_runcourse(const struct hb_job *job, double *slice_ns, size_t *joint);

#endif
