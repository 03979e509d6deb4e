/* Order statistics: see order.h. */
#include "stats/order.h"

#include <math.h>
#include <string.h>

bool hb_stats_all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return false;
    }
    return true;
}

size_t hb_stats_known(const double *x, size_t n, double *known)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i]))
            known[count++] = x[i];
    }
    return count;
}

static void swap(double *a, double *b)
{
    const double kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(double *x, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        child += child + 1 < n && x[child + 1] > x[child];
        if (x[root] >= x[child])
            return;
        swap(&x[root], &x[child]);
    }
}

void hb_stats_sort(double *x, size_t n)
{
    for (size_t root = n / 2; root-- > 0;)
        sift_down(x, root, n);
    for (size_t end = n; end-- > 1;) {
        swap(&x[0], &x[end]);
        sift_down(x, 0, end);
    }
}

double hb_stats_select(double *x, size_t n, size_t k)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1;
    const ptrdiff_t wanted = (ptrdiff_t)k;
    while (low < high) {
        const double pivot = x[wanted];
        ptrdiff_t i = low, j = high;
        do {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i <= j)
                swap(&x[i++], &x[j--]);
        } while (i <= j);
        if (j < wanted)
            low = i;
        if (wanted < i)
            high = j;
    }
    return x[wanted];
}

double hb_stats_median_in_place(double *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    const double upper = hb_stats_select(x, n, n / 2);
    if (n % 2)
        return upper;
    double lower = x[0]; /* all before n/2 are no larger: the largest of them is the other one */
    for (size_t i = 1; i < n / 2; i++)
        lower = x[i] > lower ? x[i] : lower;
    return lower + (upper - lower) / 2;
}

double hb_stats_median(const double *x, size_t n, double *scratch)
{
    if (n == 0 || !hb_stats_all_finite(x, n))
        return (double)NAN;
    memcpy(scratch, x, n * sizeof *x);
    return hb_stats_median_in_place(scratch, n);
}

/* Place (n-1) q, from 0, of quantile q. */
static double place_of(size_t n, double q)
{
    return fmin(fmax(q, 0), 1) * (double)(n - 1);
}

double hb_stats_quantile_sorted(const double *sorted, size_t n, double q)
{
    if (n == 0 || isnan(q))
        return (double)NAN;
    const double place = place_of(n, q);
    const size_t below = (size_t)place;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

double hb_stats_quantile_in_place(double *x, size_t n, double q)
{
    if (n == 0 || isnan(q))
        return (double)NAN;
    const double place = place_of(n, q);
    const size_t below = (size_t)place;
    const double lower = hb_stats_select(x, n, below);
    if (below + 1 >= n)
        return lower;
    double upper = x[below + 1]; /* all after it are no smaller: the smallest is the next one */
    for (size_t i = below + 2; i < n; i++)
        upper = x[i] < upper ? x[i] : upper;
    return lower + (place - (double)below) * (upper - lower);
}

double hb_stats_mad(const double *x, size_t n, double *scratch)
{
    const double median = hb_stats_median(x, n, scratch);
    if (isnan(median))
        return median;
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(x[i] - median);
    return hb_stats_median_in_place(scratch, n);
}

/* ---- which samples lie far from the others? ---- */

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
