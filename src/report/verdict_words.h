/* What came out, in one or two plain sentences: what every report begins with, in every voice.
 * Read next: session_report.h. */
#ifndef HB_REPORT_VERDICT_WORDS_H
#define HB_REPORT_VERDICT_WORDS_H

#include "base/buf.h"
#include "compare/compare_view.h"
#include "judge/assessment.h"

void hb_verdict_of_session(const struct hb_assessment *assessed, struct hb_buf *out);
void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* Which allocator to use. */
void hb_verdict_of_exec(const struct hb_exec_judgement *judgement, struct hb_buf *out);

/* Which memory system calls of each allocator were counted. */
void hb_verdict_of_calls(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* What changed, and what the gates say. */
void hb_verdict_of_compare(const struct hb_compare_view *view, struct hb_buf *out);

#endif
