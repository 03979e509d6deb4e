/* Several competitors over many rows (a row is one thing that was measured, in blocks): the
 * geometric mean of each over the rows, with its interval, and its place, with how sure that is.
 * The rows are given; what is not known of them is their level. Pure; the caller owns the scratch.
 * Read next: src/compare/standings.h (the user). Method: docs/statistics.md, "The table". */
#ifndef HB_STATS_STANDING_H
#define HB_STATS_STANDING_H

#include "stats/twosample.h"

#include <stddef.h>
#include <stdint.h>

/* One row: of each competitor the log-ratios to the reference, one a block, the same blocks for
 * all. Above 0 is better. Finite. */
struct hb_standing_row {
    const double *logs; /* [competitors][blocks] */
    size_t blocks;      /* 1 at least */
};

/* Half of the 95 % interval of a mean of n values with this standard deviation, by Student's t.
 * n < 2: infinite, as nothing is known. */
double hb_stats_half_width(double sd, size_t n);

/* Standard deviation (n - 1) of x[0..n); n < 2: NaN. */
double hb_stats_sd(const double *x, size_t n);

/* The mean of one competitor over rows[0..count): of the rows' Hodges-Lehmann estimates, each as
 * heavy. Its variance is the sum of the rows' s^2 / n over count^2; degrees of freedom by Welch and
 * Satterthwaite (1946); 95 % by Student's t. No interval (NaN) when a row has one block alone.
 * count = 0: NaN. scratch: n (n + 1) / 2 doubles, n the most blocks of a row. */
struct hb_located hb_stats_row_mean(const struct hb_standing_row *rows, size_t count,
                                    size_t competitor, double *scratch);

struct hb_place {
    double first;       /* share of resamples in which it is first; ties share; NaN: not known */
    size_t rank;        /* by the estimates, from 1 */
    size_t best, worst; /* it is so placed in 95 % of them; not known: anywhere */
};

/* The places of all competitors by these means. Each resample draws every row's blocks anew, the
 * same blocks for all competitors, as they met the same minute. A resample of n blocks varies too
 * little by (n - 1) / n, and is stretched by that. A row of one block has no resamples: then only
 * the estimates' ranks are known. places: [competitors]. scratch:
 * HB_PLACES_SCRATCH doubles. */
#define HB_PLACES_SCRATCH(competitors, count, most_blocks)                                         \
    ((competitors) * ((count) + 3 + (competitors)) + (most_blocks) +                               \
     (most_blocks) * ((most_blocks) + 1) / 2)
void hb_stats_places(const struct hb_standing_row *rows, size_t count, size_t competitors,
                     size_t resamples, uint64_t seed, struct hb_place *places, double *scratch);

#endif
