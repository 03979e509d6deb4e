/* Two unpaired samples of costs that a disturbance can only raise: does one lie above the other,
 * and by how much? A rank test that looks at the lower two thirds of both together, where disturbed
 * values are few (Gastwirth 1965, "Percentile Modifications of Two Sample Rank Tests"), and the
 * shift that it belongs to (Hodges and Lehmann 1963). Pure.
 * Read next: twosample.h (all ranks alike). Method: docs/statistics.md, "Programs". */
#ifndef HB_STATS_LOWRANK_H
#define HB_STATS_LOWRANK_H

#include "stats/twosample.h"

/* Samples of up to this many values together are tested exactly. */
#define HB_LOW_RANK_EXACT_MAX 64u

/* Doubles of scratch for samples of n and m: 0.8 MB and their differences. */
#define HB_LOW_RANK_SCRATCH(n, m)                                                                  \
    ((n) * (m) + 2 * ((n) + (m)) +                                                                 \
     (HB_LOW_RANK_EXACT_MAX / 2 + 1) *                                                             \
         (HB_LOW_RANK_EXACT_MAX * HB_LOW_RANK_EXACT_MAX * 2 / 3 + 1))

struct hb_low_rank {
    struct hb_located shift; /* a less b, and its interval */
    double p;                /* two-sided: twice the smaller tail, at most 1 */
};

/* Of N = n + m values the one of rank r scores min(2 r - 1, 2 floor(2 N / 3)): from two thirds on
 * up all score alike, however large they are. The statistic is the sum over a's scores. Its
 * distribution is counted where N is at most HB_LOW_RANK_EXACT_MAX (p also wants no ties), else it
 * is the normal of the same mean and variance. The interval holds the shifts of a that the test
 * does not reject with `tail` on each side (0.025: 95 %); the estimate is the one at which the
 * statistic crosses its mean. Too few values for an interval (such as 3 and 3): NaN. n or m = 0, or
 * a value that is not finite: all NaN. scratch: HB_LOW_RANK_SCRATCH(n, m). */
struct hb_low_rank hb_stats_low_rank(const double *a, size_t n, const double *b, size_t m,
                                     double tail, double *scratch);

#endif
