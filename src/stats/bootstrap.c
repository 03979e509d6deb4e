/* Bootstrap intervals: see bootstrap.h. */
#include "stats/bootstrap.h"

#include "base/rng.h"
#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TAIL     0.025 /* of 95 % */
#define ROUNDING 1e-13

static const struct hb_interval no_interval = {(double)NAN, (double)NAN};

static void draw(const double *x, size_t n, struct hb_rng *rng, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[hb_rng_below(rng, n)];
}

/* a = sum(d^3) / (6 sum(d^2)^1.5) over the jackknife's deviations (Efron and Tibshirani 1993,
 * eq. 14.15). */
static double acceleration(const double *x, size_t n, hb_statistic *statistic, void *work,
                           double *left_out, double *jackknife)
{
    double mean = 0, squares = 0, cubes = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(left_out, x, i * sizeof *x);
        memcpy(left_out + i, x + i + 1, (n - i - 1) * sizeof *x);
        jackknife[i] = statistic(left_out, n - 1, work);
        mean += jackknife[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double d = mean - jackknife[i];
        squares += d * d;
        cubes += d * d * d;
    }
    const double scale = 6 * squares * sqrt(squares);
    return scale > 0 ? cubes / scale : 0;
}

/* z0 from the share of resamples below the estimate (their eq. 14.14). Ties count half, or the many
 * ties of few values would pull it aside; what differs only by the order of additions is a tie.
 * Kept finite. */
static double bias(const double *thetas, size_t count, double estimate)
{
    double below = 0, largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(thetas[i]));
    for (size_t i = 0; i < count; i++) {
        const bool is_tie = fabs(thetas[i] - estimate) <= ROUNDING * largest;
        below += is_tie ? 0.5 : thetas[i] < estimate;
    }
    const double least = 0.5 / (double)count, share = below / (double)count;
    return hb_stats_normal_quantile(fmin(fmax(share, least), 1 - least));
}

/* Phi(z0 + z / (1 - a z)), z = z0 + Phi^-1(level) (their eq. 14.10). Beyond the pole at
 * a z = 1, which only wild samples reach, the level is the end it was running to. */
static double adjusted(double z0, double a, double level)
{
    const double z = z0 + hb_stats_normal_quantile(level);
    const double rest = 1 - a * z;
    if (rest <= 0)
        return z > 0 ? 1 : 0;
    return hb_stats_normal_cdf(z0 + z / rest);
}

struct hb_interval hb_stats_bca(const double *x, size_t n, hb_statistic *statistic, void *work,
                                size_t resamples, uint64_t seed, double *scratch)
{
    double *const thetas = scratch, *const sample = scratch + resamples,
                  *const jackknife = sample + n;
    struct hb_rng rng;
    if (n < 2 || resamples == 0 || !hb_stats_all_finite(x, n))
        return no_interval;
    memcpy(sample, x, n * sizeof *x);
    const double estimate = statistic(sample, n, work);
    hb_rng_seed(&rng, seed);
    for (size_t i = 0; i < resamples; i++) {
        draw(x, n, &rng, sample);
        thetas[i] = statistic(sample, n, work);
    }
    if (!isfinite(estimate) || !hb_stats_all_finite(thetas, resamples))
        return no_interval;
    const double z0 = bias(thetas, resamples, estimate);
    const double a = acceleration(x, n, statistic, work, sample, jackknife);
    return (struct hb_interval){
        hb_stats_quantile_in_place(thetas, resamples, adjusted(z0, a, TAIL)),
        hb_stats_quantile_in_place(thetas, resamples, adjusted(z0, a, 1 - TAIL)),
    };
}
