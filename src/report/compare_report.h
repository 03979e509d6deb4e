/* A comparison for people and for programs: a report, CSV, JSON.
 * Everything in it was computed by `compare`.
 * Read next: src/compare/compare.h, gate.h, timeline.h; document.h. */
#ifndef HB_REPORT_COMPARE_REPORT_H
#define HB_REPORT_COMPARE_REPORT_H

#include "compare/compare.h"
#include "compare/gate.h"
#include "compare/timeline.h"
#include "report/document.h"

#include <cjson/cJSON.h>

struct hb_compare_view {
    const struct hb_comparison *comparison; /* NULL where only timelines are told */
    const struct hb_timelines *timelines;   /* NULL: none were asked for */
    const struct hb_gate_result *gates;
    size_t gate_count;
    size_t refused; /* files that could not be read and were passed over */
    bool all;       /* also what did not change of what is the same bytes */
};

/* Adds the whole report. */
void hb_compare_report(const struct hb_compare_view *view, struct hb_doc *doc);

/* Its part about many sessions (compare_trend.c); and where levels changed in one group of them. */
void hb_compare_trend(const struct hb_timelines *timelines, struct hb_doc *doc);
void hb_compare_steps(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc);

/* One row a difference; or, of timelines, one row a point. */
int hb_compare_csv(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err);

/* Schema "hakbench.compare/1" (hakbench-result(5)). */
int hb_compare_json(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err);

#endif
