/* What came out, in one or two plain sentences, for the head of a page.
 * Read next: rebase_report.c, soak_report.c. */
#ifndef HB_REPORT_VERDICT_WORDS_H
#define HB_REPORT_VERDICT_WORDS_H

#include "base/buf.h"
#include "judge/budget.h"
#include "judge/soak_judge.h"

void hb_verdict_of_rebase(const struct hb_judgement *judgement,
                          const struct hb_budget_result *budgets, size_t budget_count,
                          struct hb_buf *out);
void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out);

#endif
