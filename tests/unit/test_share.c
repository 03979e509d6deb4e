/* What took a worker's CPU time, and how it is told. */
#include "run/sampler.h"

#include "judge/judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmocka.h"

#define S 1e9

static void causes_are_told_apart(void **state)
{
    const double unknown = (double)NAN;
    static const char *const names[] = {"whole", "neighbour", "quota", "hypervisor", "paused"};
    /* wanted, had, delay, others, steal, throttled, sleeps, crowded */
    const struct {
        const char *name;
        struct hb_share share;
        enum hb_share_cause cause;
    } rows[] = {
        {"all of it", {S, 0.99 * S, 0, 0, 0, 0, 0, false}, HB_SHARE_WHOLE},
        {"a tick in a short run", {1e6, 0.1e6, 0.9e6, 0, 0, 0, 0, false}, HB_SHARE_WHOLE},
        {"a busy loop", {S, 0.5 * S, 0.5 * S, 0.5 * S, 0, 0, 1, false}, HB_SHARE_NEIGHBOUR},
        {"no schedstat", {S, 0.5 * S, unknown, 0.5 * S, 0, 0, 1, false}, HB_SHARE_NEIGHBOUR},
        {"a quota", {S, 0.5 * S, 0.5 * S, 0, 0, 0.5 * S, 0, false}, HB_SHARE_QUOTA},
        {"steal", {S, 0.5 * S, 0, 0, 0.5 * S, 0, 0, false}, HB_SHARE_HYPERVISOR},
        {"frozen for 3 s", {4 * S, S, 0.01 * S, 0, 0, 0, 2, false}, HB_SHARE_PAUSED},
        {"locks", {S, 0.5 * S, 0.01 * S, 0, 0, 0, 5000, false}, HB_SHARE_WHOLE},
        {"own threads wait", {2 * S, 1.99 * S, 30 * S, 0, 0, 0, 9, true}, HB_SHARE_WHOLE},
        {"crowded, and locks", {2 * S, S, 30 * S, 0.01 * S, 0, 0, 5000, true}, HB_SHARE_WHOLE},
        {"crowded, a neighbour", {2 * S, S, 30 * S, S, 0, 0, 9, true}, HB_SHARE_NEIGHBOUR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const enum hb_share_cause cause = hb_share_find_cause(&rows[i].share);
        if (cause != rows[i].cause)
            fail_msg("%s: %s, not %s", rows[i].name, names[cause], names[rows[i].cause]);
    }
}

/* Three threads on two CPUs, in turn: the first CPU has two of them. */
static void a_cpu_is_wanted_until_its_last_thread_ends(void **state)
{
    const struct hb_reading none = {0};
    const struct hb_share_of pinned = {.spans = {{10, 110}, {10, 60}, {10, 90}},
                                       .cpu_ns = 150,
                                       .threads = 3,
                                       .cpu_count = 2,
                                       .is_pinned = true,
                                       .usage = {.voluntary = 5, .is_whole = true}};
    struct hb_share_of of = pinned;
    struct hb_share share;
    (void)state;
    hb_share_between(&of, &none, &none, &share);
    assert_true(share.is_crowded);
    assert_int_equal((int)share.wanted_ns, 100 + 50);
    assert_int_equal((int)share.cpu_ns, 150);
    assert_int_equal((int)share.sleeps, 5);
    assert_int_equal((int)share.delay_ns, 0);
    of.usage.is_whole = false; /* the delay of threads that ended is known to nobody */
    hb_share_between(&of, &none, &none, &share);
    assert_true(isnan(share.delay_ns));
    of.is_pinned = false;
    hb_share_between(&of, &none, &none, &share);
    assert_int_equal((int)share.wanted_ns, 200);
    of.cpu_count = 8;
    hb_share_between(&of, &none, &none, &share);
    assert_false(share.is_crowded);
    assert_int_equal((int)share.wanted_ns, 100 + 50 + 80);
}

static void add(struct hb_session *session, enum hb_job_status status, const char *reason)
{
    struct hb_job job;
    hb_job_init(&job);
    job.status = status;
    (void)snprintf(job.reason, sizeof job.reason, "%s", reason);
    assert_int_equal(hb_session_append(session, &job), 0);
}

static void disturbed_runs_are_counted_by_cause(void **state)
{
    const struct hb_share share = {.wanted_ns = 100, .cpu_ns = 52.9};
    struct hb_session session = {0};
    struct hb_disturbed disturbed;
    char text[HB_REASON_MAX];
    (void)state;
    hb_share_text(&share, HB_SHARE_WHOLE, text, sizeof text);
    assert_string_equal(text, "");
    hb_share_text(&share, HB_SHARE_NEIGHBOUR, text, sizeof text);
    assert_string_equal(text, "a neighbour on its CPU: it had 52 % of the CPU time it wanted");
    add(&session, HB_STATUS_INVALID, text);
    add(&session, HB_STATUS_OK, text);
    add(&session, HB_STATUS_OK, "");
    add(&session, HB_STATUS_INVALID, "the machine was suspended");
    add(&session, HB_STATUS_CRASHED, "SIGSEGV");
    hb_judge_disturbed(&session, &disturbed);
    assert_int_equal(disturbed.samples, 2);
    assert_int_equal(disturbed.counted, 1);
    assert_int_equal(disturbed.repeated, 2);
    assert_string_equal(disturbed.causes, "a neighbour on its CPU 2, the machine was suspended 1");
    hb_session_free(&session);
}

static void add_epoch(struct hb_session *session, enum hb_job_status status, const char *reason)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    epoch.status = status;
    (void)snprintf(epoch.reason, sizeof epoch.reason, "%s", reason);
    assert_int_equal(hb_session_append_epoch(session, &epoch), 0);
}

/* An epoch is not repeated, and an invalid one is told where it stands; a counting pass is no
 * sample. */
static void disturbed_epochs_count_where_they_are_samples(void **state)
{
    struct hb_session session = {0};
    struct hb_disturbed disturbed;
    (void)state;
    add(&session, HB_STATUS_OK, "a counting pass: " HB_REASON_SHARE);
    session.jobs[0].kind = HB_JOB_COUNTED;
    add_epoch(&session, HB_STATUS_OK, "the CPU quota: 52 % " HB_REASON_SHARE);
    add_epoch(&session, HB_STATUS_OK, "");
    add_epoch(&session, HB_STATUS_INVALID, "the machine was suspended");
    add_epoch(&session, HB_STATUS_CRASHED, "killed, with half " HB_REASON_SHARE);
    hb_judge_disturbed(&session, &disturbed);
    assert_int_equal(disturbed.samples, 2);
    assert_int_equal(disturbed.counted, 1);
    assert_int_equal(disturbed.repeated, 0);
    assert_string_equal(disturbed.causes, "the CPU quota 1");
    hb_session_free(&session);
}

/* Causes are told apart by all that stands before the colon, eight of them, each by its first 60
 * characters, as far as there is room. */
static void causes_are_told_as_far_as_there_is_room(void **state)
{
    struct hb_session session = {0};
    struct hb_disturbed disturbed;
    char reason[80];
    (void)state;
    add(&session, HB_STATUS_INVALID, "a: x");
    add(&session, HB_STATUS_INVALID, "ab: x");
    add(&session, HB_STATUS_INVALID, "b: x");
    add(&session, HB_STATUS_INVALID, "a: y");
    for (char letter = 'c'; letter <= 'i'; letter++) {
        (void)snprintf(reason, sizeof reason, "%c", letter);
        add(&session, HB_STATUS_INVALID, reason);
    }
    add(&session, HB_STATUS_INVALID, "b");
    hb_judge_disturbed(&session, &disturbed);
    assert_string_equal(disturbed.causes, "a 2, ab 1, b 2, c 1, d 1, e 1, f 1, g 1");
    hb_session_free(&session);
    for (char letter = 'a'; letter <= 'e'; letter++) {
        memset(reason, letter, sizeof reason - 1);
        reason[sizeof reason - 1] = '\0';
        add(&session, HB_STATUS_INVALID, reason);
    }
    hb_judge_disturbed(&session, &disturbed);
    memset(reason, 'b', sizeof reason - 1);
    reason[60] = '\0';
    assert_memory_equal(disturbed.causes + 64, reason, 60);
    assert_memory_equal(disturbed.causes + 124, " 1, ccc", 7);
    assert_int_equal(strlen(disturbed.causes), sizeof disturbed.causes - 1); /* 4 x 64 */
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_told_apart),
        cmocka_unit_test(a_cpu_is_wanted_until_its_last_thread_ends),
        cmocka_unit_test(disturbed_runs_are_counted_by_cause),
        cmocka_unit_test(disturbed_epochs_count_where_they_are_samples),
        cmocka_unit_test(causes_are_told_as_far_as_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
