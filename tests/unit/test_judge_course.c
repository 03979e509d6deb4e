/* Courses of runs whose threads are few enough to follow by hand: see src/judge/runspeed.h. */
#include "unit/cmocka.h"

#include "judge/runspeed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 4, OPERATIONS = 10 };

/* Two threads of four slices each. */
struct made {
    double operations; /* of both in all */
    uint64_t first[SLICES], second[SLICES], starts[2];
    double course[SLICES]; /* what must come out */
    size_t joint;
};

static void make(struct hb_job *job, const struct made *made)
{
    hb_job_init(job);
    job->threads = 2;
    job->slices = SLICES;
    job->slice_operations = OPERATIONS;
    job->metric[HB_METRIC_OPERATIONS] = made->operations;
    job->slice_ns = malloc(2 * sizeof made->first);
    job->start_ns = malloc(sizeof made->starts);
    memcpy(job->slice_ns, made->first, sizeof made->first);
    memcpy(job->slice_ns + SLICES, made->second, sizeof made->second);
    memcpy(job->start_ns, made->starts, sizeof made->starts);
}

static void two_threads_are_put_on_one_clock(void **state)
{
    static const struct made cases[] = {
        /* Side by side: each slice of the course is one of each. */
        {80, {10, 10, 10, 10}, {10, 10, 10, 10}, {0, 0}, {10, 10, 10, 10}, 3},
        /* The second begins late and is half as fast: 20 operations at 20 ns, 50 at 40. */
        {80, {10, 10, 10, 10}, {20, 20, 20, 20}, {0, 20}, {20, 40.0 / 3, 80.0 / 3, 40}, 2},
        /* The first thread by number is the last to begin. */
        {80, {20, 20, 20, 20}, {10, 10, 10, 10}, {20, 0}, {20, 40.0 / 3, 80.0 / 3, 40}, 2},
        /* The last slice of each has 12: 35 at 30 ns, 52 at 40, 72 at 80. */
        {84,
         {10, 10, 10, 10},
         {20, 20, 20, 20},
         {0, 20},
         {20, 10 + 50 / 17.0, 26 - 50 / 17.0, 44},
         2},
        /* The last slice of each has none. */
        {60, {10, 10, 10, 10}, {10, 10, 10, 10}, {0, 0}, {10, 10, 10, 10}, 3},
        /* Slices that took no time: 30 operations at 10 ns. */
        {80, {10, 0, 0, 10}, {20, 20, 20, 20}, {0, 20}, {10, 10, 40, 40}, 2},
        /* Nobody works from 40 to 100 ns. */
        {80, {10, 10, 10, 10}, {10, 10, 10, 10}, {0, 100}, {20, 20, 80, 20}, 2},
        /* The first is done at once, before anything of the course is over. */
        {80, {0, 0, 0, 0}, {10, 10, 10, 10}, {0, 0}, {0, 0, 20, 20}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double course[SLICES];
        size_t joint;
        struct hb_job job;
        make(&job, &cases[i]);
        assert_int_equal(hb_runcourse(&job, course, &joint), SLICES);
        assert_int_equal(joint, cases[i].joint);
        for (size_t s = 0; s < SLICES; s++) {
            if (!(fabs(course[s] - cases[i].course[s]) < 1e-9))
                fail_msg("case %zu, slice %zu: %g", i, s, course[s]);
        }
        hb_job_free(&job);
    }
}

static void one_threads_course_is_its_own_slices(void **state)
{
    const struct made made = {.operations = NAN, .first = {3, 1, 4, 1}};
    double course[SLICES];
    size_t joint;
    struct hb_job job;
    (void)state;
    make(&job, &made);
    job.threads = 1;
    free(job.start_ns); /* nor need it be known when it began */
    job.start_ns = NULL;
    assert_int_equal(hb_runcourse(&job, course, &joint), SLICES);
    assert_int_equal(joint, SLICES);
    for (size_t s = 0; s < SLICES; s++)
        assert_true(course[s] == (double)made.first[s]);
    hb_job_free(&job);
}

static void no_slices(struct hb_job *job)
{
    job->slices = 0;
}

static void no_threads(struct hb_job *job)
{
    job->threads = 0;
}

static void times_unknown(struct hb_job *job)
{
    free(job->slice_ns);
    job->slice_ns = NULL;
}

static void starts_unknown(struct hb_job *job)
{
    free(job->start_ns);
    job->start_ns = NULL;
}

static void too_few_operations(struct hb_job *job)
{
    job->metric[HB_METRIC_OPERATIONS] = 2 * OPERATIONS * (SLICES - 1) - 1;
}

static void operations_unknown(struct hb_job *job)
{
    job->metric[HB_METRIC_OPERATIONS] = (double)NAN;
}

static void what_does_not_add_up_has_no_course(void **state)
{
    void (*const spoil[])(struct hb_job *) = {no_slices,          no_threads,
                                              times_unknown,      starts_unknown,
                                              too_few_operations, operations_unknown};
    const struct made made = {80, {10, 10, 10, 10}, {10, 10, 10, 10}, {0, 0}, {0}, 0};
    (void)state;
    for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
        double course[SLICES];
        size_t joint = 7;
        struct hb_job job;
        make(&job, &made);
        assert_true(hb_runcourse_is_known(&job));
        spoil[i](&job);
        assert_false(hb_runcourse_is_known(&job));
        assert_int_equal(hb_runcourse(&job, course, &joint), 0);
        assert_int_equal(joint, 0);
        hb_job_free(&job);
    }
}

/* Today's worker has 64 threads at most; a file may have more. */
static void any_number_of_threads_has_a_course(void **state)
{
    (void)state;
    for (uint32_t threads = 63; threads <= 130; threads++) {
        double course[SLICES];
        size_t joint;
        struct hb_job job;
        hb_job_init(&job);
        job.threads = threads;
        job.slices = SLICES;
        job.slice_operations = OPERATIONS;
        job.metric[HB_METRIC_OPERATIONS] = (double)threads * SLICES * OPERATIONS;
        job.slice_ns = calloc((size_t)threads * SLICES, sizeof *job.slice_ns);
        job.start_ns = calloc(threads, sizeof *job.start_ns);
        for (size_t i = 0; i < (size_t)threads * SLICES; i++)
            job.slice_ns[i] = 5;
        assert_int_equal(hb_runcourse(&job, course, &joint), SLICES);
        assert_true(fabs(course[2] - 5) < 1e-9);
        hb_job_free(&job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_are_put_on_one_clock),
        cmocka_unit_test(one_threads_course_is_its_own_slices),
        cmocka_unit_test(what_does_not_add_up_has_no_course),
        cmocka_unit_test(any_number_of_threads_has_a_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
