/* Two unpaired samples: how far one lies from the other, with an interval that is exact at any size
 * and needs no resampling; and how much neighbours in time that are alike widen it. Pure.
 * Read next: paired.h (the same of pairs), ranktest.h. Method: docs/statistics.md, "Across files".
 */
#ifndef HB_STATS_TWOSAMPLE_H
#define HB_STATS_TWOSAMPLE_H

#include "stats/bootstrap.h"
#include "stats/ranktest.h"

#include <stddef.h>

/* The rank k (from 1) of the differences D_(k) and D_(nm+1-k) that hold the shift with at least
 * 95 %: the largest with P(U < k) <= 0.025 (Hollander and Wolfe 1999, section 4.3; as R's
 * wilcox.test). Exact to 50 in each group, normal beyond. 0: too few (such as 3 and 3).
 * scratch: HB_MANN_WHITNEY_SCRATCH(n, m). */
size_t hb_stats_shift_rank(size_t n, size_t m, double *scratch);

/* A location and its 95 % interval. NaN where there is none. */
struct hb_located {
    double estimate;
    struct hb_interval interval;
};

/* Hodges-Lehmann's shift a less b and its interval: the median and two order statistics of all n m
 * differences. rank: of hb_stats_shift_rank for the same n and m; 0 gives no interval. n or m = 0,
 * or a value that is not finite: NaN. scratch: n m doubles. */
struct hb_located hb_stats_located_shift(const double *a, size_t n, const double *b, size_t m,
                                         size_t rank, double *scratch);

/* The autocorrelation of x[0..n) at lag 1, of its ranks, so that one wild value does not hide it,
 * with the bias of a short series put back: (n r + 1) / (n - 4), from E r = rho - (1 + 4 rho) / n
 * (Kendall 1954). From -1 to 0.95. n < 6, or all alike: 0. scratch: 2 n doubles. */
double hb_stats_lag1(const double *x, size_t n, double *scratch);

/* By what the interval of a location is widened when neighbours are alike: sqrt((1 + rho) /
 * (1 - rho)), the effect of a first-order autocorrelation (Bartlett 1946). 1 for rho <= 0. */
double hb_stats_widening(double rho);

/* Both arms of the interval times factor. */
struct hb_interval hb_stats_widened(struct hb_located located, double factor);

#endif
