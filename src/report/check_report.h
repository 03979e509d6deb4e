/* A check as a report: which promises each allocator keeps, by group; what is not kept, by whom,
 * and what that means for a user. A terminal shows what is not kept; Markdown and pages every
 * promise against every allocator, and what happened.
 * Read next: document.h, judge/check_judge.h, docs/check.md. */
#ifndef HB_REPORT_CHECK_REPORT_H
#define HB_REPORT_CHECK_REPORT_H

#include "judge/check_judge.h"
#include "report/document.h"

/* Adds the whole report. why: a terminal too says what happened. */
void hb_check_report(const struct hb_session *session, bool why, struct hb_doc *doc);

/* "hakmem keeps all 120 promises; system breaks 14 of 118, jemalloc 50 of 117 (2 hang)." */
void hb_verdict_of_check(const struct hb_session *session, struct hb_buf *out);

/* What the installation can ask: the session's promises by group; with means, what each means for a
 * user where it is not kept. */
void hb_check_list(const struct hb_session *session, bool means, struct hb_doc *doc);

#endif
