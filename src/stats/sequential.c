/* Sequential comparison: see sequential.h. */
#include "stats/sequential.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>

#define GRID  HB_SEQUENTIAL_GRID
#define Z_MAX 8.0 /* nothing is beyond: 1e-15 */

/* ---- boundaries ---- */

static double place(double edge, size_t i)
{
    return edge * (2 * (double)i / (GRID - 1) - 1);
}

/* Simpson's. */
static double weight(double edge, size_t i)
{
    const double h = 2 * edge / (GRID - 1);
    return i == 0 || i == GRID - 1 ? h / 3 : i % 2 ? 4 * h / 3 : 2 * h / 3;
}

/* Probability that the walk is beyond -reach..reach after a step, having been within so far. */
static double beyond(const struct hb_sequential_walk *walk, double step_sd, double reach)
{
    double sum = 0;
    if (walk->looks == 0)
        return 2 * hb_stats_normal_cdf(-reach / step_sd);
    for (size_t i = 0; i < GRID; i++) {
        const double from = place(walk->edge, i);
        sum += weight(walk->edge, i) * walk->density[i] *
               (hb_stats_normal_cdf((from - reach) / step_sd) +
                hb_stats_normal_cdf((-from - reach) / step_sd));
    }
    return sum;
}

static double normal_density(double x, double sd)
{
    return exp(-x * x / (2 * sd * sd)) / (sd * 2.5066282746310002);
}

static void step(struct hb_sequential_walk *walk, double step_sd, double edge)
{
    double next[GRID];
    for (size_t j = 0; j < GRID; j++) {
        const double to = place(edge, j);
        next[j] = walk->looks ? 0 : normal_density(to, step_sd);
        for (size_t i = 0; walk->looks && i < GRID; i++) {
            const double way = to - place(walk->edge, i);
            if (fabs(way) < Z_MAX * step_sd)
                next[j] += weight(walk->edge, i) * walk->density[i] * normal_density(way, step_sd);
        }
    }
    for (size_t j = 0; j < GRID; j++)
        walk->density[j] = next[j];
    walk->edge = edge;
    walk->looks++;
}

double hb_sequential_boundary(struct hb_sequential_walk *walk, double time, double spend)
{
    const double sd = sqrt(time), step_sd = sqrt(time - walk->time);
    const double share = spend - walk->spent;
    double low = 0, high = Z_MAX;
    while (high - low > 1e-8) {
        const double z = (low + high) / 2;
        if (beyond(walk, step_sd, z * sd) > share)
            low = z;
        else
            high = z;
    }
    step(walk, step_sd, high * sd);
    walk->time = time;
    walk->spent = fmax(walk->spent, spend);
    return high < Z_MAX - 1e-6 ? high : (double)INFINITY;
}

double hb_sequential_spending(double t)
{
    const double planned = 0.95 * HB_SEQUENTIAL_ALPHA;
    return t <= 1 ? planned * t : planned + (HB_SEQUENTIAL_ALPHA - planned) * (1 - 1 / t);
}

/* ---- looks ---- */

/* Half an interval at the planned end, in standard errors. With all spent but little, z there is
 * 2.1; the plan ends where the interval is half as wide as the margin to each side, since then it
 * cannot have 0 and reach beyond the margin as well. */
#define Z_PLANNED 2.1

void hb_sequential_init(struct hb_sequential *test, double margin, size_t most)
{
    *test = (struct hb_sequential){.margin = log1p(margin),
                                   .most = most,
                                   .log_ratio = {(double)NAN, {(double)NAN, (double)NAN}}};
}

bool hb_sequential_is_due(const struct hb_sequential *test, size_t n)
{
    const size_t next = test->pairs ? test->pairs + (test->pairs + 9) / 10 : HB_SEQUENTIAL_FIRST;
    return n >= next || (n == test->most && n > test->pairs);
}

/* How many pairs would make the interval narrow enough. From the sizes |d| alone, so that the plan
 * knows nothing of the signs, which are what the test is about: between equals each sign is a
 * coin's, whatever the sizes are. The spread of d is 1.66 times that of |d| with no difference, and
 * no more than that with a large one. Wild pairs do not widen it without limit. */
#define SPREAD_OF_SIZES 1.5
static size_t plan(const struct hb_sequential *test, const double *d, size_t n, double *scratch)
{
    double *sizes = scratch + HB_WALSH_SCRATCH(n);
    for (size_t i = 0; i < n; i++)
        sizes[i] = fabs(d[i]);
    const struct hb_interval interval = hb_stats_located_pairs(sizes, n, scratch).interval;
    const double standard_error =
        SPREAD_OF_SIZES * (interval.hi - interval.lo) / (2 * HB_NORMAL_Z95);
    const double share = 2 * Z_PLANNED * standard_error / test->margin;
    const double pairs = share * share * (double)n;
    return pairs < (double)test->most ? (size_t)ceil(pairs) : test->most;
}

static enum hb_sequential_end end_of(const struct hb_interval *interval, double margin)
{
    if (isnan(interval->lo))
        return HB_SEQUENTIAL_OPEN;
    if (interval->lo >= -margin && interval->hi <= margin)
        return HB_SEQUENTIAL_SAME;
    if (interval->lo > 0)
        return HB_SEQUENTIAL_FASTER;
    return interval->hi < 0 ? HB_SEQUENTIAL_SLOWER : HB_SEQUENTIAL_OPEN;
}

enum hb_sequential_end hb_sequential_look(struct hb_sequential *test, const double *d, size_t n,
                                          bool is_last, double *scratch)
{
    if (test->end != HB_SEQUENTIAL_OPEN || n <= test->pairs)
        return test->end;
    if (n < HB_SEQUENTIAL_FIRST || !hb_stats_all_finite(d, n))
        return HB_SEQUENTIAL_OPEN;
    test->planned = plan(test, d, n, scratch);
    const double t =
        is_last || n >= test->most ? (double)INFINITY : (double)n / (double)test->planned;
    test->pairs = n;
    test->z = hb_sequential_boundary(&test->walk, (double)n, hb_sequential_spending(t));
    test->log_ratio = hb_stats_located_pairs_at(d, n, test->z, scratch);
    test->end = end_of(&test->log_ratio.interval, test->margin);
    return test->end;
}

const char *hb_sequential_word(enum hb_sequential_end end)
{
    static const char *const words[] = {
        [HB_SEQUENTIAL_OPEN] = "open",
        [HB_SEQUENTIAL_SAME] = "same",
        [HB_SEQUENTIAL_FASTER] = "faster",
        [HB_SEQUENTIAL_SLOWER] = "slower",
    };
    return words[end];
}
