/* Paired comparisons: one log-ratio per block. Pure; the caller owns the scratch.
 * Read next: verdict.h, verdict.h. Method: docs/statistics.md, "Verdicts". */
#ifndef HB_STATS_PAIRED_H
#define HB_STATS_PAIRED_H

#include "stats/twosample.h"
#include "stats/verdict.h"

#include <stddef.h>

/* Hodges-Lehmann estimate of paired log-ratios d[0..n), unitless: the median of the n(n+1)/2 Walsh
 * averages (Hodges and Lehmann 1963); its exp is the ratio. n = 0, or a value that is not finite:
 * NaN. scratch: n(n+1)/2 doubles. */
double hb_stats_hodges_lehmann(const double *d, size_t n, double *scratch);

/* The same estimate with the interval that belongs to Wilcoxon's test: two order statistics of the
 * Walsh averages, of the largest rank that holds the centre with at least 95 % (Hollander and Wolfe
 * 1999, section 3.3; as R's wilcox.test), exact to n = 50, normal beyond. n < 6: no interval.
 * scratch: HB_WALSH_SCRATCH doubles. */
#define HB_WALSH_SCRATCH(n)                                                                        \
    ((n) * ((n) + 1) / 2 + HB_WILCOXON_EXACT_MAX * (HB_WILCOXON_EXACT_MAX + 1) / 2 + 1)
struct hb_located hb_stats_located_pairs(const double *d, size_t n, double *scratch);

/* The same of another confidence: outside on each side is as likely as a normal value beyond z.
 * Without an interval where so few pairs have none of it (NaN). */
struct hb_located hb_stats_located_pairs_at(const double *d, size_t n, double z, double *scratch);

/* Two-sided p of Wilcoxon's signed-rank test (1945) that d[0..n) is symmetric about 0: twice the
 * smaller tail, at most 1. Zeros are dropped (Wilcoxon's way), equal |d| get midranks. Exact when
 * at most 50 are not zero, with ties by the permutation distribution over the midranks; beyond
 * that normal with continuity and tie correction. None that is not zero: 1. A value that is not
 * finite: NaN. scratch: HB_WILCOXON_SCRATCH doubles. */
#define HB_WILCOXON_EXACT_MAX  50u
#define HB_WILCOXON_SCRATCH(n) (2 * (n) + HB_WILCOXON_EXACT_MAX * (HB_WILCOXON_EXACT_MAX + 1) + 1)
double hb_stats_wilcoxon(const double *d, size_t n, double *scratch);

#endif
