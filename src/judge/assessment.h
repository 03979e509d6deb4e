/* Everything that is said of a session of any kind, computed in one place and owned together: what
 * was judged, budgets, drift, and the result as JSON. Reports, exports and exit codes follow from
 * it; a command judges a session once.
 * Read next: judge.h, soak_judge.h, exec_judge.h, curve.h; src/session/conclusion.h (what a command
 * does).
 */
#ifndef HB_JUDGE_ASSESSMENT_H
#define HB_JUDGE_ASSESSMENT_H

#include "judge/budget.h"
#include "judge/curve.h"
#include "judge/drift_judge.h"
#include "judge/exec_judge.h"
#include "judge/soak_judge.h"

/* What a session is judged by. Zeroed: itself, in full. */
struct hb_assess_by {
    const struct hb_session *baseline; /* of a rebase: NULL: there is none */
    const struct hb_profile *profile;  /* of a soak; NULL: the one that the session carries, without
                                          which there are no budgets */
    enum hb_depth depth;
    bool of_jobs; /* of programs: by their runs as jobs (hb_exec_as_jobs), as a rebase */
};

struct hb_assessment {
    const struct hb_session *session;

    struct hb_judgement judgement; /* of a rebase without a sweep, with its budgets and drift */
    struct hb_budget_result *budgets;
    size_t budget_count;
    size_t budgets_unheld; /* allocators that budgets name and the session does not have */
    struct hb_drift_judgement drift;
    bool has_drift;
    char drift_reason[512]; /* why it has none */

    struct hb_soak_judgement soak; /* of a soak */
    struct hb_exec_judgement exec; /* of programs */
    struct hb_curves curves; /* of a sweep: of a rebase instead of a judgement, of programs beside
                                exec; without one its session is NULL */
    /* Of a check there is no more than its answers, which the session has: check_judge.h. */
};

/* Judges the session; of a rebase that is a sweep each point, and the curves over them. A baseline
 * that cannot be compared is no error: drift_reason says why. The session must outlive the
 * assessment, which must not be moved. On -1 there is nothing to free. */
int hb_assess(const struct hb_session *session, const struct hb_assess_by *by,
              struct hb_assessment *assessment, struct hb_err *err);

/* There is a baseline, and it cannot be read: that is why there is no drift. */
void hb_assessment_say_unreadable(struct hb_assessment *assessment, const struct hb_err *why);

/* Zeroed is valid to free. */
void hb_assessment_free(struct hb_assessment *assessment);

/* True when all that was planned was measured, and nothing of it failed. */
bool hb_assessment_complete(const struct hb_assessment *assessment);

/* The session with what was judged, as JSON text: "summaries", "aa_noise", "budgets" and "drift",
 * or "soak_summary", "exec_summary" or "check_summary"; of a sweep "sweep_summary". */
int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err);

/* Whether the session is of `syscalls`: one counting pass, and no epochs. */
bool hb_soak_is_count(const struct hb_session *session);

#endif
