/* Holm's correction: see holm.h. */
#include "stats/holm.h"

#include "stats/order.h"

#include <math.h>

/* The largest product of those up to p: of equal values the first has the largest. */
static double adjusted(const double *sorted, size_t count, double p)
{
    double largest = 0;
    for (size_t k = 0; k < count && sorted[k] <= p; k++)
        largest = fmax(largest, (double)(count - k) * sorted[k]);
    return fmin(1, largest);
}

void hb_stats_holm(double *p, size_t n, double *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i]))
            scratch[count++] = p[i];
    }
    hb_stats_sort(scratch, count);
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i]))
            p[i] = adjusted(scratch, count, p[i]);
    }
}
