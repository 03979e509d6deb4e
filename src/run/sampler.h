/* Readings of a standing worker at the marks of its life, and the figures that follow from them:
 * how much of its CPUs it had, and what took the rest, which is the difference between an allocator
 * that is slow and a machine that was elsewhere. Reads /proc while the worker does not run, and
 * in its page what ends with a thread. Read next: conduct.c and live.c (what follows). */
#ifndef HB_RUN_SAMPLER_H
#define HB_RUN_SAMPLER_H

#include "result/model.h"
#include "run/launcher.h"
#include "worker/shm.h"

#include <sys/types.h>

/* Running totals at one moment. */
struct hb_reading {
    double faults_minor, faults_major, steal_ns;
    double delay_ns;     /* of its threads that live; NaN when the kernel does not say */
    double busy_ns;      /* of its CPUs, by anybody */
    double throttled_ns; /* of the control group */
};

struct hb_sampler {
    pid_t pid;
    struct hb_cpuset cpus;    /* the worker's, for steal */
    const struct hb_shm *shm; /* its page */
    struct hb_reading ready, done;
    bool known; /* both could be had */
};

/* Takes what there is to take at this phase into job's metrics; a reading that cannot be had
 * leaves NaN and a null reason. */
void hb_sampler_mark(struct hb_sampler *sampler, enum hb_phase phase, struct hb_job *job);

/* What the worker noted of its measured phase, or of its last epoch. */
struct hb_usage {
    double voluntary, involuntary; /* context switches of all its threads; NaN: cannot be */
    bool is_whole; /* each thread that ran is there to be asked: the workload ended none */
};
struct hb_usage hb_sampler_usage(const struct hb_shm *shm);

/* How far a running total has come: NaN where it has gone back. */
double hb_sampler_grown(double before, double after);

/* Running totals of faults, delay and the CPUs. False, with the job's null reasons set, when
 * some cannot be had. */
bool hb_sampler_totals(const struct hb_sampler *sampler, struct hb_reading *reading,
                       struct hb_job *job);

/* After the worker is done: slices, throughput and own counters from the shared page. *problem is
 * what makes the page unbelievable (the job then has none of them), or NULL. since_ns: when the
 * process began. -1 when there is no memory for the slices. */
int hb_sampler_times(const struct hb_shm *shm, const struct hb_request *request, uint64_t since_ns,
                     struct hb_job *job, const char **problem);

/* ---- how much of its CPUs a worker had ---- */

/* Of one measured phase or epoch; NaN where the kernel does not say. */
struct hb_share {
    double wanted_ns;    /* CPU time its threads would have had with their CPUs to themselves */
    double cpu_ns;       /* that they had */
    double delay_ns;     /* they were ready to run and did not */
    double others_ns;    /* somebody else ran on their CPUs */
    double steal_ns;     /* the hypervisor ran another machine */
    double throttled_ns; /* the control group was stopped for its quota */
    double sleeps;       /* how often a thread slept of its own accord */
    bool is_crowded;     /* more threads than CPUs: they wait for each other */
};

enum hb_share_cause {
    HB_SHARE_WHOLE = 0, /* it had its CPUs, or slept of its own accord */
    HB_SHARE_NEIGHBOUR, /* others ran on its CPUs */
    HB_SHARE_QUOTA,
    HB_SHARE_HYPERVISOR,
    HB_SHARE_PAUSED, /* neither CPU time nor waiting for it: a frozen container */
};

/* A worker's threads, as they stand in copies of its page that were looked at (page.h). */
struct hb_share_of {
    struct {
        uint64_t start_ns, end_ns; /* first operation, last one's end; same clock for all */
    } spans[HB_THREADS_MAX];
    double cpu_ns; /* that all had together */
    struct hb_usage usage;
    uint32_t threads, cpu_count;
    bool is_pinned;
};

/* Of a request with so many threads, whose spans and CPU time are still to come. */
struct hb_share_of hb_share_asked(const struct hb_request *request, uint32_t threads);

/* What they wanted and had; the kernel's figures are those between the two readings. */
void hb_share_between(const struct hb_share_of *of, const struct hb_reading *before,
                      const struct hb_reading *after, struct hb_share *share);

/* What took HB_SHARE_MISSING_MIN or more of what it wanted. */
#define HB_SHARE_MISSING_MIN 0.05
enum hb_share_cause hb_share_find_cause(const struct hb_share *share);

/* "a neighbour on its CPU: it had 52 % of the CPU time it wanted"; "" for HB_SHARE_WHOLE. */
void hb_share_text(const struct hb_share *share, enum hb_share_cause cause, char *text,
                   size_t text_bytes);

#endif
