/* A comparison as a report. Everything in it was computed by `compare`.
 * Read next: src/compare/compare_view.h, document.h. */
#ifndef HB_REPORT_COMPARE_REPORT_H
#define HB_REPORT_COMPARE_REPORT_H

#include "compare/compare_view.h"
#include "report/document.h"

/* Adds the cells of a difference: both values, the change with its interval, the verdict. */
void hb_compare_cells(struct hb_table *table, const struct hb_difference *d);

/* What changed, and what the gates say, in a sentence or two. */
void hb_verdict_of_compare(const struct hb_compare_view *view, struct hb_buf *out);

/* Adds the whole report. */
void hb_compare_report(const struct hb_compare_view *view, struct hb_doc *doc);

/* Its part about many sessions (compare_trend.c); and where levels changed in one group of them. */
void hb_compare_trend(const struct hb_timelines *timelines, struct hb_doc *doc);
void hb_compare_steps(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc);

#endif
