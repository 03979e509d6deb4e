/* Walks a session's plan: one job after another, each on disk before the next starts.
 * Never judges and never prints; an observer is called.
 * Read next: launcher.h, src/plan/plan.h, src/result/journal.h. */
#ifndef HB_RUN_SESSION_H
#define HB_RUN_SESSION_H

#include "plan/plan.h"
#include "result/csv.h"
#include "result/journal.h"
#include "run/catalog.h"
#include "run/launcher.h"

/* Called before and after each job, and after each block of timed jobs; each may be NULL. done
 * counts finished and skipped jobs. */
struct hb_observer {
    void (*started)(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                    size_t done, size_t total);
    void (*finished)(void *self, const struct hb_session *session, const struct hb_job *job);
    /* True: this was the last block. The session's blocks are then those until here, and its plan
     * is through: their number was open. */
    bool (*is_enough)(void *self, const struct hb_session *session, uint32_t block);
    bool (*is_time_up)(void *self); /* true: no further job, though the plan is not through */
    void *self;
};

struct hb_session_run {
    const struct hb_places *places;
    struct hb_launcher launcher;
    struct hb_observer observer;
    struct hb_journal *journal; /* NULL: nothing is written */
    struct hb_csv_writer *csv;  /* NULL: none */
    bool share_machine;         /* others run here, as the user knows: nothing is repeated for it */
};

/* Runs every job of the session's plan that it does not hold yet, and appends it. A disturbed job
 * (stopped, suspended, paused) is kept as invalid and repeated, twice at most. So is one that did
 * not get its CPU, but for no more than a quarter of the plan's jobs: on a machine that is always
 * busy, or under a quota, those after that count, with the reason in them. CPUs that a control
 * group has taken are replaced before each job; a machine that refuses them all the same ends the
 * session. An allocator that is
 * missing, refuses or hangs is not asked again; one that crashes is, every time.
 * 0 when the plan is through, or time is up: the session is then partial. -1 with the jobs so far
 * kept: HB_ERR_INTERRUPTED, or the machine refused a process or a write. */
int hb_session_measure(const struct hb_session_run *run, struct hb_session *session,
                       struct hb_err *err);

/* The error of a session that ends because the machine, and no allocator, refused this. */
int hb_session_refused(const char *reason, struct hb_err *err);

/* Expected wall time in seconds of what is left, from the jobs so far; NaN when there are none. */
double hb_session_seconds_left(const struct hb_session *session, size_t done, size_t total);

#endif
