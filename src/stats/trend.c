/* Theil-Sen, Mann-Kendall, Hamed-Rao: see trend.h. */
#include "stats/trend.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <float.h>
#include <math.h>

#define QUANTILE_97_5 1.959963984540054 /* of the standard normal distribution */
#define END_SHARE     10u               /* the first and the last tenth */
#define END_MIN       3u

/* A series, and room to work: what HB_TREND_SCRATCH counts, less what is taken already. */
struct series {
    const double *x, *y;
    size_t n;
    double *ranks;  /* [n] */
    double *sorted; /* [n] */
    double *slopes; /* [n (n - 1) / 2] */
};

static size_t pairs(size_t n)
{
    return n * (n - 1) / 2;
}

/* ---- long series ---- */

/* Run r of `count` equal ones (to one point) begins here. */
static size_t run_start(size_t n, size_t count, size_t r)
{
    return n / count * r + n % count * r / count;
}

static void cut_into_runs(const double *values, size_t n, double *medians, double *scratch)
{
    for (size_t r = 0; r < HB_TREND_N_MAX; r++) {
        const size_t from = run_start(n, HB_TREND_N_MAX, r);
        const size_t to = run_start(n, HB_TREND_N_MAX, r + 1);
        medians[r] = hb_stats_median(values + from, to - from, scratch);
    }
}

static struct series open_series(const double *x, const double *y, size_t n, double *scratch)
{
    const size_t kept = n < HB_TREND_N_MAX ? n : HB_TREND_N_MAX;
    struct series series = {x, y, kept, scratch, scratch + kept, scratch + 4 * kept};
    if (n > kept) {
        series.x = scratch + 2 * kept;
        series.y = scratch + 3 * kept;
        cut_into_runs(x, n, scratch + 2 * kept, series.slopes);
        cut_into_runs(y, n, scratch + 3 * kept, series.slopes);
    }
    return series;
}

/* ---- Theil and Sen ---- */

static void fill_slopes(const struct series *s)
{
    double *slope = s->slopes;
    for (size_t i = 0; i + 1 < s->n; i++) {
        for (size_t j = i + 1; j < s->n; j++)
            *slope++ = (s->y[j] - s->y[i]) / (s->x[j] - s->x[i]);
    }
}

/* Sen's ranks: the M1-th smallest and the (M2 + 1)-th, M = (N -+ 1.96 sd(S)) / 2, rounded outwards.
 * Where there are no such slopes, all slopes are too few to exclude 0. */
static void set_interval(const struct series *s, double variance, struct hb_trend *trend)
{
    const size_t count = pairs(s->n);
    const double below = floor(((double)count - QUANTILE_97_5 * sqrt(variance)) / 2);
    const size_t first = below < 1 ? 0 : (size_t)below - 1;
    trend->slope_lo = hb_stats_select(s->slopes, count, first);
    trend->slope_hi = hb_stats_select(s->slopes, count, count - 1 - first);
    if (below < 1) {
        trend->slope_lo = fmin(0, trend->slope_lo);
        trend->slope_hi = fmax(0, trend->slope_hi);
    }
}

/* ---- Mann and Kendall ---- */

static double kendall_s(const struct series *s)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < s->n; i++) {
        for (size_t j = i + 1; j < s->n; j++)
            sum += (s->y[j] > s->y[i]) - (s->y[j] < s->y[i]);
    }
    return sum;
}

struct ties {
    double pairs;    /* of equal values */
    double variance; /* what they take from the variance of S: sum of t (t - 1) (2 t + 5) / 18 */
};

static struct ties count_ties(const struct series *s)
{
    struct ties ties = {0, 0};
    for (size_t i = 0; i < s->n; i++)
        s->sorted[i] = s->y[i];
    hb_stats_sort(s->sorted, s->n);
    for (size_t i = 0, j; i < s->n; i = j) {
        for (j = i + 1; j < s->n && s->sorted[j] == s->sorted[i]; j++)
            ;
        const double t = (double)(j - i);
        ties.pairs += t * (t - 1) / 2;
        ties.variance += t * (t - 1) * (2 * t + 5) / 18;
    }
    return ties;
}

static double z_of(double s, double variance)
{
    return variance > 0 && s != 0 ? copysign(fabs(s) - 1, s) / sqrt(variance) : 0;
}

static double two_sided(double z)
{
    return fmin(1, 2 * hb_stats_normal_cdf(-fabs(z)));
}

/* ---- Hamed and Rao ---- */

/* Residuals of the line into s->sorted. Returns how far two of them may be apart by rounding alone:
 * a perfect line leaves nothing, not noise. */
static double fill_residuals(const struct series *s, double slope)
{
    double largest = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double rise = slope * s->x[i];
        s->sorted[i] = s->y[i] - rise;
        largest = fmax(largest, fabs(s->y[i]) + fabs(rise));
    }
    return 8 * DBL_EPSILON * largest;
}

/* ranks = midranks of values less their mean. Returns the sum of their squares. */
static double centred_ranks(const double *values, size_t n, double equal, double *ranks)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double rank = 0;
        for (size_t j = 0; j < n; j++)
            rank += (values[i] - values[j] > equal) - (values[j] - values[i] > equal);
        ranks[i] = rank / 2;
        squares += ranks[i] * ranks[i];
    }
    return squares;
}

static double autocovariance(const double *ranks, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t i = 0; i + lag < n; i++)
        sum += ranks[i] * ranks[i + lag];
    return sum;
}

/* See trend.h for which lags count, and why. */
static double variance_ratio(const struct series *s, double slope)
{
    const double n = (double)s->n, equal = fill_residuals(s, slope);
    const double squares = centred_ranks(s->sorted, s->n, equal, s->ranks);
    const double first = squares > 0 ? autocovariance(s->ranks, s->n, 1) / squares : 0;
    const double bias = (2 + 4 * first) / n;
    double sum = 0;
    if (first < QUANTILE_97_5 / sqrt(n))
        return 1;
    for (size_t lag = 1; lag + 2 < s->n; lag++) {
        const double rho = autocovariance(s->ranks, s->n, lag) / squares + bias;
        const double k = (double)lag;
        if (rho < 0)
            break;
        sum += (n - k) * (n - k - 1) * (n - k - 2) * fmin(1, rho);
    }
    return 1 + 2 * sum / (n * (n - 1) * (n - 2));
}

/* ---- all together ---- */

static double intercept_of(const struct series *s, double slope)
{
    for (size_t i = 0; i < s->n; i++)
        s->sorted[i] = s->y[i] - slope * s->x[i];
    return hb_stats_median_in_place(s->sorted, s->n);
}

static void tell_trend(const struct series *s, struct hb_trend *trend)
{
    const double n = (double)s->n, all = (double)pairs(s->n);
    fill_slopes(s);
    trend->slope = hb_stats_median_in_place(s->slopes, pairs(s->n));
    trend->intercept = intercept_of(s, trend->slope);
    const double sum = kendall_s(s);
    const struct ties ties = count_ties(s);
    const double plain = n * (n - 1) * (2 * n + 5) / 18 - ties.variance;
    trend->tau = ties.pairs < all ? sum / sqrt(all * (all - ties.pairs)) : 0;
    trend->variance_ratio = variance_ratio(s, trend->slope);
    trend->z = z_of(sum, plain * trend->variance_ratio);
    trend->p = two_sided(trend->z);
    trend->p_plain = two_sided(z_of(sum, plain));
    set_interval(s, plain * trend->variance_ratio, trend);
}

static void tell_last_quarter(struct series s, struct hb_trend *trend)
{
    const size_t skipped = s.n - s.n / 4;
    struct hb_trend last = {.n = s.n - skipped};
    if (last.n < HB_TREND_N_MIN)
        return;
    s.x += skipped;
    s.y += skipped;
    s.n = last.n;
    tell_trend(&s, &last);
    trend->last_quarter_slope = last.slope;
    trend->last_quarter_p = last.p;
}

static void tell_ends(const struct series *s, struct hb_trend *trend)
{
    const size_t length = s->n / END_SHARE > END_MIN ? s->n / END_SHARE : END_MIN;
    trend->first = hb_stats_median(s->y, length, s->sorted);
    trend->last = hb_stats_median(s->y + s->n - length, length, s->sorted);
}

void hb_stats_trend(const double *x, const double *y, size_t n, double *scratch,
                    struct hb_trend *trend)
{
    const double none = (double)NAN;
    *trend = (struct hb_trend){n,    none, none, none, none, none, none,
                               none, none, none, none, none, none, none};
    if (n < HB_TREND_N_MIN || !hb_stats_all_finite(x, n) || !hb_stats_all_finite(y, n))
        return;
    const struct series series = open_series(x, y, n, scratch);
    trend->n = series.n;
    tell_trend(&series, trend);
    tell_ends(&series, trend);
    tell_last_quarter(series, trend);
}
