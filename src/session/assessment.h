/* Everything that is said of a session, computed in one place and owned together: judgement,
 * budgets, drift; the same of a soak; the result as JSON, and the exit code that follows. The views
 * that `report` is built from point into it.
 * Read next: src/judge/judge.h, src/judge/soak_judge.h, src/report/rebase_report.h. */
#ifndef HB_SESSION_ASSESSMENT_H
#define HB_SESSION_ASSESSMENT_H

#include "judge/curve.h"
#include "judge/exec_judge.h"
#include "judge/soak_judge.h"
#include "report/rebase_report.h"

struct hb_assessment {
    const struct hb_session *session;
    struct hb_curves curves; /* of a sweep, which has neither of the following; else empty */
    struct hb_judgement judgement;
    struct hb_budget_result *budgets;
    size_t budget_count;
    size_t budgets_unheld; /* allocators that budgets name and the session does not have */
    struct hb_drift_judgement drift;
    bool has_drift;
    char drift_reason[512];
};

/* Judges the session, of a sweep each point and the curves over them; and its drift against
 * baseline (NULL: there is none). A baseline that cannot be compared is no error: drift_reason says
 * why. The session must outlive the assessment. */
int hb_assess(const struct hb_session *session, const struct hb_session *baseline,
              struct hb_assessment *assessment, struct hb_err *err);

/* What is not shown in full needs less: for a line in a table of sessions (hb_judge_glance). */
int hb_assess_glance(const struct hb_session *session, struct hb_assessment *assessment,
                     struct hb_err *err);

/* The same without the intervals of means, which JSON alone has (hb_judge_brief). */
int hb_assess_brief(const struct hb_session *session, const struct hb_session *baseline,
                    struct hb_assessment *assessment, struct hb_err *err);
/* There is a baseline, and it cannot be read: that is why there is no drift. */
void hb_assessment_say_unreadable(struct hb_assessment *assessment, const struct hb_err *why);
void hb_assessment_free(struct hb_assessment *assessment);

struct hb_report_view hb_assessment_view(const struct hb_assessment *assessment);

/* The session with its "summaries", "aa_noise", "budgets" and "drift" as JSON text. */
int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err);

/* HB_EXIT_INCOMPLETE when a job failed. HB_EXIT_GATE when a budget failed. HB_EXIT_INCONCLUSIVE
 * when none of those there are is known; with strict already when one is not, names an allocator
 * that was not measured, when there is none at all, or when the session is doubtful. Else
 * HB_EXIT_OK. What is open is said on stderr. */
int hb_assessment_exit_code(const struct hb_assessment *assessment, bool strict);

/* What --help says of --strict. */
#define HB_STRICT_HELP "Exit with 4 when a budget is not known, or there is none"

/* ---- soaks ---- */

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

/* The session with its "exec_summary" as JSON text. */
int hb_exec_assessment_json(const struct hb_exec_judgement *judgement, struct hb_buf *out,
                            struct hb_err *err);

/* Whether the session is of `syscalls`: one counting pass, and no epochs. */
bool hb_soak_is_count(const struct hb_session *session);

/* As hb_assessment_exit_code. A count has no budgets to hold: it is complete when every pass was
 * counted. */
int hb_soak_exit_code(const struct hb_soak_judgement *judgement, bool strict);

#endif
