/* stats/holm against the definition and R's p.adjust. */
#include "stats/verdict.h"

#include "expect/rank_values.h"
#include "unit/test_stats.h"

#include <string.h>

static void adjusted_values_are_the_stored_ones(void **state)
{
    (void)state;
    double p[COUNT(holm_p)], scratch[COUNT(holm_p)];
    memcpy(p, holm_p, sizeof p);
    hb_stats_holm(p, COUNT(p), scratch);
    for (size_t i = 0; i < COUNT(p); i++)
        near("p", p[i], holm_adjusted[i], 1e-14);
}

static void one_p_stays_and_none_is_nothing(void **state)
{
    (void)state;
    double p[] = {0.04}, scratch[1];
    hb_stats_holm(p, 0, scratch);
    hb_stats_holm(p, 1, scratch);
    assert_true(p[0] == 0.04);
}

static void nan_is_not_counted_and_stays(void **state)
{
    (void)state;
    double p[] = {(double)NAN, 0.01, (double)NAN, 0.02}, scratch[4];
    hb_stats_holm(p, 4, scratch);
    assert_true(isnan(p[0]) && isnan(p[2]));
    near("first of two", p[1], 0.02, 1e-15);
    near("second of two", p[3], 0.02, 1e-15);
}

static void order_is_kept_and_no_p_falls_or_leaves_one(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(51);
    for (int round = 0; round < 2000; round++) {
        double p[20], before[20], scratch[20];
        const size_t n = 1 + hb_rng_below(&rng, 20);
        for (size_t i = 0; i < n; i++)
            before[i] = p[i] = (double)(1 + hb_rng_below(&rng, 40)) / 40;
        hb_stats_holm(p, n, scratch);
        for (size_t i = 0; i < n; i++) {
            assert_true(p[i] >= before[i] && p[i] <= 1);
            for (size_t j = 0; j < n; j++)
                assert_true(before[i] >= before[j] || p[i] <= p[j]);
        }
    }
}

/* All hypotheses true: any rejection at all is an error of the family. */
static void the_family_errs_in_at_most_five_percent(void **state)
{
    (void)state;
    enum { TRIES = 20000, N = 8 };
    struct hb_rng rng = printed_seed(52);
    size_t errors = 0;
    for (size_t t = 0; t < TRIES; t++) {
        double p[N], scratch[N];
        bool any = false;
        for (size_t i = 0; i < N; i++)
            p[i] = uniform(&rng);
        hb_stats_holm(p, N, scratch);
        for (size_t i = 0; i < N; i++)
            any = any || p[i] < 0.05;
        errors += any;
    }
    rate_within("errors of a family of 8", errors, TRIES, 0.04, 0.055);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted_values_are_the_stored_ones),
        cmocka_unit_test(one_p_stays_and_none_is_nothing),
        cmocka_unit_test(nan_is_not_counted_and_stays),
        cmocka_unit_test(order_is_kept_and_no_p_falls_or_leaves_one),
        cmocka_unit_test(the_family_errs_in_at_most_five_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
