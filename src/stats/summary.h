/* What is printed of n samples: location, spread and their intervals. Pure.
 * Read next: order.h, bootstrap.h. Method: docs/statistics.md, "Each figure". */
#ifndef HB_STATS_SUMMARY_H
#define HB_STATS_SUMMARY_H

#include "stats/order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fewer samples have no 95 % order-statistic interval of the median: 1 - 2/2^5 < 0.95. */
#define HB_SUMMARY_N_MIN 6u

/* All in the samples' unit but n, cv and robust_cv, which have none. */
struct hb_summary {
    size_t n; /* 0: everything else is NaN */
    double mean, median, min, max;
    double sd, cv;                 /* n-1; sd / |mean|. NaN below 2 samples; cv at a mean of 0 */
    double mad, robust_cv;         /* unscaled; 1.4826 MAD / |median|, NaN at a median of 0 */
    double p05, p25, p75, p95;     /* type 7 */
    double ci_mean_lo, ci_mean_hi; /* 95 % BCa; NaN below 2 samples */
    double ci_median_lo, ci_median_hi; /* at least 95 %, order statistics; NaN below 6 samples */
    bool median_ci_valid;              /* false below 6 samples */
};

/* Doubles of scratch that hb_stats_summary needs. */
#define HB_SUMMARY_SCRATCH(n, resamples) ((resamples) + 2 * (n))

/* Summarises x[0..n). The mean's interval is resampled `resamples` times with this seed; with 0 it
 * is NaN, and the whole a thousand times cheaper. A value
 * that is not finite: n is kept, everything else is NaN. scratch: HB_SUMMARY_SCRATCH doubles. */
void hb_stats_summary(const double *x, size_t n, size_t resamples, uint64_t seed, double *scratch,
                      struct hb_summary *summary);

/* The rank r (from 1) of the order statistics x_(r) and x_(n+1-r) that hold the median of a
 * continuous distribution with at least 95 %, the largest there is: P(Binomial(n, 1/2) < r) <=
 * 0.025 (Conover 1999, section 3.2). 0 when n < 6. */
size_t hb_stats_median_interval_rank(size_t n);

#endif
