/* stats/bootstrap against the same definitions in NumPy and SciPy, with the same draws; how often
 * the intervals hold the truth; and samples that leave nothing to resample. */
#include "stats/bootstrap.h"

#include "stats/summary.h"

#include "expect/bootstrap_values.h"
#include "unit/test_stats.h"

enum { MAX = 64 };
static double scratch[10000 + 2 * MAX];

static double mean_statistic(double *x, size_t n, void *work)
{
    double mean = 0;
    (void)work;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    return mean;
}

static double variance_statistic(double *x, size_t n, void *work)
{
    const double mean = mean_statistic(x, n, work);
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / (double)n;
}

static struct hb_interval interval_of(const struct bca_case *c, size_t resamples)
{
    return hb_stats_bca(c->x, c->n, c->statistic == MEAN ? mean_statistic : variance_statistic,
                        NULL, resamples, c->seed, scratch);
}

static void intervals_are_those_of_numpy_and_scipy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bca_cases); i++) {
        const struct hb_interval got = interval_of(&bca_cases[i], bootstrap_resamples);
        near(bca_cases[i].name, got.lo, bca_cases[i].lo, 1e-11);
        near(bca_cases[i].name, got.hi, bca_cases[i].hi, 1e-11);
    }
}

static void the_same_seed_gives_the_same_interval_and_another_a_near_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bca_cases); i++) {
        struct bca_case other = bca_cases[i];
        const struct hb_interval a = interval_of(&other, 10000), b = interval_of(&other, 10000);
        assert_true(a.lo == b.lo && a.hi == b.hi);
        other.seed += 1000;
        const struct hb_interval c = interval_of(&other, 10000);
        assert_true(fabs(c.lo - a.lo) < 0.15 * (a.hi - a.lo));
        assert_true(fabs(c.hi - a.hi) < 0.15 * (a.hi - a.lo));
    }
}

static void equal_values_give_one_point(void **state)
{
    (void)state;
    const double x[] = {0.1, 0.1, 0.1, 0.1};
    const struct hb_interval got = hb_stats_bca(x, 4, mean_statistic, NULL, 500, 1, scratch);
    assert_true(got.lo == got.hi);
    near("point", got.lo, 0.1, 1e-15);
}

static double constant_statistic(double *x, size_t n, void *work)
{
    (void)x, (void)n;
    return *(double *)work;
}

static void a_constant_statistic_gives_one_point(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3};
    double value = 5;
    const struct hb_interval got = hb_stats_bca(x, 3, constant_statistic, &value, 100, 1, scratch);
    assert_true(got.lo == 5 && got.hi == 5);
    value = (double)NAN;
    assert_true(isnan(hb_stats_bca(x, 3, constant_statistic, &value, 100, 1, scratch).lo));
}

static void too_few_values_and_nan_have_no_interval(void **state)
{
    (void)state;
    const double x[] = {1, 2}, bad[] = {1, (double)NAN, 2}, infinite[] = {1, 2, (double)INFINITY};
    assert_true(isnan(hb_stats_bca(x, 0, mean_statistic, NULL, 100, 1, scratch).lo));
    assert_true(isnan(hb_stats_bca(x, 1, mean_statistic, NULL, 100, 1, scratch).hi));
    assert_true(isnan(hb_stats_bca(x, 2, mean_statistic, NULL, 0, 1, scratch).lo));
    assert_true(isnan(hb_stats_bca(bad, 3, mean_statistic, NULL, 100, 1, scratch).lo));
    assert_true(isnan(hb_stats_bca(infinite, 3, mean_statistic, NULL, 100, 1, scratch).lo));
}

/* Whatever the sample, and whether the pole of the acceleration is reached or not. */
static void ends_are_ordered_and_among_the_values(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(71);
    for (int round = 0; round < 400; round++) {
        double x[12];
        const size_t n = 2 + hb_rng_below(&rng, 11);
        double least = (double)INFINITY, most = -(double)INFINITY;
        for (size_t i = 0; i < n; i++) {
            x[i] = exp(5 * gaussian(&rng)) * (hb_rng_below(&rng, 2) ? 1 : -1);
            least = fmin(least, x[i]);
            most = fmax(most, x[i]);
        }
        const struct hb_interval got = hb_stats_bca(x, n, mean_statistic, NULL, 300, 1, scratch);
        assert_true(got.lo <= got.hi);
        assert_true(got.lo >= least - 1e-9 * fabs(least) && got.hi <= most + 1e-9 * fabs(most));
    }
}

/* Resamples always lie below it: a bias as large as the number of resamples allows. */
static double sum_of_distinct(double *x, size_t n, void *work)
{
    double sum = 0;
    (void)work;
    for (size_t i = 0; i < n; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i && is_new; j++)
            is_new = x[j] != x[i];
        sum += is_new ? x[i] : 0;
    }
    return sum;
}

static void beyond_the_pole_of_the_acceleration_the_end_is_the_extreme(void **state)
{
    (void)state;
    enum { N = 30, RESAMPLES = 100000 };
    static double large[RESAMPLES + 2 * N];
    double x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = 1 + (double)i / 1024;
    x[0] = 1000;
    const struct hb_interval got = hb_stats_bca(x, N, sum_of_distinct, NULL, RESAMPLES, 1, large);
    assert_true(got.lo <= got.hi);
    assert_true(got.hi > 1000);
}

static void intervals_scale_with_the_unit(void **state)
{
    (void)state;
    const struct bca_case *c = &bca_cases[1];
    double scaled[MAX];
    for (size_t i = 0; i < c->n; i++)
        scaled[i] = c->x[i] * 1024;
    const struct hb_interval a = interval_of(c, 1000),
                             b = hb_stats_bca(scaled, c->n, mean_statistic, NULL, 1000, c->seed,
                                              scratch);
    near("lo", b.lo, a.lo * 1024, 1e-14);
    near("hi", b.hi, a.hi * 1024, 1e-14);
}

/* ---- how often the interval holds the truth ---- */

enum distribution { NORMAL, LOGNORMAL };

/* Of mean 0. */
static double draw(struct hb_rng *rng, enum distribution distribution)
{
    const double z = gaussian(rng);
    return distribution == LOGNORMAL ? exp(0.3 * z) - exp(0.045) : z;
}

static size_t covered(struct hb_rng *rng, enum distribution distribution, size_t n, size_t tries)
{
    size_t hits = 0;
    for (size_t t = 0; t < tries; t++) {
        double x[MAX];
        for (size_t i = 0; i < n; i++)
            x[i] = draw(rng, distribution);
        const struct hb_interval got = hb_stats_bca(x, n, mean_statistic, NULL, 500, t, scratch);
        hits += got.lo <= 0 && got.hi >= 0;
    }
    return hits;
}

static void coverage_is_what_the_header_says(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum distribution distribution;
        size_t n;
        double lo, hi;
    } cases[] = {
        {"mean, n = 6", NORMAL, 6, 0.83, 0.88},
        {"mean, n = 10", NORMAL, 10, 0.88, 0.93},
        {"mean, n = 20", NORMAL, 20, 0.91, 0.96},
        {"mean, n = 40", NORMAL, 40, 0.925, 0.97},
        {"mean, n = 20, log-normal", LOGNORMAL, 20, 0.90, 0.96},
    };
    enum { TRIES = 1500 };
    struct hb_rng rng = printed_seed(72);
    for (size_t i = 0; i < COUNT(cases); i++)
        rate_within(cases[i].what, covered(&rng, cases[i].distribution, cases[i].n, TRIES), TRIES,
                    cases[i].lo, cases[i].hi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_numpy_and_scipy),
        cmocka_unit_test(the_same_seed_gives_the_same_interval_and_another_a_near_one),
        cmocka_unit_test(equal_values_give_one_point),
        cmocka_unit_test(a_constant_statistic_gives_one_point),
        cmocka_unit_test(too_few_values_and_nan_have_no_interval),
        cmocka_unit_test(ends_are_ordered_and_among_the_values),
        cmocka_unit_test(beyond_the_pole_of_the_acceleration_the_end_is_the_extreme),
        cmocka_unit_test(intervals_scale_with_the_unit),
        cmocka_unit_test(coverage_is_what_the_header_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
