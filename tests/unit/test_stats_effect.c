/* stats/effect against Python's own arithmetic, and Hollander and Wolfe's example. */
#include "stats/effect.h"

#include "expect/bootstrap_values.h"
#include "expect/order_values.h"
#include "expect/rank_values.h"
#include "unit/test_stats.h"

static double scratch[HB_SHIFT_SCRATCH(60, 60, 10000)];

static void a12_and_shift_are_the_definitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(two_sample_cases); i++) {
        const struct two_samples *c = &two_sample_cases[i];
        near(c->name, hb_stats_a12(c->a, c->n, c->b, c->m), c->a12, 1e-15);
        near(c->name, hb_stats_shift(c->a, c->n, c->b, c->m, scratch), c->shift, 1e-13);
    }
}

/* Hollander and Wolfe 1999, example 4.4: 0.305. */
static void the_textbook_shift_comes_out(void **state)
{
    (void)state;
    near("shift", hb_stats_shift(shift_a, 10, shift_b, 5, scratch), 0.305, 1e-12);
}

static void shift_interval_is_numpys_with_the_same_draws(void **state)
{
    (void)state;
    const struct hb_interval got =
        hb_stats_shift_interval(shift_a, 10, shift_b, 5, bootstrap_resamples, 7, scratch);
    near("lo", got.lo, shift_interval[0], 1e-12);
    near("hi", got.hi, shift_interval[1], 1e-12);
}

static void magnitudes_begin_where_the_authors_say(void **state)
{
    (void)state;
    assert_string_equal(hb_stats_a12_word(0.5), "negligible");
    assert_string_equal(hb_stats_a12_word(0.5599), "negligible");
    assert_string_equal(hb_stats_a12_word(0.56), "small");
    assert_string_equal(hb_stats_a12_word(0.44), "small");
    assert_string_equal(hb_stats_a12_word(0.6399), "small");
    assert_string_equal(hb_stats_a12_word(0.64), "medium");
    assert_string_equal(hb_stats_a12_word(0.36), "medium");
    assert_string_equal(hb_stats_a12_word(0.71), "large");
    assert_string_equal(hb_stats_a12_word(0.29), "large");
    assert_string_equal(hb_stats_a12_word(0), "large");
    assert_string_equal(hb_stats_a12_word(1), "large");
    assert_string_equal(hb_stats_a12_word((double)NAN), "unknown");
}

static void geometric_mean_is_pythons(void **state)
{
    (void)state;
    const double zero[] = {1, 0, 4}, negative[] = {1, -2, 4};
    near("ties", hb_stats_geometric_mean(x_ties, COUNT(x_ties)), geometric_mean_ties, 1e-14);
    near("throughput", hb_stats_geometric_mean(x_throughput, COUNT(x_throughput)),
         geometric_mean_throughput, 1e-13);
    assert_true(hb_stats_geometric_mean(zero, 3) == 0);
    assert_true(isnan(hb_stats_geometric_mean(negative, 3)));
    assert_true(isnan(hb_stats_geometric_mean(zero, 0)));
}

static void nothing_and_nan_give_nan(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3}, bad[] = {1, (double)NAN, 3};
    assert_true(isnan(hb_stats_a12(x, 0, x, 3)) && isnan(hb_stats_a12(bad, 3, x, 3)));
    assert_true(isnan(hb_stats_shift(x, 0, x, 3, scratch)));
    assert_true(isnan(hb_stats_shift(x, 3, bad, 3, scratch)));
    assert_true(isnan(hb_stats_shift_interval(x, 3, bad, 3, 100, 1, scratch).lo));
    assert_true(isnan(hb_stats_shift_interval(x, 1, x, 3, 100, 1, scratch).lo));
    assert_true(isnan(hb_stats_shift_interval(x, 3, x, 1, 100, 1, scratch).hi));
}

static void equal_groups_have_a_shift_of_one_point(void **state)
{
    (void)state;
    const double x[] = {3, 3, 3, 3};
    const struct hb_interval got = hb_stats_shift_interval(x, 4, x, 4, 200, 1, scratch);
    assert_true(got.lo == 0 && got.hi == 0);
}

static void the_shifts_interval_covers_about_95_percent(void **state)
{
    (void)state;
    enum { TRIES = 1000, RESAMPLES = 300 };
    static const size_t sizes[][2] = {{10, 10}, {10, 20}, {20, 20}};
    struct hb_rng rng = printed_seed(91);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const size_t n = sizes[s][0], m = sizes[s][1];
        size_t hits = 0;
        for (size_t t = 0; t < TRIES; t++) {
            double a[20], b[20];
            fill_gaussian(&rng, a, n, 3.5, 1);
            fill_gaussian(&rng, b, m, 3, 1);
            const struct hb_interval got =
                hb_stats_shift_interval(a, n, b, m, RESAMPLES, t, scratch);
            hits += got.lo <= 0.5 && got.hi >= 0.5;
        }
        rate_within("coverage of the shift", hits, TRIES, 0.91, 0.97);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a12_and_shift_are_the_definitions),
        cmocka_unit_test(the_textbook_shift_comes_out),
        cmocka_unit_test(shift_interval_is_numpys_with_the_same_draws),
        cmocka_unit_test(magnitudes_begin_where_the_authors_say),
        cmocka_unit_test(geometric_mean_is_pythons),
        cmocka_unit_test(nothing_and_nan_give_nan),
        cmocka_unit_test(equal_groups_have_a_shift_of_one_point),
        cmocka_unit_test(the_shifts_interval_covers_about_95_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
