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
#define HB_STEPS_SCRATCH(n) (4 * ((n) + 1))

/* The levels of x[0..n): least squares with a penalty of 3 ln n x noise^2 a step (the
 * place and the height of each, as in BIC, and once more for the search), found by
 * trying all (Jackson et al. 2005), each level of at least `shortest` points. Then steps smaller
 * than `least` (in x's unit) are taken out, smallest first. ends[0..return) gets the end of each
 * level (exclusive; the last is n). A value or noise that is not finite, or n < 2 shortest: one.
 * n = 0: none. ends: n + 1 entries. scratch: HB_STEPS_SCRATCH(n) doubles. */
size_t hb_stats_steps(const double *x, size_t n, double noise, double least, size_t shortest,
                      size_t *ends, double *scratch);

#endif
