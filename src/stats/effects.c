/* The mean over machines: see effects.h. */
#include "stats/effects.h"

#include "stats/student.h"

#include <math.h>
#include <stdbool.h>

#define TAIL  0.025 /* of 95 % */
#define STEPS 200   /* of Newton's method, which needs about ten */
#define LEAST 1e-24 /* of a variance, in units of the range: a double tells no smaller noise */

/* What the machines say at one tau^2. */
struct weighing {
    double weights, estimate, squares; /* sum w, mean, sum w (y - mean)^2 */
    double slope; /* sum w^2 (y - mean)^2: -1 times the derivative of squares */
};

static struct weighing weigh(const double *y, const double *v, size_t n, double tau2)
{
    struct weighing at = {0};
    for (size_t i = 0; i < n; i++) {
        const double w = 1 / (v[i] + tau2);
        at.weights += w;
        at.estimate += w * y[i];
    }
    at.estimate /= at.weights;
    for (size_t i = 0; i < n; i++) {
        const double w = 1 / (v[i] + tau2), d = y[i] - at.estimate;
        at.squares += w * d * d;
        at.slope += w * w * d * d;
    }
    return at;
}

/* Newton's method from 0 on what falls and is convex: it never goes too far. */
static double find_tau2(const double *y, const double *v, size_t n)
{
    const double wanted = (double)(n - 1);
    double tau2 = 0;
    for (int step = 0; step < STEPS; step++) {
        const struct weighing at = weigh(y, v, n, tau2);
        const double rest = at.squares - wanted;
        if (!(rest > wanted * 1e-13) || !(at.slope > 0))
            break;
        const double next = tau2 + rest / at.slope;
        if (!(next > tau2) || isinf(next))
            break;
        tau2 = next;
    }
    return tau2;
}

/* Those that are known, close together. *most: the largest noise, squared; *least: the smallest
 * above 0, or infinite. */
static size_t gather(const double *y, const double *v, size_t n, double *to_y, double *to_v,
                     double *least, double *most)
{
    size_t count = 0;
    *least = HUGE_VAL;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(y[i]))
            continue;
        const bool is_known = isfinite(v[i]) && v[i] >= 0;
        to_y[count] = y[i];
        to_v[count++] = is_known ? v[i] : (double)NAN;
        if (is_known && v[i] > 0)
            *least = fmin(*least, v[i]);
        if (is_known)
            *most = fmax(*most, v[i]);
    }
    return count;
}

/* From the first one, in units of what they lie apart or are known to, whichever is more: neither
 * digits nor exponents are lost. Returns that unit; 0: they are all alike, and known. */
static double rescale(double *y, double *v, size_t n, double least, double most)
{
    const double from = y[0];
    double unit = sqrt(most);
    for (size_t i = 0; i < n; i++) {
        y[i] -= from;
        unit = fmax(unit, fabs(y[i]));
    }
    for (size_t i = 0; unit > 0 && i < n; i++) {
        const double known = isnan(v[i]) ? most : v[i] > 0 ? v[i] : isinf(least) ? 0 : least;
        y[i] /= unit;
        v[i] = known > 0 ? fmax(known / unit / unit, LEAST) : 0;
    }
    return unit;
}

/* Where no machine has a noise of its own all that differs is the machines. */
static double plain_tau2(const double *y, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (y[i] - mean) * (y[i] - mean);
    return squares / (double)(n - 1);
}

static double p_of(double estimate, double error, double df)
{
    if (error > 0)
        return 2 * hb_stats_student_cdf(-fabs(estimate) / error, df);
    return estimate == 0 ? 1 : 0;
}

struct hb_effect hb_stats_random_effects(const double *y, const double *v, size_t n,
                                         double *scratch)
{
    const double nan = (double)NAN;
    double *own_y = scratch, *own_v = scratch + n, least, most;
    struct hb_effect effect = {
        .estimate = nan, .error = nan, .interval = {nan, nan}, .spread = nan, .p = nan};
    effect.n = gather(y, v, n, own_y, own_v, &least, &most);
    if (effect.n > 0)
        effect.estimate = own_y[0];
    if (effect.n < 2)
        return effect;
    const double df = (double)(effect.n - 1);
    const double unit = rescale(own_y, own_v, effect.n, least, most);
    effect.error = effect.spread = 0;
    if (unit > 0) {
        const double tau2 =
            most > 0 ? find_tau2(own_y, own_v, effect.n) : plain_tau2(own_y, effect.n);
        const struct weighing at = weigh(own_y, own_v, effect.n, tau2);
        effect.estimate += unit * at.estimate;
        effect.error = unit * sqrt(fmax(1, at.squares / df) / at.weights);
        effect.spread = unit * sqrt(tau2);
    }
    const double half = hb_stats_student_quantile(1 - TAIL, df) * effect.error;
    effect.interval = (struct hb_interval){effect.estimate - half, effect.estimate + half};
    effect.p = p_of(effect.estimate, effect.error, df);
    return effect;
}
