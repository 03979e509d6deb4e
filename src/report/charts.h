/* The charts there are. Each builder adds one to the document and copies what `judge` computed, or
 * asks `stats` for a curve of the samples; none judges. One with nothing to draw has no points.
 * Read next: chart.h, document.h. */
#ifndef HB_REPORT_CHARTS_H
#define HB_REPORT_CHARTS_H

#include "judge/curve.h"
#include "judge/exec_judge.h"
#include "judge/soak_judge.h"
#include "report/document.h"

/* ---- a rebase ---- */

/* Ratios to the reference with their intervals and the margin; without a reference the medians. */
void hb_chart_ranking(const struct hb_judgement *judgement, struct hb_doc *doc);

/* Every run as a dot, the median as a line, outliers ringed. */
void hb_chart_runs(const struct hb_judgement *judgement, struct hb_doc *doc);

/* The times of the slices of each allocator's median run, against their own median: apart, all on
 * the same range. */
void hb_chart_slices(const struct hb_judgement *judgement, struct hb_doc *doc);

/* Peak, end, drained. */
void hb_chart_memory(const struct hb_judgement *judgement, struct hb_doc *doc);

/* ---- a soak ---- */

void hb_chart_soak_speed(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Throughput of every judged epoch as a dot, the median as a line: for a terminal. */
void hb_chart_soak_epochs(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

void hb_chart_soak_resident(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Percentiles of all judged epochs' samples together, as far as ten samples lie beyond. */
void hb_chart_soak_latency(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Peak, last, drained. */
void hb_chart_soak_memory(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* Throughput, resident memory and percentiles of latency over all epochs, to be kept as pictures:
 * "throughput", "memory", "latency-p50", "latency-p99", "latency-p999". */
void hb_charts_soak_course(const struct hb_soak_judgement *judgement, struct hb_doc *doc);

/* ---- programs ---- */

/* Time against peak memory, with the front that nothing beats in both. */
void hb_chart_exec(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                   struct hb_doc *doc);

/* ---- a sweep ---- */

/* The curve of a figure: a line an allocator, a point a point of the sweep. */
void hb_chart_curve(const struct hb_curves *curves, const struct hb_curve *curve,
                    struct hb_doc *doc);

/* ---- several sessions ---- */

/* Medians with their intervals over the dates of sessions[0..count), which were measured alike and
 * are sorted by date. Returns the points in it. */
size_t hb_chart_history(const struct hb_judgement *const *sessions, size_t count,
                        struct hb_doc *doc);

/* ---- shared ---- */

/* A unit in which values up to `most` read well: the first of scales[0..count) that begins no
 * higher; the last has any. */
struct hb_chart_scale {
    double from;    /* values from here on */
    double divisor; /* as of an axis */
    const char *title;
};
void hb_chart_take_scale(struct hb_chart_axis *axis, const struct hb_chart_scale *scales,
                         size_t count, double most);

/* "1.183". */
struct hb_text hb_chart_ratio_text(double ratio);

/* The axis for operations a second up to `most`, or for bytes from 0 to just over it: a unit in
 * which that reads well. */
void hb_chart_rate_axis(struct hb_chart_axis *axis, double most);
void hb_chart_bytes_axis(struct hb_chart_axis *axis, double most);

/* "Resident memory: peak, end, drained": what is left is a bar for each of columns[0..3), static
 * texts, and the axis. */
struct hb_chart *hb_chart_add_memory(struct hb_doc *doc, const char *const columns[3],
                                     const char *says);

#endif
