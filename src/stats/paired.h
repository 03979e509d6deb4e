/* Paired comparisons: one log-ratio per block. Pure; the caller owns the scratch.
 * Read next: holm.h, verdict.h. Method: docs/method.md, "Verdicts". */
#ifndef HB_STATS_PAIRED_H
#define HB_STATS_PAIRED_H

#include "stats/bootstrap.h"
#include "stats/holm.h"

#include <stddef.h>
#include <stdint.h>

/* Hodges-Lehmann estimate of paired log-ratios d[0..n), unitless: the median of the n(n+1)/2 Walsh
 * averages (Hodges and Lehmann 1963); its exp is the ratio. n = 0, or a value that is not finite:
 * NaN. scratch: n(n+1)/2 doubles. */
double hb_stats_hodges_lehmann(const double *d, size_t n, double *scratch);

/* Its 95 % interval by BCa over resampled blocks. Above 100 blocks fewer resamples are taken
 * (hb_stats_affordable); *used (may be NULL) tells how many. n < 2, or a value that is not finite:
 * NaN. Coverage: see bootstrap.h. scratch: HB_PAIRED_SCRATCH doubles. */
#define HB_PAIRED_SCRATCH(n, resamples) ((resamples) + 2 * (n) + (n) * ((n) + 1) / 2)
struct hb_interval hb_stats_hodges_lehmann_interval(const double *d, size_t n, size_t resamples,
                                                    uint64_t seed, double *scratch, size_t *used);

/* Two-sided p of Wilcoxon's signed-rank test (1945) that d[0..n) is symmetric about 0: twice the
 * smaller tail, at most 1. Zeros are dropped (Wilcoxon's way), equal |d| get midranks. Exact when
 * at most 50 are not zero, with ties by the permutation distribution over the midranks; beyond
 * that normal with continuity and tie correction. None that is not zero: 1. A value that is not
 * finite: NaN. scratch: HB_WILCOXON_SCRATCH doubles. */
#define HB_WILCOXON_EXACT_MAX  50u
#define HB_WILCOXON_SCRATCH(n) (2 * (n) + HB_WILCOXON_EXACT_MAX * (HB_WILCOXON_EXACT_MAX + 1) + 1)
double hb_stats_wilcoxon(const double *d, size_t n, double *scratch);

#endif
