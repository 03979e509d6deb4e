/* Levels of a short series: see steps.h. */
#include "stats/steps.h"

#include "stats/order.h"

#include <math.h>
#include <string.h>

#define MAD_TO_SIGMA 1.4826
#define PENALTY      3.0

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
    const double *x, *squares; /* [n + 1] */
};

static double cost(const struct sums *sums, size_t from, size_t to)
{
    const double sum = sums->x[to] - sums->x[from],
                 squares = sums->squares[to] - sums->squares[from];
    return fmax(0, squares - sum * sum / (double)(to - from));
}

static double level(const struct sums *sums, size_t from, size_t to)
{
    return (sums->x[to] - sums->x[from]) / (double)(to - from);
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
            const double own =
                s != 0 && s < shortest ? HUGE_VAL : best[s] + cost(sums, s, t) + penalty;
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

size_t hb_stats_steps(const double *x, size_t n, double noise, double least, size_t shortest,
                      size_t *ends, double *scratch)
{
    double *const sum = scratch, *const squares = sum + n + 1;
    double *const best = squares + n + 1, *const from = best + n + 1;
    const struct sums sums = {sum, squares};
    if (n == 0)
        return 0;
    ends[0] = n;
    if (shortest == 0 || n < 2 * shortest || !isfinite(noise) || !hb_stats_all_finite(x, n))
        return 1;
    sum[0] = squares[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = x[i] - x[0]; /* squares of what is near 0 lose no digits */
        sum[i + 1] = sum[i] + d;
        squares[i + 1] = squares[i] + d * d;
    }
    try_all(&sums, n, PENALTY * log((double)n) * noise * noise, shortest, best, from);
    return drop_small(&sums, ends, follow(from, n, ends), least);
}
