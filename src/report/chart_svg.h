/* gnuplot's SVG made part of a page: themable, scalable, accessible, with nothing in it that its
 * makers did not mean: only known elements and attributes are written again.
 * Read next: chart_script.c (what is drawn), html_chart.c (where it goes). */
#ifndef HB_REPORT_CHART_SVG_H
#define HB_REPORT_CHART_SVG_H

#include "report/chart.h"
#include "report/gnuplot.h"

/* Draws the chart with gnuplot in an SVG form and adds it as one <svg role="img"> with <title> and
 * <desc>, whose ids begin with id; its shapes are those of hb_chart_shapes. -1: gnuplot is not
 * there, failed, or drew what this does not know. */
int hb_chart_svg(const struct hb_chart *chart, enum hb_chart_form form, const char *id,
                 struct hb_buf *out, struct hb_err *err);

/* The second half of it: drawn[0..size) is what gnuplot drew. */
int hb_chart_svg_rewrite(const struct hb_chart *chart, enum hb_chart_form form, const char *id,
                         const char *drawn, size_t size, struct hb_buf *out, struct hb_err *err);

/* The shapes of points, once for a whole page, as an <svg> that is not seen: "m6", "m4", ... */
void hb_chart_shapes(struct hb_buf *out);

/* The name of a slot's shape: "m6". Static text. */
const char *hb_chart_shape(unsigned slot);

/* Draws the chart as a PNG of this name. */
int hb_chart_png(const struct hb_chart *chart, const char *name,
                 const struct hb_picture_taker *taker, struct hb_err *err);

#endif
