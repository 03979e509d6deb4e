/* The worker as a process: started with a clean environment, its own process group, its CPUs and
 * a shared mapping; ended with everything it left behind. Knows nothing of phases or samples.
 * Read next: conduct.h. */
#ifndef HB_RUN_WORKER_PROCESS_H
#define HB_RUN_WORKER_PROCESS_H

#include "run/launcher.h"
#include "worker/shm.h"

#include <sys/types.h>

struct hb_worker_process {
    pid_t pid;
    int control;         /* socket of the handshakes */
    int output;          /* what it prints, read end; non-blocking */
    struct hb_shm *shm;  /* mapped; the worker writes it */
    int tally;           /* what callgrind writes, a file in memory; -1: none */
    uint64_t started_ns; /* CLOCK_MONOTONIC at the fork */
};

/* Starts the request's worker. On -1 nothing is left open. */
int hb_worker_start(const struct hb_request *request, struct hb_worker_process *process,
                    struct hb_err *err);

/* Kills what is left of the worker's group. */
void hb_worker_kill_group(const struct hb_worker_process *process);

/* So long a killed process is waited for: one that is not gone by then stands in the kernel, and
 * its end must not keep the harness. */
#define HB_WORKER_DEATH_NS UINT64_C(1500000000)

/* Kills and reaps every worker of this process, and what comes to it from them: no other children.
 */
void hb_worker_reap_children(void);

/* Kills the worker's group and reaps every descendant that was left to this process. */
void hb_worker_reap_all(const struct hb_worker_process *process);

/* Closes and unmaps; the worker must have been reaped. */
void hb_worker_close(struct hb_worker_process *process);

#endif
