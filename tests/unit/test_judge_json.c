/* What was judged as JSON, number by number: tests/unit/judged.json holds what comes of
 * judgements in which no two numbers are the same, each a count from where it stands in its struct.
 * test_judge_json --write-golden writes it anew: then read the difference. */
#include "unit/cmocka.h"

#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "judge/soak_judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/unit/judged.json"

static struct hb_allocator_entry entries[] = {{.label = "subject"}, {.label = "reference"}};
static const struct hb_session session = {.allocators = entries, .allocator_count = 2};

static struct hb_summary summary_from(double x)
{
    return (struct hb_summary){.n = 3,
                               .mean = x,
                               .median = x + 1,
                               .min = x + 2,
                               .max = x + 3,
                               .sd = x + 4,
                               .cv = x + 5,
                               .mad = x + 6,
                               .robust_cv = x + 7,
                               .p05 = x + 8,
                               .p25 = x + 9,
                               .p75 = x + 10,
                               .p95 = x + 11,
                               .ci_mean_lo = x + 12,
                               .ci_mean_hi = x + 13,
                               .ci_median_lo = x + 14,
                               .ci_median_hi = x + 15};
}

static int add_judgement(cJSON *root)
{
    static double samples[] = {0.5, 1.5, 2.5};
    struct hb_judged judged[2] = {
        {.runs_ok = 1,
         .runs_failed = 2,
         .outliers = 4,
         .steady = {11, 12, 13, 14},
         .samples = samples,
         .throughput = summary_from(100),
         .ns_per_op = summary_from(200),
         .above_floor_ns = 5,
         .to_reference = {6, 7, 8, 9, 10, 10.5, {HB_VERDICT_WITHHELD, 15}}},
        {.to_reference = {3, 1.25, 1.125, 1.5, NAN, NAN, {HB_VERDICT_FASTER, 0}},
         .above_floor_ns = NAN},
    };
    for (size_t m = HB_METRIC_INSTRUCTIONS_PER_OP; m <= HB_METRIC_LL_MISSES_PER_OP; m++) {
        judged[0].counts_above_floor[m] = 9000 + (double)m;
        judged[1].counts_above_floor[m] = NAN;
    }
    for (size_t m = 0; m < HB_METRIC_INSTRUCTIONS_PER_OP; m++)
        judged[0].counts_above_floor[m] = judged[1].counts_above_floor[m] = NAN;
    for (size_t m = 0; m < HB_METRIC_COUNT; m++)
        judged[0].metric[m] = summary_from(300 + 20.0 * (double)m);
    judged[0].metric[HB_METRIC_STEAL].n = 0;
    const struct hb_judgement judgement = {.session = &session,
                                           .allocators = judged,
                                           .reference = 1,
                                           .twin = 1,
                                           .aa_noise = 21,
                                           .margin = 22,
                                           .is_doubtful = true,
                                           .comparisons = 23,
                                           .pairs = 24,
                                           .pairs_least = 25};
    return hb_judge_json(&judgement, root);
}

static int add_budgets(cJSON *root)
{
    const struct hb_budget_result results[] = {
        {"subject", "cv_percent", 1, NAN, 2, NAN, NAN, HB_BUDGET_PASS, ""},
        {"subject", "ns_per_op", NAN, 3, 4, NAN, NAN, HB_BUDGET_FAIL, ""},
        {"reference", "ns_per_op", 5, 6, NAN, NAN, NAN, HB_BUDGET_UNKNOWN, ""},
    };
    return hb_budgets_json(results, 3, root);
}

static int add_drift(cJSON *root)
{
    struct hb_drift_row rows[] = {{"subject", 2, 3, 4, 5, 6, 7, "unclear", false},
                                  {"reference", 8, 9, 10, 11, 12, 13, "within noise", false}};
    const struct hb_drift_judgement drift = {
        "2026-11-25T10:00:00Z", 1, "a word", rows, 2, "before"};
    return hb_drift_json(&drift, root);
}

static struct hb_soak_drift drift_from(double x, enum hb_soak_course word)
{
    return (struct hb_soak_drift){.n = 3,
                                  .percent = x,
                                  .lo = x + 1,
                                  .hi = x + 2,
                                  .first_to_last_percent = x + 3,
                                  .tau = x + 4,
                                  .p = x + 5,
                                  .p_plain = x + 6,
                                  .last_quarter_percent = x + 7,
                                  .last_quarter_p = x + 8,
                                  .word = word};
}

static void fill_calls(struct hb_soak_calls *row, const char *phase, double x)
{
    *row = (struct hb_soak_calls){.epochs = (uint32_t)x, .operations = x + 1};
    (void)snprintf(row->phase, sizeof row->phase, "%s", phase);
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++) {
        row->calls.count[c] = (uint64_t)x + 10 + c;
        row->calls.bytes[c] = (uint64_t)x + 20 + c;
        row->own.count[c] = (uint64_t)x + 30 + c;
    }
}

static int add_soak(cJSON *root)
{
    static struct hb_soak_change changes[] = {{1, 2}, {3, 4}};
    static struct hb_soak_restart restarts[] = {{5, 6, "a reason", 7}, {8, 9, "", 10}};
    static struct hb_soak_calls calls[2];
    fill_calls(&calls[0], "steady", 500);
    calls[0].bytes_known = calls[0].own_known = calls[0].agree = true;
    fill_calls(&calls[1], "grow", 600);
    struct hb_soak_judged judged[2] = {
        {.epochs = 11,
         .counted = 12,
         .warmup = 13,
         .drains = 14,
         .invalid = 15,
         .failed = 16,
         .throughput = summary_from(100),
         .cv_percent = 17,
         .cv_control_percent = 18,
         .speed = drift_from(120, HB_SOAK_FLAT),
         .speed_to_control = drift_from(130, HB_SOAK_FALLING),
         .changes = changes,
         .change_count = 2,
         .restarts = restarts,
         .restart_count = 2,
         .latency = {true, 19, 20, 21, 22, 23, 24, 25, drift_from(140, HB_SOAK_RISING)},
         .memory = {26, 27, 28, 29, 30, drift_from(150, HB_SOAK_FLAT),
                    drift_from(160, HB_SOAK_UNCLEAR), drift_from(170, HB_SOAK_FLAT), 31, 32, 33},
         .syscalls_per_op = 34,
         .syscalls_counted_pass = true,
         .calls = calls,
         .calls_count = 2},
        {.syscalls_per_op = NAN},
    };
    struct hb_budget_result budgets[] = {
        {"subject", "cv_percent", 35, NAN, 36, 37, 38, HB_BUDGET_PASS, "because"},
        {"reference", "rss_drained_bytes", NAN, 39, 40, 41, 42, HB_BUDGET_FAIL, "of this"},
        {"subject", "rss_drift_percent", 43, 44, NAN, NAN, NAN, HB_BUDGET_UNKNOWN, "or that"},
    };
    const struct hb_soak_judgement judgement = {.session = &session,
                                                .duration_s = 45,
                                                .scale_s = 46,
                                                .margin_percent = 47,
                                                .control = 1,
                                                .allocators = judged,
                                                .budgets = budgets,
                                                .budget_count = 3};
    return hb_soak_json(&judgement, root);
}

static int (*const sections[])(cJSON *) = {add_judgement, add_budgets, add_drift, add_soak};
enum { SECTIONS = sizeof sections / sizeof *sections };

/* Owned by the caller. */
static char *all_as_text(void)
{
    cJSON *root = cJSON_CreateObject();
    for (size_t i = 0; i < SECTIONS; i++)
        assert_int_equal(sections[i](root), 0);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}

static void every_number_has_its_key(void **state)
{
    (void)state;
    static char golden[65536];
    FILE *file = fopen(GOLDEN, "r");
    assert_non_null(file);
    golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    golden[strlen(golden) - 1] = '\0'; /* the file ends with a line feed */
    char *text = all_as_text();
    assert_string_equal(text, golden);
    free(text);
}

/* Neither a doubt nor a lack of runs, and no control: null, or nothing. */
static void what_is_not_there_is_null_or_left_out(void **state)
{
    (void)state;
    const struct hb_session none = {.allocator_count = 0};
    const struct hb_judgement judgement = {.session = &none, .aa_noise = NAN, .pairs = 9};
    const struct hb_soak_judgement soak = {.session = &none, .control = -1};
    cJSON *root = cJSON_CreateObject();
    assert_int_equal(hb_judge_json(&judgement, root), 0);
    assert_int_equal(hb_budgets_json(NULL, 0, root), 0);
    assert_int_equal(hb_soak_json(&soak, root), 0);
    char *text = cJSON_PrintUnformatted(root);
    assert_string_equal(
        text, "{\"aa_noise\":{\"fraction\":null,\"margin\":0,\"believed\":true,\"doubt\":null},"
              "\"comparisons\":{\"count\":0,\"pairs\":9,\"pairs_least\":0,\"too_few\":null},"
              "\"summaries\":{},\"budgets\":[],"
              "\"soak_summary\":{\"duration_s\":0,\"drift_scale_s\":0,\"flat_within_percent\":0,"
              "\"allocators\":{},\"budgets\":[]}}");
    free(text);
    cJSON_Delete(root);
}

/* --- no memory ------------------------------------------------------------------------------- */

static long allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void writing_fails_at_every_allocation(void **state)
{
    (void)state;
    cJSON_Hooks hooks = {.malloc_fn = failing_malloc, .free_fn = free};
    cJSON_InitHooks(&hooks);
    for (size_t i = 0; i < SECTIONS; i++) {
        int result = -1;
        long n = 0;
        for (; result != 0 && n < 10000; n++) {
            allocations_left = 1;
            cJSON *root = cJSON_CreateObject();
            allocations_left = n;
            result = sections[i](root);
            assert_int_equal(result, allocations_left >= 0 ? 0 : -1);
            cJSON_Delete(root);
        }
        assert_in_range(n, 10, 9999);
    }
    cJSON_InitHooks(NULL);
}

static int write_golden(void)
{
    FILE *file = fopen(GOLDEN, "w");
    char *text = all_as_text();
    const bool is_written = file && fprintf(file, "%s\n", text) > 0 && fclose(file) == 0;
    free(text);
    return is_written ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_key),
        cmocka_unit_test(what_is_not_there_is_null_or_left_out),
        cmocka_unit_test(writing_fails_at_every_allocation),
    };
    if (argc == 2 && strcmp(argv[1], "--write-golden") == 0)
        return write_golden();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
