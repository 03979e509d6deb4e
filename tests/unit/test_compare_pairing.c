/* One figure on two sides: estimate, interval and p of every kind of figure. Expected values are
 * worked out apart from the code: all pairs of values, all signs, all orders.
 * Read next: src/compare/pairing.h. */
#include "unit/test_stats.h"

#include "compare/pairing.h"

#include <math.h>
#include <string.h>

#define NONE   (double)NAN
#define MOST   12u
#define SPEED  HB_METRIC_THROUGHPUT
#define MEMORY HB_METRIC_RSS_PEAK
#define FAULTS HB_METRIC_FAULTS_MINOR

/* Two sides of one allocator, and the allocator that its times may be ratios to. */
struct sides {
    double values[2][MOST], references[2][MOST];
    struct hb_digest_entry entries[2], by[2];
    struct hb_digest digests[2];
};

enum { BASE, OTHER };

/* A side's values of one figure; a soak's or a list's where its runs are no pairs. */
static void fill(struct sides *sides, size_t side, size_t figure, const double *values, size_t n)
{
    const size_t samples = figure == HB_FIGURE_CV ? (size_t)SPEED : figure;
    memcpy(sides->values[side], values, n * sizeof *values);
    sides->digests[side].blocks = n;
    sides->digests[side].paired = true;
    sides->entries[side].series[samples] =
        (struct hb_series){.values = sides->values[side], .n = n};
    sides->entries[side].series[figure].value = n ? values[0] : NONE;
}

static struct hb_difference measure(struct hb_pairing *pairing, struct sides *sides, size_t figure,
                                    bool is_paired)
{
    struct hb_difference d = {.base = &sides->digests[BASE],
                              .other = &sides->digests[OTHER],
                              .base_entry = &sides->entries[BASE],
                              .other_entry = &sides->entries[OTHER],
                              .figure = figure,
                              .is_paired = is_paired};
    assert_int_equal(hb_pairing_measure(pairing, &d), 0);
    return d;
}

static void is_measured(const char *name, const struct hb_difference *d, double estimate, double lo,
                        double hi, double p, double a12)
{
    if (!is_near(d->estimate, estimate, 1e-12) || !is_near(d->interval.lo, lo, 1e-12) ||
        !is_near(d->interval.hi, hi, 1e-12) || !is_near(d->p, p, 1e-9) ||
        !is_near(d->a12, a12, 1e-12))
        fail_msg("%s: got %.16g [%.16g, %.16g], p %.16g, A12 %.16g", name, d->estimate,
                 d->interval.lo, d->interval.hi, d->p, d->a12);
}

/* clang-format off */
#define UP   {104, 101, 109, 103, 107, 100, 106, 102, 108, 105.5}
#define DOWN {98, 95, 99.5, 97, 96, 94, 92, 93, 91, 90}
#define WIDE {98, 98, 99, 99, 100, 100, 101, 101, 102, 104}
#define SLIM {99, 99, 99.5, 100, 100, 100, 100.5, 101, 101.5, 100.5}
#define ONES {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
/* clang-format on */

static void two_sides_are_compared_as_their_figure_asks(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        size_t figure;
        bool is_paired, is_ratio;
        double rho[2];
        size_t n, m; /* places of the base and of the other side */
        double base[MOST], other[MOST];
        size_t base_n, other_n; /* that have values */
        double estimate, lo, hi, p, a12;
    } cases[] = {
        {"two samples", MEMORY, false, true, {0, 0}, 10, 10, DOWN, UP, 10, 10, 1.106954782461367,
         1.072916666666667, 1.142857142857143, 1.082508822446903e-05, 1},
        {"the other way round", MEMORY, false, true, {0, 0}, 10, 10, UP, DOWN, 10, 10,
         1 / 1.106954782461367, 1 / 1.142857142857143, 1 / 1.072916666666667, 1.082508822446903e-05,
         0},
        {"neighbours alike, of times", SPEED, false, true, {0.75, 0.25}, 10, 10, DOWN, UP, 10, 10,
         1.106954782461367, 1.0486644259076219, 1.1698756016239371, 1.082508822446903e-05, 1},
        {"neighbours alike, of memory", MEMORY, false, true, {0.75, 0.25}, 10, 10, DOWN, UP, 10, 10,
         1.106954782461367, 1.072916666666667, 1.142857142857143, 1.082508822446903e-05, 1},
        {"ten and five", MEMORY, false, true, {0, 0}, 5, 10, DOWN, UP, 5, 10, 1.0759535936930296,
         1.0412371134020622, 1.1134020618556704, 0.000666000666000666, 1},
        {"one and one", MEMORY, false, true, {0, 0}, 1, 1, {2}, {3}, 1, 1, 1.5, NONE, NONE, 1, 1},
        {"three and three", MEMORY, false, true, {0, 0}, 3, 3, {1, 2, 6}, {3, 4, 5}, 3, 3, 2, NONE,
         NONE, 0.7, 2 / 3.0},
        {"one and none", MEMORY, false, true, {0, 0}, 1, 0, {2}, {0}, 0, 0, NONE, NONE, NONE, NONE,
         NONE},
        {"gaps", MEMORY, false, true, {0, 0}, 8, 7, {NONE, 98, 95, 99.5, 97, 96, 94, INFINITY},
         {104, 101, 109, NONE, 103, 107, 100}, 6, 6, 1.073692095673642, 1.0351758793969852,
         1.1237113402061853, 0.0021645021645021645, 1},
        {"a base with a 0 has no ratio", MEMORY, false, false, {0, 0}, 6, 6, {0, 1, 3, 2.5, -1, 2},
         {4, 9, 7, 6, 5, 8}, 6, 6, 5, 3, 8, 0.0021645021645021645, 1},
        {"nor has one below 0 on the other side", MEMORY, false, false, {0, 0}, 6, 6,
         {4, 9, 7, 6, 5, 8}, {0, 1, 3, 2.5, -1, 2}, 6, 6, -5, -8, -3, 0.0021645021645021645, 0},
        {"counts", FAULTS, false, false, {0, 0}, 6, 6, {11, 12, 14, 13.5, 10, 13},
         {15, 20, 18, 17, 16, 19}, 6, 6, 5, 3, 8, 0.0021645021645021645, 1},
        {"pairs", SPEED, true, true, {0.5, 0.5}, 10, 10, DOWN, UP, 10, 10, 1.105764519699258,
         1.0634937879245407, 1.1409058137548533, 0.001953125, 1},
        {"equal pairs", SPEED, true, true, {0, 0}, 10, 10, ONES,
         {1, 1, 1, 1, 1, 1.5, 1.25, 1.75, 1.125, 1.375}, 10, 10, 1.1726039399558574, 1,
         1.3693063937629153, 0.0625, 0.75},
        {"all equal", SPEED, true, true, {0, 0}, 10, 10, ONES, ONES, 10, 10, 1, 1, 1, 1, 0.5},
        {"pairs with gaps", SPEED, true, true, {0, 0}, 8, 8, {98, 95, NONE, 97, 108, 101, 92, 93},
         {104, NONE, 109, 103, 107, 100, 106, 102}, 6, 6, 1.061540033037877, 0.9900990099009903,
         1.1521739130434778, 0.15625, 2 / 3.0},
        {"no pair", SPEED, true, true, {0, 0}, 2, 2, {98, NONE}, {NONE, 104}, 0, 0, NONE, NONE,
         NONE, NONE, NONE},
        {"one pair", SPEED, true, true, {0, 0}, 1, 1, {2}, {3}, 1, 1, 1.5, NONE, NONE, 1, 1},
        {"pairs with a 0", SPEED, true, false, {0, 0}, 6, 6, {98, 95, 99.5, 97, 96, 94},
         {104, 101, 0, 103, 107, 100}, 6, 6, 6, -99.5, 11, 0.40625, 5 / 6.0},
        {"and in the base", SPEED, true, false, {0, 0}, 6, 6, {104, 101, 0, 103, 107, 100},
         {98, 95, 99.5, 97, 96, 94}, 6, 6, -6, -11, 99.5, 0.40625, 1 / 6.0},
        {"pairs of differences", HB_FIGURE_ABOVE_FLOOR, true, false, {0, 0}, 6, 6,
         {98, 95, 99.5, 97, 96, 94}, {104, 101, -1, 103, 107, 100}, 6, 6, 6, -100.5, 11, 0.40625,
         5 / 6.0},
        {"spread", HB_FIGURE_CV, false, true, {0, 0}, 10, 10, SLIM, WIDE, 10, 10, 2.311979034187489,
         0.9409136886830253, 5.680911138623278, 0.06767196660369856, NONE},
        {"spread of six and ten", HB_FIGURE_CV, true, true, {0, 0}, 10, 6, SLIM,
         {98, 98, 99, 99, 100, 103}, 10, 6, 2.324557363482351, 0.5822551079463071,
         11.081313364717015, 0.2617118582487979, NONE},
        {"spread of five", HB_FIGURE_CV, false, true, {0, 0}, 10, 5, SLIM, WIDE, 10, 5, NONE, NONE,
         NONE, NONE, NONE},
    };
    /* clang-format on */
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides = {0};
        fill(&sides, BASE, cases[i].figure, cases[i].base, cases[i].n);
        fill(&sides, OTHER, cases[i].figure, cases[i].other, cases[i].m);
        for (size_t side = 0; side < 2; side++) {
            sides.digests[side].rho = cases[i].rho[side];
            if (isnan(sides.entries[side].series[cases[i].figure].value) && cases[i].m)
                sides.entries[side].series[cases[i].figure].value = 1; /* a gap is no gap in all */
        }
        const struct hb_difference d =
            measure(&pairing, &sides, cases[i].figure, cases[i].is_paired);
        is_measured(cases[i].name, &d, cases[i].estimate, cases[i].lo, cases[i].hi, cases[i].p,
                    cases[i].a12);
        if (d.is_ratio != cases[i].is_ratio || d.base_n != cases[i].base_n ||
            d.other_n != cases[i].other_n)
            fail_msg("%s: a ratio (%d) of %zu and %zu", cases[i].name, d.is_ratio, d.base_n,
                     d.other_n);
        assert_true(isnan(d.p_holm) && d.machine == 1 && !d.is_relative);
    }
    hb_pairing_free(&pairing);
}

/* Of 5 [4, 7] less 2 [1, 6] the way down is as far as 5 may be lower and 2 higher: (1, 4). */
static void a_difference_of_drifts_has_the_arms_of_both(void **state)
{
    (void)state;
    static const struct {
        double base[3], other[3]; /* value, lo, hi */
        double estimate, lo, hi, p;
    } cases[] = {
        {{2, 1, 6}, {5, 4, 7}, 3, -1.1231056256176606, 5.23606797749979, 0.06441985808238157},
        {{5, 4, 7}, {2, 1, 6}, -3, -5.23606797749979, 1.1231056256176606, 0.06441985808238157},
        {{2, NONE, NONE}, {5, 4, 7}, 3, NONE, NONE, NONE},
        {{NONE, NONE, NONE}, {5, 4, 7}, NONE, NONE, NONE, NONE},
        {{2, 1, 6}, {NONE, NONE, NONE}, NONE, NONE, NONE, NONE},
    };
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides = {0};
        sides.entries[BASE].series[HB_FIGURE_RSS_DRIFT] = (struct hb_series){
            .n = 30, .value = cases[i].base[0], .interval = {cases[i].base[1], cases[i].base[2]}};
        sides.entries[OTHER].series[HB_FIGURE_RSS_DRIFT] =
            (struct hb_series){.n = 40,
                               .value = cases[i].other[0],
                               .interval = {cases[i].other[1], cases[i].other[2]}};
        const struct hb_difference d = measure(&pairing, &sides, HB_FIGURE_RSS_DRIFT, false);
        is_measured("drift", &d, cases[i].estimate, cases[i].lo, cases[i].hi, cases[i].p, NONE);
        assert_int_equal(d.base_n, isnan(d.estimate) ? 0 : 30);
        assert_int_equal(d.other_n, isnan(d.estimate) ? 0 : 40);
        assert_false(d.is_ratio);
    }
    hb_pairing_free(&pairing);
}

/* Of counts of other requests: 1.96 times the root of what both counted. */
static void the_same_requests_make_the_same_calls(void **state)
{
    (void)state;
    static const struct {
        bool base_paired, other_paired;
        uint64_t other_seed;
        double arm;
    } cases[] = {
        {true, true, 5, 0},
        {true, true, 6, 2.1913063514414537e-07},
        {false, true, 5, 2.1913063514414537e-07},
        {true, false, 5, 2.1913063514414537e-07},
    };
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides = {0};
        for (size_t side = 0; side < 2; side++) {
            sides.entries[side].counted_operations = 20e6;
            sides.entries[side].series[HB_METRIC_SYSCALLS_PER_OP].value =
                (side == BASE ? 3 : 2) / 20e6;
        }
        sides.digests[BASE].seed = 5;
        sides.digests[OTHER].seed = cases[i].other_seed;
        sides.digests[BASE].paired = cases[i].base_paired;
        sides.digests[OTHER].paired = cases[i].other_paired;
        const struct hb_difference d = measure(&pairing, &sides, HB_METRIC_SYSCALLS_PER_OP, false);
        is_measured("calls", &d, -1 / 20e6, -1 / 20e6 - cases[i].arm, -1 / 20e6 + cases[i].arm,
                    NONE, NONE);
        assert_true(d.base_n == 1 && d.other_n == 1 && !d.is_ratio);
        assert_int_equal(hb_pairing_is_same_requests(d.base, d.other), cases[i].arm == 0);
        assert_true(hb_pairing_is_same_requests(d.base, d.base));
    }
    hb_pairing_free(&pairing);
}

/* Of more than 1,000 values every k-th is taken: here those at odd places are wild. */
static void long_soaks_are_thinned(void **state)
{
    (void)state;
    static const struct {
        size_t n, m, base_n, other_n;
    } cases[] = {
        {60, 10, 60, 10},     {10, 60, 10, 60},    {1000, 1000, 1000, 1000}, {1001, 10, 501, 10},
        {10, 2000, 10, 1000}, {2001, 10, 667, 10}, {1500, 1500, 750, 750},
    };
    static double values[2][2001];
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides = {0};
        const size_t counts[2] = {cases[i].n, cases[i].m},
                     kept[2] = {cases[i].base_n, cases[i].other_n};
        for (size_t side = 0; side < 2; side++) {
            for (size_t k = 0; k < counts[side]; k++)
                values[side][k] =
                    counts[side] == 2 * kept[side] && k % 2 ? 1e6 : 1.0 + (double)side;
            sides.digests[side].is_soak = true;
            sides.entries[side].series[SPEED] =
                (struct hb_series){.values = values[side], .n = counts[side], .value = 1};
        }
        const struct hb_difference d = measure(&pairing, &sides, SPEED, false);
        assert_int_equal(d.base_n, kept[BASE]);
        assert_int_equal(d.other_n, kept[OTHER]);
        near("ratio", d.estimate, 2, 1e-12);
        near("lo", d.interval.lo, 2, 1e-12);
        near("hi", d.interval.hi, 2, 1e-12);
    }
    hb_pairing_free(&pairing);
}

/* 100 to 109 before, 110 and 100 to 114 and 104 (and a half) after, by 50 to 59. */
static void times_may_be_ratios_to_another_allocator(void **state)
{
    (void)state;
    enum { PAIRS, LIST, SOAK };
    static const struct {
        int kind;
        size_t figure;
        double base_value, estimate, lo, hi, p, a12;
    } cases[] = {
        /* of the same block */
        {PAIRS, SPEED, 2, 1.0267534296144152, 0.9672897196261683, 1.0912698412698414,
         0.35268137435320096, 0.63},
        /* of the reference's median */
        {LIST, SPEED, 2, 1.0285489021124359, 0.9764150943396226, 1.0809523809523809,
         0.2798610058671978, 0.65},
        {SOAK, SPEED, 2, 1.0285489021124359, 0.9764150943396226, 1.0809523809523809,
         0.2798610058671978, 0.65},
        /* memory is as it is */
        {PAIRS, MEMORY, 100, 1.0285489021124359, 0.9764150943396226, 1.0809523809523809,
         0.2798610058671978, 0.65},
    };
    struct hb_pairing pairing = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides = {0};
        double after[10], before[10];
        for (size_t k = 0; k < 10; k++) {
            before[k] = 100 + (double)k;
            after[k] = (k % 2 ? 100.5 : 110.5) + (double)(k / 2);
        }
        fill(&sides, BASE, cases[i].figure, before, 10);
        fill(&sides, OTHER, cases[i].figure, after, 10);
        for (size_t side = 0; side < 2; side++) {
            struct hb_series *by = &sides.by[side].series[cases[i].figure];
            for (size_t k = 0; k < 10; k++)
                sides.references[side][k] = 50 + (double)k;
            *by = (struct hb_series){.values = sides.references[side], .n = 10, .value = 50};
            sides.digests[side].paired = cases[i].kind == PAIRS;
            sides.digests[side].is_soak = cases[i].kind == SOAK;
        }
        pairing.base_reference = &sides.by[BASE];
        pairing.other_reference = &sides.by[OTHER];
        struct hb_difference d = measure(&pairing, &sides, cases[i].figure, false);
        is_measured("ratio of ratios", &d, cases[i].estimate, cases[i].lo, cases[i].hi, cases[i].p,
                    cases[i].a12);
        near("base", d.base_value, cases[i].base_value, 1e-15);
        assert_int_equal(d.is_relative, cases[i].figure == SPEED);
        sides.by[OTHER].series[SPEED].values = NULL; /* it failed in every block */
        d = measure(&pairing, &sides, cases[i].figure, false);
        assert_int_equal(isnan(d.estimate), cases[i].kind == PAIRS && cases[i].figure == SPEED);
    }
    hb_pairing_free(&pairing);
}

static void the_other_side_may_be_scaled(void **state)
{
    (void)state;
    static const double before[] = {11, 12, 14, 13.5, 10, 13}, after[] = {30, 40, 36, 34, 32, 38};
    struct hb_pairing pairing = {.other_by = 0.5};
    struct sides sides = {0};
    fill(&sides, BASE, HB_FIGURE_ABOVE_FLOOR, before, 6);
    fill(&sides, OTHER, HB_FIGURE_ABOVE_FLOOR, after, 6);
    const struct hb_difference d = measure(&pairing, &sides, HB_FIGURE_ABOVE_FLOOR, false);
    is_measured("scaled", &d, 5, 3, 8, 0.0021645021645021645, 1);
    hb_pairing_free(&pairing);
    assert_null(pairing.room);
    const struct hb_difference again = measure(&pairing, &sides, HB_FIGURE_ABOVE_FLOOR, false);
    is_measured("anew", &again, 5, 3, 8, 0.0021645021645021645, 1);
    hb_pairing_free(&pairing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sides_are_compared_as_their_figure_asks),
        cmocka_unit_test(a_difference_of_drifts_has_the_arms_of_both),
        cmocka_unit_test(the_same_requests_make_the_same_calls),
        cmocka_unit_test(long_soaks_are_thinned),
        cmocka_unit_test(times_may_be_ratios_to_another_allocator),
        cmocka_unit_test(the_other_side_may_be_scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
