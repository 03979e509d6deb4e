/* What a difference means: from where on it counts, the verdict, Holm's correction, the words.
 * Read next: src/compare/change.h. */
#include "unit/test_stats.h"

#include "compare/change.h"

#include <math.h>
#include <string.h>

#define NONE   (double)NAN
#define SPEED  HB_METRIC_THROUGHPUT
#define TIME   HB_METRIC_NS_PER_OP
#define MEMORY HB_METRIC_RSS_PEAK
#define FAULTS HB_METRIC_FAULTS_MINOR
#define ABOVE  HB_FIGURE_ABOVE_FLOOR
#define CALLS  HB_METRIC_SYSCALLS_PER_OP

static void what_counts_follows_from_margin_and_noise(void **state)
{
    (void)state;
    enum { RATIO = true, APART = false };
    /* clang-format off */
    static const struct {
        const char *name;
        size_t figure;
        bool is_ratio, is_relative;
        double asked; /* percent */
        double margins[2], noises[2], spread, timers[2], base_value;
        double margin, least;
    } cases[] = {
        {"the larger of both margins", SPEED, RATIO, false, NONE, {0.03, 0.02}, {NONE, NONE}, NONE,
         {0, 0}, 1e8, 0.03, 0.03},
        {"whichever side it is on", SPEED, RATIO, false, NONE, {0.02, 0.03}, {NONE, NONE}, NONE,
         {0, 0}, 1e8, 0.03, 0.03},
        {"the one asked for", SPEED, RATIO, false, 0.5, {0.03, 0.02}, {NONE, NONE}, NONE, {0, 0},
         1e8, 0.005, 0.005},
        {"twice the noise of the new", SPEED, RATIO, false, NONE, {0.02, 0.02}, {0.002, 0.03}, NONE,
         {0, 0}, 1e8, 0.06, 0.02},
        {"of the old", SPEED, RATIO, false, NONE, {0.02, 0.02}, {0.03, 0.002}, NONE, {0, 0}, 1e8,
         0.06, 0.02},
        {"half of it is no more", SPEED, RATIO, false, NONE, {0.02, 0.02}, {0.009, 0.01}, NONE,
         {0, 0}, 1e8, 0.02, 0.02},
        {"twice what lies apart", SPEED, RATIO, false, NONE, {0.02, 0.02}, {0.03, NONE}, 0.04,
         {0, 0}, 1e8, 0.08, 0.02},
        {"which ratios do not have", SPEED, RATIO, true, NONE, {0.02, 0.02}, {NONE, NONE}, 0.04,
         {0, 0}, 1e8, 0.02, 0.02},
        {"nor has memory", MEMORY, RATIO, false, NONE, {0.02, 0.02}, {0.03, 0.03}, 0.04, {40, 40},
         1e6, 0.02, 0.02},
        {"a spread is known no better", HB_FIGURE_CV, RATIO, false, 1, {0.02, 0.02}, {0.03, 0.4},
         0.04, {0, 0}, 1, 0.25, 0.25},
        {"steps of the clock", HB_FIGURE_P50, RATIO, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE,
         {40, 20}, 100, 0.1, 0.1},
        {"of either", HB_FIGURE_P99, RATIO, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE, {20, 40},
         100, 0.1, 0.1},
        {"which are less than the margin", HB_FIGURE_P999, RATIO, false, NONE, {0.02, 0.02},
         {NONE, NONE}, NONE, {20, 40}, 1000, 0.02, 0.02},
        {"or more", HB_FIGURE_P999, RATIO, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE, {20, 40},
         100, 0.1, 0.1},
        {"but not of ratios", HB_FIGURE_P99, RATIO, true, NONE, {0.02, 0.02}, {NONE, NONE}, NONE,
         {40, 40}, 100, 0.02, 0.02},
        {"nor of whole runs", TIME, RATIO, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE, {40, 40},
         100, 0.02, 0.02},
        {"of the whole time", ABOVE, APART, false, NONE, {0.02, 0.02}, {0.03, NONE}, NONE, {0, 0},
         -1, 0.6, 0.2},
        {"counts", FAULTS, APART, false, NONE, {0.02, 0.02}, {0.03, 0.03}, 0.04, {0, 0}, 1000, 20,
         20},
        {"of which one is nothing", FAULTS, APART, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE,
         {0, 0}, 10, 1, 1},
        {"memory without a ratio", MEMORY, APART, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE,
         {0, 0}, 5e6, 1e5, 1e5},
        {"below 0", TIME, APART, false, NONE, {0.02, 0.02}, {NONE, NONE}, NONE, {0, 0}, -50, 1, 1},
        {"percent", HB_FIGURE_SPEED_DRIFT, APART, false, NONE, {0.02, 0.02}, {0.03, NONE}, NONE,
         {0, 0}, -50, 2, 2},
        {"one call", CALLS, APART, false, 50, {0.02, 0.02}, {NONE, NONE}, NONE, {0, 0}, 1, 5e-8,
         5e-8},
        {"or one", HB_METRIC_SYSCALLS_MEASURED, APART, false, 50, {0.02, 0.02}, {NONE, NONE}, NONE,
         {0, 0}, 1000, 1, 1},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_digest_entry entry = {.counted_operations = 20e6};
        struct hb_digest digests[2];
        entry.series[TIME].value = 10;
        for (size_t side = 0; side < 2; side++)
            digests[side] = (struct hb_digest){.margin = cases[i].margins[side],
                                               .aa_noise = cases[i].noises[side],
                                               .timer_ns = cases[i].timers[side]};
        const struct hb_machine machine = {.spread = cases[i].spread};
        struct hb_difference d = {.base = &digests[0],
                                  .other = &digests[1],
                                  .base_entry = &entry,
                                  .other_entry = &entry,
                                  .figure = cases[i].figure,
                                  .is_ratio = cases[i].is_ratio,
                                  .is_relative = cases[i].is_relative,
                                  .base_value = cases[i].base_value};
        hb_change_set_margin(cases[i].asked, isnan(cases[i].spread) ? NULL : &machine, &d);
        near(cases[i].name, d.margin, cases[i].margin, 1e-12);
        near(cases[i].name, d.least, cases[i].least, 1e-12);
    }
}

static void a_difference_is_judged_by_its_interval(void **state)
{
    (void)state;
    enum { CONTROL = 1, RELATIVE = 2, BLAME = 4, DOUBT_BASE = 8, DOUBT_OTHER = 16 };
    static const struct {
        size_t figure;
        bool is_ratio;
        double estimate, lo, hi, p_holm;
        size_t base_n, other_n;
        double margin, least;
        unsigned flags;
        enum hb_change change;
        size_t runs_needed;
    } cases[] = {
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, 0, HB_CHANGE_WORSE, 0},
        {SPEED, true, 1.05, 1.04, 1.06, 0.01, 10, 10, 0.02, 0.02, 0, HB_CHANGE_BETTER, 0},
        {TIME, true, 1.05, 1.04, 1.06, 0.01, 10, 10, 0.02, 0.02, 0, HB_CHANGE_WORSE, 0},
        {TIME, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, 0, HB_CHANGE_BETTER, 0},
        {SPEED, true, 1, 0.99, 1.01, 0.5, 10, 10, 0.02, 0.02, 0, HB_CHANGE_SAME, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.049, 10, 10, 0.02, 0.02, 0, HB_CHANGE_WORSE, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.05, 10, 10, 0.02, 0.02, 0, HB_CHANGE_INCONCLUSIVE, 11},
        /* the smaller side decides whether there are enough runs */
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 5, 0.02, 0.02, 0, HB_CHANGE_NONE, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 5, 10, 0.02, 0.02, 0, HB_CHANGE_NONE, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 6, 6, 0.02, 0.02, 0, HB_CHANGE_WORSE, 0},
        {SPEED, true, NONE, NONE, NONE, NONE, 10, 10, 0.02, 0.02, 0, HB_CHANGE_NONE, 0},
        /* noise widens what must be exceeded and makes nothing the same */
        {SPEED, true, 0.975, 0.965, 0.985, 0.001, 10, 10, 0.06, 0.02, 0, HB_CHANGE_INCONCLUSIVE,
         35},
        {SPEED, true, 1, 0.97, 1.03, 0.5, 10, 10, 0.06, 0.02, 0, HB_CHANGE_INCONCLUSIVE, 24},
        {SPEED, true, 1, 0.99, 1.01, 0.5, 10, 10, 0.06, 0.02, 0, HB_CHANGE_SAME, 0},
        {SPEED, true, 0.9, 0.89, 0.91, 0.001, 10, 10, 0.06, 0.02, 0, HB_CHANGE_WORSE, 0},
        /* differences, in the figure's unit, and the limit itself */
        {ABOVE, false, 1, 0.75, 1.25, 0.01, 10, 10, 0.5, 0.5, 0, HB_CHANGE_WORSE, 0},
        {ABOVE, false, -1, -1.25, -0.75, 0.01, 10, 10, 0.5, 0.5, 0, HB_CHANGE_BETTER, 0},
        {ABOVE, false, 0.25, 0, 0.49, 0.01, 10, 10, 0.5, 0.5, 0, HB_CHANGE_SAME, 0},
        /* of 30,000 page faults 3 % are 900, whose exponential is infinite */
        {HB_METRIC_FAULTS_MINOR, false, 3000, 2900, 3100, 0.01, 10, 10, 900, 900, 0,
         HB_CHANGE_WORSE, 0},
        {HB_METRIC_FAULTS_MINOR, false, 300, 200, 400, 0.01, 10, 10, 900, 900, 0, HB_CHANGE_SAME,
         0},
        {HB_FIGURE_SPEED_DRIFT, false, 3, 2.5, 4, 0.01, 10, 10, 2, 2, 0, HB_CHANGE_BETTER, 0},
        {HB_FIGURE_RSS_DRIFT, false, 3, 2.5, 4, 0.01, 10, 10, 2, 2, 0, HB_CHANGE_WORSE, 0},
        /* of a session that is not to be believed no speed is told */
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, DOUBT_BASE, HB_CHANGE_WITHHELD,
         0},
        {TIME, true, 1, 0.99, 1.01, 0.5, 10, 10, 0.02, 0.02, DOUBT_OTHER, HB_CHANGE_WITHHELD, 0},
        {SPEED, true, 1, 0.97, 1.03, 0.5, 10, 10, 0.02, 0.02, DOUBT_OTHER, HB_CHANGE_WITHHELD, 0},
        {ABOVE, false, 1, 0.75, 1.25, 0.01, 10, 10, 0.5, 0.5, DOUBT_OTHER, HB_CHANGE_WITHHELD, 0},
        {HB_FIGURE_CV, true, 3, 2, 4, 0.01, 10, 10, 0.25, 0.25, DOUBT_OTHER, HB_CHANGE_WITHHELD, 0},
        {MEMORY, true, 1.05, 1.04, 1.06, 0.01, 10, 10, 0.02, 0.02, DOUBT_OTHER, HB_CHANGE_WORSE, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 5, 5, 0.02, 0.02, DOUBT_OTHER, HB_CHANGE_NONE, 0},
        /* unchanged bytes are not blamed, unless that is asked for */
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, CONTROL, HB_CHANGE_MACHINE, 0},
        {SPEED, true, 1.05, 1.04, 1.06, 0.01, 10, 10, 0.02, 0.02, CONTROL, HB_CHANGE_MACHINE, 0},
        {SPEED, true, 1, 0.99, 1.01, 0.5, 10, 10, 0.02, 0.02, CONTROL, HB_CHANGE_SAME, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, CONTROL | RELATIVE,
         HB_CHANGE_WORSE, 0},
        {SPEED, true, 0.95, 0.94, 0.96, 0.01, 10, 10, 0.02, 0.02, CONTROL | BLAME, HB_CHANGE_WORSE,
         0},
        /* what is exact: one more is no change, and runs do not matter */
        {CALLS, false, 1, 1, 1, NONE, 1, 1, 1, 1, 0, HB_CHANGE_SAME, 0},
        {CALLS, false, 1.0000005, 1.0000005, 1.0000005, NONE, 1, 1, 1, 1, 0, HB_CHANGE_SAME, 0},
        {CALLS, false, 2, 2, 2, NONE, 1, 1, 1, 1, 0, HB_CHANGE_WORSE, 0},
        {CALLS, false, -1, -1, -1, NONE, 1, 1, 1, 1, 0, HB_CHANGE_SAME, 0},
        {CALLS, false, -2, -2, -2, NONE, 1, 1, 1, 1, 0, HB_CHANGE_BETTER, 0},
        {CALLS, false, 3, 1, 5, NONE, 1, 1, 1, 1, 0, HB_CHANGE_INCONCLUSIVE, 0},
        {CALLS, false, 3, 1.5, 4.5, NONE, 1, 1, 1, 1, 0, HB_CHANGE_WORSE, 0},
        {CALLS, false, -3, -5, -1, NONE, 1, 1, 1, 1, 0, HB_CHANGE_INCONCLUSIVE, 0},
        {CALLS, false, -3, -4.5, -1.5, NONE, 1, 1, 1, 1, 0, HB_CHANGE_BETTER, 0},
        {CALLS, false, 2, 2, 2, NONE, 1, 1, 1, 1, DOUBT_OTHER, HB_CHANGE_WORSE, 0},
        {CALLS, false, 2, 2, 2, NONE, 1, 1, 1, 1, CONTROL, HB_CHANGE_MACHINE, 0},
        {CALLS, false, NONE, NONE, NONE, NONE, 1, 1, 1, 1, 0, HB_CHANGE_NONE, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const unsigned flags = cases[i].flags;
        struct hb_digest base = {.doubt = ""}, other = {.doubt = ""};
        (void)strcpy(base.doubt, flags & DOUBT_BASE ? "unlike itself" : "");
        (void)strcpy(other.doubt, flags & DOUBT_OTHER ? "unlike itself" : "");
        struct hb_difference d = {.base = &base,
                                  .other = &other,
                                  .figure = cases[i].figure,
                                  .is_ratio = cases[i].is_ratio,
                                  .is_control = flags & CONTROL,
                                  .is_relative = flags & RELATIVE,
                                  .estimate = cases[i].estimate,
                                  .interval = {cases[i].lo, cases[i].hi},
                                  .p_holm = cases[i].p_holm,
                                  .base_n = cases[i].base_n,
                                  .other_n = cases[i].other_n,
                                  .margin = cases[i].margin,
                                  .least = cases[i].least};
        hb_change_judge(flags & BLAME, &d);
        if (d.change != cases[i].change || d.runs_needed != cases[i].runs_needed)
            fail_msg("%s, case %zu: %s, %zu runs needed", hb_figure(d.figure)->key, i,
                     hb_change_key(d.change), d.runs_needed);
    }
}

/* ---- many at once ---- */

static struct hb_comparison of_many(struct hb_difference *differences, size_t count)
{
    return (struct hb_comparison){.differences = differences, .count = count};
}

static void only_what_is_compared_is_corrected(void **state)
{
    (void)state;
    static const struct hb_digest_entry subject = {.role = HB_ROLE_SUBJECT},
                                        reference = {.role = HB_ROLE_REFERENCE},
                                        twin = {.role = HB_ROLE_TWIN},
                                        loop = {.role = HB_ROLE_FLOOR};
    static const struct {
        const struct hb_digest_entry *other;
        size_t figure;
        bool is_control, is_counted;
        double p, p_holm;
    } cases[] = {
        {&subject, SPEED, false, true, 0.01, 0.02},  {&reference, SPEED, false, true, 0.04, 0.04},
        {&subject, SPEED, true, false, 0.5, 0.5},    {&twin, SPEED, false, false, 0.5, 0.5},
        {&loop, SPEED, false, false, 0.5, 0.5},      {&subject, SPEED, false, true, NONE, NONE},
        {&subject, MEMORY, false, true, 0.03, 0.03},
    };
    struct hb_difference differences[COUNT(cases)];
    for (size_t i = 0; i < COUNT(cases); i++)
        differences[i] = (struct hb_difference){.other_entry = cases[i].other,
                                                .figure = cases[i].figure,
                                                .is_control = cases[i].is_control,
                                                .p = cases[i].p};
    struct hb_comparison comparison = of_many(differences, COUNT(cases));
    assert_int_equal(hb_change_correct(&comparison), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        near("Holm's p", differences[i].p_holm, cases[i].p_holm, 1e-12);
        assert_int_equal(hb_change_is_counted(&differences[i]), cases[i].is_counted);
    }
}

static void too_few_runs_are_told(void **state)
{
    (void)state;
    static const struct {
        bool is_paired;
        size_t base_n, other_n, comparisons;
        const char *said;
    } cases[] = {
        {true, 6, 6, 1, ""},
        {true, 6, 6, 2, "6 runs cannot decide 2 comparisons: at least 7 runs, or fewer allocators"},
        {true, 5, 5, 1, "5 runs cannot decide 1 comparison: at least 6 runs"},
        {true, 7, 7, 3, ""},
        {false, 6, 6, 23, ""}, /* 2 in C(12, 6) = 924 */
        {false, 6, 6, 24,
         "6 runs cannot decide 24 comparisons: at least 7 runs, or fewer allocators"},
        {false, 6, 7, 42, ""}, /* 2 in 1716 */
        {false, 6, 7, 43,
         "6 runs cannot decide 43 comparisons: at least 7 runs, or fewer allocators"},
        {false, 7, 6, 43,
         "6 runs cannot decide 43 comparisons: at least 7 runs, or fewer allocators"},
        {false, 5, 100, 1, "5 runs cannot decide 1 comparison: at least 6 runs"},
        {false, 100, 5, 1, "5 runs cannot decide 1 comparison: at least 6 runs"},
        {true, 100000, 100000, 40, ""},
    };
    static const struct hb_digest_entry subject = {.role = HB_ROLE_SUBJECT};
    struct hb_difference differences[48];
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t k = 0; k < COUNT(differences); k++) /* of the rest one was not measured */
            differences[k] = (struct hb_difference){.other_entry = &subject,
                                                    .figure = MEMORY,
                                                    .is_control = k > cases[i].comparisons,
                                                    .is_paired = cases[i].is_paired,
                                                    .base_n = cases[i].base_n,
                                                    .other_n = cases[i].other_n,
                                                    .p = k < cases[i].comparisons ? 0.01 : NONE};
        const struct hb_comparison comparison = of_many(differences, COUNT(differences));
        char text[128] = "";
        assert_int_equal(hb_change_too_few(&comparison, text, sizeof text),
                         cases[i].said[0] != '\0');
        assert_string_equal(text, cases[i].said);
    }
    struct hb_comparison comparison = of_many(differences, 3);
    char text[128] = "";
    static const size_t runs[] = {4, 5, 3};
    for (size_t k = 0; k < 3; k++) {
        differences[k].figure = SPEED;
        differences[k].is_control = false;
        differences[k].base_n = differences[k].other_n = runs[k];
    }
    assert_true(hb_change_too_few(&comparison, text, sizeof text)); /* the one with most runs */
    assert_string_equal(text, "5 runs cannot decide 3 comparisons: at least 7 runs");
    differences[2].base_n = differences[2].other_n = 20; /* one that can be decided */
    assert_false(hb_change_too_few(&comparison, text, sizeof text));
    differences[2].figure = MEMORY; /* but of another figure */
    assert_true(hb_change_too_few(&comparison, text, sizeof text));
    assert_string_equal(text, "5 runs cannot decide 2 comparisons: at least 7 runs");
}

/* ---- words ---- */

static void a_change_is_told_in_the_figures_words(void **state)
{
    (void)state;
    static const struct {
        size_t figure;
        const char *better, *worse;
    } cases[] = {
        {SPEED, "faster", "slower"},
        {TIME, "faster", "slower"},
        {MEMORY, "smaller", "larger"},
        {FAULTS, "fewer", "more"},
        {CALLS, "fewer", "more"},
        {HB_FIGURE_CV, "steadier", "noisier"},
        {HB_FIGURE_SPEED_DRIFT, "better", "worse"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(hb_change_word(cases[i].figure, HB_CHANGE_BETTER), cases[i].better);
        assert_string_equal(hb_change_word(cases[i].figure, HB_CHANGE_WORSE), cases[i].worse);
    }
    static const char *const words[] = {"too few runs", NULL,          NULL,      "same",
                                        "inconclusive", "the machine", "withheld"},
                             *const keys[] = {"none",         "better",  "worse",   "same",
                                              "inconclusive", "machine", "withheld"};
    for (size_t i = 0; i < HB_CHANGE_KINDS; i++) {
        assert_string_equal(hb_change_key((enum hb_change)i), keys[i]);
        if (words[i])
            assert_string_equal(hb_change_word(SPEED, (enum hb_change)i), words[i]);
    }
    assert_string_equal(hb_difference_effect(&(struct hb_difference){.a12 = NONE}), "");
    assert_string_equal(hb_difference_effect(&(struct hb_difference){.a12 = 0.5}), "negligible");
    assert_string_equal(hb_difference_effect(&(struct hb_difference){.a12 = 0}), "large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_follows_from_margin_and_noise),
        cmocka_unit_test(a_difference_is_judged_by_its_interval),
        cmocka_unit_test(only_what_is_compared_is_corrected),
        cmocka_unit_test(too_few_runs_are_told),
        cmocka_unit_test(a_change_is_told_in_the_figures_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
