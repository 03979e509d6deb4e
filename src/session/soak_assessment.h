/* What `soak` and `analyze` share: a session's epochs judged by a profile's limits, the result as
 * JSON, and the exit code that follows.
 * Read next: src/judge/soak_judge.h, src/commands/analyze.c. */
#ifndef HB_SESSION_SOAK_ASSESSMENT_H
#define HB_SESSION_SOAK_ASSESSMENT_H

#include "base/buf.h"
#include "judge/soak_judge.h"

/* hb_soak_judge by this profile; NULL: by the one as used that the session carries, without which
 * there are no budgets. brief: hb_soak_judge_brief. Free with hb_soak_judgement_free even after -1.
 */
int hb_soak_assess(const struct hb_session *session, const struct hb_profile *profile, bool brief,
                   struct hb_soak_judgement *judgement, struct hb_err *err);

/* By the profile the session carries, or by the default one's (whose warm-up then holds too), for
 * epochs of a CSV: *is_default says so. Brief. */
int hb_soak_assess_own(struct hb_session *session, struct hb_soak_judgement *judgement,
                       bool *is_default, struct hb_err *err);

/* The profile that epochs without one are judged by. */
#define HB_SOAK_PROFILE_DEFAULT "soak"

/* The session with its "soak_summary" as JSON text. */
int hb_soak_assessment_json(const struct hb_soak_judgement *judgement, struct hb_buf *out,
                            struct hb_err *err);

/* Whether the session is of `syscalls`: one counting pass, and no epochs. */
bool hb_soak_is_count(const struct hb_session *session);

/* HB_EXIT_INCOMPLETE, or what its budgets say: budget_exit.h. A count has no budgets to hold: it is
 * complete when every pass was counted. */
int hb_soak_exit_code(const struct hb_soak_judgement *judgement, bool strict);

#endif
