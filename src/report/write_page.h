/* A document as a page: one self-contained HTML file with pictures, light and dark, for desk, phone
 * and paper. No request leaves it, no script runs in it. What stands before the first section is
 * its head; its contents are the headings that it shows. Read next: document.h, page_style.h,
 * chart_svg.h. */
#ifndef HB_REPORT_WRITE_PAGE_H
#define HB_REPORT_WRITE_PAGE_H

#include "report/document.h"

struct hb_page_options {
    const char *title; /* of the window and of the page */
    const char *tool;  /* what made the page: "hakbench 0.1.0, commit abc" */
    bool charts;       /* with pictures; their numbers are there in any case */
};

/* Adds the whole page to *out. -1 without memory. */
int hb_doc_write_page(const struct hb_doc *doc, const struct hb_page_options *options,
                      struct hb_buf *out, struct hb_err *err);

#endif
