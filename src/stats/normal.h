/* The standard normal distribution. Pure.
 * Read next: bootstrap.h, paired.h, ranktest.h (its users). */
#ifndef HB_STATS_NORMAL_H
#define HB_STATS_NORMAL_H

/* The quantile that leaves 2.5 % on each side: half a 95 % interval in standard errors. */
#define HB_NORMAL_Z95 1.959963984540054

/* P(Z <= z), to about 1e-15 relative. NaN in, NaN out. */
double hb_stats_normal_cdf(double z);

/* z with P(Z <= z) = p, to about 1e-15, relative in the tails and absolute around 0 (Acklam's
 * rational approximation, 2003, and one step of Halley's method). p <= 0: -inf; p >= 1: +inf; NaN
 * in, NaN out. */
double hb_stats_normal_quantile(double p);

#endif
