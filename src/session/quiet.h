/* --wait-quiet: before the first job, until nobody else runs on this machine, or for so long.
 * Read next: src/host/noise.h (what disturbs), measuring.h. */
#ifndef HB_SESSION_QUIET_H
#define HB_SESSION_QUIET_H

#include "base/err.h"
#include "host/noise.h"
#include "result/model.h"

struct hb_quiet {
    double seconds; /* at most; 0: it is not waited */
    bool quiet;     /* the user's --quiet: no progress line */
    bool strict;    /* not quiet in time is the end */
    bool share;     /* the machine's lock is not asked for */
    int *machine;   /* where the machine's lock goes; NULL: it is not asked for */
    /* Takes the time between two looks; NULL: this machine's. */
    void (*look)(struct hb_noise_now *now);
};

/* Waits until two looks in a row find the machine quiet, and takes its lock with the second:
 * another hakbench that waits as well then finds it taken, and waits on. The progress line says
 * what disturbs it; where there is none, a line at the beginning does, and one says how it ended.
 * *session (NULL: one that is gone on with) then begins now. 0: go on, quiet or not; without the
 * lock where *machine is below 0. HB_EXIT_INCONCLUSIVE: not quiet, with strict; said on stderr. -1:
 * interrupted. */
int hb_quiet_wait(const struct hb_quiet *wait, struct hb_session *session, struct hb_err *err);

#endif
