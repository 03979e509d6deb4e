/* What the machine did between two sessions, told by allocators that did not change, and taken out
 * of those that may have. Expected values are worked out apart from the code.
 * Read next: src/compare/shift.h. */
#include "unit/test_stats.h"

#include "compare/shift.h"

#include <math.h>
#include <string.h>

#define NONE  (double)NAN
#define SPEED HB_METRIC_THROUGHPUT
#define RUNS  10u
enum { MOST = 5, BASE = 0, OTHER = 1 };

/* Allocators of the same bytes on both sides, the other one's speeds by their ratio. */
struct sides {
    double values[2][MOST][RUNS];
    struct hb_digest_entry entries[2][MOST];
    struct hb_digest digests[2];
    struct hb_machine machine;
};

static const double alike[RUNS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void fill(struct sides *sides, const double *ratios, size_t count, const double *before,
                 const double *after)
{
    *sides = (struct sides){0};
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < count; i++) {
            struct hb_digest_entry *entry = &sides->entries[side][i];
            double *values = sides->values[side][i];
            for (size_t k = 0; k < RUNS; k++)
                values[k] = (side == BASE ? before : after)[k] * (side == BASE ? 1 : ratios[i]);
            (void)snprintf(entry->label, sizeof entry->label, "a%zu", i);
            (void)snprintf(entry->library_sha256, sizeof entry->library_sha256, "sha of %zu", i);
            entry->environment = "";
            entry->series[SPEED] =
                (struct hb_series){.values = values, .n = RUNS, .value = values[0]};
        }
        sides->digests[side] = (struct hb_digest){
            .entries = sides->entries[side], .count = count, .blocks = RUNS, .paired = true};
    }
    sides->machine =
        (struct hb_machine){.base = &sides->digests[BASE], .other = &sides->digests[OTHER]};
}

static void the_machine_is_the_median_of_what_did_not_change(void **state)
{
    (void)state;
    static const double apart[] = {98, 95, 99.5, 97, 96, 94, 92, 93, 91, 90},
                        above[] = {104, 101, 109, 103, 107, 100, 106, 102, 108, 105.5};
    /* clang-format off */
    static const struct {
        const char *name;
        size_t count;
        double ratios[MOST];
        const double *before, *after;
        double ratio, lo, hi, spread;
    } cases[] = {
        /* arms of 1.2533 x 1.96 x 1.4826 MAD / sqrt n of the logs */
        {"four", 4, {1, 1.0125, 1.047, 1.007}, alike, alike, 1.0097462552542593, 0.9983899936086005,
         1.0212316895472708, 0.009251345658161499},
        {"three", 3, {1, 1.01, 1.02}, alike, alike, 1.01, 0.9892921644652763, 1.0311412913609557,
         0.014714218485457828},
        {"three alike", 3, {0.9, 0.9, 0.9}, alike, alike, 0.9, 0.9, 0.9, 0},
        {"two", 2, {1, 1.01}, alike, alike, NONE, NONE, NONE, NONE},
        {"none", 0, {0}, alike, alike, NONE, NONE, NONE, NONE},
        /* alike, but each known to its own interval only */
        {"noisy", 3, {1, 1, 1}, apart, above, 1.106954782461367, 1.0819501837858774,
         1.1325372542813803, 0},
    };
    /* clang-format on */
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides;
        struct hb_shift_controls controls = {0};
        fill(&sides, cases[i].ratios, cases[i].count, cases[i].before, cases[i].after);
        assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
        assert_int_equal(sides.machine.controls, cases[i].count);
        if (!is_near(sides.machine.ratio, cases[i].ratio, 1e-12) ||
            !is_near(sides.machine.interval.lo, cases[i].lo, 1e-12) ||
            !is_near(sides.machine.interval.hi, cases[i].hi, 1e-12) ||
            !is_near(sides.machine.spread, cases[i].spread, 1e-12))
            fail_msg("%s: got %.16g [%.16g, %.16g], spread %.16g", cases[i].name,
                     sides.machine.ratio, sides.machine.interval.lo, sides.machine.interval.hi,
                     sides.machine.spread);
        hb_shift_controls_free(&controls);
        assert_null(controls.entries);
    }
    hb_pairing_free(&pairing);
}

static void only_the_same_bytes_in_the_same_way_are_a_control(void **state)
{
    (void)state;
    static const struct {
        bool is_control;
        enum hb_role role;
        const char *library[2], *plugin[2], *environment[2], *via[2];
    } cases[] = {
        {true, HB_ROLE_SUBJECT, {"a", "a"}, {"p", "p"}, {"", ""}, {"dlopen", "dlopen"}},
        {true, HB_ROLE_FLOOR, {"", ""}, {"p", "p"}, {"A=1", "A=1"}, {"preload", "preload"}},
        {true, HB_ROLE_REFERENCE, {"a", "a"}, {"", ""}, {"", ""}, {"", ""}},
        {false, HB_ROLE_TWIN, {"a", "a"}, {"p", "p"}, {"", ""}, {"dlopen", "dlopen"}},
        {false, HB_ROLE_SUBJECT, {"", ""}, {"", ""}, {"", ""}, {"dlopen", "dlopen"}},
        {false, HB_ROLE_SUBJECT, {"a", "b"}, {"p", "p"}, {"", ""}, {"dlopen", "dlopen"}},
        {false, HB_ROLE_SUBJECT, {"a", "a"}, {"p", "q"}, {"", ""}, {"dlopen", "dlopen"}},
        {false, HB_ROLE_SUBJECT, {"a", "a"}, {"p", "p"}, {"", "A=1"}, {"dlopen", "dlopen"}},
        {false, HB_ROLE_SUBJECT, {"a", "a"}, {"p", "p"}, {"", ""}, {"dlopen", "preload"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_digest_entry entries[2] = {{.role = cases[i].role}, {.role = cases[i].role}};
        char environment[2][8];
        for (size_t side = 0; side < 2; side++) {
            (void)strcpy(entries[side].library_sha256, cases[i].library[side]);
            (void)strcpy(entries[side].plugin_sha256, cases[i].plugin[side]);
            (void)strcpy(entries[side].via, cases[i].via[side]);
            entries[side].environment = strcpy(environment[side], cases[i].environment[side]);
        }
        if (hb_shift_is_control(&entries[0], &entries[1]) != cases[i].is_control)
            fail_msg("case %zu", i);
    }
}

/* Those that changed, and those that one side does not have, tell nothing of the machine. */
static void what_changed_is_passed_over(void **state)
{
    (void)state;
    static const double ratios[] = {0.5, 1.01, 0.5, 1.01, 1.01};
    struct hb_pairing pairing = {0};
    struct hb_shift_controls controls = {0};
    struct sides sides;
    fill(&sides, ratios, 5, alike, alike);
    (void)strcpy(sides.entries[OTHER][0].library_sha256, "new");
    (void)strcpy(sides.entries[OTHER][2].label, "renamed");
    assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
    assert_int_equal(sides.machine.controls, 3);
    near("machine", sides.machine.ratio, 1.01, 1e-12);
    hb_shift_controls_free(&controls);
    sides.entries[OTHER][3].series[SPEED].value = NONE; /* it failed in every run */
    assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
    assert_int_equal(sides.machine.controls, 2);
    hb_shift_controls_free(&controls);
    sides.values[OTHER][4][0] = 0; /* or came to a halt: no ratio */
    assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
    assert_int_equal(sides.machine.controls, 1);
    hb_shift_controls_free(&controls);
    hb_pairing_free(&pairing);
}

static void a_machine_enters_rates_and_times_only(void **state)
{
    (void)state;
    static const size_t times[] = {HB_METRIC_NS_PER_OP,  HB_METRIC_ELAPSED,  HB_METRIC_TIMER,
                                   HB_METRIC_STEAL,      HB_METRIC_CPU_TIME, HB_METRIC_RUN_DELAY,
                                   HB_FIGURE_P50,        HB_FIGURE_P99,      HB_FIGURE_P999,
                                   HB_FIGURE_ABOVE_FLOOR};
    int signs[HB_FIGURE_COUNT] = {[SPEED] = 1};
    for (size_t i = 0; i < COUNT(times); i++)
        signs[times[i]] = -1;
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++)
        assert_int_equal(hb_shift_sign(f), signs[f]);
}

/* The four of above, of which the third may be the one in hand. */
static void the_machine_is_taken_out_by_the_others(void **state)
{
    (void)state;
    enum { NOBODY = MOST - 1 };
    /* clang-format off */
    static const struct {
        const char *name;
        size_t figure, own, count;
        double given[3], estimate, lo, hi, p, machine;
    } cases[] = {
        {"a rate", SPEED, NOBODY, 4, {1.047, 1.03, 1.08}, 1.0368941647982244, 1.0164665917129236,
         1.07171362591559, 0.00035865651555238545, 1.0097462552542593},
        {"a time", HB_METRIC_NS_PER_OP, NOBODY, 4, {0.95, 0.93, 0.98}, 0.9592589424915463,
         0.9364202176021124, 0.9915258524998078, 0.0137346469300945, 0.9903478173813032},
        {"a control by the others", SPEED, 2, 4, {1.047, 1.03, 1.08}, 1.0397219463753724,
         1.0191557248271674, 1.0746891177987543, 0.00013268844315018745, 1.007},
        {"memory", HB_METRIC_RSS_PEAK, NOBODY, 4, {1.047, 1.03, 1.08}, 1.047, 1.03, 1.08, 0.25, 1},
        {"a control by two others", SPEED, 2, 3, {1.047, 1.03, 1.08}, 1.047, 1.03, 1.08, 0.25, 1},
        {"nothing", SPEED, NOBODY, 4, {NONE, NONE, NONE}, NONE, NONE, NONE, 0.25, 1},
    };
    /* clang-format on */
    static const double four[] = {1, 1.0125, 1.047, 1.007};
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides;
        struct hb_shift_controls controls = {0};
        fill(&sides, four, cases[i].count, alike, alike);
        assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
        struct hb_difference d = {.base = &sides.digests[BASE],
                                  .other = &sides.digests[OTHER],
                                  .base_entry = &sides.entries[BASE][cases[i].own],
                                  .other_entry = &sides.entries[OTHER][cases[i].own],
                                  .figure = cases[i].figure,
                                  .is_ratio = true,
                                  .estimate = cases[i].given[0],
                                  .interval = {cases[i].given[1], cases[i].given[2]},
                                  .p = 0.25,
                                  .machine = 1};
        assert_int_equal(hb_shift_take_out(&pairing, &controls, &d), 0);
        if (!is_near(d.estimate, cases[i].estimate, 1e-12) ||
            !is_near(d.interval.lo, cases[i].lo, 1e-12) ||
            !is_near(d.interval.hi, cases[i].hi, 1e-12) || !is_near(d.p, cases[i].p, 1e-9) ||
            !is_near(d.machine, cases[i].machine, 1e-12))
            fail_msg("%s: got %.16g [%.16g, %.16g], p %.16g, machine %.16g", cases[i].name,
                     d.estimate, d.interval.lo, d.interval.hi, d.p, d.machine);
        hb_shift_controls_free(&controls);
    }
    hb_pairing_free(&pairing);
}

/* 10 ns above the floor before, 12 after on a machine at four fifths of its speed: on the first
 * machine they would be 12 times 0.8 and the four's median. */
static void what_is_above_the_floor_is_measured_again(void **state)
{
    (void)state;
    static const double slower[] = {0.8, 0.8 * 1.0125, 0.8 * 1.047, 0.8 * 1.007};
    double before[RUNS], after[RUNS];
    struct hb_pairing pairing = {0};
    struct sides sides;
    struct hb_shift_controls controls = {0};
    fill(&sides, slower, 4, alike, alike);
    assert_int_equal(hb_shift_measure(&pairing, &sides.machine, &controls), 0);
    for (size_t k = 0; k < RUNS; k++) {
        before[k] = 10;
        after[k] = 12;
    }
    struct hb_digest_entry *base = &sides.entries[BASE][4], *other = &sides.entries[OTHER][4];
    base->series[HB_FIGURE_ABOVE_FLOOR] = (struct hb_series){.values = before, .value = 10};
    other->series[HB_FIGURE_ABOVE_FLOOR] = (struct hb_series){.values = after, .value = 12};
    struct hb_difference d = {.base = &sides.digests[BASE],
                              .other = &sides.digests[OTHER],
                              .base_entry = base,
                              .other_entry = other,
                              .figure = HB_FIGURE_ABOVE_FLOOR};
    assert_int_equal(hb_pairing_measure(&pairing, &d), 0);
    assert_int_equal(hb_shift_take_out(&pairing, &controls, &d), 0);
    near("estimate", d.estimate, -0.30643594955910913, 1e-10);
    near("lo", d.interval.lo, -0.4160737524898511, 1e-10);
    near("hi", d.interval.hi, -0.19679814662836714, 1e-10);
    near("p", d.p, 4.299930150669372e-08, 1e-6);
    near("machine", d.machine, 1.237934771726629, 1e-12);
    assert_true(pairing.other_by == 0); /* the next one is measured as it is */
    hb_shift_controls_free(&controls);
    hb_pairing_free(&pairing);
}

/* A control of 10 calls before and 40 after lies 30 / sqrt(50) = 4.24 deviations apart. */
static void counts_are_known_as_well_as_those_that_did_not_change_show(void **state)
{
    (void)state;
    enum { CALLS = HB_METRIC_SYSCALLS_PER_OP };
    static const struct {
        const char *name;
        size_t figure, own;
        double control[2], arm, widened;
    } cases[] = {
        {"far apart", CALLS, 4, {10, 40}, 2, 2 * 4.242640687119285 / 1.959963984540054},
        {"fewer", CALLS, 4, {40, 10}, 2, 2 * 4.242640687119285 / 1.959963984540054},
        {"within chance", CALLS, 4, {10, 12}, 2, 2},
        {"none and none", CALLS, 4, {0, 0}, 2, 2},
        {"the control itself", CALLS, 1, {10, 40}, 2, 2},
        {"the same requests", CALLS, 4, {10, 40}, 0, 0},
        {"no exact figure", HB_METRIC_FAULTS_MINOR, 4, {10, 40}, 2, 2},
    };
    static const double ratios[] = {1, 1, 1, 1, 1};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides;
        fill(&sides, ratios, 5, alike, alike);
        (void)strcpy(sides.entries[OTHER][0].label, "renamed");
        (void)strcpy(sides.entries[OTHER][2].library_sha256, "new");
        for (size_t side = 0; side < 2; side++) {
            sides.entries[side][1].counted_operations = 1;
            sides.entries[side][1].series[cases[i].figure].value = cases[i].control[side];
            sides.entries[side][2].counted_operations = 1;
            sides.entries[side][2].series[cases[i].figure].value = side == BASE ? 1 : 1000;
        }
        struct hb_difference d = {.base = &sides.digests[BASE],
                                  .other = &sides.digests[OTHER],
                                  .base_entry = &sides.entries[BASE][cases[i].own],
                                  .other_entry = &sides.entries[OTHER][cases[i].own],
                                  .figure = cases[i].figure,
                                  .estimate = 7,
                                  .interval = {7 - cases[i].arm, 7 + cases[i].arm}};
        hb_shift_widen_counts(&d);
        near(cases[i].name, d.interval.lo, 7 - cases[i].widened, 1e-12);
        near(cases[i].name, d.interval.hi, 7 + cases[i].widened, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_is_the_median_of_what_did_not_change),
        cmocka_unit_test(only_the_same_bytes_in_the_same_way_are_a_control),
        cmocka_unit_test(what_changed_is_passed_over),
        cmocka_unit_test(a_machine_enters_rates_and_times_only),
        cmocka_unit_test(the_machine_is_taken_out_by_the_others),
        cmocka_unit_test(what_is_above_the_floor_is_measured_again),
        cmocka_unit_test(counts_are_known_as_well_as_those_that_did_not_change_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
