/* Did a series of few, well-known points change its level, and where? For the medians of sessions
 * over weeks: unlike the slices of a run (changepoint.h), there are few and each has its error.
 * Pure. Read next: src/compare/timeline.h. Method: docs/statistics.md, "Over many sessions". */
#ifndef HB_STATS_STEPS_H
#define HB_STATS_STEPS_H

#include <stddef.h>

/* More points are not looked at one by one: the caller takes fewer. */
#define HB_STEPS_N_MAX 4096u

/* The noise of x[0..n) between neighbours: 1.4826 MAD of the differences of neighbours, about 0,
 * over sqrt 2. Steps touch few differences and so hardly raise it. n < 3: NaN. scratch: n. */
double hb_stats_steps_noise(const double *x, size_t n, double *scratch);

/* Doubles of scratch that hb_stats_steps needs. */
#define HB_STEPS_SCRATCH(n) (5 * ((n) + 1))

/* The levels of x[0..n): least squares with a penalty of 3 ln n x noise^2 a step (the
 * place and the height of each, as in BIC, and once more for the search), found by
 * trying all (Jackson et al. 2005), each level of at least `shortest` points. Then steps smaller
 * than `least` (in x's unit) are taken out, smallest first. ends[0..return) gets the end of each
 * level (exclusive; the last is n). A value or noise that is not finite, or n < 2 shortest: one.
 * n = 0: none. ends: n + 1 entries. scratch: HB_STEPS_SCRATCH(n) doubles. */
size_t hb_stats_steps(const double *x, size_t n, double noise, double least, size_t shortest,
                      size_t *ends, double *scratch);

/* The same of points that are not equally well known: each has its factor, by how many times
 * `noise` it is scattered (1: as usual), and counts 1 / factor^2 in its level. A level weighs as
 * much as a usual point at least: a few scattered ones alone are none. */
size_t hb_stats_steps_of(const double *x, const double *factors, size_t n, double noise,
                         double least, size_t shortest, size_t *ends, double *scratch);

/* ---- how noisy was it? ---- */

/* Sessions this many times as noisy as they usually are, or more, are noisy. */
#define HB_NOISY_FACTOR 2.0

/* A noisy time: points from..to, both in it. */
struct hb_noisy_span {
    size_t from, to;
    double factor; /* median of its floors over the usual one */
};

/* What the noise floors of sessions in order say: factors[0..n), 1 where it was as usual, and spans
 * (room for n / 2 + 1), of which the number is returned. The usual floor is the median. A span is a
 * level of the logarithms (hb_stats_steps, two points at least) above HB_NOISY_FACTOR; within it
 * the factor is the span's, elsewhere a point's own where that is above it. A floor that is not
 * known (NaN, or not above 0) is taken as usual. scratch: HB_STEPS_SCRATCH(n) + 2 n; ends: n + 1.
 */
size_t hb_stats_noisy(const double *floors, size_t n, double *factors, struct hb_noisy_span *spans,
                      size_t *ends, double *scratch);

#endif
