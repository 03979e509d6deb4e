/* Does a series drift? Theil-Sen slope with its interval, Mann-Kendall test, both with
 * autocorrelation handled. Pure; the caller owns the scratch.
 * Read next: changepoint.h, src/judge/soak_judge.h. Method: docs/method.md, "Drift in a soak". */
#ifndef HB_STATS_TREND_H
#define HB_STATS_TREND_H

#include <stddef.h>

/* Fewer points carry no trend: the exact Mann-Kendall test cannot reach p = 0.05 below 5, and
 * autocorrelation cannot be told from so few. */
#define HB_TREND_N_MIN 8u

/* Longer series are cut into this many runs of neighbours, each replaced by its medians. */
#define HB_TREND_N_MAX 1500u

/* x in any unit (s), y in any unit. NaN: could not be told (fewer than HB_TREND_N_MIN points, or a
 * value that is not finite). */
struct hb_trend {
    size_t n;                  /* points used */
    double slope;              /* Theil-Sen: median of all pairwise slopes (Theil 1950, Sen 1968) */
    double slope_lo, slope_hi; /* 95 % (Sen 1968), its variance corrected as below */
    double intercept;          /* median of y - slope x */
    double tau;                /* Kendall's tau-b */
    double z, p;               /* Mann-Kendall, two-sided, ties corrected, variance corrected */
    double p_plain;            /* the same without the correction: it cries wolf */
    double variance_ratio;     /* Hamed-Rao (1998): corrected / plain variance of S, at least 1 */
    double first, last; /* medians of y over the first and the last tenth (3 points at least) */
    double
        last_quarter_slope; /* Theil-Sen over the last quarter; NaN below HB_TREND_N_MIN points */
    double last_quarter_p;  /* Mann-Kendall over it, corrected */
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
