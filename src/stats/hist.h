/* Percentiles of a latency histogram: log-linear buckets (src/base/loglinear.h) with their counts,
 * in sparse form. Pure; the caller owns every array.
 * Read next: src/result/model.h (where a soak keeps them). Method: docs/statistics.md, "Latency".
 */
#ifndef HB_STATS_HIST_H
#define HB_STATS_HIST_H

#include "base/loglinear.h"

#include <stddef.h>
#include <stdint.h>

/* Number of samples in buckets[0..n). */
uint64_t hb_stats_hist_total(const struct hb_loglinear_count *buckets, size_t n);

/* The value at quantile q in ns: the middle of the bucket that holds the sample of rank
 * ceil(q x total), at least 1 (nearest rank; Hyndman and Fan 1996, type 1), so that it is off by at
 * most 0.05 %; samples from 2^40 ns on read as the last bucket. q is cut to [0, 1]. NaN without
 * samples, and for q NaN. */
double hb_stats_hist_quantile(const struct hb_loglinear_count *buckets, size_t n, double q);

/* out = a and b together; out has room for n + m and may be neither. Returns its length. */
size_t hb_stats_hist_merge(const struct hb_loglinear_count *a, size_t n,
                           const struct hb_loglinear_count *b, size_t m,
                           struct hb_loglinear_count *out);

#endif
