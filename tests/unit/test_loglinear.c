/* base/loglinear: every bucket, its ends, its width, and where the last one begins. */
#include "base/loglinear.h"

#include "expect/hist_values.h"
#include "unit/test_stats.h"

static void buckets_are_those_counted_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bucket_values); i++)
        assert_int_equal(hb_loglinear_bucket(bucket_values[i]), bucket_expected[i]);
}

static void buckets_part_the_axis(void **state)
{
    (void)state;
    uint64_t next = 0;
    for (uint32_t b = 0; b < HB_LOGLINEAR_BUCKETS; b++) {
        const uint64_t least = hb_loglinear_least(b), greatest = hb_loglinear_greatest(b);
        assert_true(least == next && greatest >= least);
        assert_int_equal(hb_loglinear_bucket(least), b);
        assert_int_equal(hb_loglinear_bucket(least + (greatest - least) / 2), b);
        assert_int_equal(hb_loglinear_bucket(greatest), b);
        next = greatest + 1;
    }
    assert_true(next == UINT64_C(1) << HB_LOGLINEAR_BITS);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint32_t b = 0; b < 2 * HB_LOGLINEAR_HALF; b++)
        assert_true(hb_loglinear_least(b) == b && hb_loglinear_greatest(b) == b);
}

static void width_is_below_a_thousandth(void **state)
{
    (void)state;
    for (uint32_t b = 1; b < HB_LOGLINEAR_BUCKETS; b++) {
        const uint64_t least = hb_loglinear_least(b), width = hb_loglinear_greatest(b) - least;
        assert_true(width * 1000 < least);
    }
}

static void the_last_bucket_holds_the_rest(void **state)
{
    (void)state;
    const uint64_t end = UINT64_C(1) << HB_LOGLINEAR_BITS;
    assert_int_equal(hb_loglinear_bucket(end - 1), HB_LOGLINEAR_BUCKETS - 1);
    assert_int_equal(hb_loglinear_bucket(end), HB_LOGLINEAR_BUCKETS - 1);
    assert_int_equal(hb_loglinear_bucket(end * 2), HB_LOGLINEAR_BUCKETS - 1);
    assert_int_equal(hb_loglinear_bucket(UINT64_MAX), HB_LOGLINEAR_BUCKETS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_those_counted_out),
        cmocka_unit_test(buckets_part_the_axis),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(width_is_below_a_thousandth),
        cmocka_unit_test(the_last_bucket_holds_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
