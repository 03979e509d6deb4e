/* stats/paired against SciPy, all sign patterns, and Hollander and Wolfe's example. */
#include "stats/paired.h"

#include "expect/rank_values.h"
#include "unit/test_stats.h"

enum { MAX = 400 };
static double scratch[HB_WALSH_SCRATCH(MAX) + HB_WILCOXON_SCRATCH(MAX)];

static void estimate_is_the_median_of_all_walsh_averages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(one_sample_cases); i++) {
        const struct one_sample *c = &one_sample_cases[i];
        near(c->name, hb_stats_hodges_lehmann(c->d, c->n, scratch), c->estimate, 1e-13);
    }
}

static void p_is_scipys_exact_tied_and_normal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(one_sample_cases); i++) {
        const struct one_sample *c = &one_sample_cases[i];
        near(c->name, hb_stats_wilcoxon(c->d, c->n, scratch), c->p, 1e-11);
    }
}

/* Hollander and Wolfe 1999, examples 3.1 and 3.3: one-sided 0.0195, estimate -0.46. */
static void the_textbook_example_comes_out(void **state)
{
    (void)state;
    const double *d = one_sample_cases[0].d;
    assert_string_equal(one_sample_cases[0].name, "depression");
    near("p", hb_stats_wilcoxon(d, 9, scratch) / 2, 0.01953125, 1e-12);
    near("estimate", hb_stats_hodges_lehmann(d, 9, scratch), -0.46, 1e-12);
}

/* Two-sided by trying every sign pattern: the definition. */
static double enumerated_p(const double *d, size_t n)
{
    double rank[16];
    size_t count = 0, at_most = 0, at_least = 0;
    double nonzero[16], observed = 0;
    for (size_t i = 0; i < n; i++) {
        if (d[i] != 0)
            nonzero[count++] = d[i];
    }
    for (size_t i = 0; i < count; i++) {
        rank[i] = 0.5;
        for (size_t j = 0; j < count; j++)
            rank[i] += fabs(nonzero[j]) < fabs(nonzero[i])    ? 1
                       : fabs(nonzero[j]) == fabs(nonzero[i]) ? 0.5
                                                              : 0;
        observed += nonzero[i] > 0 ? rank[i] : 0;
    }
    for (size_t signs = 0; signs < (size_t)1 << count; signs++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += signs >> i & 1 ? rank[i] : 0;
        at_most += sum <= observed;
        at_least += sum >= observed;
    }
    const double tail = (double)(at_most < at_least ? at_most : at_least);
    return fmin(1, 2 * tail / (double)((size_t)1 << count));
}

static void exact_p_is_the_share_of_sign_patterns_with_ties_and_zeros(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(81);
    for (int round = 0; round < 300; round++) {
        double d[11];
        const size_t n = 1 + hb_rng_below(&rng, COUNT(d)), span = 1 + hb_rng_below(&rng, 9);
        for (size_t i = 0; i < n; i++)
            d[i] = (double)hb_rng_below(&rng, 2 * span + 1) - (double)span;
        near("p", hb_stats_wilcoxon(d, n, scratch), enumerated_p(d, n), 1e-13);
    }
}

static void zeros_are_dropped(void **state)
{
    (void)state;
    const double with[] = {0.3, 0, -0.1, 0.25, 0, 0.4, -0.05},
                 without[] = {0.3, -0.1, 0.25, 0.4, -0.05}, zeros[] = {0, 0, -0.0};
    assert_true(hb_stats_wilcoxon(with, COUNT(with), scratch) ==
                hb_stats_wilcoxon(without, COUNT(without), scratch));
    assert_true(hb_stats_wilcoxon(zeros, 3, scratch) == 1);
}

static void many_zeros_leave_an_exact_test(void **state)
{
    (void)state;
    double d[MAX] = {0};
    for (size_t i = 0; i < 6; i++)
        d[i * 60] = 0.1 + (double)i;
    near("p", hb_stats_wilcoxon(d, MAX, scratch), 0.03125, 1e-13);
}

static void the_other_sign_gives_the_same_p_and_the_negative_estimate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(one_sample_cases); i++) {
        const struct one_sample *c = &one_sample_cases[i];
        double minus[MAX];
        for (size_t k = 0; k < c->n; k++)
            minus[k] = -c->d[k];
        near(c->name, hb_stats_wilcoxon(minus, c->n, scratch), c->p, 1e-11);
        near(c->name, hb_stats_hodges_lehmann(minus, c->n, scratch), -c->estimate, 1e-13);
    }
}

static void nothing_and_nan(void **state)
{
    (void)state;
    const double bad[] = {1, (double)NAN, 3};
    assert_true(isnan(hb_stats_hodges_lehmann(bad, 0, scratch)));
    assert_true(isnan(hb_stats_hodges_lehmann(bad, 3, scratch)));
    assert_true(hb_stats_hodges_lehmann(bad, 1, scratch) == 1);
    assert_true(hb_stats_wilcoxon(bad, 0, scratch) == 1);
    assert_true(isnan(hb_stats_wilcoxon(bad, 3, scratch)));
}

/* A fast machine for half of the blocks moves both: the ratio does not see it. */
static void common_drift_of_the_blocks_cancels(void **state)
{
    (void)state;
    double steady[10], moved[10];
    struct hb_rng rng = printed_seed(82);
    for (size_t i = 0; i < 10; i++) {
        const double a = 25 + 0.1 * gaussian(&rng), b = 24 + 0.1 * gaussian(&rng);
        const double speed = i < 5 ? 1 : 1.25;
        steady[i] = log(a / b);
        moved[i] = log(a * speed / (b * speed));
    }
    near("estimate", hb_stats_hodges_lehmann(moved, 10, scratch),
         hb_stats_hodges_lehmann(steady, 10, scratch), 1e-12);
}

static void above_fifty_blocks_the_interval_is_the_normal_one(void **state)
{
    (void)state;
    double d[MAX];
    struct hb_rng rng = printed_seed(83);
    fill_gaussian(&rng, d, 200, 0.05, 0.01);
    struct hb_interval got = hb_stats_located_pairs(d, 200, scratch).interval;
    assert_true(got.lo > 0.045 && got.lo < got.hi && got.hi < 0.055);
    /* of 51 cubes: the 454th Walsh average from either end, which is the rank of the exact
     * distribution too (by enumeration in whole numbers) */
    for (size_t i = 0; i < 51; i++)
        d[i] = (double)((i + 1) * (i + 1) * (i + 1));
    got = hb_stats_located_pairs(d, 51, scratch).interval;
    near("lo", got.lo, 16583, 0);
    near("hi", got.hi, 44279.5, 0);
}

static void the_test_errs_in_at_most_five_percent(void **state)
{
    (void)state;
    enum { TRIES = 20000, N = 10 };
    struct hb_rng rng = printed_seed(84);
    size_t errors = 0;
    for (size_t t = 0; t < TRIES; t++) {
        double d[N];
        fill_gaussian(&rng, d, N, 0, 1);
        errors += hb_stats_wilcoxon(d, N, scratch) < 0.05;
    }
    rate_within("p below 0.05 without a difference", errors, TRIES, 0.04, 0.053);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimate_is_the_median_of_all_walsh_averages),
        cmocka_unit_test(p_is_scipys_exact_tied_and_normal),
        cmocka_unit_test(the_textbook_example_comes_out),
        cmocka_unit_test(exact_p_is_the_share_of_sign_patterns_with_ties_and_zeros),
        cmocka_unit_test(zeros_are_dropped),
        cmocka_unit_test(many_zeros_leave_an_exact_test),
        cmocka_unit_test(the_other_sign_gives_the_same_p_and_the_negative_estimate),
        cmocka_unit_test(nothing_and_nan),
        cmocka_unit_test(common_drift_of_the_blocks_cancels),
        cmocka_unit_test(above_fifty_blocks_the_interval_is_the_normal_one),
        cmocka_unit_test(the_test_errs_in_at_most_five_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
