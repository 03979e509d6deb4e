/* One allocator's live process in a soak: started once, then given turns; between them it sleeps
 * with its memory resident. A struct of functions, so that the rotation can be tested with a fake;
 * the real ones start hakbench-worker and watch it from outside.
 * Read next: soak.h (who gives the turns), conduct.h, src/worker/epochs.c (the other end). */
#ifndef HB_RUN_LIVE_H
#define HB_RUN_LIVE_H

#include "run/launcher.h"

#define HB_TURN_UNCOUNTED UINT64_MAX /* a turn's number: the same work, for calibration */

/* When memory is looked at after a drain, in seconds. */
#define HB_DRAIN_LOOKS 3
extern const double hb_drain_look_s[HB_DRAIN_LOOKS]; /* 0.1, 1, 5 */

struct hb_turn {
    uint64_t number;     /* of the epoch, as the workload knows it; or HB_TURN_UNCOUNTED */
    uint64_t operations; /* all threads together */
    double patience_s;   /* then the watchdog ends the process */
    int drain_looks;     /* of a drain: how many of the looks are waited for, 1 at least */
};

struct hb_live;

struct hb_stage {
    /* Starts a process and sees it through its warm-up. *live stays NULL when it did not get there:
     * job's status and reason then say why. -1 only when the harness cannot go on or was
     * interrupted, as for every function here. */
    int (*start)(void *self, const struct hb_request *request, struct hb_live **live,
                 struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err);

    /* One epoch: fills status, reason, phase, metrics, calls and latencies of *epoch (initialised
     * by the caller). A status other than ok and invalid: the process is gone and may only be
     * ended. Interrupted: the epoch was cut off and is no sample. */
    int (*turn)(void *self, struct hb_live *live, const struct hb_turn *turn,
                struct hb_epoch *epoch, struct hb_err *err);

    /* Every block freed, then light use until the last look at memory: an epoch of phase "drain".
     * The process ends by itself after it. */
    int (*drain)(void *self, struct hb_live *live, const struct hb_turn *turn,
                 struct hb_epoch *epoch, struct hb_err *err);

    /* Ends the process, whatever it does, and frees *live. NULL is fine. */
    void (*end)(void *self, struct hb_live *live);
    void *self;
};

/* The stage of real workers, closed by hb_stage_close: then nothing that a worker started is left.
 * There is one at a time. */
struct hb_stage hb_stage_real(void);
void hb_stage_close(struct hb_stage *stage);

#endif
