/* One judged session as a report, of any kind: of a rebase speed, memory, ranking, milestones and
 * drift; of a soak speed, its course, latency, memory and system calls; of programs which allocator
 * to use, their times and memory; of a sweep each figure over its points; of a check the promises
 * that are kept. All have budgets or an answer, and how far to believe it.
 * Everything in it was computed by `judge`.
 * Read next: document.h, sessions_page.h, docs/method.md, docs/exec.md, docs/sweeps.md,
 * docs/check.md. */
#ifndef HB_REPORT_SESSION_REPORT_H
#define HB_REPORT_SESSION_REPORT_H

#include "judge/assessment.h"
#include "judge/check_judge.h"
#include "report/document.h"

/* Adds the whole report. */
void hb_session_report(const struct hb_assessment *assessed, struct hb_doc *doc);

/* ---- what came out, in one or two plain sentences ---- */

void hb_verdict_of_session(const struct hb_assessment *assessed, struct hb_buf *out);
void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* Which allocator to use. */
void hb_verdict_of_exec(const struct hb_exec_judgement *judgement, struct hb_buf *out);

/* Who changes places with whom, and where. */
void hb_verdict_of_sweep(const struct hb_curves *curves, struct hb_buf *out);

/* "hakmem keeps all 120 promises; system breaks 14 of 118, jemalloc 50 of 117 (2 hang)." */
void hb_verdict_of_check(const struct hb_session *session, struct hb_buf *out);

/* Which memory system calls of each allocator were counted. */
void hb_verdict_of_calls(const struct hb_soak_judgement *judgement, struct hb_buf *out);

/* ---- a rebase ---- */

/* Of a sweep hb_sweep_report. with_ranking: a scorecard has no list of places. */
void hb_rebase_report(const struct hb_assessment *assessed, bool with_ranking, struct hb_doc *doc);

/* Its parts. */
void hb_report_speed(const struct hb_assessment *assessed, struct hb_doc *doc);
void hb_report_memory(const struct hb_assessment *assessed, struct hb_doc *doc);
void hb_report_ranking(const struct hb_assessment *assessed, struct hb_doc *doc);
void hb_report_milestones(const struct hb_assessment *assessed, struct hb_doc *doc);
void hb_report_budgets(const struct hb_assessment *assessed, struct hb_doc *doc);
void hb_report_notes(const struct hb_assessment *assessed, struct hb_doc *doc);

/* ---- a soak ---- */

void hb_soak_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Instead, the system-call view: per allocator, phase and call, how often and how many bytes, per
 * million operations, with the allocator's own word beside it. */
void hb_soak_syscalls_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Its sections that have files of their own. */
void hb_soak_report_calls(const struct hb_soak_judgement *judgement, struct hb_doc *doc);
void hb_soak_budgets(const struct hb_soak_judgement *judgement, struct hb_doc *doc);
void hb_soak_notes(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* ---- programs ---- */

void hb_exec_report(const struct hb_assessment *assessed, struct hb_doc *doc);

/* ---- a sweep: a table and a curve over the points for each figure ---- */

/* Of a rebase the whole report. */
void hb_sweep_report(const struct hb_curves *curves, struct hb_doc *doc);

/* The sections of its curves alone, as the report of programs has them. */
void hb_sweep_sections(const struct hb_curves *curves, struct hb_doc *doc);

/* ---- a check ---- */

/* A terminal shows what is not kept, with why also what happened; Markdown and pages every promise
 * against every allocator, and what happened. */
void hb_check_report(const struct hb_session *session, bool why, struct hb_doc *doc);

/* What the installation can ask: the session's promises by group; with means, what each means for a
 * user where it is not kept. */
void hb_check_list(const struct hb_session *session, bool means, struct hb_doc *doc);

#endif
