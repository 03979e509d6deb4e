/* Student's t distribution: see student.h. */
#include "stats/student.h"

#include <math.h>

#define FRACTION_TERMS 500
#define FRACTION_ENDS  1e-16
#define TINY           1e-300
#define HALVINGS       200

static double off_zero(double x)
{
    return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of I_x(a, b), which converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / off_zero(1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m < FRACTION_TERMS; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / off_zero(1 + even * d);
        c = off_zero(1 + even / c);
        fraction *= d * c;
        d = 1 / off_zero(1 + odd * d);
        c = off_zero(1 + odd / c);
        fraction *= d * c;
        if (fabs(d * c - 1) < FRACTION_ENDS)
            break;
    }
    return fraction;
}

/* I_x(a, b); rest is 1 - x, which x close to 1 does not tell. */
static double incomplete_beta(double a, double b, double x, double rest)
{
    if (x <= 0 || rest <= 0)
        return x <= 0 ? 0 : 1;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, rest) / b;
}

double hb_stats_student_cdf(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return (double)NAN;
    const double squares = df + t * t;
    const double tail =
        isinf(squares) ? 0 : incomplete_beta(df / 2, 0.5, df / squares, t * t / squares) / 2;
    return t > 0 ? 1 - tail : tail;
}

double hb_stats_student_quantile(double p, double df)
{
    if (!(p > 0 && p < 1) || !(df > 0))
        return (double)NAN;
    if (p > 0.5) /* the lower tail keeps its digits */
        return -hb_stats_student_quantile(1 - p, df);
    double lo = -1, hi = 0;
    while (hb_stats_student_cdf(lo, df) > p)
        lo *= 2;
    for (int i = 0; i < HALVINGS && lo < hi; i++) {
        const double middle = lo + (hi - lo) / 2;
        if (middle == lo || middle == hi)
            break;
        if (hb_stats_student_cdf(middle, df) < p)
            lo = middle;
        else
            hi = middle;
    }
    return lo + (hi - lo) / 2;
}
