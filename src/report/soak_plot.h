/* Pictures of a soak, drawn by gnuplot: throughput, resident memory and percentiles of latency over
 * time, all allocators in one, the control dashed. Runs gnuplot as a child; needs nothing else.
 * Read next: gnuplot.h, soak_report.h. */
#ifndef HB_REPORT_SOAK_PLOT_H
#define HB_REPORT_SOAK_PLOT_H

#include "base/buf.h"
#include "judge/soak_judge.h"
#include "report/gnuplot.h"

enum hb_soak_picture {
    HB_PICTURE_THROUGHPUT = 0,
    HB_PICTURE_MEMORY,
    HB_PICTURE_P50,
    HB_PICTURE_P99,
    HB_PICTURE_P999,
    HB_PICTURES
};

/* Adds a whole gnuplot script, data in it, that draws the picture to standard output. Returns the
 * number of points in it: with 0 nothing is added. -1 when there is no memory. */
int hb_soak_plot_script(const struct hb_soak_judgement *judgement, enum hb_soak_picture which,
                        struct hb_buf *out, struct hb_err *err);

/* Draws every picture that there is data for. Returns how many. -1: gnuplot is not there, or
 * failed, with its words, or the picture was not taken. */
int hb_soak_plot(const struct hb_soak_judgement *judgement, const struct hb_picture_taker *taker,
                 struct hb_err *err);

#endif
