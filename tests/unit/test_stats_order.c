/* stats/order against NumPy, SciPy and Python's statistics. */
#include "stats/order.h"

#include "expect/order_values.h"
#include "unit/test_stats.h"

#include <string.h>

enum { MAX = 400 };

struct sample {
    const char *name;
    const double *x;
    size_t n;
    const double *quantiles;
    double median, mad;
};

#define SAMPLE(s)                                                                                  \
    {                                                                                              \
#s, x_##s, COUNT(x_##s), quantiles_##s, median_##s, mad_##s                                \
    }
static const struct sample samples[] = {
    SAMPLE(throughput), SAMPLE(ties), SAMPLE(far),      SAMPLE(two),
    SAMPLE(one),        SAMPLE(wide), SAMPLE(negative),
};

static void quantiles_are_type_7(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(samples); s++) {
        double x[MAX];
        memcpy(x, samples[s].x, samples[s].n * sizeof *x);
        for (size_t i = 0; i < COUNT(levels); i++)
            near(samples[s].name, hb_stats_quantile_in_place(x, samples[s].n, levels[i]),
                 samples[s].quantiles[i], 1e-14);
        hb_stats_sort(x, samples[s].n);
        for (size_t i = 0; i < COUNT(levels); i++)
            near(samples[s].name, hb_stats_quantile_sorted(x, samples[s].n, levels[i]),
                 samples[s].quantiles[i], 1e-14);
    }
}

static void median_and_mad_are_scipys(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(samples); s++) {
        double scratch[MAX], kept[MAX];
        memcpy(kept, samples[s].x, samples[s].n * sizeof *kept);
        near(samples[s].name, hb_stats_median(kept, samples[s].n, scratch), samples[s].median,
             1e-15);
        near(samples[s].name, hb_stats_mad(kept, samples[s].n, scratch), samples[s].mad, 1e-14);
        assert_memory_equal(kept, samples[s].x, samples[s].n * sizeof *kept);
    }
}

/* Values with many ties, sorted, backwards, or equal. */
static void fill(struct hb_rng *rng, double *x, size_t n)
{
    const uint64_t kind = hb_rng_below(rng, 5), distinct = 1 + hb_rng_below(rng, n + 1);
    for (size_t i = 0; i < n; i++) {
        const double drawn = (double)hb_rng_below(rng, distinct);
        x[i] = kind == 0 ? (double)i : kind == 1 ? -(double)i : kind == 2 ? gaussian(rng) : drawn;
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sorting_and_selecting_agree_with_qsort(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(31);
    for (int round = 0; round < 3000; round++) {
        double x[MAX], sorted[MAX], selected[MAX];
        const size_t n = 1 + hb_rng_below(&rng, 60), k = hb_rng_below(&rng, n);
        fill(&rng, x, n);
        memcpy(sorted, x, sizeof x);
        memcpy(selected, x, sizeof x);
        qsort(sorted, n, sizeof *sorted, compare);
        hb_stats_sort(x, n);
        assert_memory_equal(x, sorted, n * sizeof *x);
        assert_true(hb_stats_select(selected, n, k) == sorted[k]);
        for (size_t i = 0; i < n; i++)
            assert_true(i < k ? selected[i] <= selected[k] : selected[i] >= selected[k]);
    }
}

static void quantile_level_is_cut_to_0_and_1(void **state)
{
    (void)state;
    double x[] = {3, 1, 2};
    assert_true(hb_stats_quantile_in_place(x, 3, -0.5) == 1);
    assert_true(hb_stats_quantile_in_place(x, 3, 1.5) == 3);
    hb_stats_sort(x, 3);
    assert_true(hb_stats_quantile_sorted(x, 3, -0.5) == 1);
    assert_true(hb_stats_quantile_sorted(x, 3, (double)INFINITY) == 3);
}

static void nothing_gives_nan(void **state)
{
    (void)state;
    double x[1] = {0};
    hb_stats_sort(x, 0);
    assert_true(isnan(hb_stats_median(x, 0, x)));
    assert_true(isnan(hb_stats_median_in_place(x, 0)));
    assert_true(isnan(hb_stats_mad(x, 0, x)));
    assert_true(isnan(hb_stats_quantile_sorted(x, 0, 0.5)));
    assert_true(isnan(hb_stats_quantile_in_place(x, 0, 0.5)));
    assert_true(isnan(hb_stats_quantile_sorted(x, 1, (double)NAN)));
    assert_true(isnan(hb_stats_quantile_in_place(x, 1, (double)NAN)));
}

static void nan_and_infinity_in_give_nan_out(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t b = 0; b < COUNT(bad); b++) {
        const double x[] = {1, bad[b], 3};
        double scratch[3];
        assert_false(hb_stats_all_finite(x, 3));
        assert_true(isnan(hb_stats_median(x, 3, scratch)));
        assert_true(isnan(hb_stats_mad(x, 3, scratch)));
    }
    assert_true(hb_stats_all_finite(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_type_7),
        cmocka_unit_test(median_and_mad_are_scipys),
        cmocka_unit_test(sorting_and_selecting_agree_with_qsort),
        cmocka_unit_test(quantile_level_is_cut_to_0_and_1),
        cmocka_unit_test(nothing_gives_nan),
        cmocka_unit_test(nan_and_infinity_in_give_nan_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
