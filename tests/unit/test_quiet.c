/* Waiting for a quiet machine, with looks that are told. */
#include "session/quiet.h"

#include "unit/cmocka.h"

#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *looks_told; /* 'q' quiet, 'n' noisy; the last one holds on */
static unsigned looks;

static void look(struct hb_noise_now *now)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    *now = (struct hb_noise_now){.is_quiet = looks_told[looks] == 'q'};
    if (!now->is_quiet)
        (void)strcpy(now->text, "1.00 of 2 CPUs busy (cc1 1.00)");
    looks += looks_told[looks + 1] != '\0';
    (void)nanosleep(&pause, NULL);
}

static int wait_told(const char *told, double seconds, bool strict, struct hb_session *session)
{
    const struct hb_quiet wait = {
        .seconds = seconds, .quiet = true, .strict = strict, .look = look};
    struct hb_err err = {0};
    looks_told = told;
    looks = 0;
    return hb_quiet_wait(&wait, session, &err);
}

static void nothing_asked_is_no_wait(void **state)
{
    struct hb_session session = {0};
    (void)state;
    assert_int_equal(wait_told("n", 0, true, &session), 0);
    assert_int_equal(looks, 0);
    assert_string_equal(session.started_at, "");
}

static void two_quiet_looks_in_a_row_are_needed(void **state)
{
    (void)state;
    assert_int_equal(wait_told("qqnnnn", 3600, true, NULL), 0);
    assert_int_equal(looks, 2);
    assert_int_equal(wait_told("nnqnqqnn", 3600, true, NULL), 0);
    assert_int_equal(looks, 6);
}

static void a_session_begins_after_the_wait(void **state)
{
    struct hb_session session = {.started_at = "before"};
    (void)state;
    assert_int_equal(wait_told("nqq", 3600, false, &session), 0);
    assert_int_equal(strlen(session.started_at), 20);
    assert_true(session.host.others[0]);
}

static void time_ends_the_wait_and_strict_the_session(void **state)
{
    (void)state;
    assert_int_equal(wait_told("n", 0.1, false, NULL), 0);
    assert_int_equal(wait_told("n", 0.1, true, NULL), HB_EXIT_INCONCLUSIVE);
    assert_int_equal(wait_told("qn", 1e-9, true, NULL), HB_EXIT_INCONCLUSIVE);
    assert_int_equal(wait_told("qqn", 1e-9, true, NULL), 0);
    assert_int_equal(looks, 2);
}

/* The lock is a name in the kernel: a namespace of our own has one that nobody else takes. */
static void of_two_that_wait_one_has_the_lock(void **state)
{
    struct hb_err err = {0};
    int own = -1, other = -1;
    (void)state;
    struct hb_quiet wait = {
        .seconds = 0.1, .quiet = true, .strict = true, .look = look, .machine = &own};
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        skip();
    looks_told = "q";
    looks = 0;
    assert_int_equal(hb_quiet_wait(&wait, NULL, &err), 0);
    assert_true(own >= 0);
    wait.machine = &other;
    assert_int_equal(hb_quiet_wait(&wait, NULL, &err), HB_EXIT_INCONCLUSIVE);
    wait.strict = false; /* quiet or not, beside another it is not measured */
    assert_int_equal(hb_quiet_wait(&wait, NULL, &err), -1);
    assert_non_null(strstr(err.message, "another hakbench"));
    assert_int_equal(other, -1);
    (void)close(own);
    assert_int_equal(hb_quiet_wait(&wait, NULL, &err), 0);
    assert_true(other >= 0);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_is_no_wait),
        cmocka_unit_test(two_quiet_looks_in_a_row_are_needed),
        cmocka_unit_test(a_session_begins_after_the_wait),
        cmocka_unit_test(time_ends_the_wait_and_strict_the_session),
        cmocka_unit_test(of_two_that_wait_one_has_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
