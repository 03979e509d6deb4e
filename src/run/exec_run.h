/* One run of one program under one allocator, from its set-up to its clean-up, and of a server with
 * its client. Fills a run's facts; keeps nothing.
 * Read next: exec_session.c (who asks for runs), src/program/program.h (who measures them). */
#ifndef HB_RUN_EXEC_RUN_H
#define HB_RUN_EXEC_RUN_H

#include "run/exec_scene.h"

/* Runs the program's `prepare`, whose folder stays for all its runs. 0; 1 with the reason when it
 * fails; -1 as hb_program_run. */
int hb_exec_prepare(const struct hb_exec_place *place, const struct hb_session *session,
                    size_t program, char why[HB_REASON_MAX], struct hb_err *err);

/* What the program's shell costs under this allocator; 0s where it has none. */
int hb_exec_shell_cost(const struct hb_exec_place *place, const struct hb_session *session,
                       size_t program, size_t allocator, struct hb_program_cost *cost,
                       struct hb_err *err);

/* Runs it; *run says what: its program, allocator and kind are set. -1 as hb_program_run. */
int hb_exec_run_once(const struct hb_exec_place *place, const struct hb_session *session,
                     const struct hb_program_cost *shell, struct hb_exec_run *run,
                     struct hb_err *err);

#endif
