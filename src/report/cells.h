/* Cells and words that several reports have: a fact has one look wherever it stands.
 * Read next: table.h, rebase_report.c, soak_report.c. */
#ifndef HB_REPORT_CELLS_H
#define HB_REPORT_CELLS_H

#include "judge/budget.h"
#include "report/document.h"

/* The allocator whose row it is. */
void hb_cell_label(struct hb_table *table, const char *label);

/* A coefficient of variation: up to 2 % good, over 5 % warned. NaN: unknown. */
#define HB_CV_WARN_PERCENT 5.0
void hb_cell_cv(struct hb_table *table, double percent, const char *unknown);

/* ">= 99, <= 1,001", each by text(key, value). */
void hb_cell_limit(struct hb_table *table, double min, double max, const char *key,
                   struct hb_text (*text)(const char *key, double value));

/* "pass", "FAIL", "not known". */
void hb_cell_outcome(struct hb_table *table, enum hb_budget_outcome outcome);

/* How a verdict looks, whatever was judged. */
enum hb_look {
    HB_LOOK_NONE = 0,
    HB_LOOK_BETTER,
    HB_LOOK_WORSE,
    HB_LOOK_SAME,
    HB_LOOK_OPEN,
    HB_LOOK_WITHHELD,
    HB_LOOKS
};

/* A verdict's word with its sign, and behind it how many runs would settle an open one; 0: not
 * known. */
void hb_cell_verdict(struct hb_table *table, enum hb_look look, bool is_dim, const char *word,
                     size_t runs_needed);

/* The same of a verdict on a ratio to the reference, by the words for better and worse. */
void hb_cell_verdict_of(struct hb_table *table, const struct hb_verdict *verdict,
                        const char *better, const char *worse);

/* "1.183 [1.159, 1.189]"; without an interval "1.183 [-]". NaN: "-". */
void hb_cell_ratio(struct hb_table *table, double estimate, double lo, double hi);

/* A series as little bars; `least` as hb_sparkline has it. */
void hb_cell_spark(struct hb_table *table, const double *values, size_t n, double least);

/* Whether an allocator's own counters say what the kernel says; nothing when they are not known. */
void hb_cell_agreement(struct hb_table *table, bool is_known, bool agrees, const char *yes,
                       const char *no);

/* How often each memory system call was made, then what is said of all. */
void hb_cells_calls(struct hb_table *table, const uint64_t counts[HB_SYSCALL_COUNT]);
uint64_t hb_calls_sum(const uint64_t counts[HB_SYSCALL_COUNT]);

/* A speed of operations a second as the session has it: a rate, or the time of a run. */
struct hb_text hb_speed_text(const struct hb_session *session, double per_s);

/* What the user calls the session, and what was measured. */
void hb_fact_measured(struct hb_doc *doc, const struct hb_session *session);

/* The head of a report: what came out (verdict, which is freed); and on a page a warning where the
 * session was cut off or some of it failed, which text says in its first line and its notes. */
void hb_section_lede(struct hb_doc *doc, const struct hb_session *session, bool is_complete,
                     struct hb_buf *verdict);

/* The heads of other sections that every report has. */
void hb_section_budgets(struct hb_doc *doc, bool has_limits);

/* The last one, under a rule: how far all before it can be believed. It begins with the machine of
 * the session (NULL: there is none). */
void hb_section_belief(struct hb_doc *doc, const struct hb_session *session);

/* How many CPUs what was measured could use: those of its mask, and no more than the control
 * group's quota. 0: not known. */
double hb_host_cpus(const struct hb_host_info *host);

/* What a reader must know of the machine before he believes a table: quota, limits, neighbours,
 * what it refused, runs that did not have their CPUs. A line each; none on a quiet machine. */
void hb_notes_machine(struct hb_doc *doc, const struct hb_session *session);

/* What counted instructions, and what it does not see: beside the figures. */
void hb_note_count_source(struct hb_doc *doc, const char *source);

#define HB_SIGN_GOOD "\xe2\x9c\x93" /* check mark */
#define HB_SIGN_BAD  "\xe2\x9c\x97" /* cross */
#define HB_SIGN_WARN "\xe2\x9a\xa0"
#define HB_SIGN_UP   "\xe2\x96\xb2"
#define HB_SIGN_DOWN "\xe2\x96\xbc"
#define HB_SIGN_DOT  "\xc2\xb7"
#define HB_SIGN_NONE "\xe2\x9c\x95" /* withheld */

#endif
