/* Bootstrap intervals: BCa of one sample. Pure; the caller owns the scratch and
 * the seed, so that the same samples give the same interval for ever.
 * Read next: summary.h (the user). Method: docs/statistics.md, "Each figure". */
#ifndef HB_STATS_BOOTSTRAP_H
#define HB_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

struct hb_interval {
    double lo, hi; /* NaN when there is none */
};

/* A statistic of x[0..n). x is a copy that it may reorder; work is for its own use. */
typedef double hb_statistic(double *x, size_t n, void *work);

/* 95 % BCa interval (bias-corrected and accelerated; Efron 1987) of the statistic of x[0..n), from
 * `resamples` resamplings of whole values: where x holds one value a block, of whole blocks.
 * The acceleration is the jackknife's.
 * n < 2, resamples = 0, a value or statistic that is not finite: NaN. All resamples alike (all
 * values equal): that one point. scratch: resamples + 2 n doubles.
 * Of few values the true coverage is below 95 %: at n = 6, 10, 20 of normal values about 85, 90,
 * 93 % for a mean (tests/unit/test_stats_bootstrap.c). Ratios have exact ones: paired.h. */
struct hb_interval hb_stats_bca(const double *x, size_t n, hb_statistic *statistic, void *work,
                                size_t resamples, uint64_t seed, double *scratch);

#endif
