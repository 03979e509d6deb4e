/* Student's t distribution. Pure.
 * Read next: standing.h (the user). */
#ifndef HB_STATS_STUDENT_H
#define HB_STATS_STUDENT_H

/* P(T <= t) with df degrees of freedom, which need not be whole: by the incomplete beta function,
 * to about 1e-12 (continued fraction of DLMF 8.17.22, by Lentz's method). df <= 0 or NaN: NaN. */
double hb_stats_student_cdf(double t, double df);

/* t with P(T <= t) = p, to about 1e-11 relative (1e-8 at df = 1e5), by bisection. p outside (0, 1),
 * df <= 0: NaN. */
double hb_stats_student_quantile(double p, double df);

#endif
