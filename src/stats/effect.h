/* How large is a difference between two unpaired samples? Pure; the caller owns the scratch.
 * Read next: ranktest.h (is it there at all), drift.h. Method: docs/statistics.md. */
#ifndef HB_STATS_EFFECT_H
#define HB_STATS_EFFECT_H

#include <stddef.h>

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
