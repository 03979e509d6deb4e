/* What came out, in one or two plain sentences: what every report begins with, in every voice.
 * Read next: rebase_report.c, soak_report.c. */
#ifndef HB_REPORT_VERDICT_WORDS_H
#define HB_REPORT_VERDICT_WORDS_H

#include "base/buf.h"
#include "compare/compare_view.h"
#include "judge/budget.h"
#include "judge/soak_judge.h"

void hb_verdict_of_rebase(const struct hb_judgement *judgement,
                          const struct hb_budget_result *budgets, size_t budget_count,
                          struct hb_buf *out);
void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* Which memory system calls of each allocator were counted. */
void hb_verdict_of_calls(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* What changed, and what the gates say. */
void hb_verdict_of_compare(const struct hb_compare_view *view, struct hb_buf *out);

#endif
