/* Does a series drift? Theil-Sen slope with its interval, Mann-Kendall test, both with
 * autocorrelation handled. Pure; the caller owns the scratch.
 * Read next: changepoint.h, src/judge/soak_judge.h. Method: docs/statistics.md, "Drift in a soak".
 */
#ifndef HB_STATS_TREND_H
#define HB_STATS_TREND_H

#include <stddef.h>

/* The variance of S, in the test and in the interval, is multiplied by the ratio of Hamed and Rao
 * (1998), n/n* = 1 + 2 / (n (n-1) (n-2)) sum over k of (n-k) (n-k-1) (n-k-2) rho(k), with rho(k)
 * the autocorrelation of the ranks of what the Theil-Sen line leaves. It departs from them in three
 * ways, each found by simulation (tests/unit/test_stats_trend.c):
 *   - Lags count from 1 to the last before rho turns negative (the initial positive sequence of
 *     Geyer 1992), whether each alone is significant or not. All significant lags, negative ones
 *     too, cancel for a sawtooth, whose rise over a part of a period then passes for a drift.
 *   - None counts, and the ratio is 1, unless rho(1) is significant at 5 % (1.96 / sqrt n).
 *   - rho is too low after a line was fitted, by (2 + 4 rho(1)) / n (Shaman and Stine 1988): that
 *     is put back, up to 1. */

/* Fewer points carry no trend: the exact Mann-Kendall test cannot reach p = 0.05 below 5, and
 * autocorrelation cannot be estimated from so few. */
#define HB_TREND_N_MIN 8u

/* Longer series are cut into this many runs of neighbours, each replaced by its medians: of x and
 * of y. n is then this many. */
#define HB_TREND_N_MAX 1500u

/* x in any unit (s), y in any unit. NaN: not known (fewer than HB_TREND_N_MIN points, or a
 * value that is not finite). */
struct hb_trend {
    size_t n;                  /* points used */
    double slope;              /* Theil-Sen: median of all pairwise slopes (Theil 1950, Sen 1968) */
    double slope_lo, slope_hi; /* 95 % (Sen 1968), its variance corrected as above; reaching to 0 at
                                  least where the points are too few for an interval */
    double intercept;          /* median of y - slope x */
    double tau;                /* Kendall's tau-b */
    double z, p;               /* Mann-Kendall, two-sided, ties corrected, variance corrected */
    double p_plain;            /* the same without the correction: it cries wolf */
    double variance_ratio;     /* corrected / plain variance of S, at least 1 */
    double first, last;        /* medians of y over its first and last tenth, 3 points at least */
    double last_quarter_slope; /* Theil-Sen over that quarter; NaN below HB_TREND_N_MIN points */
    double last_quarter_p;     /* Mann-Kendall over it, corrected */
};

/* Doubles of scratch that hb_stats_trend needs. */
#define HB_TREND_SCRATCH(n)                                                                        \
    ((size_t)8 * ((n) < HB_TREND_N_MAX ? (n) : HB_TREND_N_MAX) + 64 +                              \
     ((n) < HB_TREND_N_MAX ? (n) : HB_TREND_N_MAX) *                                               \
         ((n) < HB_TREND_N_MAX ? (n) : HB_TREND_N_MAX) / 2)

/* The trend of y[0..n) over x[0..n), x strictly rising. */
void hb_stats_trend(const double *x, const double *y, size_t n, double *scratch,
                    struct hb_trend *trend);

#endif
