/* The course of a run: its slices on one clock, all threads together. A thread's own slices lie
 * where that thread was; no sum or maximum over them is a time that passed. Pure.
 * Read next: runspeed.h (the user); docs/statistics.md, "Warm-up and steady state". */
#ifndef HB_JUDGE_RUNCOURSE_H
#define HB_JUDGE_RUNCOURSE_H

#include "result/model.h"

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
