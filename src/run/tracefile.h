/* Which file a session's trace is, and its score as a worker gets it: an open descriptor. It is
 * decoded once and kept: into memory, or on the disk where it is large.
 * Read next: trace/score.h (the decoder), paramfile.h. */
#ifndef HB_RUN_TRACEFILE_H
#define HB_RUN_TRACEFILE_H

#include "plan/plan.h"
#include "replay.h"
#include "run/catalog.h"

/* Sets *trace from the text of a setting, which is a path. Its value is then the file's own number,
 * the first 52 bits of its SHA-256, and its text the file's name and that number. head: what is in
 * it. -1 with `where` and the file's own message. */
int hb_tracefile_set(const char *text, const char *where, struct hb_parameter_value *trace,
                     struct hb_score_head *head, struct hb_err *err);

/* Opens the score of the session's trace; *fd is 0 where it has none. HB_ERR_INCOMPARABLE when the
 * file is no longer what it was when the session was set up. */
int hb_tracefile_open(const struct hb_session *session, int *fd, struct hb_err *err);

#endif
