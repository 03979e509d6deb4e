/* Hardware counters of a worker through perf_event_open, user mode only, measured phase only.
 * Where the machine has none, the metrics stay null and the reason says why.
 * Read next: conduct.c. */
#ifndef HB_RUN_COUNTERS_H
#define HB_RUN_COUNTERS_H

#include "result/model.h"

#include <sys/types.h>

#define HB_COUNTERS 4 /* cycles, instructions, branch misses, cache misses */

struct hb_counters {
    int fd[HB_COUNTERS]; /* -1: this one is not there */
    int errnum;          /* why the first missing one is missing */
};

/* Opens the counters on a standing process, stopped; threads it starts later are counted too. */
void hb_counters_open(struct hb_counters *counters, pid_t pid);

/* Starts and stops all that are open. */
void hb_counters_start(const struct hb_counters *counters);
void hb_counters_stop(const struct hb_counters *counters);

/* Fills the HARDWARE metrics of the job, or their null reason. */
void hb_counters_read(const struct hb_counters *counters, struct hb_job *job);

void hb_counters_close(struct hb_counters *counters);

#endif
