/* What a run of a program came to: each figure of the measurement in its place, how each end is
 * called, and the program's own figures. */
#include "run/exec_outcome.h"

#include "base/clock.h"
#include "run/sampler.h"
#include "unit/cmocka.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All different. */
static const struct hb_program_result whole = {
    .wall_s = 2.5,
    .user_s = 1.25,
    .system_s = 0.5,
    .delay_s = 0.125,
    .faults_minor = 101,
    .faults_major = 102,
    .switches_voluntary = 103,
    .switches_involuntary = 104,
    .peak_bytes = {1001, 1002, 1003},
    .processes = 9,
    .in_effect = 5,
    .effect_unknown = 1,
    .kinds = {{"cc1", HB_PROGRAM_IN_EFFECT, 5},
              {"sh", HB_PROGRAM_STATIC, 3},
              {"git", HB_PROGRAM_OWN_MALLOC, 1}},
    .kind_count = 3,
    .output = {.bytes = 77, .digest = "aa"},
    .errors = {.bytes = 78, .digest = "bb"},
    .left = {.processes = 2, .names = "redis-server, sh"},
    .unknown = "peak: no group",
};

static void each_figure_has_its_place(void **state)
{
    static const struct {
        enum hb_exec_metric_id metric;
        double value;
        bool is_time; /* not known of a counting pass */
    } cases[] = {
        {HB_EXEC_WALL, 2.5e9, true},
        {HB_EXEC_USER, 1.25e9, true},
        {HB_EXEC_SYSTEM, 0.5e9, true},
        {HB_EXEC_CPU, 1.75e9, true},
        {HB_EXEC_RUN_DELAY, 0.125e9, true},
        {HB_EXEC_SWITCHES_VOLUNTARY, 103, true},
        {HB_EXEC_SWITCHES_INVOLUNTARY, 104, true},
        {HB_EXEC_PEAK_CGROUP, 1001, false},
        {HB_EXEC_PEAK_PSS, 1002, false},
        {HB_EXEC_PEAK_RSS, 1003, false},
        {HB_EXEC_FAULTS_MINOR, 101, false},
        {HB_EXEC_FAULTS_MAJOR, 102, false},
        {HB_EXEC_PROCESSES, 9, false},
        {HB_EXEC_IN_EFFECT, 5, false},
        {HB_EXEC_EFFECT_UNKNOWN, 1, false},
        {HB_EXEC_OUTPUT, 77, false},
    };
    (void)state;
    for (int is_counted = 0; is_counted < 2; is_counted++) {
        struct hb_program_result result = whole;
        struct hb_exec_run run = {.kind = is_counted ? HB_EXEC_KIND_COUNTED : HB_EXEC_KIND_TIMED};
        struct hb_err err = {0};
        for (size_t i = 0; i < HB_EXEC_METRIC_COUNT; i++)
            run.metric[i] = -1;
        result.counted = is_counted;
        result.calls[0] = 30;
        result.calls[1] = 4;
        result.call_bytes[1] = 5;
        assert_int_equal(hb_exec_take(&result, &run, &err), 0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const double right = is_counted && cases[i].is_time ? -1 : cases[i].value;
            if (fabs(run.metric[cases[i].metric] - right) > 0)
                fail_msg("%s: %g", hb_exec_metrics[cases[i].metric].key,
                         run.metric[cases[i].metric]);
        }
        assert_true(fabs(run.metric[HB_EXEC_SYSCALLS] - (is_counted ? 34 : -1)) < 0.5);
        assert_int_equal(run.calls_known, is_counted);
        assert_int_equal(run.calls.count[0], is_counted ? 30 : 0);
        assert_int_equal(run.calls.bytes[1], is_counted ? 5 : 0);
        assert_string_equal(run.output_digest, "aa");
        assert_string_equal(run.errors_digest, "bb");
        assert_string_equal(run.left, "redis-server, sh");
        assert_string_equal(run.unknown, "peak: no group");
        assert_string_equal(run.not_in_effect, "sh 3 (static), git (its own malloc)");
        free(run.memory);
    }
}

/* One whose memory could not be read is no sample. */
static void samples_that_are_known_are_kept(void **state)
{
    struct hb_program_sample samples[] = {{.at_s = 1, .pss_bytes = 10},
                                          {.at_s = 2, .pss_bytes = (double)NAN},
                                          {.at_s = 3, .pss_bytes = 30}};
    struct hb_program_result result = whole;
    struct hb_exec_run run = {0};
    struct hb_err err = {0};
    (void)state;
    result.samples = samples;
    result.sample_count = 3;
    result.left.processes = 0; /* names of before */
    assert_int_equal(hb_exec_take(&result, &run, &err), 0);
    assert_int_equal(run.memory_count, 2);
    assert_true(fabs(run.memory[1].at_s - 3) < 0.1 && fabs(run.memory[1].bytes - 30) < 0.1);
    assert_string_equal(run.left, "");
    free(run.memory);
}

static void each_end_has_its_status(void **state)
{
    static char said[] = "first\nlast words \n\n";
    static const struct {
        struct hb_program_result result;
        bool ignores;
        enum hb_job_status status;
        int exit_status;
        const char *reason;
    } cases[] = {
        {{.end = HB_PROGRAM_EXITED}, false, HB_STATUS_OK, 0, ""},
        {{.end = HB_PROGRAM_EXITED, .exit_status = 3, .reason = "exit status 3"},
         false,
         HB_STATUS_EXITED,
         3,
         "exit status 3: last words"},
        {{.end = HB_PROGRAM_EXITED, .exit_status = 3, .reason = "exit status 3"},
         true,
         HB_STATUS_OK,
         3,
         ""},
        {{.end = HB_PROGRAM_SIGNALLED, .signal_number = SIGSEGV, .reason = "killed"},
         true,
         HB_STATUS_CRASHED,
         128 + SIGSEGV,
         "killed: last words"},
        {{.end = HB_PROGRAM_TIMEOUT, .reason = "late"},
         false,
         HB_STATUS_HUNG,
         -1,
         "late: last words"},
        {{.end = HB_PROGRAM_OUTPUT_LIMIT, .reason = "much"},
         false,
         HB_STATUS_FAILED,
         -1,
         "much: last words"},
        {{.end = HB_PROGRAM_STOPPED_ITSELF, .reason = "still"},
         false,
         HB_STATUS_HUNG,
         -1,
         "still: last words"},
        {{.end = HB_PROGRAM_NOT_STARTED, .reason = "none"},
         false,
         HB_STATUS_REFUSED,
         -1,
         "none: last words"},
        {{.end = HB_PROGRAM_ENDED, .signal_number = SIGTERM}, false, HB_STATUS_OK, -1, ""},
        {{.end = HB_PROGRAM_ENDED, .signal_number = SIGKILL, .reason = "deaf"},
         false,
         HB_STATUS_HUNG,
         -1,
         "deaf: last words"},
        {{.end = HB_PROGRAM_ENDED, .signal_number = SIGABRT, .reason = "fell"},
         false,
         HB_STATUS_CRASHED,
         -1,
         "fell: last words"},
        {{.end = HB_PROGRAM_INTERRUPTED, .reason = "you"},
         false,
         HB_STATUS_INVALID,
         -1,
         "you: last words"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_program_result result = cases[i].result;
        struct hb_exec_run run = {.exit_status = -1};
        result.errors.kept = said;
        result.errors.kept_bytes = sizeof said - 1;
        hb_exec_take_end(&result, cases[i].ignores, &run);
        if (run.status != cases[i].status || run.exit_status != cases[i].exit_status ||
            strcmp(run.reason, cases[i].reason) != 0)
            fail_msg("case %zu: %d, %d, \"%s\"", i, (int)run.status, run.exit_status, run.reason);
    }
}

/* At the limit the time still counts. */
static void a_pause_spoils_what_is_time(void **state)
{
    static const struct {
        enum hb_exec_kind kind;
        enum hb_job_status before;
        double paused; /* in shares of the least that spoils */
        bool is_spoilt;
    } cases[] = {
        {HB_EXEC_KIND_TIMED, HB_STATUS_OK, 0, false},
        {HB_EXEC_KIND_TIMED, HB_STATUS_OK, 1, false},
        {HB_EXEC_KIND_TIMED, HB_STATUS_OK, 1.01, true},
        {HB_EXEC_KIND_LOADING, HB_STATUS_OK, 2, true},
        {HB_EXEC_KIND_COUNTED, HB_STATUS_OK, 2, false},
        {HB_EXEC_KIND_INSTRUCTIONS, HB_STATUS_OK, 2, false},
        {HB_EXEC_KIND_TIMED, HB_STATUS_CRASHED, 2, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hb_program_result result = {
            .wall_s = 8, .paused_s = cases[i].paused * HB_SHARE_MISSING_MIN * 8};
        struct hb_exec_run run = {.kind = cases[i].kind, .status = cases[i].before};
        hb_exec_take_pause(&result, hb_clock_suspended_ns(), &run);
        if ((run.status == HB_STATUS_INVALID) != cases[i].is_spoilt)
            fail_msg("case %zu: %s", i, run.reason);
    }
    struct hb_exec_run run = {.kind = HB_EXEC_KIND_TIMED};
    hb_exec_take_pause(&whole, hb_clock_suspended_ns() + 1, &run);
    assert_int_equal(run.status, HB_STATUS_INVALID);
    assert_string_equal(run.reason, "the machine was suspended");
}

static void own_figures_are_read_from_what_it_prints(void **state)
{
    static char printed[] = "a 1.5\nb 9,900\n", complained[] = "c 3\n";
    struct hb_profile_program described = {
        .metrics = {{.name = "A"}, {.name = "B"}, {.name = "C"}, {.name = "D"}}, .metric_count = 4};
    const struct hb_program_result result = {
        .output = {.kept = printed, .kept_bytes = sizeof printed - 1, .bytes = sizeof printed - 1},
        .errors = {.kept = complained, .kept_bytes = sizeof complained - 1}};
    struct hb_exec_run run = {0};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        static const char *const patterns[] = {"^a (.*)", "^b (.*)", "^c (.*)", "^d (.*)"};
        described.metrics[i].regex = (char *)(uintptr_t)patterns[i];
    }
    hb_exec_take_figures(&described, &result, &run);
    assert_true(fabs(run.own[0] - 1.5) < 1e-9);
    assert_true(isnan(run.own[1]));
    assert_true(fabs(run.own[2] - 3) < 1e-9);
    assert_true(isnan(run.own[3]));
    assert_string_equal(run.unknown, "B: \"9,900\" is no number; D: not in what it printed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_figure_has_its_place),
        cmocka_unit_test(samples_that_are_known_are_kept),
        cmocka_unit_test(each_end_has_its_status),
        cmocka_unit_test(a_pause_spoils_what_is_time),
        cmocka_unit_test(own_figures_are_read_from_what_it_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
