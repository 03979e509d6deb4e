/* What flags add to a session's header after its set-up: a pass for instructions, and the points of
 * a sweep. Runs no job.
 * Read next: setup.h, callgrind.h, src/plan/plan.h (what follows from it). */
#ifndef HB_RUN_SETUP_POINTS_H
#define HB_RUN_SETUP_POINTS_H

#include "run/catalog.h"

/* --count WORD: the session gets a pass for instructions. HB_ERR_USAGE for a word that is none,
 * HB_ERR_SYSTEM where the machine has nothing to count with. */
int hb_setup_count(const struct hb_places *places, const char *word, struct hb_session *session,
                   struct hb_err *err);

/* --sweep NAME=VALUE,VALUE: of a rebase a parameter of its workload, each value checked as --set
 * checks it. HB_ERR_USAGE. */
int hb_setup_sweep(const struct hb_places *places, const char *text, struct hb_session *session,
                   struct hb_err *err);

/* The same of an exec, whose profile's programs were spread over the points (profile.h). */
int hb_setup_sweep_programs(const struct hb_places *places, const char *text,
                            struct hb_session *session, struct hb_err *err);

#endif
