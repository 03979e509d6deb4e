/* Everything that is said of a session, computed in one place and owned together: judgement,
 * budgets, drift. The views that `report` is built from point into it.
 * Read next: src/judge/judge.h, src/report/rebase_report.h. */
#ifndef HB_SESSION_ASSESSMENT_H
#define HB_SESSION_ASSESSMENT_H

#include "report/rebase_report.h"

struct hb_assessment {
    struct hb_judgement judgement;
    struct hb_budget_result *budgets;
    size_t budget_count;
    size_t budgets_unheld; /* allocators that budgets name and the session does not have */
    struct hb_drift_judgement drift;
    bool has_drift;
    char drift_reason[512];
};

/* Judges the session, and its drift against baseline (NULL: there is none). A baseline that cannot
 * be compared is told in drift_reason and is no error. The session must outlive the assessment. */
int hb_assess(const struct hb_session *session, const struct hb_session *baseline,
              struct hb_assessment *assessment, struct hb_err *err);
void hb_assessment_free(struct hb_assessment *assessment);

struct hb_report_view hb_assessment_view(const struct hb_assessment *assessment);

/* The session with its "summaries", "aa_noise", "budgets" and "drift" as JSON text. */
int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err);

struct hb_budget_tally hb_assessment_tally(const struct hb_assessment *assessment);

#endif
