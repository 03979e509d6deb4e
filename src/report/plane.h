/* Two figures against each other for a terminal: a letter a point, on a small field.
 * Read next: chart.h, strip.h. */
#ifndef HB_REPORT_PLANE_H
#define HB_REPORT_PLANE_H

#include "report/chart.h"
#include "report/screen.h"

/* Adds a chart of a plane, no wider than the screen. Intervals have no room; points that dashed
 * lines go through have capitals. */
void hb_plane_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out);

#endif
