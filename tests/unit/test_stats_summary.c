/* stats/summary against NumPy, SciPy and Python's statistics. */
#include "stats/summary.h"

#include "expect/order_values.h"
#include "unit/test_stats.h"

enum { RESAMPLES = 2000, MAX = 64 };

static struct hb_summary summarise(const double *x, size_t n)
{
    double scratch[HB_SUMMARY_SCRATCH(MAX, RESAMPLES)];
    struct hb_summary summary;
    hb_stats_summary(x, n, RESAMPLES, 1, scratch, &summary);
    return summary;
}

#define MATCHES(s)                                                                                 \
    do {                                                                                           \
        const struct hb_summary got = summarise(x_##s, COUNT(x_##s));                              \
        assert_int_equal(got.n, COUNT(x_##s));                                                     \
        near(#s " mean", got.mean, mean_##s, 1e-14);                                               \
        near(#s " median", got.median, median_##s, 1e-14);                                         \
        near(#s " sd", got.sd, sd_##s, 1e-12);                                                     \
        near(#s " cv", got.cv, cv_##s, 1e-12);                                                     \
        near(#s " mad", got.mad, mad_##s, 1e-12);                                                  \
        near(#s " robust cv", got.robust_cv, robust_cv_##s, 1e-12);                                \
        near(#s " min", got.min, quantiles_##s[0], 0);                                             \
        near(#s " p05", got.p05, quantiles_##s[1], 1e-14);                                         \
        near(#s " p25", got.p25, quantiles_##s[3], 1e-14);                                         \
        near(#s " p75", got.p75, quantiles_##s[6], 1e-14);                                         \
        near(#s " p95", got.p95, quantiles_##s[8], 1e-14);                                         \
        near(#s " max", got.max, quantiles_##s[10], 0);                                            \
    } while (0)

static void figures_are_those_of_other_programs(void **state)
{
    (void)state;
    MATCHES(throughput);
    MATCHES(ties);
    MATCHES(far);
    MATCHES(two);
    MATCHES(negative);
}

static void spread_below_the_digits_of_a_naive_sum_is_kept(void **state)
{
    (void)state;
    const double x[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}; /* NIST's way of testing */
    near("sd", summarise(x, COUNT(x)).sd, sqrt(30), 1e-14);
}

static void rank_of_the_medians_interval_is_the_exact_binomial(void **state)
{
    (void)state;
    for (size_t n = 0; n < COUNT(median_ranks); n++)
        assert_int_equal(hb_stats_median_interval_rank(n), median_ranks[n]);
    for (size_t i = 0; i < COUNT(median_rank_large_n); i++)
        assert_int_equal(hb_stats_median_interval_rank(median_rank_large_n[i]),
                         median_rank_large[i]);
}

static void five_samples_have_no_interval_of_the_median(void **state)
{
    (void)state;
    const double x[] = {5, 1, 4, 2, 3, 6};
    const struct hb_summary five = summarise(x, 5), six = summarise(x, 6);
    assert_false(five.median_ci_valid);
    assert_true(isnan(five.ci_median_lo) && isnan(five.ci_median_hi));
    assert_true(six.median_ci_valid);
    assert_true(six.ci_median_lo == 1 && six.ci_median_hi == 6);
}

static void one_sample_has_no_spread(void **state)
{
    (void)state;
    const struct hb_summary one = summarise(x_one, 1);
    assert_true(one.mean == 6.5 && one.median == 6.5 && one.min == 6.5 && one.p95 == 6.5);
    assert_true(isnan(one.sd) && isnan(one.cv));
    assert_true(isnan(one.ci_mean_lo) && isnan(one.ci_mean_hi));
    assert_true(one.mad == 0 && one.robust_cv == 0);
}

static void is_all_nan(const struct hb_summary *s)
{
    assert_true(isnan(s->mean) && isnan(s->median) && isnan(s->min) && isnan(s->max));
    assert_true(isnan(s->sd) && isnan(s->cv) && isnan(s->mad) && isnan(s->robust_cv));
    assert_true(isnan(s->p05) && isnan(s->p25) && isnan(s->p75) && isnan(s->p95));
    assert_true(isnan(s->ci_mean_lo) && isnan(s->ci_mean_hi));
    assert_true(isnan(s->ci_median_lo) && isnan(s->ci_median_hi) && !s->median_ci_valid);
}

static void nothing_and_nan_give_nan(void **state)
{
    (void)state;
    const double bad[] = {1, (double)NAN, 3}, infinite[] = {1, (double)INFINITY};
    const struct hb_summary none = summarise(NULL, 0), nan = summarise(bad, 3),
                            inf = summarise(infinite, 2);
    assert_int_equal(none.n, 0);
    assert_int_equal(nan.n, 3);
    is_all_nan(&none);
    is_all_nan(&nan);
    is_all_nan(&inf);
}

static void equal_samples_have_intervals_of_one_point(void **state)
{
    (void)state;
    const double x[] = {7.1, 7.1, 7.1, 7.1, 7.1, 7.1, 7.1};
    const struct hb_summary got = summarise(x, COUNT(x));
    assert_true(got.sd == 0 && got.cv == 0 && got.mad == 0);
    assert_true(got.ci_mean_lo == 7.1 && got.ci_mean_hi == 7.1);
    assert_true(got.ci_median_lo == 7.1 && got.ci_median_hi == 7.1);
}

static void a_mean_of_zero_has_no_coefficient_of_variation(void **state)
{
    (void)state;
    const double x[] = {-1, 0, 1}, zeros[] = {0, 0, 0};
    assert_true(isnan(summarise(x, 3).cv) && isnan(summarise(x, 3).robust_cv));
    assert_true(isnan(summarise(zeros, 3).cv));
}

static void the_same_seed_gives_the_same_interval_for_ever(void **state)
{
    (void)state;
    const struct hb_summary a = summarise(x_throughput, 10), b = summarise(x_throughput, 10);
    assert_true(a.ci_mean_lo == b.ci_mean_lo && a.ci_mean_hi == b.ci_mean_hi);
}

/* Exact at any distribution: P = 1 - 2 P(B < r) = 0.9688, 0.9785, 0.9586 for n = 6, 10, 20. */
static void the_medians_interval_covers_what_the_binomial_says(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double coverage;
    } cases[] = {{6, 0.96875}, {10, 0.978516}, {20, 0.958611}};
    struct hb_rng rng = printed_seed(41);
    for (size_t c = 0; c < COUNT(cases); c++) {
        enum { TRIES = 20000 };
        const size_t rank = hb_stats_median_interval_rank(cases[c].n);
        size_t hits = 0;
        for (size_t t = 0; t < TRIES; t++) {
            size_t below = 0; /* the order statistics hold 0 unless too few lie on one side */
            for (size_t i = 0; i < cases[c].n; i++)
                below += gaussian(&rng) < 0;
            hits += below >= rank && below <= cases[c].n - rank;
        }
        rate_within("coverage of the median", hits, TRIES, cases[c].coverage - 0.006,
                    cases[c].coverage + 0.006);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_other_programs),
        cmocka_unit_test(spread_below_the_digits_of_a_naive_sum_is_kept),
        cmocka_unit_test(rank_of_the_medians_interval_is_the_exact_binomial),
        cmocka_unit_test(five_samples_have_no_interval_of_the_median),
        cmocka_unit_test(one_sample_has_no_spread),
        cmocka_unit_test(nothing_and_nan_give_nan),
        cmocka_unit_test(equal_samples_have_intervals_of_one_point),
        cmocka_unit_test(a_mean_of_zero_has_no_coefficient_of_variation),
        cmocka_unit_test(the_same_seed_gives_the_same_interval_for_ever),
        cmocka_unit_test(the_medians_interval_covers_what_the_binomial_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
