/* A soak as a report: speed, its course, latency, memory, system calls, budgets and what to be
 * careful about. Everything in it was computed by `judge`.
 * Read next: document.h, sessions_page.h, docs/statistics.md, "Verdicts of a soak". */
#ifndef HB_REPORT_SOAK_REPORT_H
#define HB_REPORT_SOAK_REPORT_H

#include "judge/soak_judge.h"
#include "report/document.h"

/* Adds the whole report. */
void hb_soak_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Adds the system-call view: per allocator, phase and call, how often and how many bytes, per
 * million operations, with the allocator's own word beside it. */
void hb_soak_syscalls_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Its sections that have files of their own. */
void hb_soak_report_calls(const struct hb_soak_judgement *judgement, struct hb_doc *doc);
void hb_soak_budgets(const struct hb_soak_judgement *judgement, struct hb_doc *doc);
void hb_soak_notes(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

#endif
