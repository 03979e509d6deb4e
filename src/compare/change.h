/* What a difference means: from where on it counts, and the verdict. The words for it are declared
 * in compare.h, where those who print it look.
 * Read next: docs/statistics.md, "Verdicts", "Across files"; src/stats/verdict.h. */
#ifndef HB_COMPARE_CHANGE_H
#define HB_COMPARE_CHANGE_H

#include "compare/compare.h"

/* Sets margin and least. margin_percent: NaN for the files' own. machine: what unchanged allocators
 * show between the two sessions, or NULL. */
void hb_change_set_margin(double margin_percent, const struct hb_machine *machine,
                          struct hb_difference *difference);

/* True for what is compared; false for what only shows the machine or the loop: unchanged bytes,
 * the floor, the reference's twin. */
bool hb_change_is_counted(const struct hb_difference *difference);

/* How many of those came out so. */
size_t hb_change_count(const struct hb_comparison *comparison, enum hb_change change);

/* Holm's correction: sets p_holm of every difference, each figure over all that are counted. -1: no
 * memory. */
int hb_change_correct(struct hb_comparison *comparison);

/* Says so when there is a figure of which no difference can be decided, whatever was measured: too
 * few runs for so many comparisons. */
bool hb_change_too_few(const struct hb_comparison *comparison, char *text, size_t text_bytes);

/* Sets change and runs_needed, from interval, p_holm and margins. Unchanged bytes cannot have
 * become better or worse: what they show is the machine, unless the user asked to leave that in
 * (blame_libraries) or to compare machines (relative times). */
void hb_change_judge(bool blame_libraries, struct hb_difference *difference);

#endif
