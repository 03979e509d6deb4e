/* Is one sample more spread out than another? A ratio of standard deviations with an interval that
 * holds for long tails as well. Pure.
 * Read next: twosample.h. Method: docs/statistics.md, "Across files". */
#ifndef HB_STATS_SCALE_H
#define HB_STATS_SCALE_H

#include "stats/twosample.h"

/* ln(CV of a / CV of b), CV = sd / mean, and its 95 % interval after Bonett (2006, "Robust
 * confidence interval for a ratio of standard deviations"), each sample divided by its mean: the
 * variance of ln s^2 from the kurtosis of both together, about a mean trimmed by
 * 1 / (2 sqrt(n - 4)). n or m < 6, no spread in one, or a value that is not finite: NaN.
 * scratch: n + m doubles. */
struct hb_located hb_stats_cv_ratio(const double *a, size_t n, const double *b, size_t m,
                                    double *scratch);

/* The CV of x[0..n), a fraction, and its 95 % interval after Bonett (2006, "Approximate confidence
 * interval for standard deviation of nonnormal distributions"). n < 6, no spread, or a value that
 * is not finite: NaN. scratch: n doubles. */
struct hb_located hb_stats_located_cv(const double *x, size_t n, double *scratch);

#endif
