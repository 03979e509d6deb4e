/* stats/ranktest against SciPy and against all ways of dealing the values. */
#include "stats/ranktest.h"

#include "stats/order.h"

#include "expect/rank_values.h"
#include "unit/test_stats.h"

static double scratch[HB_MANN_WHITNEY_SCRATCH(60, 60)];

static void p_is_scipys_exact_tied_and_normal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(two_sample_cases); i++) {
        const struct two_samples *c = &two_sample_cases[i];
        near(c->name, hb_stats_mann_whitney(c->a, c->n, c->b, c->m, scratch), c->p, 1e-11);
    }
}

static void p_does_not_depend_on_which_group_is_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(two_sample_cases); i++) {
        const struct two_samples *c = &two_sample_cases[i];
        near(c->name, hb_stats_mann_whitney(c->b, c->m, c->a, c->n, scratch), c->p, 1e-11);
    }
}

static void u_of_both_groups_adds_up_to_all_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(two_sample_cases); i++) {
        const struct two_samples *c = &two_sample_cases[i];
        const double u = hb_stats_mann_whitney_u(c->a, c->n, c->b, c->m);
        assert_true(u + hb_stats_mann_whitney_u(c->b, c->m, c->a, c->n) == (double)(c->n * c->m));
    }
}

static void equal_groups_are_no_difference(void **state)
{
    (void)state;
    const double x[] = {3, 3, 3, 3, 3, 3};
    assert_true(hb_stats_mann_whitney(x, 6, x, 6, scratch) == 1);
    assert_true(hb_stats_mann_whitney(x, 1, x, 1, scratch) == 1);
}

static void nothing_and_nan_give_nan(void **state)
{
    (void)state;
    const double x[] = {1, 2}, bad[] = {1, (double)NAN};
    assert_true(isnan(hb_stats_mann_whitney(x, 0, x, 2, scratch)));
    assert_true(isnan(hb_stats_mann_whitney(x, 2, x, 0, scratch)));
    assert_true(isnan(hb_stats_mann_whitney(bad, 2, x, 2, scratch)));
    assert_true(isnan(hb_stats_mann_whitney(x, 2, bad, 2, scratch)));
}

/* One tie in the middle of 50 and 50 moves U by little and takes the exact path away. */
static void exact_and_normal_agree_at_fifty(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(61);
    for (int round = 0; round < 10; round++) {
        double a[50], b[50];
        fill_gaussian(&rng, a, 50, 0.3, 1);
        fill_gaussian(&rng, b, 50, 0, 1);
        hb_stats_sort(a, 50);
        const double exact = hb_stats_mann_whitney(a, 50, b, 50, scratch);
        a[25] = a[24];
        assert_true(fabs(hb_stats_mann_whitney(a, 50, b, 50, scratch) - exact) < 0.03);
    }
}

static void the_test_errs_in_at_most_five_percent(void **state)
{
    (void)state;
    enum { TRIES = 3000, N = 10, M = 12 };
    struct hb_rng rng = printed_seed(62);
    size_t errors = 0;
    for (size_t t = 0; t < TRIES; t++) {
        double a[N], b[M];
        fill_gaussian(&rng, a, N, 5, 1);
        fill_gaussian(&rng, b, M, 5, 1);
        errors += hb_stats_mann_whitney(a, N, b, M, scratch) < 0.05;
    }
    rate_within("p below 0.05 without a difference", errors, TRIES, 0.03, 0.055);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_is_scipys_exact_tied_and_normal),
        cmocka_unit_test(p_does_not_depend_on_which_group_is_first),
        cmocka_unit_test(u_of_both_groups_adds_up_to_all_pairs),
        cmocka_unit_test(equal_groups_are_no_difference),
        cmocka_unit_test(nothing_and_nan_give_nan),
        cmocka_unit_test(exact_and_normal_agree_at_fifty),
        cmocka_unit_test(the_test_errs_in_at_most_five_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
