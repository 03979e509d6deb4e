/* compare's timelines: many sessions by date, where a level changed, and what the machine did.
 * Read next: compare_usual.h, src/compare/timeline.h. */
#include "unit/compare_usual.h"

#include "compare/timeline.h"

#include <math.h>

static const struct hb_timeline *line_of(const struct hb_timelines *timelines, const char *label,
                                         size_t figure)
{
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].figure == figure && strcmp(timelines->lines[i].label, label) == 0)
            return &timelines->lines[i];
    }
    fail_msg("no line of %s", label);
    return NULL;
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
        CASE(two_sessions_are_no_trend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
