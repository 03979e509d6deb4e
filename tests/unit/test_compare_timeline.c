/* compare's timelines: many sessions by date, where a level changed, and what the machine did.
 * Read next: compare_usual.h, src/compare/timeline.h. */
#include "unit/compare_usual.h"

#include "compare/timeline.h"

#include <math.h>

static const struct hb_timeline *find_line(const struct hb_timelines *timelines, const char *label,
                                           size_t figure)
{
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].figure == figure && strcmp(timelines->lines[i].label, label) == 0)
            return &timelines->lines[i];
    }
    return NULL;
}

static const struct hb_timeline *line_of(const struct hb_timelines *timelines, const char *label,
                                         size_t figure)
{
    const struct hb_timeline *line = find_line(timelines, label, figure);
    if (!line)
        fail_msg("no line of %s", label);
    return line;
}

static void a_step_has_its_date_and_the_machine_is_taken_out(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    for (size_t i = 0; i < 12; i++) {
        struct truth truth = scaled(plain, i % 2 ? 1 : 0.9); /* a machine that comes and goes */
        char label[16];
        truth.speed[0] *= i >= 7 ? 0.96 : 1;
        (void)snprintf(label, sizeof label, "s%zu", i);
        struct hb_digest *digest = add(f, label, truth, USUAL);
        (void)snprintf(digest->started_at, 32, "2026-11-%02zuT10:00:00Z", 29 - i);
    }
    /* by date the last made is the first: the step is from s7 to s6, at 23 November */
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    const struct hb_timeline *own = line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT);
    assert_int_equal(own->count, 12);
    assert_true(own->is_adjusted);
    assert_int_equal(own->step_count, 1);
    assert_int_equal(own->steps[0].at, 5);
    assert_string_equal(own->points[5].digest->started_at, "2026-11-23T10:00:00Z");
    assert_true(own->steps[0].is_better);
    near("step", own->steps[0].after / own->steps[0].before, 1 / 0.96, 1e-3);
    assert_int_equal(line_of(&timelines, "jemalloc", HB_METRIC_THROUGHPUT)->step_count, 0);
    assert_int_equal(line_of(&timelines, "hakmem", HB_METRIC_RSS_PEAK)->step_count, 0);
    hb_timelines_free(&timelines);
}

/* Of the last session two allocators are left: too few to tell the machine. */
static void a_line_is_adjusted_as_a_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    static const size_t allocators[] = {USUAL, USUAL, 2};
    static const double machine[] = {1, 1.1, 1};
    for (size_t i = 0; i < 3; i++) {
        char label[16];
        (void)snprintf(label, sizeof label, "2026-11-2%zu", i);
        (void)add(f, label, scaled(plain, machine[i]), allocators[i]);
    }
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    const struct hb_timeline *own = line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT);
    assert_false(own->is_adjusted);
    assert_int_equal(own->count, 3);
    for (size_t i = 0; i < 3; i++) {
        near("level", own->points[i].level, 100.45e6 * machine[i], 1e-9);
        near("value", own->points[i].value, 100.45e6 * machine[i], 1e-9);
    }
    hb_timelines_free(&timelines);
}

/* Sessions of hakmem alone, whose figure has one of these values each, by date. */
static void given(struct fixture *f, size_t figure, const double *values, size_t count)
{
    for (size_t i = 0; i < f->count; i++)
        hb_digest_free(&f->digests[i]);
    f->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct hb_digest *digest = add_runs(f, "2026-11-01", plain, 1, 1);
        digest->started_at[9] = (char)('1' + i);
        digest->entries[0].counted_operations = 1;
        digest->entries[0].series[figure].value = values[i];
    }
    f->options.figures[figure] = true;
}

/* Levels change where two points at least lie apart by what counts; here there is no noise. */
static void a_step_is_one_that_counts(void **state)
{
    struct fixture *f = *state;
    enum {
        SPEED = HB_METRIC_THROUGHPUT,
        TIME = HB_METRIC_NS_PER_OP,
        CALLS = HB_METRIC_SYSCALLS_PER_OP
    };
    /* clang-format off */
    static const struct {
        const char *name;
        size_t figure;
        double asked; /* percent */
        size_t count;
        double values[6];
        size_t at; /* 0: no step */
        double before, after;
        bool is_better;
    } cases[] = {
        {"up", SPEED, NAN, 5, {100, 100, 103, 103, 103}, 2, 100, 103, true},
        {"down", SPEED, NAN, 5, {103, 103, 103, 100, 100}, 3, 103, 100, false},
        {"less time", TIME, NAN, 5, {103, 103, 103, 100, 100}, 3, 103, 100, true},
        {"within the margin", SPEED, NAN, 5, {100, 100, 101.9, 101.9, 101.9}, 0, 0, 0, false},
        {"within what was asked", SPEED, 5, 5, {100, 100, 103, 103, 103}, 0, 0, 0, false},
        {"beyond it", SPEED, 1, 5, {100, 100, 101.9, 101.9, 101.9}, 2, 100, 101.9, true},
        {"four points", SPEED, NAN, 4, {100, 100, 103, 103}, 0, 0, 0, false},
        {"one point", SPEED, NAN, 6, {100, 100, 103, 100, 100, 100}, 0, 0, 0, false},
        {"the last point", SPEED, NAN, 6, {100, 100, 100, 100, 100, 103}, 0, 0, 0, false},
        {"one point far away", SPEED, NAN, 6, {100, 100, 90, 100, 100, 100}, 0, 0, 0, false},
        {"one beyond its new level", SPEED, NAN, 6, {100, 100, 120, 106, 106, 106}, 2, 100, 106,
         true},
        {"the last point far away", SPEED, NAN, 6, {100, 100, 100, 100, 100, 90}, 5, 100, 90,
         false},
        {"the last two", SPEED, NAN, 6, {100, 100, 100, 100, 90, 90}, 4, 100, 90, false},
        {"from nothing", SPEED, NAN, 5, {0, 0, 3, 3, 3}, 2, 0, 3, true},
        {"counts", HB_METRIC_FAULTS_MINOR, NAN, 5, {1000, 1000, 1000, 979, 979}, 3, 1000, 979,
         true},
        {"counts within the margin", HB_METRIC_FAULTS_MINOR, NAN, 5, {1000, 1000, 1000, 981, 981},
         0, 0, 0, false},
        {"one fault", HB_METRIC_FAULTS_MINOR, NAN, 5, {10, 10, 10, 11, 11}, 3, 10, 11, false},
        {"half of one", HB_METRIC_FAULTS_MINOR, NAN, 5, {10, 10, 10, 10.5, 10.5}, 0, 0, 0, false},
        {"points of percent", HB_FIGURE_SPEED_DRIFT, NAN, 5, {1, 1, 1, 3.5, 3.5}, 3, 1, 3.5, true},
        {"less than the margin's", HB_FIGURE_SPEED_DRIFT, NAN, 5, {1, 1, 1, 2.5, 2.5}, 0, 0, 0,
         false},
        {"calls", CALLS, NAN, 5, {2, 2, 2, 4, 4}, 3, 2, 4, false},
        {"half a call", CALLS, NAN, 5, {2, 2, 2, 2.5, 2.5}, 0, 0, 0, false},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_timelines timelines;
        f->options.margin_percent = cases[i].asked;
        given(f, cases[i].figure, cases[i].values, cases[i].count);
        assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err),
                         0);
        const struct hb_timeline *line = line_of(&timelines, "hakmem", cases[i].figure);
        if (line->step_count != (cases[i].at > 0) ||
            (cases[i].at &&
             (line->steps[0].at != cases[i].at || line->steps[0].is_better != cases[i].is_better)))
            fail_msg("%s: %zu steps", cases[i].name, line->step_count);
        if (cases[i].at) {
            near(cases[i].name, line->steps[0].before, cases[i].before, 1e-12);
            near(cases[i].name, line->steps[0].after, cases[i].after, 1e-12);
        }
        assert_false(line->is_adjusted); /* one allocator tells no machine */
        hb_timelines_free(&timelines);
    }
}

static void every_step_is_told_with_its_levels(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    static const double values[] = {100, 100, 110, 110, 110, 90, 90, 90};
    given(f, HB_METRIC_THROUGHPUT, values, COUNT(values));
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    const struct hb_timeline *line = line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT);
    assert_int_equal(line->step_count, 2);
    assert_true(line->steps[0].at == 2 && line->steps[0].is_better);
    assert_true(line->steps[1].at == 5 && !line->steps[1].is_better);
    near("between", line->steps[1].before, 110, 1e-12);
    near("last", line->steps[1].after, 90, 1e-12);
    hb_timelines_free(&timelines);
}

/* 1.4826 / sqrt 2 of the median step between neighbours: of 2 % in logs, or of 10 in 1000. */
static void the_noise_is_that_between_neighbours(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    static const double speeds[] = {100, 102, 100, 102}, faults[] = {990, 1000, 990, 1000, 1010};
    given(f, HB_METRIC_THROUGHPUT, speeds, COUNT(speeds));
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    near("of logs", line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT)->noise,
         pow(1.02, 1.4826 / sqrt(2)) - 1, 1e-9);
    hb_timelines_free(&timelines);
    given(f, HB_METRIC_FAULTS_MINOR, faults, COUNT(faults));
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    near("of counts", line_of(&timelines, "hakmem", HB_METRIC_FAULTS_MINOR)->noise,
         10 * 1.4826 / sqrt(2) / 1000, 1e-9);
    hb_timelines_free(&timelines);
}

/* They move by 10, 1, 1.25, 4.7, 0.7 and 2 %; each is adjusted by the median of the other five. */
static void a_line_is_adjusted_by_the_others(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    struct truth after = plain;
    static const double moved[USUAL] = {1.1, 1.01, 1.0125, 1.047, 1.007, 1.02};
    static const struct {
        const char *label;
        size_t figure;
        double level; /* over that of the first session */
    } cases[] = {
        {"hakmem", HB_METRIC_THROUGHPUT, 1.1 / 1.0125},
        {"hakmem", HB_METRIC_NS_PER_OP, 1.0125 / 1.1},
        {"hakmem", HB_METRIC_RSS_PEAK, 1},
        {"jemalloc", HB_METRIC_THROUGHPUT, 1.0125 / 1.02},
        {"tcmalloc", HB_METRIC_THROUGHPUT, 1.047 / 1.0125},
    };
    for (size_t i = 0; i < USUAL; i++)
        after.speed[i] *= moved[i];
    (void)add(f, "2026-11-20", plain, USUAL);
    (void)add(f, "2026-11-21", after, USUAL);
    (void)add(f, "2026-11-22", after, USUAL);
    for (size_t i = 0; i < 3; i++)
        (void)strcpy(f->digests[i].entries[0].library_sha256, "a");
    f->options.figures[HB_METRIC_NS_PER_OP] = true;
    for (int no_adjust = 0; no_adjust < 2; no_adjust++) {
        f->options.no_adjust = no_adjust;
        assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err),
                         0);
        for (size_t i = 0; i < COUNT(cases); i++) {
            const struct hb_timeline *line = line_of(&timelines, cases[i].label, cases[i].figure);
            const struct hb_timepoint *last = &line->points[2];
            const double by = last->level / line->points[0].level;
            near("the first is as it is", line->points[0].level, line->points[0].value, 0);
            if (no_adjust)
                near("as measured", last->level, last->value, 0);
            else
                near(cases[i].label, by, cases[i].level, 1e-9);
            assert_int_equal(line->is_adjusted,
                             !no_adjust && cases[i].figure != HB_METRIC_RSS_PEAK);
        }
        hb_timelines_free(&timelines);
    }
}

static void a_lane_has_every_session_once_and_by_date(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    static const char *const dates[] = {"2026-11-22", "2026-11-20", "2026-11-21", "2026-11-22",
                                        "2026-11-20", "2026-11-20", "2026-11-21"};
    for (size_t i = 0; i < COUNT(dates); i++)
        (void)add(f, dates[i], scaled(plain, i < 4 ? 1 : 2), 2);
    f->digests[5].seed = 9; /* of one second, but another session than the one before */
    (void)strcpy(f->digests[6].host.class_key, "another");
    (void)add(f, "2026-11-22", plain, 2);
    free(f->digests[7].key);
    f->digests[7].key = strdup("rebase larson");
    f->digests[2].entries[1].series[HB_METRIC_THROUGHPUT].value = (double)NAN;
    f->digests[1].entries[1].label[0] = 'x';
    f->digests[4].entries[1].label[0] = 'x';
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    assert_int_equal(timelines.groups, 1);
    assert_int_equal(timelines.copies, 1);
    const struct hb_timeline *own = line_of(&timelines, "hakmem", HB_METRIC_THROUGHPUT);
    static const size_t order[] = {1, 4, 5, 2, 0};
    assert_int_equal(own->count, COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++)
        assert_ptr_equal(own->points[i].digest, &f->digests[order[i]]);
    assert_int_equal(line_of(&timelines, "mimalloc", HB_METRIC_RSS_PEAK)->count, 3);
    assert_null(find_line(&timelines, "mimalloc", HB_METRIC_THROUGHPUT)); /* two points */
    assert_null(find_line(&timelines, "ximalloc", HB_METRIC_RSS_PEAK));   /* not of the last */
    hb_timelines_free(&timelines);
}

static void lines_are_of_those_that_were_asked_for(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    for (size_t i = 0; i < 3; i++) {
        struct hb_digest *digest = add(f, "2026-11-20", plain, USUAL);
        digest->started_at[9] = (char)('0' + i);
        digest->entries[2].role = HB_ROLE_TWIN;
    }
    f->options.allocators = "hakmem,jemalloc,floor";
    assert_int_equal(hb_figures_choose("throughput,cv", f->options.figures, &f->err), 0);
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), 0);
    assert_int_equal(timelines.count, 4);
    for (size_t i = 0; i < timelines.count; i++) {
        assert_string_equal(timelines.lines[i].label, i < 2 ? "hakmem" : "floor");
        assert_int_equal(timelines.lines[i].figure, i % 2 ? HB_FIGURE_CV : HB_METRIC_THROUGHPUT);
        assert_int_equal(timelines.lines[i].count, 3);
    }
    hb_timelines_free(&timelines);
    assert_null(timelines.lines);
}

static void two_sessions_are_no_trend(void **state)
{
    struct fixture *f = *state;
    struct hb_timelines timelines;
    two(f, plain, plain, 1);
    assert_int_equal(hb_timelines_make(f->digests, f->count, &f->options, &timelines, &f->err), -1);
    assert_int_equal(f->err.kind, HB_ERR_USAGE);
    hb_timelines_free(&timelines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_step_has_its_date_and_the_machine_is_taken_out),
        CASE(a_line_is_adjusted_as_a_whole_or_not_at_all),
        CASE(a_step_is_one_that_counts),
        CASE(every_step_is_told_with_its_levels),
        CASE(the_noise_is_that_between_neighbours),
        CASE(a_line_is_adjusted_by_the_others),
        CASE(a_lane_has_every_session_once_and_by_date),
        CASE(lines_are_of_those_that_were_asked_for),
        CASE(two_sessions_are_no_trend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
