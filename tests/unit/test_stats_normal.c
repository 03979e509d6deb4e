/* stats/normal against SciPy. */
#include "stats/normal.h"

#include "expect/order_values.h"
#include "unit/test_stats.h"

static void distribution_is_scipys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(normal_z); i++)
        near("cdf", hb_stats_normal_cdf(normal_z[i]), normal_cdf[i], 1e-13);
}

static void quantile_is_scipys_far_into_the_tails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(normal_p); i++)
        near("quantile", hb_stats_normal_quantile(normal_p[i]), normal_quantile[i], 1e-12);
}

static void quantile_undoes_the_distribution(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(21);
    for (int i = 0; i < 10000; i++) {
        const double z = -10 + 15 * uniform(&rng); /* above 5, 1 - p has lost its digits */
        near("z", hb_stats_normal_quantile(hb_stats_normal_cdf(z)), z, 1e-9);
    }
}

static void ends_are_infinite_and_nan_stays(void **state)
{
    (void)state;
    assert_true(hb_stats_normal_quantile(0) == -(double)INFINITY);
    assert_true(hb_stats_normal_quantile(-1) == -(double)INFINITY);
    assert_true(hb_stats_normal_quantile(1) == (double)INFINITY);
    assert_true(isnan(hb_stats_normal_quantile((double)NAN)));
    assert_true(isnan(hb_stats_normal_cdf((double)NAN)));
    assert_true(hb_stats_normal_cdf(-(double)INFINITY) == 0);
    assert_true(hb_stats_normal_cdf((double)INFINITY) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distribution_is_scipys),
        cmocka_unit_test(quantile_is_scipys_far_into_the_tails),
        cmocka_unit_test(quantile_undoes_the_distribution),
        cmocka_unit_test(ends_are_infinite_and_nan_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
