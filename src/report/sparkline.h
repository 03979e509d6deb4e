/* Series as little bars, for text.
 * Read next: soak_report.c, soak_live.c. */
#ifndef HB_REPORT_SPARKLINE_H
#define HB_REPORT_SPARKLINE_H

#include "base/buf.h"

/* Adds values[0..n) as at most `width` eighth blocks, lowest to highest; neighbours share one as
 * their mean. NaN: a space. When all lie within `least` (a fraction of their mean) of each other,
 * the bars do not span the whole height: noise does not look like mountains. */
void hb_sparkline(const double *values, size_t n, size_t width, double least, struct hb_buf *out);

#endif
