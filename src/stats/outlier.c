/* Outliers: see outlier.h. */
#include "stats/outlier.h"

#include "stats/order.h"

#include <math.h>

#define NORMAL_MAD 0.6745 /* MAD of the standard normal, as the authors round it */
#define NORMAL_MEAN_DEVIATION                                                                      \
    1.253314 /* sqrt(pi / 2): standard over mean deviation of a normal                             \
              */

double hb_stats_modified_z(double x, double median, double mad, double mean_deviation)
{
    if (mad > 0)
        return NORMAL_MAD * (x - median) / mad;
    if (mean_deviation > 0)
        return (x - median) / (NORMAL_MEAN_DEVIATION * mean_deviation);
    return 0;
}

static double mean_deviation_of(const double *x, size_t n, double median)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(x[i] - median) / (double)n;
    return sum;
}

size_t hb_stats_outliers(const double *x, size_t n, bool *out, double *scratch)
{
    const double median = hb_stats_median(x, n, scratch);
    const double mad = hb_stats_mad(x, n, scratch);
    const double mean_deviation = mean_deviation_of(x, n, median);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const double z = hb_stats_modified_z(x[i], median, mad, mean_deviation);
        const bool far = n >= 3 && fabs(z) > HB_OUTLIER_LIMIT; /* false when NaN */
        if (out)
            out[i] = far;
        count += far;
    }
    return count;
}
