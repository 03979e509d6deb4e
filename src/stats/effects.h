/* Many machines, each with its own estimate of the same thing: the mean over machines, and how far
 * machines lie apart. The machines are drawn from those that there are (random effects), so the
 * interval holds what another draw would show, not how well these are known. Pure.
 * Read next: src/compare/fleet.h (the user). Method: docs/statistics.md, "Over many machines". */
#ifndef HB_STATS_EFFECTS_H
#define HB_STATS_EFFECTS_H

#include "stats/bootstrap.h"

#include <stddef.h>

struct hb_effect {
    size_t n;                    /* machines with a finite estimate */
    double estimate;             /* NaN: n = 0 */
    double error;                /* standard error of it; NaN: n < 2 */
    struct hb_interval interval; /* 95 %; NaN: n < 2, one machine tells nothing of others */
    double spread;               /* tau, the standard deviation between machines beyond what their
                                    own noise explains; NaN: n < 2 */
    double p;                    /* of an estimate of 0, two-sided, Student's t; NaN: n < 2 */
};

/* y[i] +- sqrt(v[i]) of machine i. With w_i = 1 / (v_i + tau^2):
 *   estimate  sum w_i y_i / sum w_i
 *   tau^2     so that sum w_i (y_i - estimate)^2 = n - 1, or 0 where that is less already (Paule
 * and Mandel 1982) error^2   max(1, sum w_i (y_i - estimate)^2 / (n - 1)) / sum w_i, with Student's
 * t of n - 1 degrees (Hartung and Knapp 2001; Sidik and Jonkman 2002; the 1 by Knapp and Hartung
 * 2003) A machine whose y is not finite is left out. A v that is not known (NaN, infinite, below 0)
 * is the largest that is known, a v of 0 the smallest above 0: nobody is known for certain among
 * others that are not. Where no v is above 0 it is the mean, with Student's interval. scratch: 2 n
 * doubles. */
struct hb_effect hb_stats_random_effects(const double *y, const double *v, size_t n,
                                         double *scratch);

#endif
