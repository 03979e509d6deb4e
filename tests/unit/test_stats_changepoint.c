/* stats/changepoint against optimal partitioning that tries everything, and on runs whose shape is
 * known because it was planted. */
#include "stats/changepoint.h"

#include "stats/order.h"

#include "expect/changepoint_values.h"
#include "unit/test_stats.h"

#include <string.h>

enum { SLICES = 200, MAX = 400 };
static double scratch[MAX + HB_CHANGEPOINT_SCRATCH(MAX)];
static size_t ends[MAX / HB_CHANGEPOINT_SEGMENT_MIN + 1];

/* ---- PELT ---- */

static void segments_are_those_of_the_oracle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(segmentations); i++) {
        const struct segmentation *c = &segmentations[i];
        assert_int_equal(hb_stats_pelt(c->x, c->n, ends, scratch), c->segments);
        assert_memory_equal(ends, c->ends, c->segments * sizeof *ends);
    }
}

/* The cost as the header defines it, two passes over the values. */
static double segment_cost(const double *x, size_t n, double centre)
{
    const double floor = fmax(1e-8 * centre * centre, 1e-300);
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (double)n;
    const double s2 = fmax(variance, floor);
    return (double)n * (log(s2) + variance / s2);
}

static double total_cost(const double *x, size_t n, const size_t *segment_ends, size_t segments)
{
    const double centre = hb_stats_median(x, n, scratch);
    double total = 15 * log((double)n) * (double)(segments - 1);
    for (size_t s = 0, from = 0; s < segments; from = segment_ends[s++])
        total += segment_cost(x + from, segment_ends[s] - from, centre);
    return total;
}

/* The least cost of x[from..n) by trying every end of the first segment, then of the rest. */
static double least_cost(const double *x, size_t from, size_t n, double centre, double penalty)
{
    double least = segment_cost(x + from, n - from, centre);
    for (size_t to = from + HB_CHANGEPOINT_SEGMENT_MIN; to + HB_CHANGEPOINT_SEGMENT_MIN <= n; to++)
        least = fmin(least, segment_cost(x + from, to - from, centre) + penalty +
                                least_cost(x, to, n, centre, penalty));
    return least;
}

static void fill_levels(struct hb_rng *rng, double *x, size_t n, size_t shortest, size_t spread)
{
    for (size_t i = 0; i < n;) {
        const size_t length = shortest + hb_rng_below(rng, spread);
        const double mean = 100 + 40 * gaussian(rng), sd = exp(2 * gaussian(rng) - 1);
        for (size_t k = 0; k < length && i < n; k++)
            x[i++] = mean + sd * gaussian(rng);
    }
}

static void pelt_is_as_good_as_trying_all_segmentations(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(101);
    for (int round = 0; round < 150; round++) {
        double x[36];
        const size_t n = 10 + hb_rng_below(&rng, COUNT(x) - 9);
        fill_levels(&rng, x, n, 3, 12);
        const size_t segments = hb_stats_pelt(x, n, ends, scratch);
        const double least =
            least_cost(x, 0, n, hb_stats_median(x, n, scratch), 15 * log((double)n));
        assert_true(fabs(total_cost(x, n, ends, segments) - least) < 1e-6 * fabs(least) + 1e-6);
    }
}

/* Jackson et al. 2005: every last change is tried, nothing pruned. */
static double partitioning_cost(const double *x, size_t n)
{
    static double best[MAX + 1];
    const double centre = hb_stats_median(x, n, scratch), penalty = 15 * log((double)n);
    best[0] = -penalty;
    for (size_t to = 1; to <= n; to++) {
        best[to] = (double)INFINITY;
        for (size_t from = 0; from + HB_CHANGEPOINT_SEGMENT_MIN <= to; from++)
            best[to] =
                fmin(best[to], best[from] + segment_cost(x + from, to - from, centre) + penalty);
    }
    return best[n];
}

/* Levels of down to 5 values: a candidate pruned a few values too early shows here. */
static void pelt_is_as_good_as_optimal_partitioning_on_long_series(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(102);
    for (int round = 0; round < 150; round++) {
        double x[150];
        fill_levels(&rng, x, COUNT(x), 5, 1 + hb_rng_below(&rng, 40));
        const size_t segments = hb_stats_pelt(x, COUNT(x), ends, scratch);
        const double least = partitioning_cost(x, COUNT(x));
        const double got = total_cost(x, COUNT(x), ends, segments);
        assert_true(fabs(got - least) < 1e-6 * fabs(least) + 1e-6);
    }
}

static void segments_are_whole_and_none_is_too_short(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(103);
    for (int round = 0; round < 300; round++) {
        double x[120];
        const size_t n = 1 + hb_rng_below(&rng, COUNT(x));
        fill_levels(&rng, x, n, 1, 20);
        const size_t segments = hb_stats_pelt(x, n, ends, scratch);
        assert_true(segments >= 1 && ends[segments - 1] == n);
        for (size_t s = 0; segments > 1 && s < segments; s++)
            assert_true(ends[s] - (s ? ends[s - 1] : 0) >= HB_CHANGEPOINT_SEGMENT_MIN);
    }
}

static void short_and_broken_series_are_one_segment(void **state)
{
    (void)state;
    double x[20] = {1, 1, 1, 1, 9, 9, 9, 9, 9};
    assert_int_equal(hb_stats_pelt(x, 0, ends, scratch), 0);
    assert_int_equal(hb_stats_pelt(x, 9, ends, scratch), 1);
    assert_int_equal(ends[0], 9);
    x[12] = (double)NAN;
    assert_int_equal(hb_stats_pelt(x, 20, ends, scratch), 1);
    assert_int_equal(ends[0], 20);
}

static void equal_values_are_one_segment(void **state)
{
    (void)state;
    double x[100] = {0};
    assert_int_equal(hb_stats_pelt(x, 100, ends, scratch), 1);
    for (size_t i = 0; i < 100; i++)
        x[i] = 51.2;
    assert_int_equal(hb_stats_pelt(x, 100, ends, scratch), 1);
}

/* ---- Hampel ---- */

static void filter_is_the_oracles(void **state)
{
    (void)state;
    double out[COUNT(hampel_x)];
    hb_stats_hampel(hampel_x, COUNT(hampel_x), out);
    for (size_t i = 0; i < COUNT(out); i++)
        near("filtered", out[i], hampel_out[i], 1e-15);
}

static void filter_takes_bursts_of_five_out_and_leaves_steps(void **state)
{
    (void)state;
    double x[60], out[60];
    for (size_t i = 0; i < 60; i++)
        x[i] = (i < 30 ? 100 : 120) + 0.25 * (double)(i % 4);
    hb_stats_hampel(x, 60, out);
    assert_true(out[29] < 101 && out[30] >= 120);
    for (size_t i = 10; i < 15; i++)
        x[i] += 300;
    hb_stats_hampel(x, 60, out);
    for (size_t i = 0; i < 30; i++)
        assert_true(out[i] >= 100 && out[i] < 101);
}

/* ---- classes ---- */

static void make_run(struct hb_rng *rng, double *x, double level, double noise)
{
    fill_gaussian(rng, x, SLICES, level, level * noise);
}

static void scale(double *x, size_t from, size_t to, double factor)
{
    for (size_t i = from; i < to; i++)
        x[i] *= factor;
}

static struct hb_steady classify(const double *x, size_t n)
{
    return hb_stats_steady(x, n, ends, scratch);
}

/* The run's level times `factor` in [from, to). */
static void expect(const char *what, size_t from, size_t to, double factor,
                   enum hb_steady_class class, size_t start)
{
    double x[SLICES];
    struct hb_rng rng;
    hb_rng_seed(&rng, 104);
    make_run(&rng, x, 40, 0.005);
    scale(x, from, to, factor);
    const struct hb_steady got = classify(x, SLICES);
    if (got.class != class || (start ? labs((long)got.start - (long)start) > 1 : got.start != 0))
        fail_msg("%s: class %d from %zu on", what, (int)got.class, got.start);
}

static void planted_shapes_get_their_class_and_start(void **state)
{
    (void)state;
    expect("nothing", 0, 0, 1, HB_STEADY_FLAT, 0);
    expect("slow start", 0, 30, 1.1, HB_STEADY_WARMUP, 30);
    expect("slow start of 5 slices", 0, 6, 1.5, HB_STEADY_WARMUP, 6);
    expect("fast start", 0, 30, 0.9, HB_STEADY_SLOWDOWN, 30);
    expect("slow to the half", 0, 100, 1.1, HB_STEADY_WARMUP, 100);
    expect("slow past the half", 0, 103, 1.1, HB_STEADY_NONE, 0);
    expect("changed at the end", 170, 200, 1.1, HB_STEADY_NONE, 0);
    expect("a slow quarter in the first half", 40, 90, 1.1, HB_STEADY_WARMUP, 90);
    expect("a fast quarter in the first half", 40, 90, 0.9, HB_STEADY_SLOWDOWN, 90);
    expect("a slow stretch too long for a burst", 60, 76, 1.1, HB_STEADY_WARMUP, 76);
    expect("a slow quarter in the second half", 110, 160, 1.1, HB_STEADY_NONE, 0);
}

static void the_end_must_be_the_fastest_for_a_warm_up(void **state)
{
    (void)state;
    double x[SLICES];
    struct hb_rng rng = printed_seed(105);
    make_run(&rng, x, 40, 0.005);
    scale(x, 0, 15, 0.9);
    scale(x, 15, 60, 1.3);
    const struct hb_steady got = classify(x, SLICES);
    assert_int_equal(got.class, HB_STEADY_SLOWDOWN);
    assert_in_range(got.start, 59, 61);
}

static void bursts_from_outside_are_no_warm_up(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 5, 7, 10};
    static const size_t places[] = {20, 60, 99, 130, 180};
    for (size_t l = 0; l < COUNT(lengths); l++) {
        for (size_t p = 0; p < COUNT(places); p++)
            expect("burst", places[p], places[p] + lengths[l], 3, HB_STEADY_FLAT, 0);
    }
    expect("first slice", 0, 1, 3, HB_STEADY_FLAT, 0);
    expect("last slice", 199, 200, 3, HB_STEADY_FLAT, 0);
}

static void a_short_last_step_of_a_warm_up_is_no_burst(void **state)
{
    (void)state;
    double x[SLICES];
    struct hb_rng rng = printed_seed(112);
    make_run(&rng, x, 40, 0.005);
    scale(x, 0, 40, 1.5);
    scale(x, 40, 48, 1.2);
    const struct hb_steady got = classify(x, SLICES);
    assert_int_equal(got.class, HB_STEADY_WARMUP);
    assert_in_range(got.start, 47, 49);
}

static void a_burst_within_a_warm_up_does_not_hide_it(void **state)
{
    (void)state;
    double x[SLICES];
    struct hb_rng rng = printed_seed(106);
    make_run(&rng, x, 40, 0.005);
    scale(x, 0, 40, 1.2);
    scale(x, 90, 98, 4);
    const struct hb_steady got = classify(x, SLICES);
    assert_int_equal(got.class, HB_STEADY_WARMUP);
    assert_in_range(got.start, 39, 41);
}

static void levels_within_the_tolerance_are_one(void **state)
{
    (void)state;
    double x[SLICES];
    struct hb_rng rng = printed_seed(107);
    make_run(&rng, x, 40, 0.0005);
    scale(x, 0, 60, 1.005);
    const struct hb_steady half_percent = classify(x, SLICES);
    assert_int_equal(half_percent.class, HB_STEADY_FLAT);
    assert_true(half_percent.segments == 2);
    const struct hb_steady strict = hb_stats_steady_within(x, SLICES, 0.002, ends, scratch);
    assert_int_equal(strict.class, HB_STEADY_WARMUP);
    assert_in_range(strict.start, 59, 61);
}

static void levels_within_the_noise_are_one(void **state)
{
    (void)state;
    double x[SLICES];
    struct hb_rng rng = printed_seed(108);
    make_run(&rng, x, 40, 0.05);
    scale(x, 0, 90, 1.045);
    assert_int_equal(classify(x, SLICES).class, HB_STEADY_FLAT);
}

static void nothing_is_flat_and_nan_is_no_steady_state(void **state)
{
    (void)state;
    double x[20] = {0};
    assert_int_equal(classify(x, 0).class, HB_STEADY_FLAT);
    assert_int_equal(classify(x, 1).class, HB_STEADY_FLAT);
    assert_int_equal(classify(x, 20).class, HB_STEADY_FLAT);
    x[3] = (double)NAN;
    assert_int_equal(classify(x, 20).class, HB_STEADY_NONE);
}

static void the_unit_does_not_matter(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(109);
    for (int round = 0; round < 50; round++) {
        double x[SLICES], seconds[SLICES];
        fill_levels(&rng, x, SLICES, 20, 100);
        for (size_t i = 0; i < SLICES; i++)
            seconds[i] = x[i] * 0x1p-30;
        const struct hb_steady a = classify(x, SLICES), b = classify(seconds, SLICES);
        assert_true(a.class == b.class && a.start == b.start && a.segments == b.segments);
    }
}

/* ---- how often it is wrong ---- */

/* Even noise, noise with a long tail, and noise with preemptions. */
static void quiet_runs_are_flat_in_95_percent(void **state)
{
    (void)state;
    enum { TRIES = 400 };
    struct hb_rng rng = printed_seed(110);
    size_t flat[3] = {0};
    for (size_t t = 0; t < TRIES; t++) {
        double x[SLICES];
        make_run(&rng, x, 40, 0.02);
        flat[0] += classify(x, SLICES).class == HB_STEADY_FLAT;
        for (size_t i = 0; i < SLICES; i++)
            x[i] = 40 * exp(0.02 * gaussian(&rng) - 0.03 * log(uniform(&rng)));
        flat[1] += classify(x, SLICES).class == HB_STEADY_FLAT;
        make_run(&rng, x, 40, 0.01);
        for (size_t burst = 0; burst < 4; burst++) {
            const size_t from = 2 + hb_rng_below(&rng, SLICES - 8);
            scale(x, from, from + 1 + hb_rng_below(&rng, 3), 1 + 4 * uniform(&rng));
        }
        flat[2] += classify(x, SLICES).class == HB_STEADY_FLAT;
    }
    rate_within("flat, even noise", flat[0], TRIES, 0.95, 1);
    rate_within("flat, long tail", flat[1], TRIES, 0.95, 1);
    rate_within("flat, preemptions", flat[2], TRIES, 0.95, 1);
}

static void a_warm_up_of_5_percent_is_found_to_two_slices(void **state)
{
    (void)state;
    enum { TRIES = 400 };
    struct hb_rng rng = printed_seed(111);
    size_t found = 0, placed = 0;
    for (size_t t = 0; t < TRIES; t++) {
        double x[SLICES];
        const size_t start = 10 + hb_rng_below(&rng, 80);
        make_run(&rng, x, 40, 0.01);
        scale(x, 0, start, 1.05);
        const struct hb_steady got = classify(x, SLICES);
        found += got.class == HB_STEADY_WARMUP;
        placed += labs((long)got.start - (long)start) <= 2;
    }
    rate_within("found", found, TRIES, 0.98, 1);
    rate_within("placed", placed, TRIES, 0.97, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_those_of_the_oracle),
        cmocka_unit_test(pelt_is_as_good_as_trying_all_segmentations),
        cmocka_unit_test(pelt_is_as_good_as_optimal_partitioning_on_long_series),
        cmocka_unit_test(segments_are_whole_and_none_is_too_short),
        cmocka_unit_test(short_and_broken_series_are_one_segment),
        cmocka_unit_test(equal_values_are_one_segment),
        cmocka_unit_test(filter_is_the_oracles),
        cmocka_unit_test(filter_takes_bursts_of_five_out_and_leaves_steps),
        cmocka_unit_test(planted_shapes_get_their_class_and_start),
        cmocka_unit_test(the_end_must_be_the_fastest_for_a_warm_up),
        cmocka_unit_test(bursts_from_outside_are_no_warm_up),
        cmocka_unit_test(a_short_last_step_of_a_warm_up_is_no_burst),
        cmocka_unit_test(a_burst_within_a_warm_up_does_not_hide_it),
        cmocka_unit_test(levels_within_the_tolerance_are_one),
        cmocka_unit_test(levels_within_the_noise_are_one),
        cmocka_unit_test(nothing_is_flat_and_nan_is_no_steady_state),
        cmocka_unit_test(the_unit_does_not_matter),
        cmocka_unit_test(quiet_runs_are_flat_in_95_percent),
        cmocka_unit_test(a_warm_up_of_5_percent_is_found_to_two_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
