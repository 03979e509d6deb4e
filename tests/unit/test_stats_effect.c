/* stats/effect against Python's own arithmetic, and Hollander and Wolfe's example. */
#include "stats/ranktest.h"

#include "stats/twosample.h"

#include "expect/order_values.h"
#include "expect/rank_values.h"
#include "unit/test_stats.h"

static double scratch[60 * 60];

static void a12_and_shift_are_the_definitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(two_sample_cases); i++) {
        const struct two_samples *c = &two_sample_cases[i];
        near(c->name, hb_stats_a12(c->a, c->n, c->b, c->m), c->a12, 1e-15);
        near(c->name, hb_stats_located_shift(c->a, c->n, c->b, c->m, 0, scratch).estimate, c->shift,
             1e-13);
    }
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a12_and_shift_are_the_definitions),
        cmocka_unit_test(magnitudes_begin_where_the_authors_say),
        cmocka_unit_test(geometric_mean_is_pythons),
        cmocka_unit_test(nothing_and_nan_give_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
