/* Levels of a short series: see steps.h. */
#include "stats/steps.h"

#include "stats/order.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAD_TO_SIGMA 1.4826
#define PENALTY      3.0
#define LIGHTEST     0.999 /* of a level, in usual points */

double hb_stats_steps_noise(const double *x, size_t n, double *scratch)
{
    if (n < 3 || !hb_stats_all_finite(x, n))
        return (double)NAN;
    for (size_t i = 1; i < n; i++)
        scratch[i - 1] = fabs(x[i] - x[i - 1]);
    return MAD_TO_SIGMA * hb_stats_median_in_place(scratch, n - 1) / sqrt(2);
}

/* Running sums, so that the cost of a level is three subtractions. */
struct sums {
    const double *x, *squares, *weights; /* [n + 1] */
};

static double cost(const struct sums *sums, size_t from, size_t to)
{
    const double sum = sums->x[to] - sums->x[from],
                 squares = sums->squares[to] - sums->squares[from];
    return fmax(0, squares - sum * sum / (sums->weights[to] - sums->weights[from]));
}

static double level(const struct sums *sums, size_t from, size_t to)
{
    return (sums->x[to] - sums->x[from]) / (sums->weights[to] - sums->weights[from]);
}

/* best[t] = least cost of x[0..t); from[t] = where its last level begins. */
static void try_all(const struct sums *sums, size_t n, double penalty, size_t shortest,
                    double *best, double *from)
{
    best[0] = -penalty;
    for (size_t t = 1; t <= n; t++) {
        best[t] = HUGE_VAL;
        from[t] = 0;
        for (size_t s = 0; s + shortest <= t; s++) {
            const bool is_none =
                (s != 0 && s < shortest) || sums->weights[t] - sums->weights[s] < LIGHTEST;
            const double own = is_none ? HUGE_VAL : best[s] + cost(sums, s, t) + penalty;
            if (own < best[t]) {
                best[t] = own;
                from[t] = (double)s;
            }
        }
    }
}

/* The levels' ends in ascending order, from where the last of each begins. */
static size_t follow(const double *from, size_t n, size_t *ends)
{
    size_t count = 0;
    for (size_t t = n; t > 0; t = (size_t)from[t])
        count++;
    for (size_t t = n, i = count; t > 0; t = (size_t)from[t])
        ends[--i] = t;
    return count;
}

/* The smallest step, or count when there is only one level. */
static size_t smallest(const struct sums *sums, const size_t *ends, size_t count, double *height)
{
    size_t found = count;
    for (size_t i = 0; i + 1 < count; i++) {
        const size_t start = i ? ends[i - 1] : 0;
        const double own = fabs(level(sums, ends[i], ends[i + 1]) - level(sums, start, ends[i]));
        if (found == count || own < *height) {
            found = i;
            *height = own;
        }
    }
    return found;
}

static size_t drop_small(const struct sums *sums, size_t *ends, size_t count, double least)
{
    double height = 0;
    for (;;) {
        const size_t i = smallest(sums, ends, count, &height);
        if (i == count || height >= least)
            return count;
        memmove(ends + i, ends + i + 1, (count - i - 1) * sizeof *ends);
        count--;
    }
}

size_t hb_stats_steps_of(const double *x, const double *factors, size_t n, double noise,
                         double least, size_t shortest, size_t *ends, double *scratch)
{
    double *const sum = scratch, *const squares = sum + n + 1, *const weights = squares + n + 1;
    double *const best = weights + n + 1, *const from = best + n + 1;
    const struct sums sums = {sum, squares, weights};
    if (n == 0)
        return 0;
    ends[0] = n;
    if (shortest == 0 || n < 2 * shortest || !isfinite(noise) || !hb_stats_all_finite(x, n))
        return 1;
    sum[0] = squares[0] = weights[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = x[i] - x[0]; /* squares of what is near 0 lose no digits */
        const double weight = factors ? 1 / (factors[i] * factors[i]) : 1;
        sum[i + 1] = sum[i] + weight * d;
        squares[i + 1] = squares[i] + weight * d * d;
        weights[i + 1] = weights[i] + weight;
    }
    if (weights[n] < LIGHTEST)
        return 1;
    try_all(&sums, n, PENALTY * log((double)n) * noise * noise, shortest, best, from);
    return drop_small(&sums, ends, follow(from, n, ends), least);
}

size_t hb_stats_steps(const double *x, size_t n, double noise, double least, size_t shortest,
                      size_t *ends, double *scratch)
{
    return hb_stats_steps_of(x, NULL, n, noise, least, shortest, ends, scratch);
}

/* ---- how noisy was it? ---- */

#define SPAN_SHORTEST 2u /* one noisy session is odd, two are a time */

/* The logarithms of what is known over the median of that, into logs; 0 for what is not known. */
static void fill_logs(const double *floors, size_t n, double *logs, double *known)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (floors[i] > 0 && isfinite(floors[i]))
            known[count++] = floors[i];
    }
    const double usual = hb_stats_median_in_place(known, count);
    for (size_t i = 0; i < n; i++)
        logs[i] = floors[i] > 0 && isfinite(floors[i]) ? log(floors[i] / usual) : 0;
}

size_t hb_stats_noisy(const double *floors, size_t n, double *factors, struct hb_noisy_span *spans,
                      size_t *ends, double *scratch)
{
    double *const logs = scratch, *const room = logs + n, *const work = room + n;
    const double noisy = log(HB_NOISY_FACTOR);
    size_t count = 0;
    fill_logs(floors, n, logs, room);
    for (size_t i = 0; i < n; i++)
        factors[i] = logs[i] > noisy ? exp(logs[i]) : 1;
    const size_t levels = hb_stats_steps(logs, n, hb_stats_steps_noise(logs, n, work), noisy / 2,
                                         SPAN_SHORTEST, ends, work);
    for (size_t l = 0; l < levels; l++) {
        const size_t from = l ? ends[l - 1] : 0, size = ends[l] - from;
        memcpy(room, logs + from, size * sizeof *room);
        const double level = hb_stats_median_in_place(room, size);
        if (levels == 1 || level < noisy)
            continue;
        spans[count++] = (struct hb_noisy_span){from, ends[l] - 1, exp(level)};
        for (size_t i = from; i < ends[l]; i++)
            factors[i] = fmax(factors[i], exp(level));
    }
    return count;
}
