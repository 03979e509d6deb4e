/* Two unpaired samples: does one lie above the other (Mann-Whitney's U), and by how much? Pure; the
 * caller owns the scratch. Read next: twosample.h. Method: docs/statistics.md. */
#ifndef HB_STATS_RANKTEST_H
#define HB_STATS_RANKTEST_H

#include <stddef.h>

/* Groups of up to this size are tested exactly. */
#define HB_MANN_WHITNEY_EXACT_MAX 50u

/* Doubles of scratch for groups of n and m: at most 1 MB. */
#define HB_MANN_WHITNEY_SCRATCH(n, m)                                                              \
    ((n) + (m) +                                                                                   \
     (HB_MANN_WHITNEY_EXACT_MAX + 1) *                                                             \
         (HB_MANN_WHITNEY_EXACT_MAX * HB_MANN_WHITNEY_EXACT_MAX + 1))

/* U of a (Mann and Whitney 1947): the number of pairs with a[i] > b[j], ties counted half. */
double hb_stats_mann_whitney_u(const double *a, size_t n, const double *b, size_t m);

/* Two-sided p that a[0..n) and b[0..m) come from one distribution: twice the smaller tail of U, at
 * most 1. Exact to 50 in each group without ties, else normal with tie and continuity correction
 * (Conover 1999, section 5.1; as SciPy's mannwhitneyu). All values equal: 1.
 * n or m = 0, or a value that is not finite: NaN. scratch: HB_MANN_WHITNEY_SCRATCH(n, m). */
double hb_stats_mann_whitney(const double *a, size_t n, const double *b, size_t m, double *scratch);

/* The probability of each U from 0 to n m for groups of n and m, 1 to 50, without ties, in scratch:
 * HB_MANN_WHITNEY_SCRATCH(n, m) doubles, in which it stays. */
const double *hb_stats_mann_whitney_shares(size_t n, size_t m, double *scratch);

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
