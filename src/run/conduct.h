/* The life of one worker, watched from outside: handshakes, samples at the phases, the watchdog,
 * stops of a traced one, disturbances, and what its end means.
 * Read next: sampler.h, syscalls.h, src/worker/shm.h (the phases). */
#ifndef HB_RUN_CONDUCT_H
#define HB_RUN_CONDUCT_H

#include "run/worker_process.h"

/* Sees the worker through to its end and fills *job and *loaded. The process is reaped, with all
 * it left behind, but not closed. -1 only when interrupted by a signal to this process. */
int hb_conduct(const struct hb_request *request, const struct hb_worker_process *process,
               struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err);

#endif
