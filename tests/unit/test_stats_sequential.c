/* stats/sequential against the joint normal distribution of all looks, published boundaries, and a
 * comparison that Python made look by look. How often it is wrong: test_stats_sequential_power.c.
 */
#include "stats/sequential.h"

#include "stats/looks.h"
#include "stats/normal.h"

#include "expect/sequential_values.h"
#include "unit/test_stats.h"

#include <string.h>

static double scratch[HB_SEQUENTIAL_SCRATCH(HB_SEQUENTIAL_MOST)];

/* The expected ones are known to about 1e-4: an integral over five looks. */
static void boundaries_are_those_of_the_joint_normal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(boundary_cases); i++) {
        struct hb_sequential_walk walk = {0};
        for (size_t k = 0; k < boundary_cases[i].looks; k++)
            near(boundary_cases[i].name,
                 hb_sequential_boundary(&walk, boundary_cases[i].time[k],
                                        boundary_cases[i].spend[k]),
                 boundary_cases[i].z[k], 2e-4);
    }
}

/* Lan and DeMets 1983: five equal looks, O'Brien-Fleming spending. */
static void published_boundaries_come_out(void **state)
{
    (void)state;
    static const double published[] = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
    struct hb_sequential_walk walk = {0};
    for (size_t k = 0; k < COUNT(published); k++)
        near("z", hb_sequential_boundary(&walk, (double)k + 1, boundary_cases[0].spend[k]),
             published[k], 1e-4);
}

/* Pocock 1977: with 2.413 at each of five equal looks 5 % are spent; Jennison and Turnbull 2000,
 * table 2.1. */
static void what_is_spent_is_what_a_walk_crosses(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(5);
    struct hb_sequential_walk walk = {0};
    double z[5], time[] = {3, 4, 9, 10, 40};
    size_t crossed = 0;
    for (size_t k = 0; k < COUNT(time); k++)
        z[k] = hb_sequential_boundary(&walk, time[k], 0.04 * ((double)k + 1));
    for (size_t i = 0; i < 20000; i++) {
        double at = 0, before = 0;
        bool is_beyond = false;
        for (size_t k = 0; k < COUNT(time); k++) {
            at += sqrt(time[k] - before) * gaussian(&rng);
            before = time[k];
            is_beyond |= fabs(at) > z[k] * sqrt(time[k]);
        }
        crossed += is_beyond;
    }
    rate_within("walks that cross", crossed, 20000, 0.19, 0.21);
}

static void with_nothing_to_spend_no_look_finds_anything(void **state)
{
    (void)state;
    struct hb_sequential_walk walk = {0};
    assert_true(isinf(hb_sequential_boundary(&walk, 1, 0)));
    near("the first", hb_sequential_boundary(&walk, 2, 0.05), 1.959963984540054, 1e-6);
    assert_true(isinf(hb_sequential_boundary(&walk, 3, 0.05)));
    assert_true(isinf(hb_sequential_boundary(&walk, 4, 0.01)));
    near("spent", walk.spent, 0.05, 0);
    assert_int_equal(walk.looks, 4);
}

static void spending_grows_and_never_exceeds_alpha(void **state)
{
    (void)state;
    double before = 0;
    near("at 0", hb_sequential_spending(0), 0, 0);
    near("half-way", hb_sequential_spending(0.5), 0.02375, 1e-12);
    near("as planned", hb_sequential_spending(1), 0.0475, 1e-12);
    near("for ever", hb_sequential_spending((double)INFINITY), 0.05, 1e-12);
    for (double t = 0.01; t < 20; t *= 1.1) {
        assert_true(hb_sequential_spending(t) > before);
        before = hb_sequential_spending(t);
    }
    assert_true(before < 0.05);
}

/* sequential_values.py has the same rule in other words: enumerated signed ranks, SciPy's normal.
 */
static void a_comparison_is_pythons_look_by_look(void **state)
{
    (void)state;
    struct hb_sequential test;
    size_t look = 0;
    hb_sequential_init(&test, 0.01, COUNT(compared));
    for (size_t n = 1; n <= COUNT(compared); n++) {
        if (!hb_sequential_is_due(&test, n))
            continue;
        assert_true(look < COUNT(compared_looks));
        assert_int_equal(n, compared_looks[look].pairs);
        const enum hb_sequential_end end = hb_sequential_look(&test, compared, n, false, scratch);
        assert_string_equal(hb_sequential_word(end), compared_looks[look].word);
        assert_int_equal(test.planned, compared_looks[look].planned);
        near("z", test.z, compared_looks[look].z, 1e-3); /* an integral over seven looks */
        near("estimate", test.log_ratio.estimate, compared_looks[look].estimate, 1e-12);
        near("lo", test.log_ratio.interval.lo, compared_looks[look].lo, 1e-12);
        near("hi", test.log_ratio.interval.hi, compared_looks[look].hi, 1e-12);
        look++;
    }
    assert_int_equal(look, COUNT(compared_looks));
    assert_int_equal(test.end, HB_SEQUENTIAL_FASTER);
}

static void looks_are_due_a_tenth_apart_and_at_the_most(void **state)
{
    (void)state;
    static const size_t due[] = {8, 9, 10, 11, 13, 15, 17, 19, 20};
    struct hb_sequential test;
    size_t found = 0;
    hb_sequential_init(&test, 0.01, 20);
    for (size_t n = 0; n <= 30; n++) {
        if (!hb_sequential_is_due(&test, n) || n > 20)
            continue;
        assert_true(found < COUNT(due));
        assert_int_equal(n, due[found++]);
        test.pairs = n;
    }
    assert_int_equal(found, COUNT(due));
}

/* Pairs of log-ratios around `centre`, in turns above and below. */
static enum hb_sequential_end end_around(double centre, double spread, size_t n,
                                         struct hb_sequential *test)
{
    double d[64];
    hb_sequential_init(test, 0.01, COUNT(d));
    for (size_t i = 0; i < n; i++)
        d[i] = centre + spread * (i % 2 ? 1 : -1) * (1 + (double)(i % 5) / 10);
    return hb_sequential_look(test, d, n, true, scratch);
}

static void ends_are_what_the_interval_says(void **state)
{
    (void)state;
    struct hb_sequential test;
    assert_int_equal(end_around(0.03, 0.002, 12, &test), HB_SEQUENTIAL_FASTER);
    assert_int_equal(end_around(-0.03, 0.002, 12, &test), HB_SEQUENTIAL_SLOWER);
    assert_int_equal(end_around(0, 0.002, 12, &test), HB_SEQUENTIAL_SAME);
    assert_int_equal(end_around(0.005, 0.002, 12, &test), HB_SEQUENTIAL_SAME);
    assert_true(test.log_ratio.interval.lo > 0); /* a difference, but one within the margin */
    assert_int_equal(end_around(0, 0.1, 12, &test), HB_SEQUENTIAL_OPEN);
    assert_int_equal(end_around(0, 0, 12, &test), HB_SEQUENTIAL_SAME);
    assert_int_equal(end_around(0.03, 0.002, 5, &test), HB_SEQUENTIAL_OPEN); /* too few */
    assert_true(isnan(test.log_ratio.estimate));
    assert_int_equal(end_around((double)NAN, 0, 12, &test), HB_SEQUENTIAL_OPEN);
}

static void a_last_look_spends_what_is_left(void **state)
{
    (void)state;
    struct hb_sequential test;
    (void)end_around(0, 0.1, 12, &test);
    near("z", test.z, 1.959963984540054, 1e-6);
    near("spent", test.walk.spent, 0.05, 1e-12);
}

static void after_an_end_nothing_is_looked_at(void **state)
{
    (void)state;
    struct hb_sequential test;
    double d[20] = {0};
    hb_sequential_init(&test, 0.01, COUNT(d));
    assert_int_equal(hb_sequential_look(&test, d, 8, false, scratch), HB_SEQUENTIAL_SAME);
    for (size_t i = 0; i < COUNT(d); i++)
        d[i] = 1;
    assert_int_equal(hb_sequential_look(&test, d, 20, true, scratch), HB_SEQUENTIAL_SAME);
    assert_int_equal(test.pairs, 8);
}

/* One pair of a hundred is off a thousandfold: neither plan nor interval know of it. */
static void one_wild_pair_moves_nothing(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(6);
    struct hb_sequential tame, wild;
    double d[40];
    fill_gaussian(&rng, d, COUNT(d), 0, 0.02);
    hb_sequential_init(&tame, 0.01, HB_SEQUENTIAL_MOST);
    hb_sequential_init(&wild, 0.01, HB_SEQUENTIAL_MOST);
    (void)hb_sequential_look(&tame, d, COUNT(d), false, scratch);
    d[7] = 20;
    (void)hb_sequential_look(&wild, d, COUNT(d), false, scratch);
    assert_true(wild.planned < tame.planned * 13 / 10);
    assert_true(fabs(wild.log_ratio.estimate - tame.log_ratio.estimate) < 0.002);
    assert_true(wild.log_ratio.interval.hi < tame.log_ratio.interval.hi + 0.004);
}

/* ---- looks.h ---- */

static void looks_of(size_t runs, size_t most, const char *expected)
{
    const struct hb_looks looks = hb_looks_of(runs, most);
    char text[128] = "";
    size_t at = looks.first;
    for (size_t number = 1;; number++) {
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%zu ", at);
        assert_int_equal(hb_looks_number(&looks, at), number);
        assert_int_equal(hb_looks_number(&looks, at - 1), number - 1);
        if (at == looks.most)
            break;
        at = hb_looks_next(&looks, at);
    }
    assert_string_equal(text, expected);
    assert_int_equal(hb_looks_next(&looks, looks.most), looks.most);
}

static void looks_are_known_beforehand(void **state)
{
    (void)state;
    looks_of(20, 80, "20 28 40 56 80 ");
    looks_of(10, 30, "10 14 20 30 ");
    looks_of(20, 60, "20 28 40 60 ");
    looks_of(20, 20, "20 ");
    looks_of(20, 0, "20 ");
    looks_of(20, 21, "20 21 ");
    looks_of(1, 8, "6 8 "); /* fewer than 6 carry no verdict */
    looks_of(1, 4, "4 ");
    looks_of(1, 1, "1 ");
    looks_of(500, 1000, "500 700 1000 ");
}

/* Walks that grow with the runs, each look's tails as it says: in 5 % one of them is crossed. The
 * first may spend half of it, at a quarter of the runs. */
static void all_looks_together_are_wrong_as_often_as_one(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(9);
    const struct hb_looks looks = hb_looks_of(20, 80);
    const size_t at[] = {20, 28, 40, 56, 80};
    double z[COUNT(at)], share = 0;
    size_t crossed = 0;
    for (size_t k = 0; k < COUNT(at); k++) {
        const struct hb_looks_level level = hb_looks_at(&looks, at[k]);
        z[k] = -hb_stats_normal_quantile(level.tail);
        share += level.share;
        if (k == 0)
            near("first", level.tail, 0.0125, 1e-6);
    }
    near("shares", share, 1, 1e-12);
    for (size_t i = 0; i < 20000; i++) {
        double sum = 0;
        bool is_beyond = false;
        for (size_t k = 0; k < COUNT(at); k++) {
            sum += sqrt((double)(at[k] - (k ? at[k - 1] : 0))) * gaussian(&rng);
            is_beyond |= fabs(sum) > z[k] * sqrt((double)at[k]);
        }
        crossed += is_beyond;
    }
    rate_within("sessions with a false look", crossed, 20000, 0.046, 0.054);
}

static void one_look_is_one_of_five_percent(void **state)
{
    (void)state;
    const struct hb_looks one = hb_looks_of(20, 20), many = hb_looks_of(20, 80);
    for (size_t at = 0; at <= 40; at += 10) {
        near("tail", hb_looks_at(&one, at).tail, 0.025, 0);
        near("share", hb_looks_at(&one, at).share, 1, 0);
    }
    near("nothing there", hb_looks_at(&many, 0).tail, 0.025, 0);
    near("cut off before the first", hb_looks_at(&many, 5).tail, 0.00625, 1e-6);
    assert_true(hb_looks_at(&many, 33).tail < hb_looks_at(&many, 40).tail); /* cut off in between */
    near("beyond the last", hb_looks_at(&many, 500).tail, hb_looks_at(&many, 80).tail, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries_are_those_of_the_joint_normal),
        cmocka_unit_test(published_boundaries_come_out),
        cmocka_unit_test(what_is_spent_is_what_a_walk_crosses),
        cmocka_unit_test(with_nothing_to_spend_no_look_finds_anything),
        cmocka_unit_test(spending_grows_and_never_exceeds_alpha),
        cmocka_unit_test(a_comparison_is_pythons_look_by_look),
        cmocka_unit_test(looks_are_due_a_tenth_apart_and_at_the_most),
        cmocka_unit_test(ends_are_what_the_interval_says),
        cmocka_unit_test(a_last_look_spends_what_is_left),
        cmocka_unit_test(after_an_end_nothing_is_looked_at),
        cmocka_unit_test(one_wild_pair_moves_nothing),
        cmocka_unit_test(looks_are_known_beforehand),
        cmocka_unit_test(all_looks_together_are_wrong_as_often_as_one),
        cmocka_unit_test(one_look_is_one_of_five_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
