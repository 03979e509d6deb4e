/* Runs gnuplot as a child, the script through an unnamed file and what it says through others: no
 * pipe that both sides could wait on. Knows nothing of what is drawn.
 * Read next: soak_plot.c, chart_script.c (what is written for it). */
#ifndef HB_REPORT_GNUPLOT_H
#define HB_REPORT_GNUPLOT_H

#include "base/buf.h"
#include "base/err.h"

/* Runs the script to its end. What gnuplot writes to its standard output is added to *drawn. -1
 * with HB_ERR_SYSTEM: gnuplot is not there, or failed, with its words. */
int hb_gnuplot_run(const struct hb_buf *script, struct hb_buf *drawn, struct hb_err *err);

/* Who takes pictures that were drawn. */
struct hb_picture_taker {
    /* name is a file's, without a folder. */
    int (*take)(void *self, const char *name, const struct hb_buf *picture, struct hb_err *err);
    void *self;
};

/* Runs the script and hands on what it draws. gnuplot itself opens no file: to it a name that
 * begins with | is a command. */
int hb_gnuplot_picture(const struct hb_buf *script, const char *name,
                       const struct hb_picture_taker *taker, struct hb_err *err);

/* Adds text in single quotes, in which only the quote itself is special to gnuplot; line breaks
 * become spaces. */
void hb_gnuplot_quoted(struct hb_buf *out, const char *text);

#endif
