/* How a page and its charts look: one style sheet, light and dark, desk, phone and paper. No font,
 * no picture and no rule comes from elsewhere.
 * Read next: write_page.c, chart_svg.c. */
#ifndef HB_REPORT_PAGE_STYLE_H
#define HB_REPORT_PAGE_STYLE_H

#include "base/buf.h"

/* Adds the rules of a whole page, without <style> tags. */
void hb_page_style(struct hb_buf *out);

/* Adds those of a chart by itself, in light colours, with <style> tags. */
void hb_page_style_picture(struct hb_buf *out);

#endif
