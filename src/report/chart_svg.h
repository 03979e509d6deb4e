/* Charts as SVG: part of a page, or pictures by themselves. Colours are classes, whose rules are in
 * page_style.h; every word is escaped; every mark has a title that says its value.
 * Read next: chart.h, write_page.c (where they go), picture.h (as PNG). */
#ifndef HB_REPORT_CHART_SVG_H
#define HB_REPORT_CHART_SVG_H

#include "report/chart.h"

/* How large, and for what. */
enum hb_chart_form {
    HB_CHART_WIDE = 0, /* for a desk and for paper */
    HB_CHART_NARROW,   /* for a phone: the same text size on a narrower field */
    HB_CHART_SMALL,    /* one of several beside each other */
    HB_CHART_ALONE     /* a file of its own: with its title, a legend and its colours */
};

/* Adds the chart as one <svg role="img"> with <title> and <desc>, whose ids begin with id. only:
 * this line of it (NULL: all), as is done where lines are apart. */
void hb_chart_svg(const struct hb_chart *chart, enum hb_chart_form form,
                  const struct hb_chart_line *only, const char *id, struct hb_buf *out);

/* The shapes of points, once for a whole page, as an <svg> that is not seen: "m0" to "m7", and the
 * ring "m8". */
void hb_chart_shapes(struct hb_buf *out);
#define HB_CHART_SHAPE_BAR  1u
#define HB_CHART_SHAPE_RING 8u

#endif
