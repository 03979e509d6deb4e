/* compare's gates: how they are read, whom they hold, and what becomes of them, limit by limit.
 * Read next: compare_usual.h, docs/ci.md, "What a gate says". */
#include "unit/compare_usual.h"

#include "base/buf.h"
#include "compare/gate.h"

#include <math.h>

#define NONE (double)NAN

/* ---- reading ---- */

static void a_gate_reads_as_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *allocator;
        size_t figure;
        bool is_below, is_change;
        double limit;
    } cases[] = {
        {"throughput<-3%", "", HB_METRIC_THROUGHPUT, true, true, -3},
        {"throughput<=-3%", "", HB_METRIC_THROUGHPUT, true, true, -3},
        {"throughput<+3%", "", HB_METRIC_THROUGHPUT, true, true, 3},
        {"throughput>0.5%", "", HB_METRIC_THROUGHPUT, false, true, 0.5},
        {"throughput<90M", "", HB_METRIC_THROUGHPUT, true, false, 90e6},
        {"throughput_ops_per_s>=90M", "", HB_METRIC_THROUGHPUT, false, false, 90e6},
        {"rss_peak>5%", "", HB_METRIC_RSS_PEAK, false, true, 5},
        {"rss_peak>64MiB", "", HB_METRIC_RSS_PEAK, false, false, 67108864},
        {"ns_per_op>10ns", "", HB_METRIC_NS_PER_OP, false, false, 10},
        {"ns_per_op>1us", "", HB_METRIC_NS_PER_OP, false, false, 1000},
        {"faults_minor>20", "", HB_METRIC_FAULTS_MINOR, false, false, 20},
        {"faults_minor>20k", "", HB_METRIC_FAULTS_MINOR, false, false, 20000},
        {"syscalls_per_op>1e-8", "", HB_METRIC_SYSCALLS_PER_OP, false, false, 1e-8},
        {"cv>2%", "", HB_FIGURE_CV, false, false, 2},
        {"cv<2%", "", HB_FIGURE_CV, true, false, 2},
        {"cv>+20%", "", HB_FIGURE_CV, false, true, 20},
        {"cv<-20%", "", HB_FIGURE_CV, true, true, -20},
        {"rss_drift>+2%", "", HB_FIGURE_RSS_DRIFT, false, false, 2}, /* a change already */
        {"throughput_drift<-2%", "", HB_FIGURE_SPEED_DRIFT, true, false, -2},
        {"hakmem:rss_peak>5%", "hakmem", HB_METRIC_RSS_PEAK, false, true, 5},
        {"hakmem:lean:rss_peak>5%", "hakmem:lean", HB_METRIC_RSS_PEAK, false, true, 5},
        {"  rss_peak>5%  ", "", HB_METRIC_RSS_PEAK, false, true, 5},
        {"rss_peak>+00000000000000000000000000005%", "", HB_METRIC_RSS_PEAK, false, true, 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_gate *gate = NULL;
        struct hb_err err = {0};
        size_t count = 0;
        if (hb_gates_parse(cases[i].text, &gate, &count, &err) != 0)
            fail_msg("%s", err.message);
        if (count != 1 || strcmp(gate->allocator, cases[i].allocator) != 0 ||
            gate->figure != cases[i].figure || gate->is_below != cases[i].is_below ||
            gate->is_change != cases[i].is_change)
            fail_msg("\"%s\" was taken for another gate", cases[i].text);
        near(cases[i].text, gate->limit, cases[i].limit, 1e-15);
        free(gate);
    }
}

static void gates_are_read_one_by_one(void **state)
{
    (void)state;
    struct hb_gate *gates = NULL;
    struct hb_err err = {0};
    size_t count = 0;
    assert_int_equal(hb_gates_parse("cv>2% , rss_peak>5%,throughput<-3%", &gates, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_string_equal(gates[0].text, "cv>2%");
    assert_string_equal(gates[1].text, "rss_peak>5%");
    assert_string_equal(gates[2].text, "throughput<-3%");
    free(gates);
}

static void refused(const char *text, const char *why)
{
    struct hb_gate *gates = NULL;
    size_t count = 0;
    struct hb_err err = {0};
    if (hb_gates_parse(text, &gates, &count, &err) == 0)
        fail_msg("\"%s\" was taken", text);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(gates);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" was refused with: %s", text, err.message);
}

static void gates_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "too short"},
        {"  ", "too short"},
        {"throughput", "no < or >"},
        {"<3%", "no < or >"},
        {"throughput<", "no number"},
        {"throughput<-", "makes it a change"},
        {"throughput<%", "no number"},
        {"throughput<x%", "no number"},
        {"throughput<nan%", "no number"},
        {"throughput<1e999%", "no number"},
        {"rss_peak>5parsecs", "no number"},
        {"rss_peak>+000000000000000000000000000005%", "no number"}, /* one digit more */
        {"throughptu<3%", "did you mean \"throughput\""},
        {"throughput<-3%,", "too short"},
        {":throughput<1%", "no such allocator"},
        {"throughput<-3", "makes it a change"},
        {"throughput<3", "its unit (90M)"},
        {"throughput<100000000", "its unit (90M)"},
        {"throughput<3%", "needs its sign"},
        {"rss_peak>+5", "makes it a change"},
        {"rss_peak>+5MiB", "makes it a change"},
        {"rss_peak>5", "its unit (64MiB)"},
        {"latency_p99>5", "its unit (10ns)"},
        {"cv>2", "its unit (2%)"},
        {"cv>2k", "no number"},
        {"syscalls_per_op>+1e-8", "makes it a change"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(bad[i].text, bad[i].why);
}

/* "aaa...:rss_peak>5%" with an allocator of so many letters. */
static void long_label(char *text, size_t text_bytes, size_t letters, const char *gate)
{
    char label[2 * HB_NAME_MAX + 1] = "";
    memset(label, 'a', letters);
    (void)snprintf(text, text_bytes, "%s%s", label, gate);
}

static void a_label_may_be_as_long_as_any(void **state)
{
    (void)state;
    char text[4 * HB_NAME_MAX];
    struct hb_gate *gate = NULL;
    struct hb_err err = {0};
    size_t count = 0;
    long_label(text, sizeof text, HB_NAME_MAX - 1, ":cv>2%");
    assert_int_equal(hb_gates_parse(text, &gate, &count, &err), 0);
    assert_int_equal(strlen(gate->allocator), HB_NAME_MAX - 1);
    free(gate);
    long_label(text, sizeof text, HB_NAME_MAX, ":cv>2%");
    refused(text, "no such allocator");
    long_label(text, sizeof text, 2 * HB_NAME_MAX - 6, ":cv>2%"); /* no room for its end */
    refused(text, "too short or too long");
    long_label(text, sizeof text, 2 * HB_NAME_MAX - 7, ":cv>2%");
    refused(text, "no such allocator");
}

/* ---- one allocator against one limit ---- */

/* What becomes of one gate on one difference of an allocator whose new side has this series. */
static struct hb_gate_result hold(const char *text, struct hb_difference given,
                                  const struct hb_series *series, bool is_soak)
{
    struct hb_digest_entry entries[2] = {{.label = "x", .environment = ""},
                                         {.label = "x", .environment = ""}};
    struct hb_digest digests[2] = {{.entries = &entries[0], .count = 1, .is_soak = is_soak},
                                   {.entries = &entries[1], .count = 1, .is_soak = is_soak}};
    struct hb_group group = {.base = &digests[0], .digest_count = 2, .count = 1};
    struct hb_machine machine = {.base = &digests[0], .other = &digests[1]};
    const struct hb_compare_options options = {.margin_percent = NONE};
    const struct hb_comparison comparison = {.options = &options,
                                             .digests = digests,
                                             .digest_count = 2,
                                             .groups = &group,
                                             .group_count = 1,
                                             .differences = &given,
                                             .count = 1,
                                             .machines = &machine,
                                             .machine_count = 1};
    struct hb_gate *gate = NULL;
    struct hb_gate_result *results = NULL;
    struct hb_err err = {0};
    size_t count = 0, result_count = 0;
    if (hb_gates_parse(text, &gate, &count, &err) != 0)
        fail_msg("%s", err.message);
    given.figure = gate->figure;
    given.base = &digests[0];
    given.other = &digests[1];
    given.base_entry = &entries[0];
    given.other_entry = &entries[1];
    if (series) {
        entries[1].series[gate->figure] = *series;
        entries[1].series[HB_METRIC_THROUGHPUT].values = series->values; /* a CV is theirs */
        entries[1].series[HB_METRIC_THROUGHPUT].n = series->n;
        digests[1].blocks = is_soak ? 0 : series->n;
    }
    if (hb_gates_hold(gate, 1, &comparison, &results, &result_count, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(result_count, 1);
    const struct hb_gate_result result = results[0];
    free(results);
    free(gate);
    return result;
}

static void is_held(const char *text, const struct hb_gate_result *result,
                    enum hb_gate_outcome outcome, double value, double lo, double hi)
{
    if (result->outcome != outcome || !is_near(result->value, value, 1e-9) ||
        !is_near(result->interval.lo, lo, 1e-9) || !is_near(result->interval.hi, hi, 1e-9))
        fail_msg("%s: expected %s of %g [%g, %g], got %s of %.17g [%.17g, %.17g]", text,
                 hb_gate_word(outcome), value, lo, hi, hb_gate_word(result->outcome), result->value,
                 result->interval.lo, result->interval.hi);
    const bool is_unknown = outcome == HB_GATE_UNKNOWN;
    assert_string_equal(result->why, !is_unknown    ? ""
                                     : isnan(value) ? "no value"
                                                    : "too few runs for an interval");
}

/* RATIO: 1.02 is 2 % more. APART: a difference in the figure's unit, with the base it is told of.
 */
enum { RATIO = true, APART = false };

static void a_change_is_held_against_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *gate;
        bool is_ratio;
        double base, estimate, lo, hi;
        enum hb_gate_outcome outcome;
        double value, from, to; /* percent */
        enum hb_change change;
        double least;
    } cases[] = {
        {"rss_peak>5%", RATIO, 2e6, 1.02, 1.01, 1.03, HB_GATE_PASS, 2, 1, 3, 0, 0},
        {"rss_peak>=5%", RATIO, 2e6, 1.1, 1.08, 1.12, HB_GATE_FAIL, 10, 8, 12, 0, 0},
        {"throughput<=-3%", RATIO, 1e8, 0.9, 0.89, 0.91, HB_GATE_FAIL, -10, -11, -9, 0, 0},
        {"throughput<+3%", RATIO, 1e8, 1.02, 1.01, 1.0225, HB_GATE_FAIL, 2, 1, 2.25, 0, 0},
        {"cv>+20%", RATIO, 1, 1.5, 1.3, 1.7, HB_GATE_FAIL, 50, 30, 70, 0, 0},
        {"cv<-20%", RATIO, 1, 0.5, 0.3, 0.7, HB_GATE_FAIL, -50, -70, -30, 0, 0},
        /* on the limit, and an end of the interval on it */
        {"rss_peak>+25%", RATIO, 1, 1.25, 1.125, 1.5, HB_GATE_PASS, 25, 12.5, 50, 0, 0},
        {"rss_peak>+25%", RATIO, 1, 1.375, 1.125, 1.5, HB_GATE_INCONCLUSIVE, 37.5, 12.5, 50, 0, 0},
        {"rss_peak>+25%", RATIO, 1, 1.5, 1.25, 1.75, HB_GATE_INCONCLUSIVE, 50, 25, 75, 0, 0},
        {"rss_peak>+25%", RATIO, 1, 1.5, 1.375, 1.75, HB_GATE_FAIL, 50, 37.5, 75, 0, 0},
        {"throughput<-25%", RATIO, 1, 0.75, 0.5, 0.875, HB_GATE_PASS, -25, -50, -12.5, 0, 0},
        {"throughput<-25%", RATIO, 1, 0.5, 0.25, 0.75, HB_GATE_INCONCLUSIVE, -50, -75, -25, 0, 0},
        {"throughput<-25%", RATIO, 1, 0.5, 0.25, 0.625, HB_GATE_FAIL, -50, -75, -37.5, 0, 0},
        /* not known */
        {"throughput<-3%", RATIO, 1, 0.5, NONE, NONE, HB_GATE_UNKNOWN, -50, NONE, NONE, 0, 0},
        {"throughput<-3%", RATIO, 1, 1.5, NONE, NONE, HB_GATE_UNKNOWN, 50, NONE, NONE, 0, 0},
        {"throughput<-3%", RATIO, 1, NONE, NONE, NONE, HB_GATE_UNKNOWN, NONE, NONE, NONE, 0, 0},
        /* differences: in percent of the base, whichever sign that has */
        {"ns_above_floor>+10%", APART, 0.5, 0.1, 0.09, 0.11, HB_GATE_FAIL, 20, 18, 22, 0, 0},
        {"ns_above_floor>+10%", APART, -0.5, 0.1, 0.09, 0.11, HB_GATE_FAIL, 20, 18, 22, 0, 0},
        {"ns_above_floor>+10%", APART, 0.5, 0.1, 0.09, 0.11, HB_GATE_FAIL, 20, 18, 22,
         HB_CHANGE_SAME, 0},
        {"syscalls_per_op>+5%", APART, 4, 1, 1, 1, HB_GATE_FAIL, 25, 25, 25, HB_CHANGE_WORSE, 0},
        {"syscalls_per_op>+5%", APART, 4, 1, 1, 1, HB_GATE_PASS, 0, 0, 0, HB_CHANGE_SAME, 0},
        /* from nothing: more than what counts is beyond every limit */
        {"faults_minor>+5%", APART, 0, 5, 2, 8, HB_GATE_FAIL, INFINITY, INFINITY, INFINITY, 0, 1},
        {"faults_minor>+5%", APART, 0, 5, 1, 8, HB_GATE_INCONCLUSIVE, INFINITY, 0, INFINITY, 0, 1},
        {"faults_minor>+5%", APART, 0, 1, 1, 8, HB_GATE_PASS, 0, 0, INFINITY, 0, 1},
        {"faults_minor<-5%", APART, 0, -5, -8, -2, HB_GATE_FAIL, -INFINITY, -INFINITY, -INFINITY, 0,
         1},
        {"faults_minor>+5%", APART, 0, -5, -8, -2, HB_GATE_PASS, -INFINITY, -INFINITY, -INFINITY, 0,
         1},
        {"faults_minor>+5%", APART, 0, 5, NONE, NONE, HB_GATE_UNKNOWN, INFINITY, NONE, NONE, 0, 1},
        {"faults_minor>+5%", APART, 0, NONE, NONE, NONE, HB_GATE_UNKNOWN, NONE, NONE, NONE, 0, 1},
        /* of a session that is not to be believed nothing is told */
        {"throughput<-3%", RATIO, 1, 0.5, 0.4, 0.6, HB_GATE_INCONCLUSIVE, -50, -60, -40,
         HB_CHANGE_WITHHELD, 0},
        {"throughput<-3%", RATIO, 1, 1.5, 1.4, 1.6, HB_GATE_INCONCLUSIVE, 50, 40, 60,
         HB_CHANGE_WITHHELD, 0},
        {"throughput<-3%", RATIO, 1, NONE, NONE, NONE, HB_GATE_UNKNOWN, NONE, NONE, NONE,
         HB_CHANGE_WITHHELD, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct hb_difference given = {.is_ratio = cases[i].is_ratio,
                                            .base_value = cases[i].base,
                                            .estimate = cases[i].estimate,
                                            .interval = {cases[i].lo, cases[i].hi},
                                            .change = cases[i].change,
                                            .least = cases[i].least};
        const struct hb_gate_result result = hold(cases[i].gate, given, NULL, false);
        is_held(cases[i].gate, &result, cases[i].outcome, cases[i].value, cases[i].from,
                cases[i].to);
        assert_int_equal(result.is_from_zero, isinf(cases[i].value) != 0);
        assert_true(result.is_across);
    }
}

static void a_value_is_held_against_its_limit(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *gate;
        double value;
        enum hb_gate_outcome outcome;
        double lo, hi;
        size_t n;
        double values[12];
    } cases[] = {
        /* exact figures are known to the digit */
        {"syscalls_per_op>2", 2, HB_GATE_PASS, 2, 2, 0, {0}},
        {"syscalls_per_op>2", 3, HB_GATE_FAIL, 3, 3, 0, {0}},
        {"syscalls_per_op<2", 2, HB_GATE_PASS, 2, 2, 0, {0}},
        /* of ten values the second and the ninth are the median's interval */
        {"rss_peak>1MiB", 1.15e6, HB_GATE_INCONCLUSIVE, 1048576, 1.2e6, 10,
         {1.2e6, 1048576, 1.1e6, 1.15e6, 1048576, 1.2e6, 1.1e6, 1.15e6, 1.2e6, 1.15e6}},
        {"rss_peak<8500kB", 5.5e6, HB_GATE_INCONCLUSIVE, 2e6, 9e6, 10,
         {10e6, 1e6, 9e6, 2e6, 8e6, 3e6, 7e6, 4e6, 6e6, 5e6}},
        {"rss_peak<9MB", 5.5e6, HB_GATE_INCONCLUSIVE, 2e6, 9e6, 10,
         {10e6, 1e6, 9e6, 2e6, 8e6, 3e6, 7e6, 4e6, 6e6, 5e6}},
        /* a run that failed has no value */
        {"rss_peak<9001kB", 5.5e6, HB_GATE_FAIL, 2e6, 9e6, 11,
         {10e6, 1e6, NONE, 9e6, 2e6, 8e6, 3e6, 7e6, 4e6, 6e6, 5e6}},
        {"rss_peak>1999kB", 5.5e6, HB_GATE_FAIL, 2e6, 9e6, 10,
         {10e6, 1e6, 9e6, 2e6, 8e6, 3e6, 7e6, 4e6, 6e6, 5e6}},
        {"rss_peak>2MB", 3e6, HB_GATE_FAIL, 3e6, 3e6, 6, {3e6, 3e6, 3e6, 3e6, 3e6, 3e6}},
        {"rss_peak>3MB", 3e6, HB_GATE_PASS, 3e6, 3e6, 6, {3e6, 3e6, 3e6, 3e6, 3e6, 3e6}},
        {"rss_peak>2MB", 3.5e6, HB_GATE_INCONCLUSIVE, 1e6, 6e6, 6, {1e6, 6e6, 2e6, 5e6, 3e6, 4e6}},
        /* too few for an interval */
        {"rss_peak>2MB", 3e6, HB_GATE_UNKNOWN, NONE, NONE, 5, {1e6, 2e6, 3e6, 4e6, 5e6}},
        {"rss_peak>2MB", 3e6, HB_GATE_UNKNOWN, NONE, NONE, 1, {3e6}},
        {"rss_peak>2MB", NONE, HB_GATE_UNKNOWN, NONE, NONE, 1, {NONE}},
        {"rss_peak>2MB", NONE, HB_GATE_UNKNOWN, NONE, NONE, 0, {0}},
        /* Bonett's interval of the CV, worked out apart */
        {"cv>1.8%", 1.9, HB_GATE_INCONCLUSIVE, 1.1136710787897695, 3.9056578464879457, 10,
         {98e6, 98e6, 99e6, 99e6, 100e6, 100e6, 101e6, 101e6, 102e6, 104e6}},
        {"cv>0.1%", 0, HB_GATE_UNKNOWN, NONE, NONE, 6, {3e6, 3e6, 3e6, 3e6, 3e6, 3e6}},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(cases); i++) {
        double values[12];
        memcpy(values, cases[i].values, sizeof values);
        const struct hb_series series = {.values = cases[i].n ? values : NULL,
                                         .n = cases[i].n,
                                         .value = cases[i].value,
                                         .interval = {NONE, NONE}};
        for (int is_soak = 0; is_soak < 2; is_soak++) {
            const struct hb_gate_result result =
                hold(cases[i].gate, (struct hb_difference){0}, &series, is_soak);
            is_held(cases[i].gate, &result, cases[i].outcome, cases[i].value, cases[i].lo,
                    cases[i].hi);
        }
    }
}

/* A drift has no values, but an interval that the soak's judgement told. */
static void a_drift_is_held_by_its_own_interval(void **state)
{
    (void)state;
    static const struct {
        const char *gate;
        double value, lo, hi;
        enum hb_gate_outcome outcome;
    } cases[] = {
        {"rss_drift>2%", 3, 1, 5, HB_GATE_INCONCLUSIVE},
        {"rss_drift>+2%", 3, 2.5, 5, HB_GATE_FAIL},
        {"rss_drift>+2%", 2, 1, 5, HB_GATE_PASS},
        {"throughput_drift<-2%", -3, -4, -2, HB_GATE_INCONCLUSIVE},
        {"throughput_drift<-2%", -3, -4, -2.5, HB_GATE_FAIL},
        {"throughput_drift<-2%", -2, -4, 0, HB_GATE_PASS},
        {"throughput_drift<-2%", -3, NONE, NONE, HB_GATE_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct hb_series series = {.value = cases[i].value,
                                         .interval = {cases[i].lo, cases[i].hi}};
        const struct hb_gate_result result =
            hold(cases[i].gate, (struct hb_difference){0}, &series, true);
        is_held(cases[i].gate, &result, cases[i].outcome, cases[i].value, cases[i].lo, cases[i].hi);
    }
}

/* ---- whom it holds ---- */

/* What becomes of a gate, with who it was about and why. */
static void holds(struct fixture *f, const char *text, const char *expected)
{
    struct hb_gate *gates = NULL;
    struct hb_gate_result *results = NULL;
    size_t count = 0, result_count = 0;
    struct hb_buf said = {0};
    assert_int_equal(hb_gates_parse(text, &gates, &count, &f->err), 0);
    if (hb_gates_hold(gates, count, &f->comparison, &results, &result_count, &f->err) != 0)
        hb_buf_printf(&said, "error %d", f->err.kind);
    for (size_t i = 0; i < result_count; i++)
        hb_buf_printf(&said, "%s%s %s%s%s", i ? "; " : "", results[i].allocator,
                      hb_gate_word(results[i].outcome), results[i].why[0] ? ": " : "",
                      results[i].why);
    assert_string_equal(hb_buf_string(&said), expected);
    hb_buf_free(&said);
    f->err = (struct hb_err){0};
    free(results);
    free(gates);
}

static void a_gate_fails_only_beyond_its_limit_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[0] *= 0.95;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem fail");
    holds(f, "throughput<-5%", "hakmem inconclusive");
    holds(f, "throughput<-8%", "hakmem pass");
    holds(f, "throughput_ops_per_s<-3%", "hakmem fail");
    holds(f, "hakmem:throughput>+1%", "hakmem pass");
    holds(f, "throughput<90M", "hakmem pass");
    holds(f, "throughput<99M", "hakmem fail");
    holds(f, "rss_peak>+5%", "hakmem pass");
    holds(f, "rss_peak>1MiB", "hakmem fail");
    holds(f, "rss_peak>64MiB", "hakmem pass");
    holds(f, "cv>2%", "hakmem pass");
    holds(f, "cv>0.01%", "hakmem fail");
}

static void a_change_from_nothing_is_beyond_every_limit(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    (void)change_of_calls(f, 0, 500);
    holds(f, "syscalls_per_op>+5%", "hakmem fail");
    holds(f, "syscalls_per_op<-5%", "hakmem pass");
    (void)change_of_calls(f, 3, 4); /* +33 %, but one call */
    holds(f, "syscalls_per_op>+5%", "hakmem pass");
    f->digests[1].seed = 6;
    (void)change_of_calls(f, 0, 3); /* of other requests */
    holds(f, "syscalls_per_op>+5%", "hakmem inconclusive");
}

static void what_came_to_a_halt_fails(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    struct hb_series *series = &f->digests[1].entries[0].series[HB_METRIC_THROUGHPUT];
    for (size_t i = 0; i < BLOCKS; i++)
        series->values[i] = 0;
    series->value = 0;
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem fail");
}

static void a_gate_that_holds_nobody_says_so(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    for (size_t i = 0; i < 2; i++)
        (void)strcpy(f->digests[i].entries[0].library_sha256, "a");
    assert_int_equal(compare(f), 0);
    holds(f, "rss_peak>1MiB",
          " unchanged: no library changed: name the allocator to hold it all the same");
    holds(f, "hakmem:rss_peak>1MiB",
          "hakmem fail: the same bytes: what differs is the machine or the seed");
    holds(f, "hakmem:latency_p99>+5%", "error 1");
    holds(f, "nobody:rss_peak>1MiB", "error 1");
}

static void a_gate_misses_nobody(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    (void)strcpy(f->digests[1].entries[0].label, "renamed");
    (void)strcpy(f->digests[1].entries[1].library_sha256, "new");
    (void)strcpy(f->digests[1].entries[2].library_sha256, "new");
    f->digests[0].entries[2].series[HB_METRIC_RSS_PEAK] =
        f->digests[1].entries[2].series[HB_METRIC_RSS_PEAK] =
            (struct hb_series){.value = (double)NAN};
    assert_int_equal(compare(f), 0);
    holds(f, "rss_peak>64MiB",
          "renamed unknown: not in the base; mimalloc pass; jemalloc unknown: no value; "
          "hakmem unknown: in the base only");
}

static void a_gate_does_not_turn_to_another_question(void **state)
{
    struct fixture *f = *state;
    two(f, plain, plain, USUAL);
    free(f->digests[1].key);
    f->digests[1].key = strdup("rebase larson");
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "error 3");
    f->options.base_allocator = "mimalloc";
    assert_int_equal(compare(f), 0);
    holds(f, "hakmem:throughput<-3%", "hakmem pass; hakmem pass");
}

static void a_gate_does_not_speak_of_what_it_is_measured_by(void **state)
{
    struct fixture *f = *state;
    static const struct made_allocator measured_by[] = {
        {"mimalloc", HB_ROLE_REFERENCE, "b"},
        {"mimalloc (A/A)", HB_ROLE_TWIN, "b"},
        {"floor", HB_ROLE_FLOOR, "f"},
    };
    struct hb_session session;
    struct truth truth = {{100e6, 50e6, 50e6, 0, 0, 0}};
    made_session(&session, measured_by, 3, BLOCKS, usual_speed, &truth);
    made_digest(&session, "one", &f->digests[f->count++]);
    assert_int_equal(compare(f), 0);
    (void)found(f, "mimalloc (A/A)", HB_METRIC_THROUGHPUT);
    holds(f, "throughput<-3%", "error 1");
    holds(f, "floor:throughput<-3%", "error 1");
}

static void those_of_one_session_are_held_against_its_reference(void **state)
{
    struct fixture *f = *state;
    (void)add(f, "one", plain, USUAL);
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%",
          "hakmem pass; jemalloc fail; tcmalloc fail; system fail"); /* 80 and less to 90 */
    f->options.base_allocator = "system";
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem pass; mimalloc pass; jemalloc pass; tcmalloc pass");
}

static void times_as_ratios_are_not_held_of_what_they_are_ratios_to(void **state)
{
    struct fixture *f = *state;
    f->options.relative_to = "mimalloc";
    two(f, plain, scaled(plain, 0.5), USUAL);
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem pass");
    (void)strcpy(f->digests[1].entries[1].library_sha256, "new"); /* mimalloc's own bytes changed */
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem pass");
    holds(f, "mimalloc:throughput<-3%", "error 1");
}

static void unchanged_bytes_that_are_named_are_held(void **state)
{
    struct fixture *f = *state;
    struct truth after = plain;
    after.speed[3] *= 0.9;
    f->options.no_adjust = true;
    two(f, plain, after, USUAL);
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%", "hakmem pass"); /* hakmem has no known bytes */
    f->options.allocators = "tcmalloc";
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%",
          "tcmalloc fail: the same bytes: what differs is the machine or the seed");
}

static void every_side_is_held(void **state)
{
    struct fixture *f = *state;
    two(f, plain, scaled(plain, 0.9), 1);
    (void)add(f, "newer", scaled(plain, 1.1), 1);
    assert_int_equal(compare(f), 0);
    holds(f, "throughput<-3%,throughput>+3%", "hakmem fail; hakmem pass; hakmem pass; hakmem fail");
}

static void an_outcome_that_is_neither_is_open(void **state)
{
    (void)state;
    static const char *const words[] = {"pass", "fail", "inconclusive", "unknown", "unchanged"};
    for (size_t i = 0; i < HB_GATE_OUTCOMES; i++) {
        assert_string_equal(hb_gate_word((enum hb_gate_outcome)i), words[i]);
        assert_int_equal(hb_gate_is_open((enum hb_gate_outcome)i), i >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gate_reads_as_it_is_written),
        cmocka_unit_test(gates_are_read_one_by_one),
        cmocka_unit_test(gates_that_make_no_sense_are_refused),
        cmocka_unit_test(a_label_may_be_as_long_as_any),
        cmocka_unit_test(a_change_is_held_against_its_limit),
        cmocka_unit_test(a_value_is_held_against_its_limit),
        cmocka_unit_test(a_drift_is_held_by_its_own_interval),
        CASE(a_gate_fails_only_beyond_its_limit_as_a_whole),
        CASE(a_change_from_nothing_is_beyond_every_limit),
        CASE(what_came_to_a_halt_fails),
        CASE(a_gate_that_holds_nobody_says_so),
        CASE(a_gate_misses_nobody),
        CASE(a_gate_does_not_turn_to_another_question),
        CASE(a_gate_does_not_speak_of_what_it_is_measured_by),
        CASE(those_of_one_session_are_held_against_its_reference),
        CASE(times_as_ratios_are_not_held_of_what_they_are_ratios_to),
        CASE(unchanged_bytes_that_are_named_are_held),
        CASE(every_side_is_held),
        cmocka_unit_test(an_outcome_that_is_neither_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
