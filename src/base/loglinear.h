/* Log-linear buckets of a latency histogram, as the worker fills and everything else reads them:
 * exact below 2,048, then 1,024 buckets for each power of two, so that a bucket's width is below
 * 0.1 % of its values (three significant digits; the layout of HdrHistogram, Tene 2014).
 * Pure, inline, no dependencies: the one header of base that the worker may include.
 * Read next: src/stats/hist.h. */
#ifndef HB_BASE_LOGLINEAR_H
#define HB_BASE_LOGLINEAR_H

#include <stdint.h>

#define HB_LOGLINEAR_HALF_BITS 10u
#define HB_LOGLINEAR_HALF      (UINT32_C(1) << HB_LOGLINEAR_HALF_BITS)
#define HB_LOGLINEAR_BITS      40u /* values from 2^40 ns (18 minutes) on share the last bucket */
#define HB_LOGLINEAR_BUCKETS   ((HB_LOGLINEAR_BITS - HB_LOGLINEAR_HALF_BITS + 1) * HB_LOGLINEAR_HALF)

/* One bucket that is not empty. A sparse histogram is an array of them, sorted, each bucket once.
 */
struct hb_loglinear_count {
    uint32_t bucket;
    uint64_t count; /* > 0 */
};

/* The bucket of a value in ns: 0..HB_LOGLINEAR_BUCKETS - 1. */
static inline uint32_t hb_loglinear_bucket(uint64_t ns)
{
    if (ns < 2 * HB_LOGLINEAR_HALF)
        return (uint32_t)ns;
    if (ns >> HB_LOGLINEAR_BITS)
        return HB_LOGLINEAR_BUCKETS - 1;
    const uint32_t shift = 63u - (uint32_t)__builtin_clzll(ns) - HB_LOGLINEAR_HALF_BITS;
    return shift * HB_LOGLINEAR_HALF + (uint32_t)(ns >> shift);
}

/* The least and the greatest value of a bucket, in ns. */
static inline uint64_t hb_loglinear_least(uint32_t bucket)
{
    if (bucket < 2 * HB_LOGLINEAR_HALF)
        return bucket;
    const uint32_t shift = bucket / HB_LOGLINEAR_HALF - 1;
    return (uint64_t)(bucket - shift * HB_LOGLINEAR_HALF) << shift;
}

static inline uint64_t hb_loglinear_greatest(uint32_t bucket)
{
    return bucket < 2 * HB_LOGLINEAR_HALF ? bucket : hb_loglinear_least(bucket + 1) - 1;
}

#endif
