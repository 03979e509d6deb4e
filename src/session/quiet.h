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
    /* Takes the time between two looks; NULL: this machine's. */
    void (*look)(struct hb_noise_now *now);
};

/* Waits until two looks in a row find the machine quiet. The progress line says what disturbs it;
 * where there is none, a line at the beginning does, and one says how it ended. *session (NULL:
 * one that is gone on with) then begins now.
 * 0: go on, quiet or not. HB_EXIT_INCONCLUSIVE: not quiet, with strict; said on stderr. -1:
 * interrupted. */
int hb_quiet_wait(const struct hb_quiet *wait, struct hb_session *session, struct hb_err *err);

#endif
