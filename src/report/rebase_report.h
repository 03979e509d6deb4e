/* A session as a report: what was measured, what came out, speed, memory, ranking, milestones,
 * budgets, drift and what to be careful about. Everything in it was computed by `judge`.
 * Read next: document.h, sessions_page.h, docs/method.md. */
#ifndef HB_REPORT_REBASE_REPORT_H
#define HB_REPORT_REBASE_REPORT_H

#include "judge/budget.h"
#include "judge/curve.h"
#include "judge/drift_judge.h"
#include "judge/judge.h"
#include "report/document.h"

struct hb_report_view {
    const struct hb_judgement *judgement;
    const struct hb_curves *curves; /* of a sweep, which has no judgement of its own; else NULL */
    const struct hb_budget_result *budgets;
    size_t budget_count;
    const struct hb_drift_judgement *drift; /* NULL: no baseline to compare with */
    const char *drift_reason;               /* why there is none, when drift is NULL */
    bool without_ranking;                   /* a scorecard has no list of places */
};

/* Adds the whole report. */
void hb_rebase_report(const struct hb_report_view *view, struct hb_doc *doc);

/* Its parts. */
void hb_report_speed(const struct hb_report_view *view, struct hb_doc *doc);
void hb_report_memory(const struct hb_report_view *view, struct hb_doc *doc);
void hb_report_ranking(const struct hb_report_view *view, struct hb_doc *doc);
void hb_report_milestones(const struct hb_report_view *view, struct hb_doc *doc);
void hb_report_budgets(const struct hb_report_view *view, struct hb_doc *doc);
void hb_report_notes(const struct hb_report_view *view, struct hb_doc *doc);

#endif
