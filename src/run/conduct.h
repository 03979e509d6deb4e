/* The life of one worker, watched from outside: handshakes, samples at the phases, the watchdog,
 * stops of a traced one, disturbances, and what its end means.
 * Read next: sampler.h, counters.h, src/worker/shm.h (the phases); live.h for workers of a soak. */
#ifndef HB_RUN_CONDUCT_H
#define HB_RUN_CONDUCT_H

#include "run/counters.h"
#include "run/sampler.h"
#include "run/worker_process.h"

#define HB_OUTPUT_KEPT 2048 /* of what a worker prints: enough to say why it died */

/* Why hb_conduct_watch() came back. */
enum hb_conduct_stop {
    HB_CONDUCT_ENDED,  /* the worker has ended and is reaped, or the watchdog ended it */
    HB_CONDUCT_PARKED, /* it stands in HB_PHASE_EPOCH, unanswered */
    HB_CONDUCT_TICKED, /* tick() said so; the worker goes on */
    HB_CONDUCT_INTERRUPTED,
};

struct hb_conduct {
    const struct hb_request *request;
    const struct hb_worker_process *process;
    struct hb_job *job; /* gets the samples of the phases */

    /* Asked about every tick_ns while a worker is watched; true: come back. May be NULL. */
    bool (*tick)(void *self);
    /* Who watches the worker that this process or thread is, or is a child of; NULL: it is none's
     * that lives. Itself NULL: there is one worker, and all are of it. */
    struct hb_conduct *(*owner)(void *self, pid_t pid);
    void *self; /* of both */
    long tick_ns;
    uint64_t deadline_ns; /* CLOCK_MONOTONIC at which the watchdog ends it */
    uint64_t looked_ns;   /* when that was last looked at */
    double patience_s;    /* the same as said in a message */
    uint64_t waited_ns;   /* each of its threads had for a CPU when the deadline was set */

    struct hb_sampler sampler;
    struct hb_counters counters;
    struct hb_syscall_counts counts;
    bool first_stop; /* the traced worker has not been set up yet */
    bool control_open, output_open;
    bool parked;
    bool done;      /* reached HB_PHASE_DONE: the sample is whole */
    bool reaped;    /* the worker itself has ended: */
    int end_status; /* how */
    bool timed_out;
    bool stands_still;       /* the worker was stopped and has not gone on */
    uint64_t look_ns;        /* CLOCK_MONOTONIC of the next look at its memory limit */
    char limit_text[128];    /* what ended it there */
    const char *ended_for;   /* why the runner itself ended it, or NULL */
    const char *disturbance; /* what disturbed it since hb_conduct_calm(), or NULL */
    unsigned continued_before;
    uint64_t suspended_before_ns;
    char output[HB_OUTPUT_KEPT];
    size_t output_size;
};

/* Begins to watch a worker that was just started; the watchdog has the request's patience. */
void hb_conduct_begin(struct hb_conduct *conduct, const struct hb_request *request,
                      const struct hb_worker_process *process, struct hb_job *job);

/* Forgets what disturbed it so far. */
void hb_conduct_calm(struct hb_conduct *conduct);

/* What disturbed it since, or NULL: it was stopped, this process was, the machine was suspended.
 * Static text. */
const char *hb_conduct_disturbance(struct hb_conduct *conduct);

/* The watchdog's patience from now on. Time in which its threads were ready to run and did not is
 * the machine's and takes none of it: a ring between more threads than CPUs is 100 times slower
 * beside a busy neighbour, and does not hang. Nor does time in which this process did not look,
 * because it was stopped or its control group was frozen. */
void hb_conduct_patience(struct hb_conduct *conduct, double seconds);

/* Lets a parked worker go on. */
void hb_conduct_resume(struct hb_conduct *conduct);

enum hb_conduct_stop hb_conduct_watch(struct hb_conduct *conduct);

/* Ends a worker at once: static text says why, in its job's reason. */
void hb_conduct_end(struct hb_conduct *conduct, const char *why);

/* After the worker has ended: the job's status and reason, and where its allocator came from. */
void hb_conduct_conclude(struct hb_conduct *conduct, struct hb_loaded *loaded);

/* Sees the worker through to its end and fills *job and *loaded. The process is reaped, with all
 * it left behind, but not closed. -1 only when interrupted by a signal to this process. */
int hb_conduct_job(const struct hb_request *request, const struct hb_worker_process *process,
                   struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err);

#endif
