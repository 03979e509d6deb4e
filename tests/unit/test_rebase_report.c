/* What is printed of a judged session where a value lies exactly on a limit, and in which colour:
 * see src/report/session_report.h. Tables against JSON: tests/cli/printed_test.sh. */
#include "unit/cmocka.h"
#include "unit/made_profile.h"

#include "report/charts.h"
#include "report/session_report.h"
#include "report/write_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD   "\033[32m"
#define BAD    "\033[31m"
#define DIM    "\033[2m"
#define STRONG "\033[1m"
#define END    "\033[0m"
#define SPEEDS 4
#define BASE   1 /* of the four below: the reference */

/* Four allocators, judged by hand: what the report is given is what the test says. */
struct told {
    struct hb_session session;
    struct hb_assessment view;
    bool colour, markdown;
    struct hb_buf out;
    size_t ranking[SPEEDS];
};

static struct hb_summary summary_of(double value, double cv)
{
    return (struct hb_summary){
        .n = 10, .mean = value, .median = value, .min = value, .max = value, .cv = cv};
}

static void add(struct told *told, size_t i, const char *label, enum hb_role role, double median)
{
    struct hb_judged *judged = &told->view.judgement.allocators[i];
    (void)snprintf(told->session.allocators[i].label, HB_NAME_MAX, "%s", label);
    told->session.allocators[i].role = role;
    *judged = (struct hb_judged){.entry = i, .runs_ok = 10, .above_floor_ns = (double)NAN};
    judged->throughput = summary_of(median, 0.01);
    judged->ns_per_op = summary_of(1e9 / median, 0.01);
    judged->to_reference = (struct hb_ratio){.estimate = median / 100e6, .lo = 0.5, .hi = 2};
    judged->to_reference.verdict.kind = HB_VERDICT_SAME;
    judged->steady[HB_STEADY_FLAT] = 10;
    told->ranking[i] = i;
}

static void open_told(struct told *told)
{
    *told = (struct told){0};
    told->session.allocator_count = SPEEDS;
    told->session.blocks = 10;
    told->session.allocators = calloc(SPEEDS, sizeof *told->session.allocators);
    told->session.profile = made_profile();
    told->session.profile->milestone_count = 3;
    for (size_t i = 0; i < 3; i++)
        told->session.profile->milestones_percent[i] = 99.5 + 0.5 * (double)i;
    told->view.session = &told->session;
    told->view.judgement = (struct hb_judgement){.session = &told->session,
                                                 .reference = BASE,
                                                 .floor = 3,
                                                 .twin = -1,
                                                 .ranked_count = SPEEDS,
                                                 .aa_noise = 0.005,
                                                 .margin = 0.02};
    told->view.judgement.allocators = calloc(SPEEDS, sizeof *told->view.judgement.allocators);
    told->view.judgement.ranking = told->ranking;
    add(told, 0, "equal", HB_ROLE_SUBJECT, 100e6);
    add(told, BASE, "reference", HB_ROLE_REFERENCE, 100e6);
    add(told, 2, "half", HB_ROLE_SUBJECT, 50e6);
    add(told, 3, "floor", HB_ROLE_FLOOR, 40e6);
}

static void close_told(struct told *told)
{
    hb_buf_free(&told->out);
    hb_profile_free(told->session.profile);
    free(told->session.profile);
    free(told->session.allocators);
    free(told->view.judgement.allocators);
}

/* Adds the section as text. */
static void say(struct told *told, void (*section)(const struct hb_assessment *, struct hb_doc *))
{
    struct hb_doc doc = {0};
    section(&told->view, &doc);
    const struct hb_screen screen = {.voice = told->markdown ? HB_VOICE_MARKDOWN
                                              : told->colour ? HB_VOICE_COLOUR
                                                             : HB_VOICE_PLAIN};
    assert_int_equal(hb_doc_write(&doc, &screen, &told->out, NULL), 0);
    hb_doc_free(&doc);
}

static void assert_has(const struct told *told, const char *text)
{
    if (!strstr(hb_buf_string(&told->out), text))
        fail_msg("no \"%s\" in:\n%s", text, hb_buf_string(&told->out));
}

static void assert_has_not(const struct told *told, const char *text)
{
    if (strstr(hb_buf_string(&told->out), text))
        fail_msg("\"%s\" in:\n%s", text, hb_buf_string(&told->out));
}

static void ranking_has_the_gap_to_the_one_before(void **state)
{
    struct told told;
    (void)state;
    open_told(&told);
    told.view.judgement.allocators[2].throughput.median = 80e6;
    add(&told, 3, "last", HB_ROLE_SUBJECT, 60e6);
    say(&told, hb_report_ranking);
    assert_string_equal(hb_buf_string(&told.out),
                        "Ranking (by median; gap to the one before, share of the best)\n"
                        "  1. equal               100 M/s\n"
                        "  2. reference           100 M/s   0.00 %  100 % of the best\n"
                        "  3. half               80.0 M/s  -20.0 %  80.0 % of the best\n"
                        "  4. last               60.0 M/s  -25.0 %  60.0 % of the best\n");
    close_told(&told);
}

static void a_milestone_that_is_reached_exactly_is_ticked(void **state)
{
    struct told told;
    (void)state;
    open_told(&told);
    say(&told, hb_report_milestones);
    assert_string_equal(hb_buf_string(&told.out),
                        "Milestones (percent of the reference)\n"
                        "  equal               100 %   [x] 99.5 [x] 100 [ ] 100.5\n"
                        "  half               50.0 %   [ ] 99.5 [ ] 100 [ ] 100.5\n");
    hb_buf_free(&told.out);
    told.view.judgement.reference = -1; /* percent of nothing */
    say(&told, hb_report_milestones);
    assert_int_equal(told.out.size, 0);
    close_told(&told);
}

/* Up to 2 % good, over 5 % warned, over 10 % unstable. */
static void each_cv_has_its_words_and_its_colour(void **state)
{
    static const struct {
        double cv;
        const char *cell, *note;
    } cases[] = {
        {0.02, GOOD "2.00" END, NULL},
        {0.0201, "  2.01  ", NULL},
        {0.05, "  5.00  ", NULL},
        {0.0501, BAD "5.01" END, "equal: CV 5.01 %, high: look at the runs\n"},
        {0.10, BAD "10.0" END, "equal: CV 10.0 %, high: look at the runs\n"},
        {0.1001, BAD "10.0" END, "equal: CV 10.0 %, unstable: do not trust it\n"},
        {NAN, DIM "-" END, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told told;
        open_told(&told);
        told.colour = true;
        told.view.judgement.allocators[0].throughput.cv = cases[i].cv;
        say(&told, hb_report_speed);
        assert_has(&told, cases[i].cell);
        say(&told, hb_report_notes);
        if (cases[i].note)
            assert_has(&told, cases[i].note);
        else
            assert_has_not(&told, "equal: CV");
        close_told(&told);
    }
}

static void each_verdict_has_its_colour(void **state)
{
    static const struct {
        enum hb_verdict_kind kind;
        size_t runs_needed;
        const char *cell;
    } cases[] = {
        {HB_VERDICT_FASTER, 0, GOOD "faster" END "\n"},
        {HB_VERDICT_SLOWER, 0, BAD "slower" END "\n"},
        {HB_VERDICT_SAME, 0, "]  same\n"},
        {HB_VERDICT_INCONCLUSIVE, 0, DIM "inconclusive" END "\n"},
        {HB_VERDICT_INCONCLUSIVE, 12, DIM "inconclusive (12 runs?)" END "\n"},
        {HB_VERDICT_WITHHELD, 12, DIM "withheld" END "\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told told;
        open_told(&told);
        told.colour = true;
        told.view.judgement.allocators[2].to_reference.verdict.kind = cases[i].kind;
        told.view.judgement.allocators[2].to_reference.verdict.runs_needed = cases[i].runs_needed;
        say(&told, hb_report_speed);
        assert_has(&told, cases[i].cell);
        assert_has(&told, STRONG "half" END);
        close_told(&told);
    }
}

static void what_cannot_be_told_of_speed_is_a_dash(void **state)
{
    struct told told;
    (void)state;
    open_told(&told);
    told.view.judgement.allocators[0].to_reference.lo = (double)NAN;
    told.view.judgement.allocators[2].to_reference.estimate = (double)NAN;
    told.view.judgement.allocators[2].above_floor_ns = 0;
    told.view.judgement.allocators[3].above_floor_ns = 3; /* it is the floor */
    say(&told, hb_report_speed);
    assert_has(&told, "10.00                -  1.000 [-]             same\n");
    assert_has(&told, "10.00                -  1                     reference\n");
    assert_has(&told, "20.00            +0.00  -                     same\n");
    assert_has(&told, "25.00                -  0.400 [0.500, 2.000]  the loop itself\n");
    hb_buf_free(&told.out);
    told.view.judgement.reference = -1;
    told.view.judgement.allocators[0].runs_ok = 0; /* not ranked any more */
    told.view.judgement.ranking = told.ranking + 1;
    told.view.judgement.ranked_count = SPEEDS - 1;
    say(&told, hb_report_speed);
    assert_has(&told, "Speed (operations a second)\n");
    assert_has(&told, "20.00            +0.00\n");
    assert_has(&told, "\nequal             -           -        -        -     -      -            "
                      "    -  -      not run\n");
    close_told(&told);
}

/* Each column has the metric of its heading. */
static void memory_has_each_metric_in_its_column(void **state)
{
    static const struct {
        enum hb_metric_id metric;
        double value;
    } values[] = {
        {HB_METRIC_RSS_START, 1024},      {HB_METRIC_RSS_PEAK, 2048},
        {HB_METRIC_RSS_END, 3072},        {HB_METRIC_RSS_DRAINED, 4096},
        {HB_METRIC_FAULTS_MINOR, 5},      {HB_METRIC_FAULTS_MEASURED, 6},
        {HB_METRIC_SYSCALLS_STARTUP, 7},  {HB_METRIC_SYSCALLS_WARMUP, 8},
        {HB_METRIC_SYSCALLS_MEASURED, 9}, {HB_METRIC_SYSCALLS_PER_OP, 1e-8},
    };
    static struct hb_job counted[3];
    struct told told;
    (void)state;
    open_told(&told);
    told.markdown = true;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        told.view.judgement.allocators[0].metric[values[i].metric] = summary_of(values[i].value, 0);
    for (size_t i = 0; i < 3; i++) {
        hb_job_init(&counted[i]);
        counted[i].own_counters_known = i < 2;
        told.view.judgement.allocators[i].counted = &counted[i];
        told.view.judgement.allocators[i].counters_agree = i == 0;
    }
    told.view.judgement.twin = 3;
    say(&told, hb_report_memory);
    assert_has(
        &told,
        "| allocator | start KiB | peak KiB | end KiB | drained KiB | faults | of them measured "
        "| start-up calls | warm-up calls | calls | calls/op | own count |\n");
    assert_has(&told, "| equal | 1.00 | 2.00 | 3.00 | 4.00 | 5 | 6 | 7 | 8 | 9 | "
                      "1.0e-08 | agrees |\n| reference | null | ");
    assert_has(&told, "| null | differs |\n");
    assert_has(&told, "| null |  |\n"); /* half says nothing of its calls */
    assert_has_not(&told, "| floor |"); /* the twin of somebody who has a row */
    close_told(&told);
}

static void a_ranking_without_ratios_is_of_medians(void **state)
{
    struct told told;
    (void)state;
    open_told(&told);
    for (int has_ratios = 1; has_ratios >= 0; has_ratios--) {
        struct hb_doc doc = {0};
        hb_chart_ranking(&told.view.judgement, &doc);
        const struct hb_chart *chart = doc.blocks[0].chart;
        assert_string_equal(chart->x.title,
                            has_ratios ? "ratio to the reference" : "million operations a second");
        hb_doc_free(&doc);
        for (size_t i = 0; i < SPEEDS; i++)
            told.view.judgement.allocators[i].to_reference.estimate = (double)NAN;
    }
    close_told(&told);
}

static void budgets_have_limits_and_words(void **state)
{
    struct hb_budget_result results[] = {
        {"equal", "rss_peak_bytes", (double)NAN, 2048, 1024, NAN, NAN, HB_BUDGET_PASS, ""},
        {"half", "ratio_percent", 99, 1001, 50, NAN, NAN, HB_BUDGET_FAIL, ""},
        {"half", "cycles", 1, (double)NAN, (double)NAN, NAN, NAN, HB_BUDGET_UNKNOWN, ""},
    };
    struct told told;
    (void)state;
    open_told(&told);
    told.colour = true;
    say(&told, hb_report_budgets);
    assert_int_equal(told.out.size, 0);
    told.view.budgets = results;
    told.view.budget_count = 3;
    say(&told, hb_report_budgets);
    assert_has(&told, "<= 2,048  1,024  " GOOD "pass" END);
    assert_has(&told, ">= 99, <= 1,001     50  " BAD "FAIL" END);
    assert_has(&told, ">= 1      -  " DIM "not known" END);
    close_told(&told);
}

/* More allocators than anybody has, each with a row. */
static void every_allocator_has_a_row(void **state)
{
    enum { MANY = 600 };
    static struct hb_allocator_entry entries[MANY];
    static struct hb_judged judged[MANY];
    static size_t ranking[MANY];
    struct told told;
    size_t rows = 0;
    (void)state;
    open_told(&told);
    for (size_t i = 0; i < MANY; i++) {
        entries[i] = told.session.allocators[0];
        judged[i] = told.view.judgement.allocators[0];
        judged[i].entry = ranking[i] = i;
        (void)snprintf(entries[i].label, HB_NAME_MAX, "many-%zu", i);
    }
    struct hb_session session = told.session;
    session.allocators = entries;
    session.allocator_count = MANY;
    told.view.judgement.session = &session;
    free(told.view.judgement.allocators);
    told.view.judgement.allocators = judged;
    told.view.judgement.ranking = ranking;
    told.view.judgement.ranked_count = MANY;
    say(&told, hb_report_speed);
    for (const char *at = hb_buf_string(&told.out); (at = strstr(at, "\nmany-")); at++)
        rows++;
    assert_int_equal(rows, MANY);
    told.view.judgement.allocators = NULL;
    close_told(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_has_the_gap_to_the_one_before),
        cmocka_unit_test(a_milestone_that_is_reached_exactly_is_ticked),
        cmocka_unit_test(each_cv_has_its_words_and_its_colour),
        cmocka_unit_test(each_verdict_has_its_colour),
        cmocka_unit_test(what_cannot_be_told_of_speed_is_a_dash),
        cmocka_unit_test(memory_has_each_metric_in_its_column),
        cmocka_unit_test(a_ranking_without_ratios_is_of_medians),
        cmocka_unit_test(budgets_have_limits_and_words),
        cmocka_unit_test(every_allocator_has_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
