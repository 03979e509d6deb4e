/* A profile's programs, as this machine has them: found, hashed, or why they are skipped. Runs none
 * of them.
 * Read next: setup.h (the rest of a session's header), exec_session.h (who runs them). */
#ifndef HB_RUN_EXEC_SETUP_H
#define HB_RUN_EXEC_SETUP_H

#include "base/buf.h"
#include "result/model.h"

/* Fills session->programs by session->profile, and the workload's name. A program that is not there
 * stays in, with its missing_reason; HB_ERR_USAGE when none is. */
int hb_setup_programs(struct hb_session *session, struct hb_err *err);

/* Adds what must be the same for runs to belong together. */
void hb_setup_programs_key(const struct hb_session *session, struct hb_buf *out);

#endif
