/* stats/verdict: the words at their borders, the runs that would settle it, and how often whole
 * sessions of planted ratios are judged wrongly. */
#include "stats/verdict.h"

#include "stats/paired.h"

#include "unit/test_stats.h"

#include <string.h>

static const double nan_value = (double)NAN;

/* Of fractions around 1, not logs. */
static struct hb_verdict judge(size_t n, double ratio, double lo, double hi, double p,
                               double margin)
{
    return hb_verdict_judge(n, log(ratio), (struct hb_interval){log(lo), log(hi)}, p, margin);
}

static void is(enum hb_verdict_kind expected, struct hb_verdict got)
{
    assert_string_equal(hb_verdict_word(got.kind), hb_verdict_word(expected));
}

static void words_follow_the_interval(void **state)
{
    (void)state;
    is(HB_VERDICT_FASTER, judge(10, 1.05, 1.03, 1.07, 0.002, 0.02));
    is(HB_VERDICT_SLOWER, judge(10, 0.95, 0.93, 0.97, 0.002, 0.02));
    is(HB_VERDICT_SAME, judge(10, 1.0, 0.99, 1.01, 0.9, 0.02));
    is(HB_VERDICT_INCONCLUSIVE, judge(10, 1.02, 1.0, 1.04, 0.01, 0.02));
    is(HB_VERDICT_INCONCLUSIVE, judge(10, 0.98, 0.96, 1.0, 0.01, 0.02));
    is(HB_VERDICT_INCONCLUSIVE, judge(10, 1.0, 0.9, 1.1, 0.9, 0.02));
}

/* A real but small difference is the same, whatever its p. */
static void significance_alone_is_no_difference(void **state)
{
    (void)state;
    is(HB_VERDICT_SAME, judge(20, 1.01, 1.005, 1.015, 1e-6, 0.02));
}

static void an_interval_beyond_the_margin_needs_holms_p_too(void **state)
{
    (void)state;
    is(HB_VERDICT_INCONCLUSIVE, judge(6, 1.1, 1.05, 1.15, 0.0625, 0.02));
    is(HB_VERDICT_INCONCLUSIVE, judge(6, 1.1, 1.05, 1.15, 0.05, 0.02));
    is(HB_VERDICT_FASTER, judge(6, 1.1, 1.05, 1.15, 0.03125, 0.02));
    is(HB_VERDICT_INCONCLUSIVE, judge(6, 1.1, 1.05, 1.15, nan_value, 0.02));
}

static void the_margin_itself_is_still_the_same(void **state)
{
    (void)state;
    const double delta = log1p(0.02);
    is(HB_VERDICT_SAME, hb_verdict_judge(10, 0, (struct hb_interval){-delta, delta}, 0.5, 0.02));
    is(HB_VERDICT_INCONCLUSIVE,
       hb_verdict_judge(10, 2 * delta, (struct hb_interval){delta, 3 * delta}, 0.001, 0.02));
}

static void five_runs_and_a_missing_interval_carry_no_verdict(void **state)
{
    (void)state;
    is(HB_VERDICT_NONE, judge(5, 1.5, 1.4, 1.6, 0.001, 0.02));
    is(HB_VERDICT_NONE, judge(0, nan_value, nan_value, nan_value, nan_value, 0.02));
    is(HB_VERDICT_NONE, judge(10, 1.5, nan_value, nan_value, 0.001, 0.02));
    assert_string_equal(hb_verdict_word(HB_VERDICT_NONE), "too few runs");
}

static void every_kind_has_a_word(void **state)
{
    (void)state;
    for (int kind = HB_VERDICT_NONE; kind <= HB_VERDICT_INCONCLUSIVE; kind++) {
        assert_true(strlen(hb_verdict_word((enum hb_verdict_kind)kind)) > 3);
        for (int other = HB_VERDICT_NONE; other < kind; other++)
            assert_string_not_equal(hb_verdict_word((enum hb_verdict_kind)kind),
                                    hb_verdict_word((enum hb_verdict_kind)other));
    }
}

/* ---- runs that would settle it ---- */

static size_t runs(size_t n, double estimate, double lo, double hi, double p)
{
    const double delta = log1p(0.02);
    const struct hb_verdict got = hb_verdict_judge(
        n, estimate * delta, (struct hb_interval){lo * delta, hi * delta}, p, 0.02);
    assert_int_equal(got.kind, HB_VERDICT_INCONCLUSIVE);
    return got.runs_needed;
}

/* In units of delta. Half the width takes four times the runs. */
static void runs_needed_is_the_square_of_what_the_interval_lacks(void **state)
{
    (void)state;
    assert_in_range(runs(10, 0.5, -0.5, 1.5, 0.2), 40, 41); /* arm 1, room 0.5 */
    assert_in_range(runs(10, -0.5, -1.5, 0.5, 0.2), 40, 41);
    assert_in_range(runs(10, 0, -2, 2, 0.9), 40, 41);
    assert_in_range(runs(10, 2, 0, 4, 0.01), 40, 41); /* arm 2, room 1 */
    assert_in_range(runs(10, -2, -4, 0, 0.01), 40, 41);
    assert_in_range(runs(16, 3, -1, 4, 0.01), 64, 65); /* only the arm that points back counts */
    assert_in_range(runs(16, 0.5, 0.25, 1.5, 0.01), 64, 65);
}

static void an_estimate_on_the_margin_is_not_reachable(void **state)
{
    (void)state;
    assert_int_equal(runs(10, 1, 0.5, 1.5, 0.01), 0);
    assert_int_equal(runs(10, -1, -1.5, -0.5, 0.01), 0);
    assert_int_equal(runs(10, 0.95, 0, 1.9, 0.01), 0); /* 3,610 runs */
}

static void an_unreached_p_is_settled_by_halving(void **state)
{
    (void)state;
    assert_int_equal(runs(6, 5, 4, 6, 0.0625), 7);  /* 0.03125 */
    assert_int_equal(runs(6, 5, 4, 6, 0.3125), 9);  /* 0.039 */
    assert_int_equal(runs(6, -5, -6, -4, 0.05), 7); /* below, not at 0.05 */
    assert_int_equal(runs(6, 5, 4, 6, nan_value), 0);
}

static void more_than_a_thousand_runs_are_not_reachable(void **state)
{
    (void)state;
    assert_in_range(runs(10, 0.5, -4, 5, 0.9), 810, 811);
    assert_int_equal(runs(10, 0.5, -5, 6, 0.9), 0);
    assert_int_equal(runs(1000, 0.5, -0.5, 1.5, 0.9), 0);
}

static void runs_needed_is_always_more_than_there_are(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(121);
    for (int round = 0; round < 20000; round++) {
        const size_t n = 6 + hb_rng_below(&rng, 100);
        const double estimate = 0.05 * gaussian(&rng);
        const struct hb_interval interval = {estimate +
                                                 0.03 * (0.2 * gaussian(&rng) - uniform(&rng)),
                                             estimate + 0.1 * uniform(&rng)};
        const struct hb_verdict got = hb_verdict_judge(n, estimate, interval, uniform(&rng), 0.02);
        if (got.kind == HB_VERDICT_INCONCLUSIVE)
            assert_true(got.runs_needed == 0 ||
                        (got.runs_needed > n && got.runs_needed <= HB_VERDICT_RUNS_MAX));
        else
            assert_int_equal(got.runs_needed, 0);
    }
}

/* ---- the margin ---- */

static void noise_is_the_larger_of_estimate_and_half_width(void **state)
{
    (void)state;
    near("width", hb_verdict_noise(0.001, (struct hb_interval){-0.009, 0.011}), expm1(0.01), 1e-12);
    near("estimate", hb_verdict_noise(-0.02, (struct hb_interval){-0.025, -0.015}), expm1(0.02),
         1e-12);
    assert_true(hb_verdict_noise(0, (struct hb_interval){0, 0}) == 0);
    assert_true(isnan(hb_verdict_noise(0, (struct hb_interval){nan_value, nan_value})));
    assert_true(isnan(hb_verdict_noise(nan_value, (struct hb_interval){0, 1})));
    near("sure, above", hb_verdict_sure((struct hb_interval){0.01, 0.05}), expm1(0.01), 1e-12);
    near("sure, below", hb_verdict_sure((struct hb_interval){-0.05, -0.02}), expm1(0.02), 1e-12);
    assert_true(hb_verdict_sure((struct hb_interval){-0.05, 0.01}) == 0);
    assert_true(isnan(hb_verdict_sure((struct hb_interval){nan_value, nan_value})));
}

static void margin_is_two_percent_or_twice_the_noise(void **state)
{
    (void)state;
    assert_true(hb_verdict_margin(0.02, 0.001) == 0.02);
    assert_true(hb_verdict_margin(0.02, 0.03) == 0.06);
    assert_true(hb_verdict_margin(0.02, nan_value) == 0.02);
    assert_true(hb_verdict_margin(0.005, 0.001) == 0.005);
}

/* ---- whole sessions ---- */

enum { RUNS_MAX = 40, SUBJECTS = 4 };

struct outcome {
    size_t of[HB_VERDICT_INCONCLUSIVE + 1], count, any_false;
};

struct plan {
    size_t runs;
    double noise;     /* standard deviation of a run's logarithm */
    double ratio;     /* of every subject to the reference */
    double tail;      /* share of runs five times as noisy */
    bool noise_floor; /* the margin follows the twin */
};

static double run_log(struct hb_rng *rng, const struct plan *plan)
{
    const double noise = uniform(rng) < plan->tail ? 5 * plan->noise : plan->noise;
    return noise * gaussian(rng);
}

/* One session, as a judge would go through it: twin, margin, ratios, Holm, verdicts. */
static void session(struct hb_rng *rng, const struct plan *plan, struct outcome *outcome)
{
    static double scratch[HB_WALSH_SCRATCH(RUNS_MAX) + HB_WILCOXON_SCRATCH(RUNS_MAX)];
    double reference[RUNS_MAX], d[RUNS_MAX], estimate[SUBJECTS + 1], p[SUBJECTS], margin = 0.02;
    struct hb_interval interval[SUBJECTS + 1];
    bool is_any_false = false;
    for (size_t i = 0; i < plan->runs; i++)
        reference[i] = run_log(rng, plan);
    for (size_t s = 0; s <= SUBJECTS; s++) { /* the last is the twin */
        for (size_t i = 0; i < plan->runs; i++)
            d[i] = run_log(rng, plan) + (s < SUBJECTS ? log(plan->ratio) : 0) - reference[i];
        const struct hb_located located = hb_stats_located_pairs(d, plan->runs, scratch);
        estimate[s] = located.estimate;
        interval[s] = located.interval;
        if (s < SUBJECTS)
            p[s] = hb_stats_wilcoxon(d, plan->runs, scratch);
    }
    if (plan->noise_floor)
        margin =
            hb_verdict_margin(margin, hb_verdict_noise(estimate[SUBJECTS], interval[SUBJECTS]));
    hb_stats_holm(p, SUBJECTS, scratch);
    for (size_t s = 0; s < SUBJECTS; s++) {
        const enum hb_verdict_kind kind =
            hb_verdict_judge(plan->runs, estimate[s], interval[s], p[s], margin).kind;
        outcome->of[kind]++;
        outcome->count++;
        is_any_false = is_any_false || kind == HB_VERDICT_FASTER || kind == HB_VERDICT_SLOWER;
    }
    outcome->any_false += is_any_false;
}

static struct outcome simulate(struct hb_rng *rng, const struct plan *plan, size_t sessions)
{
    struct outcome outcome = {{0}, 0, 0};
    for (size_t s = 0; s < sessions; s++)
        session(rng, plan, &outcome);
    return outcome;
}

/* Not one comparison: a session in which any of four equal allocators is called different. */
static void equal_allocators_are_called_different_in_at_most_5_percent_of_sessions(void **state)
{
    (void)state;
    static const struct plan plans[] = {
        {.runs = 6, .noise = 0.05, .ratio = 1, .noise_floor = true},
        {.runs = 10, .noise = 0.003, .ratio = 1, .noise_floor = true},
        {.runs = 10, .noise = 0.03, .ratio = 1, .noise_floor = true},
        {.runs = 10, .noise = 0.03, .ratio = 1, .tail = 0.1, .noise_floor = true},
        {.runs = 10, .noise = 0.10, .ratio = 1}, /* no twin: Holm's p alone stands guard */
        {.runs = 20, .noise = 0.20, .ratio = 1},
    };
    struct hb_rng rng = printed_seed(122);
    for (size_t i = 0; i < COUNT(plans); i++) {
        const size_t sessions = 3000;
        const struct outcome got = simulate(&rng, &plans[i], sessions);
        rate_within("sessions with a false difference", got.any_false, sessions, 0, 0.05);
    }
}

/* The reference is in all four: a bad draw of it fails four together, hence the wide band. */
static void on_the_margin_at_most_few_are_called_the_same(void **state)
{
    (void)state;
    const struct plan plan = {.runs = 10, .noise = 0.01, .ratio = 1.02};
    struct hb_rng rng = printed_seed(123);
    const struct outcome got = simulate(&rng, &plan, 500);
    rate_within("same, on the margin", got.of[HB_VERDICT_SAME], got.count, 0, 0.06);
    rate_within("faster, on the margin", got.of[HB_VERDICT_FASTER], got.count, 0, 0.06);
    assert_int_equal(got.of[HB_VERDICT_SLOWER], 0);
}

static void quiet_machines_find_the_same_and_three_percent(void **state)
{
    (void)state;
    const struct plan same = {.runs = 10, .noise = 0.004, .ratio = 1, .noise_floor = true};
    const struct plan slower = {.runs = 20, .noise = 0.004, .ratio = 0.97, .noise_floor = true};
    struct hb_rng rng = printed_seed(124);
    const struct outcome a = simulate(&rng, &same, 150), b = simulate(&rng, &slower, 150);
    rate_within("same, noise 0.4 %", a.of[HB_VERDICT_SAME], a.count, 0.95, 1);
    rate_within("slower by 3 %, noise 0.4 %", b.of[HB_VERDICT_SLOWER], b.count, 0.95, 1);
}

/* The smallest p of n pairs is 2 / 2^n, of n and n independent runs 2 / C(2n, n); Holm multiplies
 * it by the number of comparisons. */
static void so_many_comparisons_need_so_many_runs(void **state)
{
    (void)state;
    static const struct {
        size_t comparisons, pairs, samples;
    } cases[] = {{0, 6, 6},   {1, 6, 6},   {2, 7, 6},   {3, 7, 6},  {4, 8, 6},
                 {5, 8, 6},   {6, 8, 6},   {7, 9, 6},   {12, 9, 6}, {13, 10, 6},
                 {23, 10, 6}, {24, 10, 7}, {25, 10, 7}, {26, 11, 7}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(hb_verdict_pairs_least(cases[i].comparisons), cases[i].pairs);
        assert_int_equal(hb_verdict_samples_least(cases[i].comparisons), cases[i].samples);
    }
}

static void too_few_runs_are_told_in_words(void **state)
{
    (void)state;
    char text[128];
    hb_verdict_say_too_few(6, 5, 8, text, sizeof text);
    assert_string_equal(text,
                        "6 runs cannot decide 5 comparisons: at least 8 runs, or fewer allocators");
    hb_verdict_say_too_few(1, 1, 6, text, sizeof text);
    assert_string_equal(text, "1 run cannot decide 1 comparison: at least 6 runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_comparisons_need_so_many_runs),
        cmocka_unit_test(too_few_runs_are_told_in_words),
        cmocka_unit_test(words_follow_the_interval),
        cmocka_unit_test(significance_alone_is_no_difference),
        cmocka_unit_test(an_interval_beyond_the_margin_needs_holms_p_too),
        cmocka_unit_test(the_margin_itself_is_still_the_same),
        cmocka_unit_test(five_runs_and_a_missing_interval_carry_no_verdict),
        cmocka_unit_test(every_kind_has_a_word),
        cmocka_unit_test(runs_needed_is_the_square_of_what_the_interval_lacks),
        cmocka_unit_test(an_estimate_on_the_margin_is_not_reachable),
        cmocka_unit_test(an_unreached_p_is_settled_by_halving),
        cmocka_unit_test(more_than_a_thousand_runs_are_not_reachable),
        cmocka_unit_test(runs_needed_is_always_more_than_there_are),
        cmocka_unit_test(noise_is_the_larger_of_estimate_and_half_width),
        cmocka_unit_test(margin_is_two_percent_or_twice_the_noise),
        cmocka_unit_test(equal_allocators_are_called_different_in_at_most_5_percent_of_sessions),
        cmocka_unit_test(on_the_margin_at_most_few_are_called_the_same),
        cmocka_unit_test(quiet_machines_find_the_same_and_three_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
