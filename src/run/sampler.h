/* Readings of a standing worker at the marks of its life, and the figures that follow from them.
 * Reads /proc only; the worker does not run meanwhile.
 * Read next: conduct.c. */
#ifndef HB_RUN_SAMPLER_H
#define HB_RUN_SAMPLER_H

#include "result/model.h"
#include "run/launcher.h"
#include "worker/shm.h"

#include <sched.h>
#include <sys/types.h>

/* Running totals at one moment. */
struct hb_reading {
    double faults_minor, faults_major, voluntary, involuntary, steal_ns;
    double delay_ns;     /* of its threads; NaN when the kernel does not say */
    double busy_ns;      /* of its CPUs, by anybody */
    double throttled_ns; /* of the control group */
};

struct hb_sampler {
    pid_t pid;
    cpu_set_t cpus; /* the worker's, for steal */
    struct hb_reading ready, done;
    bool known; /* both could be had */
};

/* Takes what there is to take at this phase into job's metrics; a reading that cannot be had
 * leaves NaN and a null reason. */
void hb_sampler_mark(struct hb_sampler *sampler, enum hb_phase phase, struct hb_job *job);

/* Running totals of faults, switches and the CPUs. False, with the job's null reasons set, when
 * some cannot be had. */
bool hb_sampler_totals(const struct hb_sampler *sampler, struct hb_reading *reading,
                       struct hb_job *job);

/* After the worker is done: slices, throughput and own counters from the shared page. *problem is
 * what makes the page unbelievable (the job then has none of them), or NULL. since_ns: when the
 * process began. -1 when there is no memory for the slices. */
int hb_sampler_times(const struct hb_shm *shm, const struct hb_request *request, uint64_t since_ns,
                     struct hb_job *job, const char **problem);

#endif
