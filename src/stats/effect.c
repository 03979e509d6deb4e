/* Effect sizes: see effect.h. */
#include "stats/effect.h"

#include "stats/order.h"
#include "stats/ranktest.h"

#include <math.h>

double hb_stats_a12(const double *a, size_t n, const double *b, size_t m)
{
    if (n == 0 || m == 0 || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return (double)NAN;
    return hb_stats_mann_whitney_u(a, n, b, m) / ((double)n * (double)m);
}

const char *hb_stats_a12_word(double a12)
{
    const double slack = 1e-12; /* 0.44 lies a rounding error nearer to 0.5 than 0.56 does */
    const double distance = fabs(a12 - 0.5) + slack;
    if (isnan(a12))
        return "unknown";
    if (distance >= 0.21)
        return "large";
    if (distance >= 0.14)
        return "medium";
    return distance >= 0.06 ? "small" : "negligible";
}

double hb_stats_geometric_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(x[i]);
    return n ? exp(sum / (double)n) : (double)NAN;
}
