/* A page for people: one self-contained HTML file of one or several judged sessions, with pictures,
 * light and dark, for desk, phone and paper. No request leaves it. Everything in it was computed by
 * `judge` and `compare`.
 * Read next: html_page.c (the frame), html_rebase.c, html_soak.c, charts.h. */
#ifndef HB_REPORT_HTML_H
#define HB_REPORT_HTML_H

#include "base/buf.h"
#include "compare/timeline.h"
#include "judge/soak_judge.h"
#include "report/gnuplot.h"
#include "report/rebase_report.h"

#include <stdbool.h>
#include <stddef.h>

/* One session with what was computed of it: a rebase or a soak. */
struct hb_html_item {
    const char *label;                   /* what the user calls it */
    const struct hb_report_view *rebase; /* one of the two is NULL */
    const struct hb_soak_judgement *soak;
};

struct hb_html_options {
    const char *title; /* NULL: made from the sessions */
    const char *tool;  /* what made the page: "hakbench 0.1.0 abc" */
    bool charts;       /* draw pictures, with gnuplot */
    const struct hb_timelines
        *timelines; /* where levels changed over the sessions; NULL: not told */
};

/* Adds the whole page to *out. Sessions of one workload on one class of machine get a section over
 * their dates. -1 without memory, or when gnuplot is not there or failed. */
int hb_html_report(const struct hb_html_item *items, size_t count,
                   const struct hb_html_options *options, struct hb_buf *out, struct hb_err *err);

/* Draws every chart of the page as a PNG: "1-mixed-ranking.png". Returns how many, or -1. */
int hb_html_pictures(const struct hb_html_item *items, size_t count,
                     const struct hb_picture_taker *taker, struct hb_err *err);

#endif
