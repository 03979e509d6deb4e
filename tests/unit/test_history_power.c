/* A year of weekly sessions with three planted changes and a noisy month: are the changes found at
 * their week, is the month named, and is nothing else called? By simulation of the statistics, many
 * years, and of whole sessions, few.
 * Read next: src/stats/steps.h, src/compare/timeline.h; docs/statistics.md, "Over many sessions".
 */
#include "unit/compare_made.h"

#include "compare/timeline.h"
#include "stats/paired.h"
#include "stats/steps.h"

#include <string.h>

enum { WEEKS = 52, RUNS = 10, LINES = 6, CHANGES = 3, YEARS = 1000, MONTH = 4 };
#define MARGIN 0.02

/* What a year is. */
struct year {
    size_t at[CHANGES]; /* first week on the new level */
    double by[CHANGES]; /* logs; of line 0, 1, 2 */
    size_t month;       /* first noisy week */
    double run_sd, week_sd, factor;
};

static double factor_of(const struct year *year, size_t week)
{
    return week >= year->month && week < year->month + MONTH ? year->factor : 1;
}

/* Changes of 4 to 8 %, up or down, anywhere but in the noisy month and at the ends. */
static struct year draw_year(struct hb_rng *rng, double run_sd, double factor)
{
    struct year year = {.run_sd = run_sd, .week_sd = run_sd / 4, .factor = factor};
    year.month = 8 + hb_rng_below(rng, WEEKS - 16 - MONTH);
    for (size_t c = 0; c < CHANGES; c++) {
        do
            year.at[c] = 4 + hb_rng_below(rng, WEEKS - 8);
        while (year.at[c] + 3 > year.month && year.at[c] < year.month + MONTH + 3);
        year.by[c] = log1p((0.04 + 0.04 * uniform(rng)) * (uniform(rng) < 0.5 ? -1 : 1));
    }
    return year;
}

static double truth_of(const struct year *year, size_t line, size_t week)
{
    return line < CHANGES && week >= year->at[line] ? year->by[line] : 0;
}

struct tally {
    size_t found, near_by, missed, false_calls, months, months_exact, false_months, years;
};

/* The A/A floor as the judge has it: of RUNS pairs of the reference with itself. */
static double draw_floor(struct hb_rng *rng, double run_sd)
{
    static double scratch[HB_WALSH_SCRATCH(RUNS)];
    double d[RUNS];
    fill_gaussian(rng, d, RUNS, 0, run_sd * sqrt(2));
    const struct hb_located located = hb_stats_located_pairs(d, RUNS, scratch);
    return hb_verdict_noise(located.estimate, located.interval);
}

/* The median of RUNS runs, and what the machine did that week beyond what was taken out. */
static double draw_level(struct hb_rng *rng, const struct year *year, size_t line, size_t week)
{
    double runs[RUNS];
    const double factor = factor_of(year, week);
    fill_gaussian(rng, runs, RUNS, truth_of(year, line, week), factor * year->run_sd);
    return hb_stats_median_in_place(runs, RUNS) + factor * year->week_sd * gaussian(rng);
}

static void count_steps(const struct year *year, size_t line, const size_t *ends, size_t levels,
                        struct tally *tally)
{
    bool is_found = false, is_near = false;
    for (size_t l = 0; l + 1 < levels; l++) {
        const size_t planted = line < CHANGES ? year->at[line] : 0;
        const bool is_exact = planted && ends[l] == planted;
        const bool is_by = planted && ends[l] + 2 > planted && ends[l] < planted + 2;
        tally->false_calls += !is_by || (is_exact ? is_found : is_near);
        is_found |= is_exact;
        is_near |= is_by;
    }
    if (line < CHANGES) {
        tally->found += is_found;
        tally->near_by += !is_found && is_near;
        tally->missed += !is_near;
    }
}

static void count_months(const struct year *year, const struct hb_noisy_span *spans, size_t count,
                         struct tally *tally)
{
    bool is_named = false;
    for (size_t i = 0; i < count; i++) {
        const bool meets = spans[i].from < year->month + MONTH && spans[i].to >= year->month;
        tally->false_months += !meets || year->factor < HB_NOISY_FACTOR;
        tally->months_exact +=
            meets && spans[i].from == year->month && spans[i].to == year->month + MONTH - 1;
        is_named |= meets;
    }
    tally->months += is_named;
}

static void live_year(struct hb_rng *rng, const struct year *year, bool is_weighted,
                      struct tally *tally)
{
    static double scratch[HB_STEPS_SCRATCH(WEEKS) + 2 * WEEKS];
    double floors[WEEKS], factors[WEEKS], levels[WEEKS];
    struct hb_noisy_span spans[WEEKS / 2 + 1];
    size_t ends[WEEKS + 1];
    for (size_t w = 0; w < WEEKS; w++)
        floors[w] = draw_floor(rng, factor_of(year, w) * year->run_sd);
    count_months(year, spans, hb_stats_noisy(floors, WEEKS, factors, spans, ends, scratch), tally);
    for (size_t line = 0; line < LINES; line++) {
        for (size_t w = 0; w < WEEKS; w++)
            levels[w] = draw_level(rng, year, line, w);
        const double noise = hb_stats_steps_noise(levels, WEEKS, scratch);
        count_steps(year, line, ends,
                    hb_stats_steps_of(levels, is_weighted ? factors : NULL, WEEKS, noise,
                                      log1p(MARGIN), 2, ends, scratch),
                    tally);
    }
    tally->years++;
}

static void print_tally(const char *what, const struct tally *tally)
{
    const double changes = (double)(CHANGES * tally->years), years = (double)tally->years;
    printf("    %-34s at their week %5.1f %%, a week off %4.1f %%, missed %4.1f %%; years with "
           "another call at most %4.1f %%; month named %5.1f %% (exactly %5.1f %%), another %4.1f "
           "%%\n",
           what, 100 * (double)tally->found / changes, 100 * (double)tally->near_by / changes,
           100 * (double)tally->missed / changes, 100 * (double)tally->false_calls / years,
           100 * (double)tally->months / years, 100 * (double)tally->months_exact / years,
           100 * (double)tally->false_months / years);
}

static struct tally live(const char *what, double run_sd, double factor, bool is_weighted)
{
    struct tally tally = {0};
    struct hb_rng rng = printed_seed(52);
    for (size_t i = 0; i < YEARS; i++) {
        const struct year year = draw_year(&rng, run_sd, factor);
        live_year(&rng, &year, is_weighted, &tally);
    }
    print_tally(what, &tally);
    return tally;
}

static void changes_are_found_and_noise_is_named(void **state)
{
    (void)state;
    const struct tally tally = live("runs of 1 %, a month of 5 times", 0.01, 5, true);
    assert_true((double)tally.found >= 0.98 * CHANGES * YEARS);
    assert_true((double)tally.missed <= 0.005 * CHANGES * YEARS);
    assert_true((double)tally.false_calls <= 0.02 * YEARS);
    assert_true((double)tally.months >= 0.99 * YEARS && (double)tally.months_exact >= 0.9 * YEARS);
    assert_true((double)tally.false_months <= 0.03 * YEARS);
}

static void other_noise(void **state)
{
    (void)state;
    const struct tally quiet = live("runs of 0.5 %, 8 times", 0.005, 8, true);
    assert_true((double)quiet.found >= 0.99 * CHANGES * YEARS &&
                (double)quiet.false_calls <= 0.02 * YEARS);
    const struct tally loud = live("runs of 2 %, 3 times", 0.02, 3, true);
    assert_true((double)(loud.found + loud.near_by) >= 0.9 * CHANGES * YEARS);
    assert_true((double)loud.false_calls <= 0.12 * YEARS);
    const struct tally steady = live("runs of 2 %, no noisy month", 0.02, 1, true);
    assert_true((double)steady.false_calls <= 0.12 * YEARS);
    const struct tally even = live("runs of 1 %, no noisy month", 0.01, 1, true);
    assert_true((double)even.found >= 0.98 * CHANGES * YEARS &&
                (double)even.false_calls <= 0.02 * YEARS);
}

/* Why the month has to count for less. */
static void without_weights_noise_is_called_a_change(void **state)
{
    (void)state;
    const struct tally plain = live("the first, every week as heavy", 0.01, 5, false);
    assert_true((double)plain.false_calls > 0.3 * YEARS);
}

/* ---- whole sessions ---- */

static const struct made_allocator measured[] = {
    {"one", HB_ROLE_SUBJECT, ""},     {"two", HB_ROLE_SUBJECT, ""},
    {"three", HB_ROLE_SUBJECT, ""},   {"four", HB_ROLE_SUBJECT, "d"},
    {"five", HB_ROLE_SUBJECT, "e"},   {"six", HB_ROLE_REFERENCE, "f"},
    {"six (A/A)", HB_ROLE_TWIN, "f"},
};
enum { MEASURED = COUNT(measured) };

struct week {
    struct hb_rng *rng;
    const struct year *year;
    size_t number;
};

static double speed_then(size_t allocator, size_t block, void *user)
{
    const struct week *week = user;
    (void)block;
    return 1e8 *
           exp(truth_of(week->year, allocator, week->number) +
               factor_of(week->year, week->number) * week->year->run_sd * gaussian(week->rng));
}

static void make_digests(struct hb_rng *rng, const struct year *year, struct hb_digest *digests)
{
    for (size_t w = 0; w < WEEKS; w++) {
        struct week week = {rng, year, w};
        struct hb_session session;
        char label[32];
        made_session(&session, measured, MEASURED, RUNS, speed_then, &week);
        (void)snprintf(label, sizeof label, "2026-%02zu-%02zuT02:00:00Z", 1 + w / 5, 1 + w % 5 * 6);
        HB_COPY(session.started_at, label);
        session.seed = w;
        made_digest(&session, label, &digests[w]);
    }
}

static void sessions_say_the_same(void **state)
{
    (void)state;
    enum { SOME = 20 };
    struct tally tally = {0};
    struct hb_rng rng = printed_seed(2026);
    for (size_t i = 0; i < SOME; i++) {
        static struct hb_digest digests[WEEKS];
        struct hb_compare_options options = {.margin_percent = (double)NAN};
        struct hb_timelines timelines;
        struct hb_err err = {0};
        const struct year year = draw_year(&rng, 0.01, 5);
        options.figures[HB_METRIC_THROUGHPUT] = true;
        make_digests(&rng, &year, digests);
        assert_int_equal(hb_timelines_make(digests, WEEKS, &options, &timelines, &err), 0);
        for (size_t l = 0; l < timelines.count; l++) {
            const struct hb_timeline *line = &timelines.lines[l];
            size_t ends[WEEKS + 1], own = LINES;
            for (size_t s = 0; s < line->step_count; s++)
                ends[s] = line->steps[s].at;
            for (size_t a = 0; a < LINES; a++)
                own = strcmp(line->label, measured[a].label) == 0 ? a : own;
            count_steps(&year, own, ends, line->step_count + 1, &tally);
        }
        for (size_t k = 0; k < timelines.noisy_count; k++)
            tally.months += timelines.noisy[k].first == &digests[year.month];
        tally.years++;
        hb_timelines_free(&timelines);
        for (size_t w = 0; w < WEEKS; w++)
            hb_digest_free(&digests[w]);
    }
    print_tally("whole sessions", &tally);
    assert_true((double)tally.found >= 0.9 * CHANGES * SOME && tally.false_calls <= 2);
    assert_true((double)tally.months >= 0.85 * SOME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_found_and_noise_is_named),
        cmocka_unit_test(other_noise),
        cmocka_unit_test(without_weights_noise_is_called_a_change),
        cmocka_unit_test(sessions_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
