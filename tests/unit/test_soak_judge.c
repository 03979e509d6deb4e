/* Soaks of known truth in, verdicts out: see src/judge/soak_judge.h. */
#include "unit/soak_made.h"

#include "base/unit.h"

#define EPOCHS 300 /* one a second: the five minutes of a short soak */
#define SEEDS  10

static double *value(struct hb_epoch *epoch, enum hb_epoch_metric_id id)
{
    return &epoch->metric[id];
}

/* ---- courses ---- */

static void flat(struct hb_epoch *epoch, double t, double noise)
{
    (void)t;
    *value(epoch, HB_EPOCH_THROUGHPUT) *= 1 + 0.01 * noise;
    *value(epoch, HB_EPOCH_RSS) += 4096 * floor(4 * noise);
}

static void leak(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_RSS) *= 1 + 0.01 * t / 60;
}

static void slowdown(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_THROUGHPUT) *= 1 - 0.01 * t / 60;
}

static void sawtooth(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_RSS) *= 1 + 0.2 * fmod(t, 20) / 20;
}

static void growth_that_stops(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_RSS) *= 1 + 0.3 * fmin(t, 200) / 200;
}

static void growth_with_live(struct hb_epoch *epoch, double t, double noise)
{
    leak(epoch, t, noise);
    *value(epoch, HB_EPOCH_LIVE) = MADE_RSS / 2 * (1 + 0.01 * t / 60);
}

static void growth_against_live(struct hb_epoch *epoch, double t, double noise)
{
    leak(epoch, t, noise);
    *value(epoch, HB_EPOCH_LIVE) = MADE_RSS / 2 * (1 + 0.0001 * t / 60);
}

static void cold_start(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    if (t < 3) {
        *value(epoch, HB_EPOCH_THROUGHPUT) *= 0.5;
        *value(epoch, HB_EPOCH_RSS) *= 0.25;
    }
}

/* Three phases of 10 s, of very different speed and size. */
static void phases(struct hb_epoch *epoch, double t, double noise)
{
    static const char *const names[] = {"steady", "grow", "idle"};
    static const double factor[] = {1, 0.4, 1.7}, memory[] = {1, 6, 2};
    const int phase = (int)(t / 10) % 3;
    flat(epoch, t, noise);
    (void)snprintf(epoch->phase, sizeof epoch->phase, "%s", names[phase]);
    *value(epoch, HB_EPOCH_THROUGHPUT) *= factor[phase];
    *value(epoch, HB_EPOCH_RSS) *= memory[phase];
}

static void phases_that_slow_down(struct hb_epoch *epoch, double t, double noise)
{
    phases(epoch, t, noise);
    *value(epoch, HB_EPOCH_THROUGHPUT) *= 1 - 0.01 * t / 60;
}

static void step_down(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    if (t >= 150)
        *value(epoch, HB_EPOCH_THROUGHPUT) *= 0.9;
}

static void with_calls(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    epoch->calls_known = epoch->own_calls_known = true;
    epoch->calls.count[HB_SYSCALL_mmap] = epoch->own_calls.count[HB_SYSCALL_mmap] = t < 3 ? 50 : 1;
    epoch->calls.bytes[HB_SYSCALL_mmap] = 4096;
}

/* 990 samples of 20 ns, 10 of 5 us. */
static void with_latency(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    epoch->latency = calloc(2, sizeof *epoch->latency);
    epoch->latency_count = 2;
    epoch->latency[0] = (struct hb_loglinear_count){hb_loglinear_bucket(20), 990};
    epoch->latency[1] = (struct hb_loglinear_count){hb_loglinear_bucket(5000), 10};
    *value(epoch, HB_EPOCH_LATENCY_P999) = 5000;
    *value(epoch, HB_EPOCH_LATENCY_MAX) = 5001;
}

/* ---- planted truths, in most seeds ---- */

static unsigned times_failed(const char *key, made_course subject, made_course control)
{
    unsigned failed = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct hb_session session;
        struct hb_soak_judgement judgement;
        made_open(&session, control != NULL);
        made_rounds(&session, EPOCHS, seed, subject, control);
        made_judge(&session, &judgement);
        failed += made_budget(&judgement, key)->outcome == HB_BUDGET_FAIL;
        hb_soak_judgement_free(&judgement);
        hb_session_free(&session);
    }
    return failed;
}

static void flat_noise_is_no_drift(void **state)
{
    (void)state;
    assert_in_range(times_failed("rss_drift_percent", flat, NULL), 0, 1);
    assert_in_range(times_failed("throughput_drift_percent", flat, NULL), 0, 1);
    assert_int_equal(times_failed("cv_percent", flat, NULL), 0);
}

static void a_leak_of_a_percent_a_minute_is_found(void **state)
{
    (void)state;
    assert_in_range(times_failed("rss_drift_percent", leak, NULL), 9, 10);
    assert_in_range(times_failed("throughput_drift_percent", leak, NULL), 0, 1);
}

static void a_slowdown_of_a_percent_a_minute_is_found(void **state)
{
    (void)state;
    assert_in_range(times_failed("throughput_drift_percent", slowdown, NULL), 9, 10);
    assert_in_range(times_failed("throughput_drift_percent", slowdown, flat), 9, 10);
    assert_in_range(times_failed("rss_drift_percent", slowdown, NULL), 0, 1);
}

static void a_sawtooth_is_no_drift(void **state)
{
    (void)state;
    assert_in_range(times_failed("rss_drift_percent", sawtooth, NULL), 0, 1);
}

static void the_machine_is_not_blamed_on_the_allocator(void **state)
{
    (void)state;
    assert_in_range(times_failed("throughput_drift_percent", slowdown, slowdown), 0, 1);
}

static void phases_are_no_drift_and_hide_none(void **state)
{
    (void)state;
    assert_in_range(times_failed("throughput_drift_percent", phases, NULL), 0, 1);
    assert_in_range(times_failed("rss_drift_percent", phases, NULL), 0, 1);
    assert_int_equal(times_failed("cv_percent", phases, NULL), 0);
    assert_in_range(times_failed("throughput_drift_percent", phases_that_slow_down, NULL), 9, 10);
}

/* Every epoch a phase of its own. */
static void never_twice(struct hb_epoch *epoch, double t, double noise)
{
    leak(epoch, t, noise);
    (void)snprintf(epoch->phase, sizeof epoch->phase, "phase %.0f", t);
}

static void a_phase_that_comes_once_is_not_flat(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 60, 5, never_twice, NULL);
    made_judge(&session, &judgement);
    assert_int_equal(judgement.allocators[0].memory.rss.n, 0);
    assert_int_equal(judgement.allocators[0].memory.rss.word, HB_SOAK_UNCLEAR);
    assert_int_equal(made_budget(&judgement, "rss_drift_percent")->outcome, HB_BUDGET_UNKNOWN);
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

/* ---- one soak each ---- */

struct soak {
    struct hb_session session;
    struct hb_soak_judgement judgement;
};

static void judge_made(struct soak *soak, made_course subject, made_course control)
{
    made_open(&soak->session, control != NULL);
    made_rounds(&soak->session, EPOCHS, 5, subject, control);
    made_judge(&soak->session, &soak->judgement);
}

static void close_soak(struct soak *soak)
{
    hb_soak_judgement_free(&soak->judgement);
    hb_session_free(&soak->session);
}

static void figures_of_a_leak_are_what_was_planted(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, leak, NULL);
    const struct hb_soak_drift *drift = &soak.judgement.allocators[0].memory.rss;
    assert_true(fabs(soak.judgement.scale_s - 3600) < 1e-9);
    assert_true(drift->lo <= drift->percent && drift->percent <= drift->hi);
    /* 60 % an hour of the level at the start; of the median level, 2.5 % higher, 58.5 %. */
    assert_true(fabs(drift->percent - 58.5) < 0.5);
    assert_true(fabs(drift->first_to_last_percent - 4.5) < 0.5);
    assert_int_equal(drift->word, HB_SOAK_RISING);
    assert_int_equal(soak.judgement.allocators[0].counted, EPOCHS - 3);
    assert_int_equal(soak.judgement.allocators[0].warmup, 3);
    assert_true(hb_soak_over_budget(&soak.judgement));
    assert_true(hb_soak_complete(&soak.judgement));
    close_soak(&soak);
}

static void growth_that_stopped_is_no_leak(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, growth_that_stops, NULL);
    const struct hb_soak_budget *budget = made_budget(&soak.judgement, "rss_drift_percent");
    assert_true(budget->lo > 5);
    assert_int_equal(budget->outcome, HB_BUDGET_PASS);
    assert_non_null(strstr(budget->why, "stopped"));
    close_soak(&soak);
}

static void live_bytes_explain_growth(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, growth_with_live, NULL);
    assert_int_equal(made_budget(&soak.judgement, "rss_drift_percent")->outcome, HB_BUDGET_PASS);
    assert_non_null(strstr(made_budget(&soak.judgement, "rss_drift_percent")->why, "live"));
    close_soak(&soak);
    judge_made(&soak, growth_against_live, NULL);
    assert_int_equal(made_budget(&soak.judgement, "rss_drift_percent")->outcome, HB_BUDGET_FAIL);
    close_soak(&soak);
}

static void the_warm_up_is_left_out(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, cold_start, NULL);
    assert_true(soak.judgement.allocators[0].cv_percent < 1);
    assert_true(soak.judgement.allocators[0].memory.first > 0.9 * MADE_RSS);
    assert_false(hb_soak_over_budget(&soak.judgement));
    close_soak(&soak);
}

static void the_control_shows_the_machine(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, slowdown, slowdown);
    assert_int_equal(soak.judgement.control, 1);
    assert_int_equal(soak.judgement.allocators[0].speed.word, HB_SOAK_FALLING);
    assert_int_equal(soak.judgement.allocators[1].speed.word, HB_SOAK_FALLING);
    assert_true(fabs(soak.judgement.allocators[0].speed_to_control.percent) < 5);
    assert_int_equal(soak.judgement.allocators[1].speed_to_control.n, 0);
    for (size_t i = 0; i < soak.judgement.budget_count; i++)
        assert_string_equal(soak.judgement.budgets[i].label, "subject");
    close_soak(&soak);
}

static void a_change_of_level_has_its_time(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, step_down, NULL);
    assert_int_equal(soak.judgement.allocators[0].change_count, 1);
    assert_true(fabs(soak.judgement.allocators[0].changes[0].at_s - 150) <= 3);
    assert_true(fabs(soak.judgement.allocators[0].changes[0].percent + 10) < 1);
    close_soak(&soak);
}

static void calls_after_warm_up_are_counted(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, with_calls, NULL);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    assert_true(fabs(judged->syscalls_per_op - 1 / MADE_SPEED) < 1e-15);
    assert_false(judged->syscalls_counted_pass);
    assert_int_equal(judged->calls_count, 2);
    assert_string_equal(judged->calls[0].phase, "warm-up");
    assert_int_equal(judged->calls[0].calls.count[HB_SYSCALL_mmap], 150);
    assert_int_equal(judged->calls_judged.calls.count[HB_SYSCALL_mmap], EPOCHS - 3);
    assert_int_equal(judged->calls_judged.calls.bytes[HB_SYSCALL_mmap], 4096 * (EPOCHS - 3));
    assert_true(judged->calls_judged.agree);
    assert_int_equal(made_budget(&soak.judgement, "memory_syscalls_per_op")->outcome,
                     HB_BUDGET_FAIL); /* 2e-8 against 1e-8 */
    close_soak(&soak);
}

static void calls_of_the_counting_pass_fill_in(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    struct hb_job job;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 20, 5, flat, NULL);
    hb_job_init(&job);
    job.kind = HB_JOB_COUNTED;
    job.metric[HB_METRIC_SYSCALLS_PER_OP] = 5e-9;
    job.metric[HB_METRIC_OPERATIONS] = 1e9;
    job.syscalls_known = true;
    job.syscalls.count[HB_COUNT_MEASURED][HB_SYSCALL_munmap] = 5;
    assert_int_equal(hb_session_append(&session, &job), 0);
    made_judge(&session, &judgement);
    assert_true(judgement.allocators[0].syscalls_counted_pass);
    assert_int_equal(judgement.allocators[0].calls_count, HB_COUNT_PHASES);
    assert_int_equal(judgement.allocators[0].calls_judged.calls.count[HB_SYSCALL_munmap], 5);
    assert_false(judgement.allocators[0].calls_judged.bytes_known);
    const struct hb_soak_budget *budget = made_budget(&judgement, "memory_syscalls_per_op");
    assert_int_equal(budget->outcome, HB_BUDGET_PASS);
    assert_non_null(strstr(budget->why, "counting pass"));
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void histograms_are_merged(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, with_latency, NULL);
    const struct hb_soak_latency *latency = &soak.judgement.allocators[0].latency;
    assert_true(latency->merged);
    assert_true(fabs(latency->samples - 1000.0 * (EPOCHS - 3)) < 0.5);
    assert_true(fabs(latency->p50 - 20) < 0.1);
    assert_true(fabs(latency->p99 - 20) < 0.1);
    assert_true(fabs(latency->p999 - 5000) < 5);
    assert_true(fabs(latency->max - 5001) < 0.1);
    assert_true(fabs(latency->p999_drift.percent) < 1e-9);
    assert_int_equal(made_budget(&soak.judgement, "latency_p999_drift_percent")->outcome,
                     HB_BUDGET_PASS);
    close_soak(&soak);
}

/* ---- what goes wrong ---- */

static void few_epochs_cannot_tell(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 3 + 5, 5, leak, NULL);
    made_judge(&session, &judgement);
    for (size_t i = 0; i < judgement.budget_count; i++)
        assert_int_equal(judgement.budgets[i].outcome, HB_BUDGET_UNKNOWN);
    assert_false(hb_soak_over_budget(&judgement));
    assert_true(hb_soak_complete(&judgement));
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void no_epoch_at_all_is_incomplete(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, true);
    made_judge(&session, &judgement);
    assert_int_equal(judgement.budget_count, 6);
    assert_false(hb_soak_over_budget(&judgement));
    assert_false(hb_soak_complete(&judgement));
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

/* Process 1 starts small and cold, after a gap of a minute; both leak nothing. */
static void a_restart_is_a_gap_and_no_drift(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 100, 5, flat, NULL);
    for (uint32_t round = 100; round < 250; round++) {
        const size_t i = made_epoch(&session, 0, round, round + 60.0, 0.5 - round % 2, flat);
        session.epochs[i].process = 1;
        *value(&session.epochs[i], HB_EPOCH_RSS) *= 0.5;
        if (round < 103)
            *value(&session.epochs[i], HB_EPOCH_THROUGHPUT) *= 0.3;
    }
    made_judge(&session, &judgement);
    const struct hb_soak_judged *judged = &judgement.allocators[0];
    assert_int_equal(judged->restart_count, 1);
    assert_int_equal(judged->restarts[0].process, 1);
    assert_true(fabs(judged->restarts[0].at_s - 160) < 1e-9);
    assert_true(fabs(judged->restarts[0].gap_s - 60.1) < 1e-6);
    assert_int_equal(judged->warmup, 6);
    assert_int_equal(judged->memory.rss.n, 147);
    assert_true(fabs(judged->memory.rss.percent) < 1);
    assert_false(hb_soak_over_budget(&judgement));
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void a_crash_and_a_disturbance_are_told(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 40, 5, flat, NULL);
    session.epochs[20].status = HB_STATUS_INVALID;
    *value(&session.epochs[20], HB_EPOCH_THROUGHPUT) = 1;
    session.epochs[39].status = HB_STATUS_CRASHED;
    (void)snprintf(session.epochs[39].reason, HB_REASON_MAX, "ended by signal 11");
    for (size_t m = 0; m < HB_EPOCH_METRIC_COUNT; m++)
        session.epochs[39].metric[m] = (double)NAN;
    made_judge(&session, &judgement);
    const struct hb_soak_judged *judged = &judgement.allocators[0];
    assert_int_equal(judged->counted, 40 - 3 - 2);
    assert_int_equal(judged->invalid, 1);
    assert_int_equal(judged->failed, 1);
    assert_ptr_equal(judged->failure, &session.epochs[39]);
    assert_ptr_equal(judged->disturbance, &session.epochs[20]);
    assert_false(hb_soak_complete(&judgement));
    assert_true(judged->throughput.min > 0.9 * MADE_SPEED);
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void drains_are_looked_at_apart(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 40, 5, flat, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        struct hb_epoch *drain =
            &session.epochs[made_epoch(&session, 0, 40 + i, 40.0 + i, 0, flat)];
        (void)snprintf(drain->phase, sizeof drain->phase, "drain");
        *value(drain, HB_EPOCH_THROUGHPUT) = (double)NAN;
        *value(drain, HB_EPOCH_DRAINED_5S) = 1048576 * (i ? 9 : 2);
    }
    made_judge(&session, &judgement);
    assert_int_equal(judgement.allocators[0].drains, 2);
    assert_int_equal(judgement.allocators[0].counted, 37);
    assert_true(fabs(judgement.allocators[0].memory.drained_5s - 9 * 1048576) < 1);
    assert_int_equal(made_budget(&judgement, "rss_drained_bytes")->outcome, HB_BUDGET_FAIL);
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void every_epoch_of_fresh_processes_counts(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    session.soak.fresh = true;
    made_rounds(&session, 36, 5, flat, NULL);
    for (size_t i = 0; i < session.epoch_count; i++)
        session.epochs[i].process = (uint32_t)i;
    made_judge(&session, &judgement);
    assert_int_equal(judgement.allocators[0].counted, 36);
    assert_int_equal(judgement.allocators[0].restart_count, 0);
    assert_int_equal(judgement.allocators[0].memory.rss.n, 36);
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void without_throughput_memory_is_still_judged(void **state)
{
    struct hb_session session;
    struct hb_soak_judgement judgement;
    (void)state;
    made_open(&session, false);
    made_rounds(&session, 60, 5, leak, NULL);
    for (size_t i = 0; i < session.epoch_count; i++)
        *value(&session.epochs[i], HB_EPOCH_THROUGHPUT) = (double)NAN;
    made_judge(&session, &judgement);
    assert_int_equal(judgement.allocators[0].throughput.n, 0);
    assert_int_equal(made_budget(&judgement, "throughput_drift_percent")->outcome,
                     HB_BUDGET_UNKNOWN);
    assert_int_equal(made_budget(&judgement, "rss_drift_percent")->outcome, HB_BUDGET_FAIL);
    hb_soak_judgement_free(&judgement);
    hb_session_free(&session);
}

static void the_json_says_what_was_judged(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, slowdown, flat);
    cJSON *root = cJSON_CreateObject();
    assert_int_equal(hb_soak_json(&soak.judgement, root), 0);
    const cJSON *section = cJSON_GetObjectItem(root, "soak_summary");
    const cJSON *subject =
        cJSON_GetObjectItem(cJSON_GetObjectItem(section, "allocators"), "subject");
    const cJSON *speed = cJSON_GetObjectItem(subject, "throughput_ops_per_s");
    const cJSON *drift = cJSON_GetObjectItem(speed, "drift_against_control");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(section, "control")), "floor");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(drift, "word")), "falling");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(section, "budgets")), 6);
    cJSON_Delete(root);
    close_soak(&soak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_noise_is_no_drift),
        cmocka_unit_test(a_leak_of_a_percent_a_minute_is_found),
        cmocka_unit_test(a_slowdown_of_a_percent_a_minute_is_found),
        cmocka_unit_test(a_sawtooth_is_no_drift),
        cmocka_unit_test(the_machine_is_not_blamed_on_the_allocator),
        cmocka_unit_test(phases_are_no_drift_and_hide_none),
        cmocka_unit_test(a_phase_that_comes_once_is_not_flat),
        cmocka_unit_test(figures_of_a_leak_are_what_was_planted),
        cmocka_unit_test(growth_that_stopped_is_no_leak),
        cmocka_unit_test(live_bytes_explain_growth),
        cmocka_unit_test(the_warm_up_is_left_out),
        cmocka_unit_test(the_control_shows_the_machine),
        cmocka_unit_test(a_change_of_level_has_its_time),
        cmocka_unit_test(calls_after_warm_up_are_counted),
        cmocka_unit_test(calls_of_the_counting_pass_fill_in),
        cmocka_unit_test(histograms_are_merged),
        cmocka_unit_test(few_epochs_cannot_tell),
        cmocka_unit_test(no_epoch_at_all_is_incomplete),
        cmocka_unit_test(a_restart_is_a_gap_and_no_drift),
        cmocka_unit_test(a_crash_and_a_disturbance_are_told),
        cmocka_unit_test(drains_are_looked_at_apart),
        cmocka_unit_test(every_epoch_of_fresh_processes_counts),
        cmocka_unit_test(without_throughput_memory_is_still_judged),
        cmocka_unit_test(the_json_says_what_was_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
