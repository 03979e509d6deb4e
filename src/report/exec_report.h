/* Programs as a report: which allocator to use for them, a table of times and one of memory, a
 * picture of both, and how far to believe it. Everything in it was computed by `judge`.
 * Read next: document.h, docs/exec.md. */
#ifndef HB_REPORT_EXEC_REPORT_H
#define HB_REPORT_EXEC_REPORT_H

#include "judge/exec_judge.h"
#include "report/document.h"

/* Adds the whole report. */
void hb_exec_report(const struct hb_exec_judgement *judgement, struct hb_doc *doc);

/* The answer, in a sentence or two. */
void hb_verdict_of_exec(const struct hb_exec_judgement *judgement, struct hb_buf *out);

/* Time against peak memory, with the front that nothing beats in both. */
void hb_chart_exec(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                   struct hb_doc *doc);

#endif
