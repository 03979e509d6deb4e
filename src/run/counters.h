/* What the kernel counts of a worker. Hardware counters through perf_event_open, user mode only,
 * measured phase only; where the machine has none, the metrics stay null and the reason says why.
 * And memory system calls: the traced worker stops at each (program/calls.h), which is booked to a
 * phase. Read next: conduct.c. */
#ifndef HB_RUN_COUNTERS_H
#define HB_RUN_COUNTERS_H

#include "base/err.h"
#include "result/model.h"

#include <sys/types.h>

#define HB_COUNTERS 4 /* so many a CPU counts at once */

struct hb_counters {
    int fd[HB_COUNTERS]; /* -1: this one is not there */
    int errnum;          /* why the first missing one is missing */
    bool of_pass;        /* those of a pass for instructions: the metrics of its group */
};

/* Opens the counters on a standing process, stopped; threads it starts later are counted too.
 * of_pass: instructions, branches and misses in the first and the last level of data, whose sums
 * fill the COUNTS metrics where they counted all the time. */
void hb_counters_open(struct hb_counters *counters, pid_t pid, bool of_pass);

/* Starts and stops all that are open. */
void hb_counters_start(const struct hb_counters *counters);
void hb_counters_stop(const struct hb_counters *counters);

/* Fills the HARDWARE metrics of the job, or those of the pass, or their null reason. */
void hb_counters_read(const struct hb_counters *counters, struct hb_job *job);

void hb_counters_close(struct hb_counters *counters);

/* ---- memory system calls ---- */

/* In the child, before exec: asks to be traced and installs the filter. 0, or -1. */
int hb_syscalls_install_filter(void);

/* What one stop of a tracee was. */
enum hb_stop {
    HB_STOP_NOTHING, /* not ours to act on; already resumed */
    HB_STOP_COUNTED, /* a memory system call; booked and resumed */
    HB_STOP_GROUP,   /* stopped by somebody's signal: the job is disturbed; resumed */
};

/* Acts on a stop status waitpid gave for pid, the worker itself or a thread or child of it: books
 * it under phase (enum hb_phase), passes real signals on, and lets the tracee go on. first: true
 * until the worker's own first stop was set up; updated. */
enum hb_stop hb_syscalls_on_stop(pid_t pid, bool is_worker, int wait_status, unsigned phase,
                                 bool *first, struct hb_syscall_counts *counts);

/* The phase of the counts that a worker's phase belongs to. */
enum hb_count_phase hb_syscalls_phase(unsigned worker_phase);

#endif
