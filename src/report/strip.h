/* Rows of dots for a terminal: a row a line of the chart, each run a dot on one axis, thicker where
 * several fall together, and the median marked.
 * Read next: chart.h. */
#ifndef HB_REPORT_STRIP_H
#define HB_REPORT_STRIP_H

#include "report/chart.h"
#include "report/screen.h"

/* Adds a chart of dots, no wider than the screen. Outliers are dots like any other. */
void hb_strip_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out);

#endif
