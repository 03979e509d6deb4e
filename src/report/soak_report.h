/* A soak for people to read: speed, latency, memory, system calls, budgets, notes, with a line of
 * little bars for each series. Everything in it was computed by `judge`.
 * Read next: table.h, soak_plot.h, docs/method.md, "Verdicts of a soak". */
#ifndef HB_REPORT_SOAK_REPORT_H
#define HB_REPORT_SOAK_REPORT_H

#include "base/buf.h"
#include "judge/soak_judge.h"

struct hb_soak_view {
    const struct hb_soak_judgement *judgement;
    bool colour, markdown;
};

/* Adds the whole report to *out. -1 when there is no memory. */
int hb_soak_report(const struct hb_soak_view *view, struct hb_buf *out, struct hb_err *err);

/* Adds the system-call view: per allocator, phase and call, how often and how many bytes, per
 * million operations, with the allocator's own word beside it. -1 when there is no memory. */
int hb_soak_syscalls_report(const struct hb_soak_view *view, struct hb_buf *out,
                            struct hb_err *err);

/* Adds values[0..n) as at most `width` eighth blocks, lowest to highest; neighbours share one as
 * their mean. NaN: a space. When all lie within `least` (a fraction of their mean) of each other,
 * the bars do not span the whole height: noise does not look like mountains. */
void hb_sparkline(const double *values, size_t n, size_t width, double least, struct hb_buf *out);

#endif
