/* Two figures against each other for a terminal: a letter a point, on a small field. And a figure
 * over the few points of a sweep: a letter an allocator at each, its interval upright.
 * Read next: chart.h, strip.h. */
#ifndef HB_REPORT_PLANE_H
#define HB_REPORT_PLANE_H

#include "report/chart.h"
#include "report/screen.h"

/* Adds a chart of a plane or a curve, no wider than the screen. Of a plane intervals have no room;
 * points that dashed lines go through have capitals. Of a curve several in one place are a star. */
void hb_plane_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out);

#endif
