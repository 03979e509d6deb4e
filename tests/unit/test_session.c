/* The walk over a plan, with a launcher that only pretends. */
#include "unit/made_profile.h"

#include "run/session.h"

#include "result/profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka.h"

/* What the fake answers: a status for the n-th call of each allocator. */
struct fake {
    enum hb_job_status (*answer)(const struct hb_request *request, unsigned call);
    unsigned calls;
    uint64_t seeds[256];
    bool counted[256];
    unsigned stop_after; /* 0: never */
    bool is_whole;       /* what is disturbed had less of its CPU, no more */
    bool refuses;        /* no worker gets what it needs */
};

static int fake_run(void *self, const struct hb_request *request, struct hb_job *job,
                    struct hb_loaded *loaded, struct hb_err *err)
{
    struct fake *fake = self;
    (void)loaded;
    if (fake->stop_after && fake->calls == fake->stop_after)
        return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
    fake->seeds[fake->calls] = request->seed;
    fake->counted[fake->calls] = request->count_syscalls;
    job->status = fake->answer(request, fake->calls++);
    job->wall_s = 0.5;
    job->metric[HB_METRIC_THROUGHPUT] = 1e6;
    job->is_whole = fake->is_whole;
    job->machine_refused = fake->refuses;
    if (job->status != HB_STATUS_OK)
        (void)snprintf(job->reason, sizeof job->reason, "pretended");
    return 0;
}

static struct hb_places places = {.worker = "/nowhere/worker",
                                  .allocators = "/nowhere/a",
                                  .workloads = "/nowhere/w",
                                  .profiles = "/nowhere/p"};

static void make_session(struct hb_session *session)
{
    *session = (struct hb_session){.blocks = 4, .seed = 11, .allocator_count = 3};
    session->profile = made_profile();
    session->allocators = calloc(3, sizeof *session->allocators);
    (void)snprintf(session->host.cpus_used, sizeof session->host.cpus_used, "0");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(session->allocators[i].label, HB_NAME_MAX, "a%zu", i);
        (void)snprintf(session->allocators[i].plugin_path, HB_PATH_MAX, "/nowhere/a%zu.so", i);
        (void)snprintf(session->allocators[i].via, 16, "dlopen");
    }
    session->allocators[0].role = HB_ROLE_REFERENCE;
}

static int walk(struct hb_session *session, struct fake *fake)
{
    const struct hb_session_run run = {.places = &places, .launcher = {fake_run, fake}};
    struct hb_err err = {0};
    return hb_session_measure(&run, session, &err);
}

static enum hb_job_status all_well(const struct hb_request *request, unsigned call)
{
    (void)request;
    (void)call;
    return HB_STATUS_OK;
}

static bool is_a1(const struct hb_request *request)
{
    return strstr(request->allocator_path, "a1.so") != NULL;
}

static enum hb_job_status a1_crashes(const struct hb_request *request, unsigned call)
{
    (void)call;
    return is_a1(request) ? HB_STATUS_CRASHED : HB_STATUS_OK;
}

static enum hb_job_status a1_hangs(const struct hb_request *request, unsigned call)
{
    (void)call;
    return is_a1(request) ? HB_STATUS_HUNG : HB_STATUS_OK;
}

static enum hb_job_status first_is_disturbed(const struct hb_request *request, unsigned call)
{
    (void)request;
    return call == 0 ? HB_STATUS_INVALID : HB_STATUS_OK;
}

static enum hb_job_status a1_always_disturbed(const struct hb_request *request, unsigned call)
{
    (void)call;
    return is_a1(request) ? HB_STATUS_INVALID : HB_STATUS_OK;
}

static unsigned jobs_of(const struct hb_session *session, uint32_t allocator)
{
    unsigned count = 0;
    for (size_t i = 0; i < session->job_count; i++)
        count += session->jobs[i].allocator == allocator;
    return count;
}

static void every_planned_job_runs_once(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = all_well};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(session.job_count, 3 + 4 * 3);
    assert_false(session.partial);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(jobs_of(&session, i), 5);
    for (unsigned i = 0; i < fake.calls; i++)
        assert_int_equal(fake.counted[i], i < 3);
    hb_session_free(&session);
}

static void a_crash_is_recorded_and_the_others_go_on(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = a1_crashes};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(session.job_count, 15);
    assert_int_equal(jobs_of(&session, 1), 5); /* each time: how often it crashes is news */
    hb_session_free(&session);
}

static void a_hang_is_not_waited_for_twice(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = a1_hangs};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(jobs_of(&session, 1), 1);
    assert_int_equal(jobs_of(&session, 0), 5);
    hb_session_free(&session);
}

static void a_missing_allocator_never_starts_a_process(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = all_well};
    (void)state;
    make_session(&session);
    (void)snprintf(session.allocators[2].missing_reason, HB_REASON_MAX, "no such library");
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(fake.calls, 10);
    assert_int_equal(jobs_of(&session, 2), 1);
    hb_session_free(&session);
}

static void a_disturbed_job_is_kept_and_repeated_with_the_same_seed(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = first_is_disturbed};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(session.job_count, 16);
    assert_int_equal(session.jobs[0].status, HB_STATUS_INVALID);
    assert_int_equal(session.jobs[1].status, HB_STATUS_OK);
    assert_int_equal(session.jobs[1].attempt, 1);
    assert_int_equal(session.jobs[1].allocator, session.jobs[0].allocator);
    assert_true(fake.seeds[0] == fake.seeds[1]);
    hb_session_free(&session);
}

static void a_job_disturbed_for_ever_is_tried_three_times(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = a1_always_disturbed};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    assert_int_equal(jobs_of(&session, 1), 3 * 5);
    hb_session_free(&session);
}

static void an_interrupted_session_goes_on_where_it_was(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = all_well};
    (void)state;
    for (unsigned stop = 1; stop < 15; stop++) {
        make_session(&session);
        fake.calls = 0;
        fake.stop_after = stop;
        assert_int_equal(walk(&session, &fake), -1);
        assert_true(session.partial);
        assert_int_equal(session.job_count, stop);
        fake.stop_after = 0;
        assert_int_equal(walk(&session, &fake), 0);
        assert_int_equal(session.job_count, 15);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(jobs_of(&session, i), 5);
        hb_session_free(&session);
    }
}

static enum hb_job_status all_disturbed(const struct hb_request *request, unsigned call)
{
    (void)call;
    return request->count_syscalls ? HB_STATUS_OK : HB_STATUS_INVALID;
}

/* A machine that is always busy still gives a session; a quarter of its runs are done again. */
static void a_busy_machine_is_not_waited_for(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = all_disturbed, .is_whole = true};
    unsigned repeated = 0, counted = 0;
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), 0);
    for (size_t i = 0; i < session.job_count; i++) {
        repeated += session.jobs[i].status == HB_STATUS_INVALID;
        counted += session.jobs[i].status == HB_STATUS_OK && session.jobs[i].reason[0];
    }
    assert_int_equal(repeated, 15 / 4);
    assert_int_equal(counted, 12);
    hb_session_free(&session);
}

/* By the mean of the workers that were well. */
static void the_rest_takes_as_long_as_what_was_done(void **state)
{
    struct hb_job jobs[] = {{.status = HB_STATUS_OK, .wall_s = 2},
                            {.status = HB_STATUS_CRASHED, .wall_s = 50},
                            {.status = HB_STATUS_OK, .wall_s = 5}};
    const struct hb_session session = {.jobs = jobs, .job_count = 3}, none = {0};
    (void)state;
    assert_true(fabs(hb_session_seconds_left(&session, 3, 13) - 35) < 1e-9);
    assert_true(isnan(hb_session_seconds_left(&none, 0, 13)));
}

static enum hb_job_status all_fail(const struct hb_request *request, unsigned call)
{
    (void)request;
    (void)call;
    return HB_STATUS_FAILED;
}

/* No allocator is to blame: none of the others is tried, and none of them is marked. */
static void a_machine_that_refuses_ends_the_session(void **state)
{
    struct hb_session session;
    struct fake fake = {.answer = all_fail, .refuses = true};
    (void)state;
    make_session(&session);
    assert_int_equal(walk(&session, &fake), -1);
    assert_int_equal(fake.calls, 3);
    assert_true(session.partial);
    for (size_t i = 0; i < session.job_count; i++)
        assert_int_equal(session.jobs[i].status, HB_STATUS_INVALID);
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_machine_is_not_waited_for),
        cmocka_unit_test(a_machine_that_refuses_ends_the_session),
        cmocka_unit_test(the_rest_takes_as_long_as_what_was_done),
        cmocka_unit_test(every_planned_job_runs_once),
        cmocka_unit_test(a_crash_is_recorded_and_the_others_go_on),
        cmocka_unit_test(a_hang_is_not_waited_for_twice),
        cmocka_unit_test(a_missing_allocator_never_starts_a_process),
        cmocka_unit_test(a_disturbed_job_is_kept_and_repeated_with_the_same_seed),
        cmocka_unit_test(a_job_disturbed_for_ever_is_tried_three_times),
        cmocka_unit_test(an_interrupted_session_goes_on_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
