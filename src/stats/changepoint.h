/* Does a run warm up, hold, slow down, or never settle? Change points in the times of its slices.
 * Pure; the caller owns the scratch.
 * Method: docs/statistics.md, "Warm-up and steady state". */
#ifndef HB_STATS_CHANGEPOINT_H
#define HB_STATS_CHANGEPOINT_H

#include <stddef.h>

/* A segment has at least 5 slices: the variance of fewer says nothing (with 2, any two neighbours
 * that happen to be alike would make a segment of their own), and of 100 slices, the fewest a run
 * has, it is a twentieth. */
#define HB_CHANGEPOINT_SEGMENT_MIN 5u

/* Two levels that differ by less than this fraction count as one. */
#define HB_STEADY_TOLERANCE 0.01

enum hb_steady_class {
    HB_STEADY_FLAT = 0, /* every level is that of the end */
    HB_STEADY_WARMUP,   /* the level of the end is the fastest */
    HB_STEADY_SLOWDOWN, /* some level before it was faster */
    HB_STEADY_NONE,     /* the level of the end holds for less than half of the run */
    HB_STEADY_CLASSES
};

struct hb_steady {
    enum hb_steady_class class;
    size_t start;    /* first slice of the steady part; 0 when flat or none */
    size_t segments; /* number of segments found */
};

/* Doubles of scratch that hb_stats_pelt needs. */
#define HB_CHANGEPOINT_SCRATCH(n) (5 * ((n) + 1))

/* Optimal segmentation of x[0..n) under the normal mean-and-variance cost, with a penalty of
 * 15 ln n a change (Barrett et al. 2017) and segments of at least 5: PELT (Killick, Fearnhead and
 * Eckley 2012), which gives what trying all would. ends[0..return) gets the end of each segment
 * (exclusive; the last is n). n = 0: none. n < 10: one. A value that is not finite: one.
 * ends: n / 5 + 1 entries. scratch: HB_CHANGEPOINT_SCRATCH(n) doubles. */
size_t hb_stats_pelt(const double *x, size_t n, size_t *ends, double *scratch);

/* The filter of Hampel: out[i] is x[i], or the median of the 11 values around it (fewer at the
 * ends) where it is further than 3 x 1.4826 MAD from that. Takes out bursts of up to 5 slices, at
 * the ends of 2: a timer interrupt or a preemption is no change of level. out may not be x. */
void hb_stats_hampel(const double *x, size_t n, double *out);

/* Classifies a run from the durations slice_ns[0..n) of its equal slices (ns, or ns/op), after
 * Barrett et al. 2017:
 *   1. Hampel's filter, then PELT.
 *   2. A segment is like the last one when their means differ by at most max(tolerance x mean, the
 *      standard deviation within the last).
 *   3. One of at most n/20 slices after a segment like the last, unlike it itself, is a burst from
 *      outside (a neighbour, an interrupt storm), no level of the run: it counts as like.
 *   4. The steady part reaches from the last slice back over all that is like. If it is the whole
 *      run: flat. If shorter than half of it: none. Else warm-up when all unlike segments are
 *      slower, otherwise slowdown.
 * n = 0: flat. A value that is not finite: none.
 * ends: n / 5 + 1 entries. scratch: n + HB_CHANGEPOINT_SCRATCH(n) doubles. */
struct hb_steady hb_stats_steady_within(const double *slice_ns, size_t n, double tolerance,
                                        size_t *ends, double *scratch);

/* The same with HB_STEADY_TOLERANCE. */
struct hb_steady hb_stats_steady(const double *slice_ns, size_t n, size_t *ends, double *scratch);

#endif
