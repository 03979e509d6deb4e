/* A sweep as a report: for each figure a table and a curve over the points, who changes places
 * with whom and where. Everything in it was computed by `judge`.
 * Read next: src/judge/curve.h, document.h, plane.h (curves in a terminal). */
#ifndef HB_REPORT_SWEEP_REPORT_H
#define HB_REPORT_SWEEP_REPORT_H

#include "judge/curve.h"
#include "report/document.h"

/* Adds the whole report of a swept rebase. */
void hb_sweep_report(const struct hb_curves *curves, struct hb_doc *doc);

/* The sections of its curves alone, as an exec's report has them. */
void hb_sweep_sections(const struct hb_curves *curves, struct hb_doc *doc);

/* What came out, in a sentence or two. */
void hb_verdict_of_sweep(const struct hb_curves *curves, struct hb_buf *out);

/* The curve of a figure: a line an allocator, a point a point of the sweep. */
void hb_chart_curve(const struct hb_curves *curves, const struct hb_curve *curve,
                    struct hb_doc *doc);

#endif
