/* What the commands that measure do alike: jobs with a progress line, and the plan of a dry run.
 * Read next: measure_options.h, src/run/session.h; src/commands/syscalls.c (a user). */
#ifndef HB_SESSION_MEASURING_H
#define HB_SESSION_MEASURING_H

#include "run/session.h"

/* Runs the session's jobs: run with an observer that shows progress on stderr, unless quiet, and
 * says which jobs failed. A count of system calls (a soak's session) also says what was not
 * counted. */
int hb_measure_jobs(struct hb_session_run run, bool quiet, struct hb_session *session,
                    struct hb_err *err);

/* Says on stderr that a job failed, or what of it was not counted. */
void hb_measure_say_job(const struct hb_session *session, const struct hb_job *job);

/* Prints what a session would do, in which order, and how long it takes: by its baseline in
 * results, where there is one. */
int hb_measure_print_plan(const struct hb_session *session, const char *results,
                          struct hb_err *err);
/* The same of a soak. */
void hb_measure_print_soak(const struct hb_session *session);

#endif
