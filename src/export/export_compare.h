/* A comparison for programs: CSV and JSON. Everything in it was computed by `compare`.
 * Read next: src/compare/compare_view.h. */
#ifndef HB_EXPORT_EXPORT_COMPARE_H
#define HB_EXPORT_EXPORT_COMPARE_H

#include "base/buf.h"
#include "compare/compare_view.h"

/* One row a difference; or, of timelines, one row a point. */
int hb_compare_csv(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err);

/* Schema "hakbench.compare/1" (hakbench-result(5)). */
int hb_compare_json(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err);

#endif
