/* Percentiles of a latency histogram: see hist.h. */
#include "stats/hist.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

uint64_t hb_stats_hist_total(const struct hb_loglinear_count *buckets, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += buckets[i].count;
    return total;
}

static double middle(uint32_t bucket)
{
    const uint64_t least = hb_loglinear_least(bucket), greatest = hb_loglinear_greatest(bucket);
    return (double)least + (double)(greatest - least) / 2;
}

/* ceil(q total), 1..total. What rounding added to the product is taken off first: 0.07 x 100 is
 * 7.000000000000001, whose rank is 7. */
static uint64_t rank_of(double q, uint64_t total)
{
    const double place = fmin(fmax(q, 0), 1) * (double)total;
    const double rank = ceil(place - 4 * DBL_EPSILON * place);
    if (rank >= (double)total)
        return total;
    return rank < 1 ? 1 : (uint64_t)rank;
}

double hb_stats_hist_quantile(const struct hb_loglinear_count *buckets, size_t n, double q)
{
    const uint64_t total = hb_stats_hist_total(buckets, n);
    if (total == 0 || isnan(q))
        return (double)NAN;
    uint64_t left = rank_of(q, total);
    size_t i = 0;
    while (left > buckets[i].count)
        left -= buckets[i++].count;
    return middle(buckets[i].bucket);
}

size_t hb_stats_hist_merge(const struct hb_loglinear_count *a, size_t n,
                           const struct hb_loglinear_count *b, size_t m,
                           struct hb_loglinear_count *out)
{
    size_t i = 0, j = 0, length = 0;
    while (i < n || j < m) {
        const bool from_a = j == m || (i < n && a[i].bucket <= b[j].bucket);
        const bool from_b = i == n || (j < m && b[j].bucket <= a[i].bucket);
        out[length].bucket = from_a ? a[i].bucket : b[j].bucket;
        out[length].count = (from_a ? a[i].count : 0) + (from_b ? b[j].count : 0);
        i += from_a;
        j += from_b;
        length++;
    }
    return length;
}
