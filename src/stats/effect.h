/* How large is a difference between two unpaired samples? Pure; the caller owns the scratch.
 * Read next: ranktest.h (is it there at all), drift.h. Method: docs/method.md. */
#ifndef HB_STATS_EFFECT_H
#define HB_STATS_EFFECT_H

#include "stats/bootstrap.h"

#include <stddef.h>
#include <stdint.h>

/* Hodges-Lehmann's two-sample shift of logs (1963), unitless: the median of all n m differences
 * log_a[i] - log_b[j]; its exp is the ratio A over B. n or m = 0, or a value that is not finite:
 * NaN. scratch: n m doubles. */
double hb_stats_shift(const double *log_a, size_t n, const double *log_b, size_t m,
                      double *scratch);

/* Its 95 % percentile bootstrap interval, both groups resampled. Above 10,000 pairs fewer
 * resamples are taken: hb_stats_affordable. n or m < 2, or a value that is not finite: NaN.
 * scratch: HB_SHIFT_SCRATCH doubles. */
#define HB_SHIFT_SCRATCH(n, m, resamples) ((resamples) + (n) + (m) + (n) * (m))
struct hb_interval hb_stats_shift_interval(const double *log_a, size_t n, const double *log_b,
                                           size_t m, size_t resamples, uint64_t seed,
                                           double *scratch);

/* Vargha and Delaney's A12 (2000): P(a > b) + P(a = b) / 2 over all pairs; 0.5 is no effect.
 * n or m = 0, or a value that is not finite: NaN. */
double hb_stats_a12(const double *a, size_t n, const double *b, size_t m);

/* Its magnitude in their words: from 0.56 (or 0.44) on "small", from 0.64 "medium", from 0.71
 * "large", below "negligible"; NaN "unknown". Static text. */
const char *hb_stats_a12_word(double a12);

/* Geometric mean of x[0..n), in their unit: the mean of ratios across workloads (Fleming and
 * Wallace 1986). A 0 among them gives 0; n = 0 or one below 0: NaN. */
double hb_stats_geometric_mean(const double *x, size_t n);

#endif
