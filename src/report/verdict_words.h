/* What came out, in one or two plain sentences, for the head of a page.
 * Read next: rebase_report.c, soak_report.c. */
#ifndef HB_REPORT_VERDICT_WORDS_H
#define HB_REPORT_VERDICT_WORDS_H

#include "judge/soak_judge.h"
#include "report/rebase_report.h"

void hb_verdict_of_rebase(const struct hb_report_view *view, struct hb_buf *out);
void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out);

#endif
