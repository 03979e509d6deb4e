/* stats/drift: whose change is it? The rules one by one, then planted drifts of whole sessions. */
#include "stats/verdict.h"

#include "stats/twosample.h"

#include "unit/test_stats.h"

static double scratch[HB_MANN_WHITNEY_SCRATCH(10, 10)];
static const double nan_value = (double)NAN;

/* An item whose ratio now over then is known to a quarter of a percent. */
static struct hb_drift_item item(double ratio)
{
    return (struct hb_drift_item){.shift = log(ratio),
                                  .interval = {log(ratio) - 0.0025, log(ratio) + 0.0025}};
}

static void is(enum hb_drift_word expected, const struct hb_drift_item *got)
{
    assert_int_equal(got->word, expected);
}

static void nothing_moved_is_within_noise(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(1.001), item(0.999), item(1), item(1.004)};
    near("common", hb_stats_drift(items, 4, 0.02, scratch), (log(1.001) + log(1)) / 2, 1e-9);
    for (size_t i = 0; i < 4; i++)
        is(HB_DRIFT_WITHIN_NOISE, &items[i]);
}

static void all_moved_alike_is_the_machine(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(0.90), item(0.901), item(0.899)};
    near("common", hb_stats_drift(items, 3, 0.02, scratch), log(0.90), 1e-12);
    for (size_t i = 0; i < 3; i++)
        is(HB_DRIFT_MACHINE, &items[i]);
    near("residual", items[1].residual, log(0.901 / 0.90), 1e-9);
}

static void one_moved_alone_is_that_allocator(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(1.0), item(0.93), item(1.002), item(0.998)};
    (void)hb_stats_drift(items, 4, 0.02, scratch);
    is(HB_DRIFT_ALLOCATOR, &items[1]);
    is(HB_DRIFT_WITHIN_NOISE, &items[0]);
    is(HB_DRIFT_WITHIN_NOISE, &items[2]);
}

static void one_that_did_not_move_with_the_machine_changed_too(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(0.9), item(0.9), item(0.9), item(1.0)};
    (void)hb_stats_drift(items, 4, 0.02, scratch);
    is(HB_DRIFT_MACHINE, &items[0]);
    is(HB_DRIFT_ALLOCATOR, &items[3]);
    near("residual", items[3].residual, -log(0.9), 1e-12);
}

static void an_interval_across_the_margin_is_unclear(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(1), item(1), item(1), item(0.98), item(1)};
    items[4].interval = (struct hb_interval){-0.05, 0.05};
    (void)hb_stats_drift(items, 5, 0.02, scratch);
    is(HB_DRIFT_UNCLEAR, &items[3]);
    is(HB_DRIFT_UNCLEAR, &items[4]);
}

static void two_allocators_cannot_tell_who_moved(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(1.001), item(0.9)};
    assert_true(isnan(hb_stats_drift(items, 2, 0.02, scratch)));
    is(HB_DRIFT_WITHIN_NOISE, &items[0]);
    is(HB_DRIFT_UNCLEAR, &items[1]);
    near("residual", items[1].residual, log(0.9), 1e-12);
    assert_true(isnan(hb_stats_drift(items, 0, 0.02, scratch)));
}

static void unknown_shifts_are_not_counted(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(0.9), item(0.9), item(nan_value), item(0.9)};
    near("common", hb_stats_drift(items, 4, 0.02, scratch), log(0.9), 1e-12);
    is(HB_DRIFT_MACHINE, &items[0]);
    is(HB_DRIFT_UNCLEAR, &items[2]);
    assert_true(isnan(items[2].residual));
    assert_true(isnan(hb_stats_drift(items + 1, 3, 0.02, scratch)));
}

static void a_shift_without_an_interval_is_unclear(void **state)
{
    (void)state;
    struct hb_drift_item items[] = {item(1), item(1), item(1)};
    items[0].interval = (struct hb_interval){nan_value, nan_value};
    (void)hb_stats_drift(items, 3, 0.02, scratch);
    is(HB_DRIFT_UNCLEAR, &items[0]);
}

/* ---- whole sessions ---- */

enum { ALLOCATORS = 6, RUNS = 10 };

/* Two sessions of 6 allocators with runs of 1 % noise, the second at `machine` times the speed, its
 * first allocator at `own` times that. */
static double drifted(struct hb_rng *rng, double machine, double own, struct hb_drift_item *items)
{
    for (size_t a = 0; a < ALLOCATORS; a++) {
        double now[RUNS], then[RUNS];
        fill_gaussian(rng, now, RUNS, 17 + log(machine) + (a == 0 ? log(own) : 0), 0.01);
        fill_gaussian(rng, then, RUNS, 17, 0.01);
        const size_t rank = hb_stats_shift_rank(RUNS, RUNS, scratch);
        const struct hb_located located =
            hb_stats_located_shift(now, RUNS, then, RUNS, rank, scratch);
        items[a].shift = located.estimate;
        items[a].interval = located.interval;
    }
    return hb_stats_drift(items, ALLOCATORS, 0.02, scratch);
}

static void planted_drifts_are_laid_at_the_right_door(void **state)
{
    (void)state;
    enum { SESSIONS = 80 };
    struct hb_rng rng = printed_seed(131);
    size_t blamed = 0, blamed_wrongly = 0, machine = 0, common_right = 0;
    for (size_t s = 0; s < SESSIONS; s++) {
        struct hb_drift_item items[ALLOCATORS];
        const double common = drifted(&rng, 0.85, 0.92, items);
        common_right += fabs(common - log(0.85)) < 0.01;
        blamed += items[0].word == HB_DRIFT_ALLOCATOR;
        for (size_t a = 1; a < ALLOCATORS; a++) {
            blamed_wrongly += items[a].word == HB_DRIFT_ALLOCATOR;
            machine += items[a].word == HB_DRIFT_MACHINE;
        }
    }
    const size_t others = SESSIONS * (ALLOCATORS - 1);
    rate_within("common drift to 1 %", common_right, SESSIONS, 0.95, 1);
    rate_within("the changed one blamed", blamed, SESSIONS, 0.95, 1);
    rate_within("others blamed", blamed_wrongly, others, 0, 0.05);
    rate_within("others laid to the machine", machine, others, 0.90, 1);
}

static void a_quiet_machine_blames_nobody(void **state)
{
    (void)state;
    enum { SESSIONS = 80 };
    struct hb_rng rng = printed_seed(132);
    size_t blamed = 0;
    for (size_t s = 0; s < SESSIONS; s++) {
        struct hb_drift_item items[ALLOCATORS];
        (void)drifted(&rng, 1, 1, items);
        for (size_t a = 0; a < ALLOCATORS; a++)
            blamed += items[a].word == HB_DRIFT_ALLOCATOR || items[a].word == HB_DRIFT_MACHINE;
    }
    rate_within("blamed without a drift", blamed, SESSIONS * ALLOCATORS, 0, 0.05);
}

static void words_are_these(void **state)
{
    (void)state;
    assert_string_equal(hb_drift_text(HB_DRIFT_WITHIN_NOISE), "within noise");
    assert_string_equal(hb_drift_text(HB_DRIFT_MACHINE), "drift of the whole machine");
    assert_string_equal(hb_drift_text(HB_DRIFT_ALLOCATOR), "this allocator changed");
    assert_string_equal(hb_drift_text(HB_DRIFT_UNCLEAR), "unclear");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moved_is_within_noise),
        cmocka_unit_test(all_moved_alike_is_the_machine),
        cmocka_unit_test(one_moved_alone_is_that_allocator),
        cmocka_unit_test(one_that_did_not_move_with_the_machine_changed_too),
        cmocka_unit_test(an_interval_across_the_margin_is_unclear),
        cmocka_unit_test(two_allocators_cannot_tell_who_moved),
        cmocka_unit_test(unknown_shifts_are_not_counted),
        cmocka_unit_test(a_shift_without_an_interval_is_unclear),
        cmocka_unit_test(planted_drifts_are_laid_at_the_right_door),
        cmocka_unit_test(a_quiet_machine_blames_nobody),
        cmocka_unit_test(words_are_these),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
