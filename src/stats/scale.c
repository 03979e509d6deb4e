/* Ratio of coefficients of variation: see scale.h. */
#include "stats/scale.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>

#define N_MIN 6u

/* What Bonett's interval needs of one sample, all of x / mean(x). */
struct moments {
    double n, variance;
    double squares, fourths; /* about the mean; about the trimmed mean */
};

static double mean_of(const double *x, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += x[i];
    return sum / (double)(to - from);
}

/* x[0..n) is sorted. The trimmed share is taken off at each end, in whole values. */
static struct moments moments_of(double *x, size_t n)
{
    struct moments m = {.n = (double)n};
    const double mean = mean_of(x, 0, n);
    for (size_t i = 0; i < n; i++)
        x[i] /= mean;
    const double share = 1 / (2 * sqrt(m.n - 4));
    size_t cut = (size_t)(share * m.n);
    if (2 * cut >= n)
        cut = (n - 1) / 2;
    const double trimmed = mean_of(x, cut, n - cut);
    for (size_t i = 0; i < n; i++) {
        m.squares += (x[i] - 1) * (x[i] - 1);
        m.fourths += pow(x[i] - trimmed, 4);
    }
    m.variance = m.squares / (m.n - 1);
    return m;
}

static void sorted_copy(const double *x, size_t n, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = x[i];
    hb_stats_sort(to, n);
}

/* Variance of ln s^2 of one sample, its share of the sum under the root. */
static double share_of(const struct moments *m, double kurtosis)
{
    return (kurtosis - (m->n - 3) / m->n) / (m->n - 1);
}

struct hb_located hb_stats_cv_ratio(const double *a, size_t n, const double *b, size_t m,
                                    double *scratch)
{
    const double nan = (double)NAN;
    const struct hb_located none = {nan, {nan, nan}};
    if (n < N_MIN || m < N_MIN || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return none;
    sorted_copy(a, n, scratch);
    sorted_copy(b, m, scratch + n);
    const struct moments first = moments_of(scratch, n), second = moments_of(scratch + n, m);
    const double squares = first.squares + second.squares;
    if (!(first.variance > 0) || !(second.variance > 0))
        return none;
    const double kurtosis =
        (first.n + second.n) * (first.fourths + second.fourths) / (squares * squares);
    /* c makes up for groups of unequal size */
    const double c =
        (first.n / (first.n - HB_NORMAL_Z95)) / (second.n / (second.n - HB_NORMAL_Z95));
    const double centre = log(c * first.variance / second.variance);
    const double arm =
        HB_NORMAL_Z95 * sqrt(fmax(0, share_of(&first, kurtosis) + share_of(&second, kurtosis)));
    return (struct hb_located){
        log(first.variance / second.variance) / 2,
        {(centre - arm) / 2, (centre + arm) / 2},
    };
}

struct hb_located hb_stats_located_cv(const double *x, size_t n, double *scratch)
{
    const double nan = (double)NAN;
    const struct hb_located none = {nan, {nan, nan}};
    if (n < N_MIN || !hb_stats_all_finite(x, n))
        return none;
    sorted_copy(x, n, scratch);
    const struct moments m = moments_of(scratch, n);
    if (!(m.variance > 0))
        return none;
    const double c = m.n / (m.n - HB_NORMAL_Z95),
                 kurtosis = m.n * m.fourths / (m.squares * m.squares);
    const double centre = log(c * m.variance);
    const double arm = c * HB_NORMAL_Z95 * sqrt(fmax(0, share_of(&m, kurtosis)));
    return (struct hb_located){sqrt(m.variance),
                               {exp((centre - arm) / 2), exp((centre + arm) / 2)}};
}
