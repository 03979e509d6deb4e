/* The table of a suite as a document: over all kinds and by kind, who wins where, memory, and what
 * is in no mean and why; and the same as CSV, a row for each allocator in each kind and group.
 * Everything in it was computed by `compare`.
 * Read next: src/compare/standings.h, document.h. */
#ifndef HB_REPORT_STANDINGS_REPORT_H
#define HB_REPORT_STANDINGS_REPORT_H

#include "compare/standings.h"
#include "report/document.h"

struct hb_standings_view {
    const struct hb_standings *standings;
    bool worst_first; /* kinds in which the first allocator that is no reference does worst first */
};

/* -1 without memory. */
int hb_standings_report(const struct hb_standings_view *view, struct hb_doc *doc,
                        struct hb_err *err);

/* Adds it as CSV with a heading; ratios above 1 are better, unknown ones empty. */
void hb_standings_csv(const struct hb_standings *standings, struct hb_buf *out);

#endif
