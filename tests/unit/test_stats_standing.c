/* stats/standing, student and rounds against SciPy, NumPy and by simulation. */
#include "stats/standing.h"

#include "expect/standing_values.h"
#include "stats/normal.h"
#include "stats/paired.h"
#include "stats/rounds.h"
#include "stats/student.h"
#include "unit/test_stats.h"

#include <string.h>

enum { MAX = 64, WALSH = MAX * (MAX + 1) / 2 };
static double scratch[HB_PLACES_SCRATCH(8, 8, MAX) + WALSH];

static void quantiles_are_scipys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(student_cases); i++) {
        near("quantile", hb_stats_student_quantile(student_cases[i].p, student_cases[i].df),
             student_cases[i].t, 1e-8);
        near("and back", hb_stats_student_cdf(student_cases[i].t, student_cases[i].df),
             student_cases[i].p, 1e-8);
    }
    near("at 0", hb_stats_student_cdf(0, 3), 0.5, 1e-15);
    near("symmetric", hb_stats_student_cdf(-1.7, 6), 1 - hb_stats_student_cdf(1.7, 6), 1e-14);
    near("one degree is Cauchy's", hb_stats_student_cdf(1, 1), 0.75, 1e-13);
    near("many degrees are normal", hb_stats_student_quantile(0.975, 1e7), HB_NORMAL_Z95, 1e-6);
    assert_true(isnan(hb_stats_student_quantile(0, 3)) && isnan(hb_stats_student_quantile(1, 3)));
    assert_true(isnan(hb_stats_student_quantile(0.5, 0)) && isnan(hb_stats_student_cdf(1, -1)));
}

static void means_of_rows_are_numpys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(row_cases); i++) {
        const struct row_case *c = &row_cases[i];
        struct hb_standing_row rows[3];
        for (size_t r = 0; r < c->count; r++)
            rows[r] = (struct hb_standing_row){c->logs[r], c->blocks[r]};
        const struct hb_located mean = hb_stats_row_mean(rows, c->count, 0, scratch);
        near(c->name, mean.estimate, c->estimate, 1e-12);
        near(c->name, mean.interval.lo, c->lo, 1e-8);
        near(c->name, mean.interval.hi, c->hi, 1e-8);
    }
}

static void what_is_not_known_has_no_interval(void **state)
{
    (void)state;
    const double one[] = {0.5}, two[] = {0.1, 0.1};
    const struct hb_standing_row rows[] = {{one, 1}, {two, 2}};
    const struct hb_located mean = hb_stats_row_mean(rows, 2, 0, scratch);
    near("estimate", mean.estimate, 0.3, 1e-15);
    assert_true(isnan(mean.interval.lo));
    assert_true(isnan(hb_stats_row_mean(rows, 0, 0, scratch).estimate));
    const struct hb_located exact = hb_stats_row_mean(rows + 1, 1, 0, scratch);
    near("no scatter", exact.interval.hi - exact.interval.lo, 0, 1e-15);
    assert_true(isinf(hb_stats_half_width(0.1, 1)) && isnan(hb_stats_sd(one, 1)));
    struct hb_place places[2];
    hb_stats_places(rows, 2, 1, 100, 1, places, scratch);
    assert_true(isnan(places[0].first));
    assert_int_equal(places[0].rank, 1);
}

/* Rows of few and of many blocks, of unequal noise: the interval holds the truth. */
static void intervals_hold_the_truth(void **state)
{
    (void)state;
    static const size_t blocks[] = {2, 3, 6, 10};
    static const double sds[] = {0.01, 0.03, 0.05, 0.02};
    struct hb_rng rng = printed_seed(19);
    size_t held = 0, held_of_few = 0;
    for (size_t i = 0; i < 4000; i++) {
        double logs[4][10];
        struct hb_standing_row rows[4];
        for (size_t r = 0; r < 4; r++) {
            fill_gaussian(&rng, logs[r], blocks[r], 0.1, sds[r]);
            rows[r] = (struct hb_standing_row){logs[r], blocks[r]};
        }
        const struct hb_located mean = hb_stats_row_mean(rows, 4, 0, scratch);
        held += mean.interval.lo <= 0.1 && 0.1 <= mean.interval.hi;
        const struct hb_located few = hb_stats_row_mean(rows, 2, 0, scratch);
        held_of_few += few.interval.lo <= 0.1 && 0.1 <= few.interval.hi;
    }
    rate_within("four rows of 2, 3, 6, 10 blocks", held, 4000, 0.93, 0.975);
    rate_within("two rows of 2, 3 blocks", held_of_few, 4000, 0.92, 0.985);
}

/* Takes out of x what it has of y. */
static void part(double *x, const double *y, size_t n)
{
    double product = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        product += x[i] * y[i];
        squares += y[i] * y[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] -= product / squares * y[i];
}

/* Blocks without correlation, with exactly the standard errors of the case. */
static void places_are_as_sure_as_the_blocks(void **state)
{
    (void)state;
    enum { N = MAX };
    static double logs[3 * N], shape[4][N];
    struct hb_rng rng = printed_seed(7);
    struct hb_place places[3];
    for (size_t i = 0; i < N; i++)
        shape[3][i] = 1;
    for (size_t c = 0; c < 3; c++) {
        fill_gaussian(&rng, shape[c], N, 0, 1);
        part(shape[c], shape[3], N);
        for (size_t k = 0; k < c; k++)
            part(shape[c], shape[k], N);
        const double sd = hb_stats_sd(shape[c], N);
        const double level = hb_stats_hodges_lehmann(shape[c], N, scratch);
        for (size_t i = 0; i < N; i++)
            logs[c * N + i] = 0.01 * (double)c + 0.01 * sqrt(N) * (shape[c][i] - level) / sd;
    }
    const struct hb_standing_row row = {logs, N};
    hb_stats_places(&row, 1, 3, 4000, 1, places, scratch);
    double all = 0;
    for (size_t c = 0; c < 3; c++) {
        printf("    first: %.3f, of normal means %.3f\n", places[c].first, first_of_three[c]);
        all += places[c].first;
        if (fabs(places[c].first - first_of_three[c]) > 0.05)
            fail_msg("competitor %zu", c);
    }
    near("shares make one", all, 1, 1e-9);
    assert_int_equal(places[2].rank, 1);
    assert_true(places[2].best == 1 && places[0].worst == 3);
}

static void far_ones_are_sure_and_equal_ones_share(void **state)
{
    (void)state;
    double logs[3 * 6];
    struct hb_place places[3];
    struct hb_rng rng = printed_seed(3);
    fill_gaussian(&rng, logs, 6, 1, 0.01);
    fill_gaussian(&rng, logs + 6, 6, 0, 0.01);
    memcpy(logs + 12, logs + 6, 6 * sizeof *logs);
    const struct hb_standing_row row = {logs, 6};
    hb_stats_places(&row, 1, 3, 500, 1, places, scratch);
    near("sure", places[0].first, 1, 1e-12);
    assert_true(places[0].best == 1 && places[0].worst == 1);
    assert_true(places[1].rank == 2 && places[2].rank == 2);
    assert_true(places[1].best == 2 && places[1].worst == 3);
}

/* ---- rounds ---- */

static void all_get_a_few_first(void **state)
{
    (void)state;
    struct hb_round rounds[] = {{1, 9, NAN, 5}, {0, 9, NAN, 5}, {0, 9, NAN, 5}, {2, 9, 1, 1}};
    assert_int_equal(hb_stats_next_round(rounds, 4, 2, 100, 0), 1);
    rounds[1].blocks = 1;
    assert_int_equal(hb_stats_next_round(rounds, 4, 2, 100, 0), 2);
    rounds[2].blocks = 1;
    assert_int_equal(hb_stats_next_round(rounds, 4, 2, 100, 0), 0);
    assert_int_equal(hb_stats_next_round(rounds, 4, 2, 4, 0),
                     3); /* for the others there is no time */
    assert_int_equal(hb_stats_next_round(rounds, 4, 2, 0.5, 0), 4);
}

static void then_the_widest_for_its_price(void **state)
{
    (void)state;
    struct hb_round rounds[] = {{4, 9, 0.02, 1}, {4, 9, 0.05, 1}, {4, 9, 0.04, 1}};
    assert_int_equal(hb_stats_next_round(rounds, 3, 2, 10, 0.005), 1);
    rounds[1].block_s = 10; /* (0.05 / 0.04)^2 is 1.6 */
    assert_int_equal(hb_stats_next_round(rounds, 3, 2, 10, 0.005), 2);
    rounds[2].blocks = 9;
    rounds[0].sd = 0.001; /* narrow enough */
    assert_int_equal(hb_stats_next_round(rounds, 3, 2, 10, 0.005), 1);
    rounds[1].most = 4;
    assert_int_equal(hb_stats_next_round(rounds, 3, 2, 10, 0.005), 3);
}

static void as_many_as_there_is_time_for(void **state)
{
    (void)state;
    static const size_t wanted[] = {8, 6, 2};
    /* To eight: 2 * 8 + 5 * 3 + 7 * 1 + 0; the third is done once, the fourth has enough. */
    struct hb_round rounds[] = {{6, 200, 0.1, 8}, {3, 200, 0.1, 3}, {0, 1, NAN, 7}, {9, 200, 1, 5}};
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 3, 38), 8);
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 3, 37.9), 6); /* 3 * 3 + 7 */
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 3, 16), 6);
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 3, 15.9), 2);
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 3, 0), 2);
    assert_int_equal(hb_stats_first_blocks(rounds, 4, wanted, 1, 0), 8);
    assert_int_equal(hb_stats_first_blocks(rounds, 0, wanted, 3, 0), 8);
}

/* What it is for: with the same time the widest interval is narrower than with equal shares. */
static void budgets_shrink_the_widest(void **state)
{
    (void)state;
    enum { ROWS = 6 };
    static const double sds[ROWS] = {0.005, 0.01, 0.01, 0.02, 0.05, 0.1},
                        costs[ROWS] = {3, 1, 2, 1, 2, 1};
    struct hb_round rounds[ROWS];
    double left = 200, each = 0, widest = 0, equal = 0;
    for (size_t i = 0; i < ROWS; i++) {
        rounds[i] = (struct hb_round){0, 200, sds[i], costs[i]};
        each += costs[i];
    }
    for (size_t i; (i = hb_stats_next_round(rounds, ROWS, 2, left, 0.001)) < ROWS;) {
        rounds[i].blocks++;
        left -= rounds[i].block_s;
    }
    assert_true(left >= 0 && left < 3);
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(rounds[i].blocks >= 2);
        widest = fmax(widest, hb_stats_half_width(sds[i], rounds[i].blocks));
        equal = fmax(equal, hb_stats_half_width(sds[i], (size_t)(200 / each)));
    }
    printf("    widest %.4f, with equal shares %.4f\n", widest, equal);
    assert_true(widest < 0.6 * equal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_scipys),
        cmocka_unit_test(means_of_rows_are_numpys),
        cmocka_unit_test(what_is_not_known_has_no_interval),
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(places_are_as_sure_as_the_blocks),
        cmocka_unit_test(far_ones_are_sure_and_equal_ones_share),
        cmocka_unit_test(all_get_a_few_first),
        cmocka_unit_test(then_the_widest_for_its_price),
        cmocka_unit_test(as_many_as_there_is_time_for),
        cmocka_unit_test(budgets_shrink_the_widest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
