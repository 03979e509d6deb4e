/* stats/effects against SciPy and R's metafor, at its ends, and by simulation. */
#include "stats/effects.h"

#include "expect/effects_values.h"
#include "stats/student.h"
#include "unit/test_stats.h"

enum { MAX = 64 };
static double scratch[2 * MAX];

static struct hb_effect effect_of(const double *y, const double *v, size_t n)
{
    return hb_stats_random_effects(y, v, n, scratch);
}

static void values_are_metafors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(effect_cases); i++) {
        const struct effect_case *c = &effect_cases[i];
        const struct hb_effect e = effect_of(c->y, c->v, c->n);
        assert_int_equal(e.n, c->n);
        near(c->name, e.estimate, c->estimate, 1e-9);
        near(c->name, e.error, c->error, 1e-9);
        near(c->name, e.interval.lo, c->lo, 1e-8);
        near(c->name, e.interval.hi, c->hi, 1e-8);
        near(c->name, e.spread, c->spread, 1e-8);
        near(c->name, e.p, c->p, 1e-9);
    }
}

static void one_machine_says_nothing_of_others(void **state)
{
    (void)state;
    const double y[] = {0.3}, v[] = {0.01};
    const struct hb_effect one = effect_of(y, v, 1), none = effect_of(y, v, 0);
    assert_int_equal(one.n, 1);
    near("its value", one.estimate, 0.3, 0);
    assert_true(isnan(one.interval.lo) && isnan(one.interval.hi) && isnan(one.spread));
    assert_true(isnan(one.error) && isnan(one.p));
    assert_int_equal(none.n, 0);
    assert_true(isnan(none.estimate) && isnan(none.interval.lo));
}

/* Noise of 0 everywhere: the plain mean and Student's interval, by hand. */
static void without_noise_it_is_the_mean(void **state)
{
    (void)state;
    const double y[] = {0.1, 0.2, 0.6}, none[] = {0, 0, 0}, alike[] = {0.25, 0.25, 0.25};
    const struct hb_effect e = effect_of(y, none, 3);
    const double sd = sqrt((0.04 + 0.01 + 0.09) / 2);
    near("mean", e.estimate, 0.3, 1e-15);
    near("spread", e.spread, sd, 1e-15);
    near("half", e.interval.hi - 0.3, 4.302652729911275 * sd / sqrt(3), 1e-9);
    const struct hb_effect same = effect_of(alike, none, 3);
    near("alike", same.estimate, 0.25, 0);
    near("alike: no width", same.interval.hi - same.interval.lo, 0, 0);
    near("alike: no spread", same.spread, 0, 0);
    near("it is not 0", same.p, 0, 0);
    const double zero[] = {0, 0};
    near("the reference itself", effect_of(zero, none, 2).p, 1, 0);
}

/* One that is known for certain would be the whole answer. */
static void nobody_is_known_for_certain(void **state)
{
    (void)state;
    const double y[] = {0.10, 0.14, 0.12}, zero[] = {0, 0.0004, 0.0009};
    const double raised[] = {0.0004, 0.0004, 0.0009};
    const struct hb_effect e = effect_of(y, zero, 3), by_hand = effect_of(y, raised, 3);
    near("the smallest above 0", e.estimate, by_hand.estimate, 0);
    assert_true(e.error > 0.005);
    const double unknown[] = {0.0004, 0.0009, (double)NAN}, largest[] = {0.0004, 0.0009, 0.0009};
    near("unknown: the largest", effect_of(y, unknown, 3).error, effect_of(y, largest, 3).error, 0);
    const double wrong[] = {(double)NAN, -1, (double)INFINITY}, none[] = {0, 0, 0};
    near("none is known", effect_of(y, wrong, 3).error, effect_of(y, none, 3).error, 0);
}

static void what_is_no_number_is_left_out(void **state)
{
    (void)state;
    const double y[] = {(double)NAN, 0.1, (double)INFINITY, 0.3, -(double)INFINITY};
    const double v[] = {1, 0.01, 1, 0.02, 1}, own_y[] = {0.1, 0.3}, own_v[] = {0.01, 0.02};
    const struct hb_effect e = effect_of(y, v, 5), two = effect_of(own_y, own_v, 2);
    assert_int_equal(e.n, 2);
    near("the rest", e.estimate, two.estimate, 0);
    near("the rest", e.error, two.error, 0);
    assert_int_equal(effect_of(y, v, 1).n, 0);
}

/* Huge, tiny, and all at once: an answer with an interval around it, and an end. */
static void wild_numbers_end(void **state)
{
    (void)state;
    static const double magnitudes[] = {1e-150, 1e-30, 1e-9, 1, 1e9, 1e150};
    for (size_t i = 0; i < COUNT(magnitudes); i++) {
        for (size_t j = 0; j < COUNT(magnitudes); j++) {
            const double y[] = {magnitudes[i], 2 * magnitudes[i], -magnitudes[i]};
            const double v[] = {magnitudes[j], magnitudes[j] / 1e6, magnitudes[j] * 3};
            const struct hb_effect e = effect_of(y, v, 3);
            assert_true(isfinite(e.estimate) && isfinite(e.error) && e.spread >= 0);
            assert_true(e.interval.lo <= e.estimate && e.estimate <= e.interval.hi);
            assert_true(e.p >= 0 && e.p <= 1);
        }
    }
}

/* Machines of unequal noise drawn at random: the interval holds the truth in 95 % or more. */
static void intervals_hold_the_truth(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 5, 12};
    static const double spreads[] = {0, 0.01, 0.05};
    struct hb_rng rng = printed_seed(190);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (size_t t = 0; t < COUNT(spreads); t++) {
            size_t held = 0;
            for (int i = 0; i < 4000; i++) {
                double y[12], v[12], z[2];
                for (size_t m = 0; m < sizes[s]; m++) {
                    const double noise = 0.005 + 0.02 * uniform(&rng);
                    fill_gaussian(&rng, z, 2, 0, 1);
                    y[m] = 0.1 + spreads[t] * z[0] + noise * z[1];
                    v[m] = noise * noise;
                }
                const struct hb_effect e = effect_of(y, v, sizes[s]);
                held += e.interval.lo <= 0.1 && 0.1 <= e.interval.hi;
            }
            print_message("    %zu machines, spread %.2f: held %.1f %%\n", sizes[s], spreads[t],
                          (double)held / 40);
            assert_true((double)held > 4000 * 0.93);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_metafors),
        cmocka_unit_test(one_machine_says_nothing_of_others),
        cmocka_unit_test(without_noise_it_is_the_mean),
        cmocka_unit_test(nobody_is_known_for_certain),
        cmocka_unit_test(what_is_no_number_is_left_out),
        cmocka_unit_test(wild_numbers_end),
        cmocka_unit_test(intervals_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
