/* stats/trend against SciPy and the papers' formulas, and what it finds in series of known making:
 * white noise, AR(1), a sawtooth, a drift, steps, ties. */
#include "stats/trend.h"

#include "base/clock.h"

#include "expect/trend_values.h"
#include "unit/test_stats.h"

enum { LONGEST = 4000 };

static double scratch[HB_TREND_SCRATCH(LONGEST)];
static double x[LONGEST], y[LONGEST];

static struct hb_trend trend_of(size_t n)
{
    struct hb_trend trend;
    for (size_t i = 0; i < n; i++)
        x[i] = (double)i;
    hb_stats_trend(x, y, n, scratch, &trend);
    return trend;
}

static bool excludes_0(const struct hb_trend *trend)
{
    return trend->slope_lo > 0 || trend->slope_hi < 0;
}

/* ---- values ---- */

static void values_are_scipys_and_the_formulas(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(trend_cases); i++) {
        const struct trend_case *c = &trend_cases[i];
        struct hb_trend t;
        hb_stats_trend(c->x, c->y, c->n, scratch, &t);
        assert_int_equal(t.n, c->n);
        near(c->name, t.slope, c->slope, 1e-11);
        near(c->name, t.slope_lo, c->lo, 1e-11);
        near(c->name, t.slope_hi, c->hi, 1e-11);
        near(c->name, t.intercept, c->intercept, 1e-11);
        near(c->name, t.tau, c->tau, 1e-11);
        near(c->name, t.z, c->z, 1e-10);
        near(c->name, t.p, c->p, 1e-9);
        near(c->name, t.p_plain, c->p_plain, 1e-9);
        near(c->name, t.variance_ratio, c->ratio, 1e-10);
        near(c->name, t.first, c->first, 1e-15);
        near(c->name, t.last, c->last, 1e-15);
    }
}

static void the_last_quarter_is_its_own_trend(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(trend_cases); i++) {
        const struct trend_case *c = &trend_cases[i];
        const size_t from = c->n - c->n / 4;
        struct hb_trend whole, quarter;
        hb_stats_trend(c->x, c->y, c->n, scratch, &whole);
        hb_stats_trend(c->x + from, c->y + from, c->n / 4, scratch, &quarter);
        near(c->name, whole.last_quarter_slope, quarter.slope, 0);
        near(c->name, whole.last_quarter_p, quarter.p, 0);
    }
}

static void too_few_points_and_nan_give_nan(void **state)
{
    (void)state;
    for (size_t i = 0; i < 40; i++)
        y[i] = (double)i;
    for (size_t n = 0; n < HB_TREND_N_MIN; n++) {
        const struct hb_trend t = trend_of(n);
        assert_true(t.n == n && isnan(t.slope) && isnan(t.slope_lo) && isnan(t.slope_hi));
        assert_true(isnan(t.p) && isnan(t.p_plain) && isnan(t.tau) && isnan(t.z));
        assert_true(isnan(t.variance_ratio) && isnan(t.first) && isnan(t.last));
    }
    assert_true(isnan(trend_of(31).last_quarter_slope) && isnan(trend_of(31).last_quarter_p));
    assert_true(trend_of(32).last_quarter_slope == 1);
    y[20] = (double)INFINITY;
    assert_true(isnan(trend_of(40).slope) && isnan(trend_of(40).last_quarter_p));
    struct hb_trend t;
    y[20] = 20;
    x[20] = (double)NAN; /* trend_of writes x anew */
    hb_stats_trend(x, y, 40, scratch, &t);
    assert_true(t.n == 40 && isnan(t.slope) && isnan(t.p));
}

/* Units and signs: the same picture in bytes and minutes, or upside down. */
static void scale_and_sign_carry_over(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(41);
    fill_gaussian(&rng, y, 60, 100, 1);
    for (size_t i = 0; i < 60; i++)
        y[i] += 0.02 * (double)i;
    const struct hb_trend t = trend_of(60);
    for (size_t i = 0; i < 60; i++)
        y[i] *= -1024;
    const struct hb_trend u = trend_of(60);
    near("slope", u.slope, -1024 * t.slope, 1e-12);
    near("lo", u.slope_lo, -1024 * t.slope_hi, 1e-12);
    near("hi", u.slope_hi, -1024 * t.slope_lo, 1e-12);
    near("z", u.z, -t.z, 1e-12);
    near("p", u.p, t.p, 1e-12);
}

/* Two points in each run: medians half way between make the short series again. */
static void long_series_are_cut_into_runs(void **state)
{
    (void)state;
    enum { N = HB_TREND_N_MAX };
    static double long_x[2 * N], long_y[2 * N];
    struct hb_rng rng = printed_seed(42);
    struct hb_trend cut;
    for (size_t i = 0; i < N; i++) {
        y[i] = floor(1000 * uniform(&rng)) + (double)i / 4;
        long_x[2 * i] = (double)i - 0.25;
        long_x[2 * i + 1] = (double)i + 0.25;
        long_y[2 * i] = y[i] + 2;
        long_y[2 * i + 1] = y[i] - 2;
    }
    hb_stats_trend(long_x, long_y, 2 * (size_t)N, scratch, &cut);
    const struct hb_trend whole = trend_of(N);
    assert_int_equal(cut.n, N);
    near("slope", cut.slope, whole.slope, 0);
    near("lo", cut.slope_lo, whole.slope_lo, 0);
    near("p", cut.p, whole.p, 0);
    near("last quarter", cut.last_quarter_p, whole.last_quarter_p, 0);
    fill_gaussian(&rng, y, LONGEST, 100, 1);
    for (size_t i = 0; i < LONGEST; i++)
        y[i] += 5 * (double)i / LONGEST;
    near("2.7 points a run", trend_of(LONGEST).slope, 5.0 / LONGEST, 0.1);
}

/* Every point is in a run, whether or not the runs come out equal. */
static void runs_of_a_long_series_reach_its_end(void **state)
{
    (void)state;
    static const size_t lengths[] = {HB_TREND_N_MAX + 1, 2250, 2999, LONGEST};
    for (size_t k = 0; k < COUNT(lengths); k++) {
        const size_t n = lengths[k];
        for (size_t i = 0; i < n; i++)
            y[i] = (double)i;
        const struct hb_trend t = trend_of(n);
        near("slope", t.slope, 1, 1e-12);
        near("first", t.first, 0.05 * (double)n, 0.02);
        near("last", t.last, 0.95 * (double)n, 0.002);
    }
}

static void seven_hundred_points_take_a_moment(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(43);
    fill_gaussian(&rng, y, 720, 100, 1);
    const uint64_t start = hb_clock_monotonic_ns();
    trend_of(720);
    const double ms = (double)(hb_clock_monotonic_ns() - start) / 1e6;
    printf("    720 points: %.1f ms\n", ms);
    assert_true(ms < 1000); /* about 10; sanitizers and a busy machine are no fault */
}

/* ---- ties and steps ---- */

static void a_constant_series_has_no_trend(void **state)
{
    (void)state;
    for (size_t i = 0; i < 60; i++)
        y[i] = 4096.0 * 25;
    const struct hb_trend t = trend_of(60);
    assert_true(t.slope == 0 && t.slope_lo == 0 && t.slope_hi == 0 && t.p == 1 && t.p_plain == 1);
    assert_true(t.tau == 0 && t.variance_ratio == 1 && t.first == y[0] && t.last == y[0]);
    assert_true(t.last_quarter_slope == 0 && t.last_quarter_p == 1);
}

/* Resident memory that stands still but for a few pages now and then. */
static void constant_but_for_a_few_jumps_has_slope_0(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(44);
    for (size_t t = 0; t < 200; t++) {
        for (size_t i = 0; i < 60; i++)
            y[i] = 4096.0 * (25000 + (double)(uniform(&rng) < 0.1) * floor(50 * uniform(&rng)));
        const struct hb_trend trend = trend_of(60);
        assert_true(trend.slope == 0 && trend.slope_lo == 0 && trend.slope_hi == 0);
    }
}

/* What a line leaves by rounding is no memory: the ratio would be up to 3. */
static void a_perfect_line_leaves_nothing(void **state)
{
    (void)state;
    for (size_t n = HB_TREND_N_MIN; n <= 200; n += 8) {
        for (size_t k = 1; k <= 20; k++) {
            struct hb_trend t;
            for (size_t i = 0; i < n; i++) {
                x[i] = 0.7 * (double)i;
                y[i] = 3 + 0.1 * (double)k * x[i];
            }
            hb_stats_trend(x, y, n, scratch, &t);
            assert_true(t.variance_ratio == 1);
            near("slope", t.slope, 0.1 * (double)k, 1e-12);
        }
    }
}

static void steps_upwards_are_a_drift(void **state)
{
    (void)state;
    for (size_t i = 0; i < 60; i++)
        y[i] = 4096.0 * (25000 + floor((double)i / 6));
    const struct hb_trend t = trend_of(60);
    assert_true(t.slope_lo > 0 && t.p < 0.001);
    near("slope", t.slope, 4096.0 / 6, 0.05);
}

/* A warm-up is over before the last quarter, and the medians of its ends tell of it. */
static void an_early_step_is_no_trend_of_the_end(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(45);
    size_t found = 0;
    for (size_t t = 0; t < 400; t++) {
        fill_gaussian(&rng, y, 60, 100, 1);
        for (size_t i = 6; i < 60; i++)
            y[i] += 20;
        const struct hb_trend trend = trend_of(60);
        found += trend.last_quarter_p < 0.05;
        assert_true(fabs(trend.first - 100) < 3 && fabs(trend.last - 120) < 3);
    }
    rate_within("early step, last quarter drifts", found, 400, 0, 0.08);
    for (size_t i = 0; i < 60; i++)
        y[i] = i < 6 ? 100 : 120;
    const struct hb_trend exact = trend_of(60);
    assert_true(exact.slope == 0 && exact.slope_lo == 0 && exact.slope_hi == 0);
    assert_true(exact.last_quarter_slope == 0 && exact.last_quarter_p == 1);
}

/* ---- rates, by simulation ---- */

struct rates {
    size_t tests, corrected, plain, interval;
};

static void count_one(struct rates *rates, size_t n)
{
    const struct hb_trend t = trend_of(n);
    assert_true(t.p >= t.p_plain && t.variance_ratio >= 1 && t.slope_lo <= t.slope_hi);
    rates->tests++;
    rates->corrected += t.p < 0.05;
    rates->plain += t.p_plain < 0.05;
    rates->interval += excludes_0(&t);
}

static void fill_autoregressive(struct hb_rng *rng, size_t n, double rho)
{
    double value = gaussian(rng);
    for (size_t i = 0; i < n; i++) {
        y[i] = 100 + value;
        value = rho * value + sqrt(1 - rho * rho) * gaussian(rng);
    }
}

/* 1 % noise on a sawtooth of 5 to 12 periods that begins anywhere. */
static void fill_sawtooth(struct hb_rng *rng, size_t n, double height)
{
    const double periods = 5 + 7 * uniform(rng), phase = uniform(rng);
    fill_gaussian(rng, y, n, 100, 1);
    for (size_t i = 0; i < n; i++) {
        const double at = periods * (double)i / (double)n + phase;
        y[i] += height * (at - floor(at));
    }
}

static void add_drift(size_t n, double rise)
{
    for (size_t i = 0; i < n; i++)
        y[i] += rise * (double)i / (double)(n - 1);
}

static void white_noise_is_rarely_a_drift(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(46);
    struct rates rates = {0};
    for (size_t t = 0; t < 1000; t++) {
        fill_autoregressive(&rng, 60, 0);
        count_one(&rates, 60);
    }
    rate_within("white noise, 60 points, p", rates.corrected, rates.tests, 0.02, 0.09);
    rate_within("white noise, 60 points, interval", rates.interval, rates.tests, 0.02, 0.09);
}

/* At most `most` of the corrected ones, and at most `share` of what the plain test cries. */
static void check_memory(struct hb_rng *rng, size_t n, double rho, double most, double share)
{
    struct rates rates = {0};
    for (size_t t = 0; t < 200; t++) {
        fill_autoregressive(rng, n, rho);
        count_one(&rates, n);
    }
    printf("    AR(1), rho %.1f, %zu points: plain %.3f\n", rho, n,
           (double)rates.plain / (double)rates.tests);
    rate_within("corrected", rates.corrected, rates.tests, 0, most);
    rate_within("interval", rates.interval, rates.tests, 0, most);
    assert_true((double)rates.corrected <= share * (double)rates.plain);
    assert_true((double)rates.interval <= share * (double)rates.plain);
}

static void a_memory_is_rarely_a_drift(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(47);
    check_memory(&rng, 60, 0.5, 0.14, 0.6);
    check_memory(&rng, 60, 0.8, 0.20, 0.4);
    check_memory(&rng, 300, 0.5, 0.12, 0.4);
    check_memory(&rng, 300, 0.8, 0.14, 0.3);
}

static void a_sawtooth_is_no_drift(void **state)
{
    (void)state;
    static const size_t lengths[] = {15, 60, 300};
    static const double heights[] = {5, 50};
    struct hb_rng rng = printed_seed(48);
    for (size_t k = 0; k < COUNT(lengths); k++) {
        for (size_t h = 0; h < COUNT(heights); h++) {
            struct rates rates = {0};
            for (size_t t = 0; t < (lengths[k] > 100 ? 100 : 300); t++) {
                fill_sawtooth(&rng, lengths[k], heights[h]);
                count_one(&rates, lengths[k]);
            }
            printf("    %zu points, %.0f %% high\n", lengths[k], heights[h]);
            rate_within("sawtooth, interval excludes 0", rates.interval, rates.tests, 0, 0.10);
        }
    }
}

/* The worst case of the correction as published: few periods, many points. */
static void a_sawtooth_of_five_periods_is_no_drift(void **state)
{
    (void)state;
    enum { N = 300, PHASES = 40 };
    size_t found = 0;
    for (size_t phase = 0; phase < PHASES; phase++) {
        for (size_t i = 0; i < N; i++) {
            const double at = 5 * (double)i / N + (double)phase / PHASES;
            y[i] = 100 + 50 * (at - floor(at));
        }
        const struct hb_trend t = trend_of(N);
        found += excludes_0(&t);
    }
    assert_int_equal(found, 0);
}

static void a_drift_of_five_percent_is_found(void **state)
{
    (void)state;
    static const size_t lengths[] = {15, 60};
    struct hb_rng rng = printed_seed(49);
    for (size_t k = 0; k < COUNT(lengths); k++) {
        struct rates rates = {0};
        for (size_t t = 0; t < 300; t++) {
            fill_gaussian(&rng, y, lengths[k], 100, 1);
            add_drift(lengths[k], 5);
            count_one(&rates, lengths[k]);
        }
        printf("    %zu points\n", lengths[k]);
        rate_within("drift of 5 %, p", rates.corrected, rates.tests, 0.99, 1);
        rate_within("drift of 5 %, interval", rates.interval, rates.tests, 0.99, 1);
    }
}

/* A leak of 20 % under a sawtooth of 50 %. */
static void a_drift_under_a_sawtooth_is_found(void **state)
{
    (void)state;
    struct hb_rng rng = printed_seed(50);
    struct rates rates = {0};
    for (size_t t = 0; t < 300; t++) {
        fill_sawtooth(&rng, 60, 50);
        add_drift(60, 20);
        count_one(&rates, 60);
    }
    rate_within("drift under a sawtooth", rates.interval, rates.tests, 0.8, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_scipys_and_the_formulas),
        cmocka_unit_test(the_last_quarter_is_its_own_trend),
        cmocka_unit_test(too_few_points_and_nan_give_nan),
        cmocka_unit_test(scale_and_sign_carry_over),
        cmocka_unit_test(long_series_are_cut_into_runs),
        cmocka_unit_test(runs_of_a_long_series_reach_its_end),
        cmocka_unit_test(seven_hundred_points_take_a_moment),
        cmocka_unit_test(a_constant_series_has_no_trend),
        cmocka_unit_test(constant_but_for_a_few_jumps_has_slope_0),
        cmocka_unit_test(a_perfect_line_leaves_nothing),
        cmocka_unit_test(steps_upwards_are_a_drift),
        cmocka_unit_test(an_early_step_is_no_trend_of_the_end),
        cmocka_unit_test(white_noise_is_rarely_a_drift),
        cmocka_unit_test(a_memory_is_rarely_a_drift),
        cmocka_unit_test(a_sawtooth_is_no_drift),
        cmocka_unit_test(a_sawtooth_of_five_periods_is_no_drift),
        cmocka_unit_test(a_drift_of_five_percent_is_found),
        cmocka_unit_test(a_drift_under_a_sawtooth_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
