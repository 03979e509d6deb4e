/* The standard normal distribution: see normal.h. */
#include "stats/normal.h"

#include <math.h>

double hb_stats_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

static double polynomial(const double *c, int n, double x)
{
    double sum = c[0];
    for (int i = 1; i < n; i++)
        sum = sum * x + c[i];
    return sum;
}

/* Acklam (2003), relative error below 1.15e-9, for p up to one half. */
static double lower_half(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01, 1.0};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00, 1.0};
    if (p < 0.02425) {
        const double q = sqrt(-2 * log(p));
        return polynomial(c, 6, q) / polynomial(d, 5, q);
    }
    const double q = p - 0.5, r = q * q;
    return q * polynomial(a, 6, r) / polynomial(b, 6, r);
}

double hb_stats_normal_quantile(double p)
{
    if (isnan(p))
        return p;
    if (p <= 0)
        return -(double)INFINITY;
    if (p >= 1)
        return (double)INFINITY;
    if (p > 0.5)
        return -hb_stats_normal_quantile(1 - p);
    const double x = lower_half(p);
    const double e = hb_stats_normal_cdf(x) - p;
    const double u = e * sqrt(2 * M_PI) * exp(x * x / 2);
    return x - u / (1 + x * u / 2);
}
