/* stats/twosample, scale, steps and the paired interval against enumeration and the published
 * definitions, worked out by tests/expect/location_values.py. */
#include "stats/lowrank.h"
#include "stats/paired.h"
#include "stats/scale.h"
#include "stats/steps.h"
#include "stats/twosample.h"

#include "expect/location_values.h"
#include "unit/test_stats.h"

enum { MAX = 200 };
static double scratch[HB_MANN_WHITNEY_SCRATCH(MAX, MAX) + (size_t)MAX * MAX];

static struct hb_located shift_of(const double *a, size_t n, const double *b, size_t m)
{
    return hb_stats_located_shift(a, n, b, m, hb_stats_shift_rank(n, m, scratch), scratch);
}

static void shift_interval_is_that_of_every_way_to_deal_ranks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(located_two_cases); i++) {
        const struct located_two *c = &located_two_cases[i];
        const struct hb_located got = shift_of(c->a, c->n, c->b, c->m);
        near(c->name, got.interval.lo, c->lo, 1e-12);
        near(c->name, got.interval.hi, c->hi, 1e-12);
    }
}

static void low_ranks_are_those_of_every_way_to_deal_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(low_rank_cases); i++) {
        const struct low_rank_case *c = &low_rank_cases[i];
        const struct hb_low_rank got = hb_stats_low_rank(c->a, c->n, c->b, c->m, 0.025, scratch),
                                 back = hb_stats_low_rank(c->b, c->m, c->a, c->n, 0.025, scratch);
        near(c->name, got.shift.estimate, c->estimate, 1e-9);
        near(c->name, got.shift.interval.lo, c->lo, 1e-9);
        near(c->name, got.shift.interval.hi, c->hi, 1e-9);
        near(c->name, got.p, c->p, 1e-9);
        near(c->name, back.shift.estimate, -c->estimate, 1e-9);
        near(c->name, back.shift.interval.lo, -c->hi, 1e-9);
        near(c->name, back.p, c->p, 1e-9);
    }
}

/* However slow the slowest third is, nothing changes. */
static void low_ranks_do_not_see_how_slow_the_slowest_are(void **state)
{
    double a[20], b[40];
    struct hb_rng rng;
    (void)state;
    hb_rng_seed(&rng, 3);
    for (size_t i = 0; i < 20; i++)
        a[i] = 0.05 + 0.02 * gaussian(&rng) + (i % 4 == 0 ? 0.3 : 0);
    for (size_t i = 0; i < 40; i++)
        b[i] = 0.02 * gaussian(&rng) + (i % 4 == 0 ? 0.3 : 0);
    const struct hb_low_rank before = hb_stats_low_rank(a, 20, b, 40, 0.025, scratch);
    for (size_t i = 0; i < 20; i += 4)
        a[i] += 7;
    for (size_t i = 0; i < 40; i += 4)
        b[i] += 5;
    const struct hb_low_rank after = hb_stats_low_rank(a, 20, b, 40, 0.025, scratch);
    near("estimate", after.shift.estimate, before.shift.estimate, 0);
    near("lo", after.shift.interval.lo, before.shift.interval.lo, 0);
    near("hi", after.shift.interval.hi, before.shift.interval.hi, 0);
    near("p", after.p, before.p, 0);
    assert_true(before.shift.interval.lo > 0.02 && before.shift.interval.hi < 0.08);
}

static void low_ranks_of_nothing_are_unknown(void **state)
{
    static const double some[] = {1, 2, (double)NAN};
    (void)state;
    assert_true(isnan(hb_stats_low_rank(some, 0, some, 2, 0.025, scratch).p));
    assert_true(isnan(hb_stats_low_rank(some, 2, some, 0, 0.025, scratch).shift.estimate));
    assert_true(isnan(hb_stats_low_rank(some, 2, some, 3, 0.025, scratch).p));
    assert_true(isnan(hb_stats_low_rank(some, 3, some, 2, 0.025, scratch).p));
    const struct hb_low_rank one = hb_stats_low_rank(some, 1, some + 1, 1, 0.025, scratch);
    near("one and one", one.shift.estimate, -1, 0);
    near("one and one", one.p, 1, 0);
    assert_true(isnan(one.shift.interval.lo) && isnan(one.shift.interval.hi));
}

/* R's manual, wilcox.test: Hollander and Wolfe's example 4.1, -0.15 to 0.76 about 0.305. */
static void the_textbook_interval_comes_out(void **state)
{
    (void)state;
    const struct located_two *c = &located_two_cases[0];
    const struct hb_located got = shift_of(c->a, c->n, c->b, c->m);
    near("estimate", got.estimate, 0.305, 1e-12);
    near("lo", got.interval.lo, -0.15, 1e-12);
    near("hi", got.interval.hi, 0.76, 1e-12);
}

static void interval_of_pairs_is_that_of_every_sign(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(located_one_cases); i++) {
        const struct located_one *c = &located_one_cases[i];
        const struct hb_located got = hb_stats_located_pairs(c->d, c->n, scratch);
        near(c->name, got.estimate, hb_stats_hodges_lehmann(c->d, c->n, scratch), 0);
        near(c->name, got.interval.lo, c->lo, 1e-12);
        near(c->name, got.interval.hi, c->hi, 1e-12);
    }
}

/* One more than the critical values of U at 5 % two-sided in the published tables; with one
 * value on a side the probabilities are 1 / (n + 1) each, of 39 the limit itself. */
static void ranks_are_those_of_the_tables(void **state)
{
    static const struct {
        size_t n, m, rank;
    } cases[] = {{5, 5, 3},  {8, 8, 14}, {7, 9, 13}, {10, 10, 24}, {20, 20, 128}, {4, 4, 1},
                 {3, 5, 1},  {3, 4, 0},  {1, 38, 0}, {38, 1, 0},   {1, 39, 1},    {39, 1, 1},
                 {1, 45, 1}, {45, 1, 1}, {0, 5, 0},  {5, 0, 0},    {0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const size_t got = hb_stats_shift_rank(cases[i].n, cases[i].m, scratch);
        if (got != cases[i].rank)
            fail_msg("%zu and %zu: rank %zu, not %zu", cases[i].n, cases[i].m, got, cases[i].rank);
    }
}

static void autocorrelation_is_numpys_of_ranks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(located_one_cases); i++) {
        const struct located_one *c = &located_one_cases[i];
        near(c->name, hb_stats_lag1(c->d, c->n, scratch), c->lag1, 1e-12);
    }
}

static void spread_is_bonetts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(located_two_cases); i++) {
        const struct located_two *c = &located_two_cases[i];
        const struct hb_located got = hb_stats_cv_ratio(c->a, c->n, c->b, c->m, scratch);
        near(c->name, got.estimate, c->cv_ratio, 1e-12);
        near(c->name, got.interval.lo, c->cv_lo, 1e-12);
        near(c->name, got.interval.hi, c->cv_hi, 1e-12);
    }
    for (size_t i = 0; i < COUNT(located_one_cases); i++) {
        const struct located_one *c = &located_one_cases[i];
        if (isnan(c->cv_lo))
            continue;
        const struct hb_located got = hb_stats_located_cv(c->d, c->n, scratch);
        near(c->name, got.interval.lo, c->cv_lo, 1e-12);
        near(c->name, got.interval.hi, c->cv_hi, 1e-12);
    }
}

static void levels_are_the_cheapest_of_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(levels_cases); i++) {
        const struct levels_case *c = &levels_cases[i];
        size_t ends[32];
        const size_t count = hb_stats_steps(c->x, c->n, c->noise, 0, c->shortest, ends, scratch);
        assert_int_equal(count, c->count);
        for (size_t l = 0; l < count; l++)
            assert_int_equal(ends[l], c->ends[l]);
    }
}

static void small_steps_are_taken_out(void **state)
{
    (void)state;
    static const double x[] = {0, 0, 0, 1, 1, 1, 9, 9, 9, 9};
    size_t ends[16];
    assert_int_equal(hb_stats_steps(x, 10, 0.1, 0, 2, ends, scratch), 3);
    assert_int_equal(hb_stats_steps(x, 10, 0.1, 1, 2, ends, scratch), 3); /* as high as the least */
    assert_int_equal(hb_stats_steps(x, 10, 0.1, 2, 2, ends, scratch), 2);
    assert_int_equal(ends[0], 6);
    assert_int_equal(hb_stats_steps(x, 10, 0.1, 20, 2, ends, scratch), 1);
    assert_int_equal(ends[0], 10);
}

static void noise_between_neighbours_passes_over_steps(void **state)
{
    (void)state;
    double x[100];
    struct hb_rng rng;
    hb_rng_seed(&rng, 3);
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = (i < 40 ? 0 : 50) + (double)hb_rng_below(&rng, 1000) / 1000;
    /* uniform on [0, 1): sd 0.289; of the differences the MAD is that of a triangle */
    near("noise", hb_stats_steps_noise(x, COUNT(x), scratch), 0.307, 0.2);
}

static void what_cannot_be_told_is_not(void **state)
{
    (void)state;
    const double x[] = {1, 2, (double)NAN, 4, 5, 6, 7}, same[] = {2, 2, 2, 2, 2, 2, 2};
    size_t ends[16];
    assert_true(isnan(shift_of(x, 7, same, 7).estimate));
    assert_true(isnan(shift_of(same, 7, same, 0).estimate));
    assert_true(isnan(shift_of(same, 3, same, 3).interval.lo));
    assert_true(isnan(hb_stats_located_pairs(same, 5, scratch).interval.lo));
    assert_true(isnan(hb_stats_cv_ratio(same, 7, same, 7, scratch).estimate));
    assert_true(isnan(hb_stats_cv_ratio(same, 5, same, 7, scratch).estimate));
    assert_true(isnan(hb_stats_located_cv(x, 7, scratch).estimate));
    near("no neighbours", hb_stats_lag1(same, 7, scratch), 0, 0);
    near("too short", hb_stats_lag1(x, 5, scratch), 0, 0);
    assert_int_equal(hb_stats_steps(x, 7, 1, 0, 2, ends, scratch), 1);
    assert_int_equal(hb_stats_steps(same, 7, (double)NAN, 0, 2, ends, scratch), 1);
    assert_int_equal(hb_stats_steps(same, 0, 1, 0, 2, ends, scratch), 0);
}

/* 95 % or more, at any size: what the bootstrap does not give of few values. */
static void intervals_hold_what_they_say(void **state)
{
    (void)state;
    static const size_t sizes[] = {6, 10, 20};
    struct hb_rng rng;
    hb_rng_seed(&rng, 11);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const size_t n = sizes[s], rank = hb_stats_shift_rank(n, n, scratch);
        size_t two = 0, pairs = 0;
        for (size_t i = 0; i < 4000; i++) {
            double a[20], b[20];
            for (size_t k = 0; k < n; k++) {
                a[k] = gaussian(&rng);
                b[k] = gaussian(&rng);
            }
            const struct hb_interval t = hb_stats_located_shift(a, n, b, n, rank, scratch).interval;
            const struct hb_interval p = hb_stats_located_pairs(a, n, scratch).interval;
            two += t.lo <= 0 && t.hi >= 0;
            pairs += p.lo <= 0 && p.hi >= 0;
        }
        rate_within("two samples", two, 4000, 0.945, 0.985);
        rate_within("pairs", pairs, 4000, 0.945, 0.985);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shift_interval_is_that_of_every_way_to_deal_ranks),
        cmocka_unit_test(low_ranks_are_those_of_every_way_to_deal_them),
        cmocka_unit_test(low_ranks_do_not_see_how_slow_the_slowest_are),
        cmocka_unit_test(low_ranks_of_nothing_are_unknown),
        cmocka_unit_test(the_textbook_interval_comes_out),
        cmocka_unit_test(interval_of_pairs_is_that_of_every_sign),
        cmocka_unit_test(ranks_are_those_of_the_tables),
        cmocka_unit_test(autocorrelation_is_numpys_of_ranks),
        cmocka_unit_test(spread_is_bonetts),
        cmocka_unit_test(levels_are_the_cheapest_of_all),
        cmocka_unit_test(small_steps_are_taken_out),
        cmocka_unit_test(noise_between_neighbours_passes_over_steps),
        cmocka_unit_test(what_cannot_be_told_is_not),
        cmocka_unit_test(intervals_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
