/* The charts there are. Each builder copies what `judge` computed, or asks `stats` for a curve of
 * the samples; none judges. Each fills *chart, which the caller frees, also after 0 and -1, and
 * returns 1, 0 when there is nothing to draw, or -1 without memory.
 * Read next: chart.h, html_chart.h (how they are shown). */
#ifndef HB_REPORT_CHARTS_H
#define HB_REPORT_CHARTS_H

#include "judge/judge.h"
#include "judge/soak_judge.h"
#include "report/chart.h"

/* ---- a rebase ---- */

/* Ratios to the reference with their intervals and the margin; without a reference the medians. */
int hb_chart_ranking(const struct hb_judgement *judgement, struct hb_chart_palette *palette,
                     struct hb_chart *chart, struct hb_err *err);

/* Every run as a dot, the median as a line, outliers ringed. */
int hb_chart_runs(const struct hb_judgement *judgement, struct hb_chart_palette *palette,
                  struct hb_chart *chart, struct hb_err *err);

/* The times of the slices of one allocator's median run, against their own median. All of a
 * session's have the same range. */
int hb_chart_slices(const struct hb_judgement *judgement, size_t allocator,
                    struct hb_chart_palette *palette, struct hb_chart *chart, struct hb_err *err);

/* Peak, end, drained. */
int hb_chart_memory(const struct hb_judgement *judgement, struct hb_chart_palette *palette,
                    struct hb_chart *chart, struct hb_err *err);

/* ---- a soak ---- */

int hb_chart_soak_speed(const struct hb_soak_judgement *judgement, struct hb_chart_palette *palette,
                        struct hb_chart *chart, struct hb_err *err);
int hb_chart_soak_resident(const struct hb_soak_judgement *judgement,
                           struct hb_chart_palette *palette, struct hb_chart *chart,
                           struct hb_err *err);

/* Percentiles of all judged epochs' samples together, as far as ten samples lie beyond. */
int hb_chart_soak_latency(const struct hb_soak_judgement *judgement,
                          struct hb_chart_palette *palette, struct hb_chart *chart,
                          struct hb_err *err);

/* Peak, last, drained. */
int hb_chart_soak_memory(const struct hb_soak_judgement *judgement,
                         struct hb_chart_palette *palette, struct hb_chart *chart,
                         struct hb_err *err);

/* ---- several sessions ---- */

/* Medians with their intervals over the dates of sessions[0..count), which were measured alike and
 * are sorted by date. */
int hb_chart_history(const struct hb_judgement *const *sessions, size_t count,
                     struct hb_chart_palette *palette, struct hb_chart *chart, struct hb_err *err);

/* ---- shared ---- */

/* The axis for operations a second, or bytes, up to `most`: a unit in which that reads well. */
void hb_chart_rate_axis(struct hb_chart_axis *axis, double most);
void hb_chart_bytes_axis(struct hb_chart_axis *axis, double most);

#endif
