/* stats/outlier against NumPy, and where the MAD says nothing. */
#include "stats/order.h"

#include "expect/order_values.h"
#include "unit/test_stats.h"

static void modified_z_is_iglewicz_and_hoaglins(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(x_far); i++)
        near("z", hb_stats_modified_z(x_far[i], median_far, mad_far, 1), modified_z_far[i], 1e-13);
}

static void far_values_are_marked_and_no_others(void **state)
{
    (void)state;
    double scratch[COUNT(x_far)];
    bool marked[COUNT(x_far)];
    assert_int_equal(hb_stats_outliers(x_far, COUNT(x_far), marked, scratch), outliers_far);
    assert_int_equal(hb_stats_outliers(x_far, COUNT(x_far), NULL, scratch), outliers_far);
    for (size_t i = 0; i < COUNT(x_far); i++)
        assert_int_equal(marked[i], fabs(modified_z_far[i]) > HB_OUTLIER_LIMIT);
}

/* Median 0 and MAD 1 whatever the last value is: its z is 0.6745 times it. */
static void the_limit_lies_at_three_and_a_half(void **state)
{
    (void)state;
    double x[] = {-1, -1, 0, 1, 0, -1, 1, 0, 1, -1, 0}, scratch[COUNT(x)];
    double *last = &x[COUNT(x) - 1];
    *last = 3.49 / 0.6745;
    assert_true(hb_stats_median(x, COUNT(x), scratch) == 0);
    assert_true(hb_stats_mad(x, COUNT(x), scratch) == 1);
    assert_int_equal(hb_stats_outliers(x, COUNT(x), NULL, scratch), 0);
    *last = 3.51 / 0.6745;
    assert_int_equal(hb_stats_outliers(x, COUNT(x), NULL, scratch), 1);
}

static void one_different_value_among_equal_ones_is_marked(void **state)
{
    (void)state;
    const double x[] = {8, 8, 8, 8, 8, 8, 8, 8, 9000, 8};
    double scratch[COUNT(x)];
    bool marked[COUNT(x)];
    assert_int_equal(hb_stats_outliers(x, COUNT(x), marked, scratch), 1);
    assert_true(marked[8]);
}

static void a_third_of_different_values_is_none(void **state)
{
    (void)state;
    const double x[] = {8, 8, 8, 8, 8, 8, 9, 9, 9};
    double scratch[COUNT(x)];
    assert_int_equal(hb_stats_outliers(x, COUNT(x), NULL, scratch), 0);
}

static void equal_values_few_values_and_nan_have_none(void **state)
{
    (void)state;
    const double equal[] = {2, 2, 2, 2}, nan[] = {1, 2, (double)NAN, 1000}, two[] = {1, 1e9};
    double scratch[4];
    bool marked[4] = {true, true, true, true};
    assert_int_equal(hb_stats_outliers(equal, 4, marked, scratch), 0);
    assert_false(marked[0] || marked[1] || marked[2] || marked[3]);
    assert_int_equal(hb_stats_outliers(nan, 4, NULL, scratch), 0);
    assert_int_equal(hb_stats_outliers(two, 2, NULL, scratch), 0);
    assert_int_equal(hb_stats_outliers(NULL, 0, NULL, scratch), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modified_z_is_iglewicz_and_hoaglins),
        cmocka_unit_test(far_values_are_marked_and_no_others),
        cmocka_unit_test(the_limit_lies_at_three_and_a_half),
        cmocka_unit_test(one_different_value_among_equal_ones_is_marked),
        cmocka_unit_test(a_third_of_different_values_is_none),
        cmocka_unit_test(equal_values_few_values_and_nan_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
