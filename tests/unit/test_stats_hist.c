/* stats/hist against NumPy's percentiles of the samples themselves. */
#include "stats/hist.h"

#include "expect/hist_values.h"
#include "unit/test_stats.h"

#include <string.h>

enum { ROOM = 4096 };

/* Samples into a sparse histogram, one after the other. Returns its length. */
static size_t count_samples(const uint64_t *ns, size_t n, struct hb_loglinear_count *out)
{
    static struct hb_loglinear_count kept[ROOM];
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        const struct hb_loglinear_count one = {hb_loglinear_bucket(ns[i]), 1};
        memcpy(kept, out, length * sizeof *out);
        length = hb_stats_hist_merge(kept, length, &one, 1, out);
    }
    return length;
}

static void quantiles_are_numpys(void **state)
{
    (void)state;
    static struct hb_loglinear_count buckets[ROOM];
    const size_t n = count_samples(latency_ns, COUNT(latency_ns), buckets);
    assert_int_equal(hb_stats_hist_total(buckets, n), COUNT(latency_ns));
    for (size_t i = 0; i < COUNT(latency_q); i++)
        near("quantile", hb_stats_hist_quantile(buckets, n, latency_q[i]), latency_expected[i],
             0.0005);
}

static void merging_keeps_buckets_sorted_and_each_once(void **state)
{
    (void)state;
    static struct hb_loglinear_count a[ROOM], b[ROOM], both[ROOM], whole[ROOM];
    const size_t half = COUNT(latency_ns) / 3, all = COUNT(latency_ns);
    const size_t n = count_samples(latency_ns, half, a);
    const size_t m = count_samples(latency_ns + half, all - half, b);
    const size_t length = hb_stats_hist_merge(b, m, a, n, both);
    assert_int_equal(length, count_samples(latency_ns, all, whole));
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(both[i].bucket, whole[i].bucket);
        assert_int_equal(both[i].count, whole[i].count);
        assert_true(i == 0 || both[i].bucket > both[i - 1].bucket);
    }
}

static void merging_with_nothing_copies(void **state)
{
    (void)state;
    const struct hb_loglinear_count a[] = {{3, 2}, {9, 1}};
    struct hb_loglinear_count out[2];
    assert_int_equal(hb_stats_hist_merge(a, 2, NULL, 0, out), 2);
    assert_true(out[0].bucket == 3 && out[0].count == 2 && out[1].bucket == 9 && out[1].count == 1);
    assert_int_equal(hb_stats_hist_merge(NULL, 0, a, 2, out), 2);
    assert_true(out[1].bucket == 9 && out[1].count == 1);
    assert_int_equal(hb_stats_hist_merge(NULL, 0, NULL, 0, out), 0);
}

/* 0.07 x 100 and 0.29 x 100 are not whole in doubles, yet name the 7th and the 29th sample. */
static void rank_is_the_nearest_one(void **state)
{
    (void)state;
    struct hb_loglinear_count buckets[100];
    for (uint32_t i = 0; i < 100; i++)
        buckets[i] = (struct hb_loglinear_count){i + 1, 1};
    for (int percent = 1; percent <= 100; percent++)
        assert_true(hb_stats_hist_quantile(buckets, 100, percent / 100.0) == percent);
    assert_true(hb_stats_hist_quantile(buckets, 100, 0) == 1);
    assert_true(hb_stats_hist_quantile(buckets, 100, 0.0701) == 8);
    assert_true(hb_stats_hist_quantile(buckets, 100, -1) == 1);
    assert_true(hb_stats_hist_quantile(buckets, 100, 2) == 100);
}

static void counts_beyond_a_double_stay_in_range(void **state)
{
    (void)state;
    const struct hb_loglinear_count buckets[] = {{1, UINT64_MAX / 2}, {2, UINT64_MAX / 2}};
    assert_true(hb_stats_hist_quantile(buckets, 2, 1) == 2);
    assert_true(hb_stats_hist_quantile(buckets, 2, 0.25) == 1);
}

static void the_middle_of_a_wide_bucket_is_told(void **state)
{
    (void)state;
    const struct hb_loglinear_count one = {hb_loglinear_bucket(1000000), 5};
    const double value = hb_stats_hist_quantile(&one, 1, 0.5);
    assert_true(value == 1000191.5); /* of 999,936 to 1,000,447: 512 wide */
}

/* What lasted longer than the axis is long is told as its end. */
static void values_beyond_the_axis_read_as_its_end(void **state)
{
    (void)state;
    const struct hb_loglinear_count one = {hb_loglinear_bucket(UINT64_C(1) << 50), 1};
    near("end", hb_stats_hist_quantile(&one, 1, 1), 0x1p40, 0.0005);
}

static void nothing_and_nan_give_nan(void **state)
{
    (void)state;
    const struct hb_loglinear_count one = {1, 1};
    assert_true(hb_stats_hist_total(NULL, 0) == 0);
    assert_true(isnan(hb_stats_hist_quantile(NULL, 0, 0.5)));
    assert_true(isnan(hb_stats_hist_quantile(&one, 1, (double)NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_numpys),
        cmocka_unit_test(merging_keeps_buckets_sorted_and_each_once),
        cmocka_unit_test(merging_with_nothing_copies),
        cmocka_unit_test(rank_is_the_nearest_one),
        cmocka_unit_test(counts_beyond_a_double_stay_in_range),
        cmocka_unit_test(the_middle_of_a_wide_bucket_is_told),
        cmocka_unit_test(values_beyond_the_axis_read_as_its_end),
        cmocka_unit_test(nothing_and_nan_give_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
