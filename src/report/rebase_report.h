/* A session for people to read: what was measured, two tables, ranking, milestones, budgets,
 * drift and what to be careful about. Everything in it was computed by `judge`.
 * Read next: table.h, scorecard.h, docs/method.md. */
#ifndef HB_REPORT_REBASE_REPORT_H
#define HB_REPORT_REBASE_REPORT_H

#include "base/buf.h"
#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "judge/judge.h"

struct hb_report_view {
    const struct hb_judgement *judgement;
    const struct hb_budget_result *budgets;
    size_t budget_count;
    const struct hb_drift_judgement *drift; /* NULL: no baseline to compare with */
    const char *drift_reason;               /* why there is none, when drift is NULL */
    bool colour, markdown;
};

/* Adds the whole report to *out. -1 when there is no memory. */
int hb_rebase_report(const struct hb_report_view *view, struct hb_buf *out, struct hb_err *err);

/* Its parts, for the scorecard. */
void hb_report_headline(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_speed(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_memory(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_ranking(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_milestones(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_budgets(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_drift(const struct hb_report_view *view, struct hb_buf *out);
void hb_report_notes(const struct hb_report_view *view, struct hb_buf *out);

#endif
