/* What a dry run prints: what a session would do, in which order, and how long it takes, as a
 * document. Read next: measuring.h, src/report/document.h. */
#ifndef HB_SESSION_PLAN_REPORT_H
#define HB_SESSION_PLAN_REPORT_H

#include "base/err.h"
#include "result/model.h"

/* Of runs of a workload; how long they take by the session's baseline in results, where there is
 * one. more: a sentence of the command's, or "". */
int hb_plan_report(const struct hb_session *session, const char *results, const char *more,
                   struct hb_err *err);

/* Of a soak. */
int hb_plan_report_soak(const struct hb_session *session, struct hb_err *err);

/* Of programs. more: a sentence of the command's, or "". */
int hb_plan_report_exec(const struct hb_session *session, const char *more, struct hb_err *err);

#endif
