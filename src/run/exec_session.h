/* Walks an exec's plan: one run of a program after another, each on disk before the next starts.
 * Never judges and never prints; an observer is called.
 * Read next: src/program/program.h (one run), src/plan/exec_plan.h, exec_run.h. */
#ifndef HB_RUN_EXEC_SESSION_H
#define HB_RUN_EXEC_SESSION_H

#include "plan/exec_plan.h"
#include "result/csv.h"
#include "result/journal.h"
#include "run/catalog.h"

/* Called before and after each run; each may be NULL. done counts finished and skipped runs. */
struct hb_exec_observer {
    void (*started)(void *self, const struct hb_session *session,
                    const struct hb_exec_planned *planned, size_t done, size_t total);
    void (*finished)(void *self, const struct hb_session *session, const struct hb_exec_run *run);
    bool (*is_time_up)(void *self); /* true: no further run, though the plan is not through */
    void *self;
};

struct hb_exec_measuring {
    const struct hb_places *places;
    struct hb_exec_observer observer;
    struct hb_journal *journal; /* NULL: nothing is written */
    struct hb_csv_writer *csv;  /* NULL: none */
    bool share_machine;         /* others run here, as the user knows: nothing is repeated for it */
    bool looks_once; /* what a server keeps 5 and 10 s after its load is asked in one block alone */
};

/* Runs what the session's plan has and it does not hold yet, and appends it. A program that hangs
 * under an allocator in a timed run, or cannot be started, is not run under it again. A timed run
 * that did not have its CPU is kept as invalid and made again, as of a rebase (session.h). 0 when
 * the plan is through, or time is up: the session is then partial. -1 with the runs so far kept:
 * HB_ERR_INTERRUPTED, or the machine refused a process or a write. */
int hb_exec_measure(const struct hb_exec_measuring *measuring, struct hb_session *session,
                    struct hb_err *err);

/* Expected wall time in seconds of what is left, from the runs so far; NaN when there are none. */
double hb_exec_seconds_left(const struct hb_session *session, size_t done, size_t total);

#endif
