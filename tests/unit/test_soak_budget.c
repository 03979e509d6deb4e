/* Figures of a soak in, what its budgets say of them out, up to the limit itself: see
 * src/judge/soak_budget.c. What the figures are made of: test_soak_judge.c. */
#include "unit/cmocka.h"

#include "judge/soak_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hb_allocator_entry entries[] = {{.label = "subject"}, {.label = "floor"}};
static const struct hb_session session = {.allocators = entries, .allocator_count = 2};

/* The budget of this key for the one allocator that is judged. */
static struct hb_budget_result judged_by(const char *key, double min, double max,
                                         const struct hb_soak_judged *judged)
{
    struct hb_profile_budget limit = {.min = min, .max = max};
    struct hb_profile profile = {.soak = {.budgets = &limit, .budget_count = 1}};
    struct hb_soak_judged both[2] = {*judged, {.is_judged = false}};
    struct hb_soak_judgement judgement = {.session = &session, .allocators = both};
    (void)snprintf(limit.key, sizeof limit.key, "%s", key);
    both[0].is_judged = true;
    assert_int_equal(hb_soak_judge_budgets(&profile, &judgement, NULL), 0);
    assert_int_equal(judgement.budget_count, 1);
    const struct hb_budget_result budget = judgement.budgets[0];
    assert_string_equal(budget.label, "subject");
    assert_string_equal(budget.key, key);
    free(judgement.budgets);
    return budget;
}

static void assert_settled(size_t i, const struct hb_budget_result *budget,
                           enum hb_budget_outcome outcome, const char *why)
{
    if (budget->outcome != outcome || !strstr(budget->why, why))
        fail_msg("case %zu: %d, %s", i, (int)budget->outcome, budget->why);
}

static const struct hb_soak_drift unknown = {
    .percent = NAN, .lo = NAN, .hi = NAN, .last_quarter_percent = NAN, .last_quarter_p = NAN};

#define WHOLLY "the whole interval is beyond the limit"
#define BOTH   "reaches to both sides of the limit"
#define WIDE   "its interval is too wide"
#define BEYOND "within the limit, though its interval reaches beyond"
#define WITHIN "the whole interval is within the limit"
#define TREND  "5 epochs with a value carry no trend: 8 are needed"

/* Of 5 % in each direction, or of one alone. */
static void a_drift_is_over_only_with_its_whole_interval(void **state)
{
    static const struct {
        double min, max, percent, lo, hi;
        enum hb_budget_outcome outcome;
        const char *why;
    } cases[] = {
        {-5, 5, 7, 5.01, 8, HB_BUDGET_FAIL, WHOLLY},
        {-5, 5, 7, 5, 8, HB_BUDGET_UNKNOWN, BOTH},
        {-5, 5, 5, 4, 8, HB_BUDGET_PASS, BEYOND},
        {-5, 5, 5, 5, 5, HB_BUDGET_PASS, WITHIN},
        {-5, 5, 0, -5, 5, HB_BUDGET_PASS, WITHIN},
        {-5, 5, 0, -5.01, 5, HB_BUDGET_PASS, BEYOND},
        {-5, 5, 0, -5, 5.01, HB_BUDGET_PASS, BEYOND},
        {-5, 5, 0, -50, 50, HB_BUDGET_PASS, BEYOND}, /* 20 times as wide as the limit */
        {-5, 5, 0, -50, 50.01, HB_BUDGET_UNKNOWN, WIDE},
        {-5, 5, -5, -8, -4, HB_BUDGET_PASS, BEYOND},
        {-5, 5, -7, -8, -5, HB_BUDGET_UNKNOWN, BOTH},
        {-5, 5, -7, -8, -5.01, HB_BUDGET_FAIL, WHOLLY},
        {-5, NAN, 90, 80, 99, HB_BUDGET_PASS, WITHIN},
        {-5, NAN, 0, -50, 50.01, HB_BUDGET_UNKNOWN, WIDE},
        {-5, NAN, -7, -8, -6, HB_BUDGET_FAIL, WHOLLY},
        {NAN, 5, -90, -99, -80, HB_BUDGET_PASS, WITHIN},
        {NAN, 5, 7, 6, 8, HB_BUDGET_FAIL, WHOLLY},
        {-1, 5, 0, -50, 50, HB_BUDGET_PASS, BEYOND}, /* of the larger limit */
        {-5, 1, 0, -50, 50, HB_BUDGET_PASS, BEYOND},
        {-5, 5, NAN, NAN, NAN, HB_BUDGET_UNKNOWN, TREND},
        {-5, 5, 0, NAN, 1, HB_BUDGET_UNKNOWN, TREND},
        {-5, 5, 0, -1, INFINITY, HB_BUDGET_UNKNOWN, TREND},
    };
    static const char *const of[] = {"by itself: ", "p99.9: ", "resident: "};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_soak_drift drift = {.n = 5,
                                            .percent = cases[i].percent,
                                            .lo = cases[i].lo,
                                            .hi = cases[i].hi,
                                            .last_quarter_percent = NAN,
                                            .last_quarter_p = NAN};
        const struct hb_soak_judged judged = {
            .speed = drift,
            .latency = {.p999_drift = drift},
            .memory = {.rss = drift, .live_drift = unknown, .rss_to_live = unknown},
        };
        const struct hb_budget_result budgets[] = {
            judged_by("throughput_drift_percent", cases[i].min, cases[i].max, &judged),
            judged_by("latency_p999_drift_percent", cases[i].min, cases[i].max, &judged),
            judged_by("rss_drift_percent", cases[i].min, cases[i].max, &judged),
        };
        for (size_t b = 0; b < 3; b++) {
            assert_settled(i, &budgets[b], cases[i].outcome, cases[i].why);
            if (strcmp(cases[i].why, TREND) != 0)
                assert_non_null(strstr(budgets[b].why, of[b]));
            assert_memory_equal(&budgets[b].value, &drift.percent, sizeof drift.percent);
            assert_memory_equal(&budgets[b].lo, &drift.lo, sizeof drift.lo);
            assert_memory_equal(&budgets[b].hi, &drift.hi, sizeof drift.hi);
        }
    }
}

#define GOES_ON "beyond the limit, and it goes on"
#define STOPPED "resident: went beyond the limit and stopped: flat since"

/* Resident memory 6 to 8 % up, or down, and what it did last. */
static struct hb_soak_drift memory_by_7(double sign, double late, double late_p)
{
    return (struct hb_soak_drift){.n = 100,
                                  .percent = 7 * sign,
                                  .lo = sign > 0 ? 6 : -8,
                                  .hi = sign > 0 ? 8 : -6,
                                  .last_quarter_percent = late,
                                  .last_quarter_p = late_p};
}

static void growth_beyond_the_limit_must_go_on(void **state)
{
    static const struct {
        double sign, late, late_p;
        enum hb_budget_outcome outcome;
    } cases[] = {
        {1, NAN, NAN, HB_BUDGET_FAIL}, /* nothing says that it stopped */
        {1, 1, 0.049, HB_BUDGET_FAIL},    {1, 1, 0.05, HB_BUDGET_PASS},
        {1, 5, 0.31, HB_BUDGET_PASS}, /* at the limit */
        {1, 5.1, 0.31, HB_BUDGET_FAIL},   {1, 5.1, NAN, HB_BUDGET_FAIL},
        {1, 1, NAN, HB_BUDGET_PASS},      {1, 0, 0.01, HB_BUDGET_PASS},
        {1, -6, 0.01, HB_BUDGET_PASS},    {-1, -1, 0.049, HB_BUDGET_FAIL},
        {-1, -5.1, 0.31, HB_BUDGET_FAIL}, {-1, -5, 0.31, HB_BUDGET_PASS},
        {-1, 0, 0.01, HB_BUDGET_PASS},    {-1, 6, 0.01, HB_BUDGET_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_soak_judged judged = {
            .memory = {.rss = memory_by_7(cases[i].sign, cases[i].late, cases[i].late_p),
                       .live_drift = unknown,
                       .rss_to_live = unknown},
        };
        const struct hb_budget_result budget = judged_by("rss_drift_percent", -5, 5, &judged);
        assert_settled(i, &budget, cases[i].outcome,
                       cases[i].outcome == HB_BUDGET_FAIL ? GOES_ON : STOPPED);
    }
}

/* Resident memory 6 to 8 % up or down, resident / live flat: whether live bytes explain it. */
static void live_bytes_explain_what_drifts_with_them(void **state)
{
    static const struct {
        double sign, live_lo, live_hi, live_p, ratio_lo;
        bool are_reason;
    } cases[] = {
        {1, 1, 2, 0.049, -1, true},   {1, 1, 2, 0.05, -1, false},    {1, 0, 2, 0.01, -1, false},
        {1, 1, 2, 0.01, NAN, false},  {1, NAN, NAN, NAN, -1, false}, {1, -2, -1, 0.01, -1, false},
        {-1, -2, -1, 0.01, -1, true}, {-1, -2, 0, 0.01, -1, false},  {-1, 1, 2, 0.01, -1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_soak_judged judged = {
            .memory = {.rss = memory_by_7(cases[i].sign, NAN, NAN),
                       .live_drift = {.percent = (cases[i].live_lo + cases[i].live_hi) / 2,
                                      .lo = cases[i].live_lo,
                                      .hi = cases[i].live_hi,
                                      .p = cases[i].live_p},
                       .rss_to_live = {.percent = 0, .lo = cases[i].ratio_lo, .hi = 1}},
        };
        const struct hb_budget_result budget = judged_by("rss_drift_percent", -5, 5, &judged);
        assert_settled(
            i, &budget, cases[i].are_reason ? HB_BUDGET_PASS : HB_BUDGET_FAIL,
            cases[i].are_reason
                ? "resident / live, as live bytes drift too: the whole interval is within"
                : "resident: the whole interval is beyond the limit, and it goes on");
    }
}

/* A flat resident set over live bytes that fall is no growth, and neither is one that shrinks a
 * little. */
static void live_bytes_charge_nobody(void **state)
{
    static const double percents[] = {0, -1, 1, -5, 5};
    (void)state;
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const double rss = percents[i], sign = rss > 0 ? 1 : -1;
        const struct hb_soak_judged judged = {
            .memory = {.rss = {.n = 50, .percent = rss, .lo = rss, .hi = rss},
                       .live_drift = {.percent = 30 * sign,
                                      .lo = 29 * sign - 1,
                                      .hi = 29 * sign + 1},
                       .rss_to_live = {.percent = 1508, .lo = 487, .hi = 2360}},
        };
        const struct hb_budget_result budget = judged_by("rss_drift_percent", -5, 5, &judged);
        assert_settled(i, &budget, HB_BUDGET_PASS,
                       "resident: the whole interval is within the limit");
    }
}

static void a_control_takes_the_machine_out(void **state)
{
    (void)state;
    for (size_t n = 7; n <= 8; n++) {
        const struct hb_soak_judged judged = {
            .speed = {.n = 50, .percent = -7, .lo = -8, .hi = -6},
            .speed_to_control = {.n = n, .percent = 0, .lo = -1, .hi = 1},
        };
        const struct hb_budget_result budget =
            judged_by("throughput_drift_percent", -5, NAN, &judged);
        assert_settled(n, &budget, n == 8 ? HB_BUDGET_PASS : HB_BUDGET_FAIL,
                       n == 8 ? "against the control: " : "by itself: ");
    }
}

static void a_value_holds_up_to_its_limit(void **state)
{
    static const struct {
        const char *key;
        double min, max, value;
        size_t n;
        bool of_pass;
        double control_cv;
        enum hb_budget_outcome outcome;
        const char *why;
    } cases[] = {
        {"cv_percent", NAN, 2, 2, 6, false, NAN, HB_BUDGET_PASS, "within the limit"},
        {"cv_percent", NAN, 2, 2.1, 6, false, NAN, HB_BUDGET_FAIL, "over the limit"},
        {"cv_percent", NAN, 2, 2.1, 6, false, 1.5, HB_BUDGET_FAIL,
         "over the limit; against the control it is 1.50 %"},
        {"cv_percent", NAN, 2, 1, 6, false, 1.5, HB_BUDGET_PASS, "within the limit"},
        {"cv_percent", NAN, 2, 2.1, 5, false, 1.5, HB_BUDGET_UNKNOWN,
         "fewer than 6 epochs carry no spread"},
        {"cv_percent", 1, NAN, 1, 6, false, NAN, HB_BUDGET_PASS, "within the limit"},
        {"cv_percent", 1, NAN, 0.9, 6, false, NAN, HB_BUDGET_FAIL, "over the limit"},
        {"memory_syscalls_per_op", NAN, 1, 1, 6, false, NAN, HB_BUDGET_PASS, "within the limit"},
        {"memory_syscalls_per_op", NAN, 1, 2, 6, true, NAN, HB_BUDGET_FAIL,
         "over the limit, by the counting pass"},
        {"memory_syscalls_per_op", NAN, 1, 1, 6, true, NAN, HB_BUDGET_PASS,
         "within the limit, by the counting pass"},
        {"memory_syscalls_per_op", NAN, 1, NAN, 6, true, NAN, HB_BUDGET_UNKNOWN,
         "the memory system calls were not counted"},
        {"rss_drained_bytes", NAN, 9, 9, 6, false, NAN, HB_BUDGET_PASS,
         "within the limit 5 s after the drain"},
        {"rss_drained_bytes", NAN, 9, 10, 6, false, NAN, HB_BUDGET_FAIL,
         "over the limit 5 s after the drain"},
        {"rss_drained_bytes", NAN, 9, NAN, 6, false, NAN, HB_BUDGET_UNKNOWN,
         "no drain was looked at"},
        {"nosuch", NAN, 9, 9, 6, false, NAN, HB_BUDGET_UNKNOWN, "no such figure of a soak"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_soak_judged judged = {
            .throughput = {.n = cases[i].n},
            .cv_percent = cases[i].value,
            .cv_control_percent = cases[i].control_cv,
            .syscalls_per_op = cases[i].value,
            .syscalls_counted_pass = cases[i].of_pass,
            .memory = {.drained_100ms = 1, .drained_1s = 2, .drained_5s = cases[i].value},
        };
        const struct hb_budget_result budget =
            judged_by(cases[i].key, cases[i].min, cases[i].max, &judged);
        assert_settled(i, &budget, cases[i].outcome, cases[i].why);
        assert_int_equal(isnan(budget.value), cases[i].outcome == HB_BUDGET_UNKNOWN);
        assert_true(isnan(budget.lo) && isnan(budget.hi));
    }
}

static void budgets_hold_for_whom_they_name(void **state)
{
    char names[2][HB_NAME_MAX] = {"nosuch", "floor"};
    struct hb_profile_budget limits[] = {
        {.key = "rss_drained_bytes", .min = NAN, .max = 1},
        {.key = "cv_percent", .min = NAN, .max = 1, .allocators = names, .allocator_count = 2},
    };
    struct hb_profile profile = {.soak = {.budgets = limits, .budget_count = 2}};
    struct hb_soak_judged both[2] = {{.is_judged = true}, {.is_judged = true}};
    struct hb_soak_judgement judgement = {.session = &session, .allocators = both};
    (void)state;
    assert_int_equal(hb_soak_judge_budgets(&profile, &judgement, NULL), 0);
    assert_int_equal(judgement.budget_count, 3);
    assert_string_equal(judgement.budgets[0].label, "subject");
    assert_string_equal(judgement.budgets[1].key, "rss_drained_bytes");
    assert_string_equal(judgement.budgets[2].key, "cv_percent");
    assert_string_equal(judgement.budgets[2].label, "floor");
    judgement.budgets[0].outcome = judgement.budgets[1].outcome = HB_BUDGET_PASS;
    judgement.budgets[2].outcome = HB_BUDGET_UNKNOWN;
    struct hb_budget_tally tally = hb_soak_tally(&judgement);
    assert_int_equal(tally.count[HB_BUDGET_PASS], 2);
    assert_int_equal(tally.count[HB_BUDGET_FAIL], 0);
    assert_int_equal(tally.count[HB_BUDGET_UNKNOWN], 1);
    assert_int_equal(tally.unheld, 1);
    assert_int_equal(hb_soak_tally(&judgement).count[HB_BUDGET_FAIL], 0);
    judgement.budgets[2].outcome = HB_BUDGET_FAIL;
    assert_true(hb_soak_tally(&judgement).count[HB_BUDGET_FAIL] > 0);
    free(judgement.budgets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drift_is_over_only_with_its_whole_interval),
        cmocka_unit_test(growth_beyond_the_limit_must_go_on),
        cmocka_unit_test(live_bytes_explain_what_drifts_with_them),
        cmocka_unit_test(live_bytes_charge_nobody),
        cmocka_unit_test(a_control_takes_the_machine_out),
        cmocka_unit_test(a_value_holds_up_to_its_limit),
        cmocka_unit_test(budgets_hold_for_whom_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
