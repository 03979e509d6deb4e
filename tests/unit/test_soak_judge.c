/* Soaks of known truth in, verdicts out: see src/judge/soak_judge.h. */
#include "unit/soak_made.h"

#include "base/unit.h"
#include "judge/soak_judge.h"

#include <inttypes.h>

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

static void nothing_happens(struct hb_epoch *epoch, double t, double noise)
{
    (void)epoch;
    (void)t;
    (void)noise;
}

static void leak(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_RSS) *= 1 + 0.01 * t / 60;
}

static void shrinking(struct hb_epoch *epoch, double t, double noise)
{
    flat(epoch, t, noise);
    *value(epoch, HB_EPOCH_RSS) *= 1 - 0.01 * t / 60;
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
    epoch->calls_known = true;
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
    assert_int_equal(judgement.allocators[0].calls_count, 1 + 57); /* the warm-up's, and theirs */
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
    assert_true(hb_soak_tally(&soak.judgement).count[HB_BUDGET_FAIL] > 0);
    assert_true(hb_soak_complete(&soak.judgement));
    close_soak(&soak);
}

static void growth_that_stopped_is_no_leak(void **state)
{
    struct soak soak;
    (void)state;
    judge_made(&soak, growth_that_stops, NULL);
    const struct hb_budget_result *budget = made_budget(&soak.judgement, "rss_drift_percent");
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
    assert_int_equal(hb_soak_tally(&soak.judgement).count[HB_BUDGET_FAIL], 0);
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
    const struct hb_budget_result *budget = made_budget(&judgement, "memory_syscalls_per_op");
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
    assert_int_equal(hb_soak_tally(&judgement).count[HB_BUDGET_FAIL], 0);
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
    assert_int_equal(hb_soak_tally(&judgement).count[HB_BUDGET_FAIL], 0);
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
    assert_int_equal(hb_soak_tally(&judgement).count[HB_BUDGET_FAIL], 0);
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
        const size_t at = made_epoch(&session, 0, 40 + i, 40.0 + i, 0, flat);
        struct hb_epoch *drain = &session.epochs[at];
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

/* ---- epochs one by one ---- */

/* What a series of epochs of one allocator has in common: 64 MiB, 50 M/s, one a second. */
static struct hb_epoch *add_epoch(struct hb_session *session, uint32_t round, uint32_t process,
                                  const char *phase)
{
    const size_t i = made_epoch(session, 0, round, round, 0, nothing_happens);
    struct hb_epoch *epoch = &session->epochs[i];
    epoch->process = process;
    (void)snprintf(epoch->phase, sizeof epoch->phase, "%s", phase);
    return epoch;
}

static void open_plain(struct hb_session *session, uint32_t warmup)
{
    made_open(session, false);
    session->soak.warmup_epochs = warmup;
}

/* What lies behind the last epoch is none of the session's. */
static void judge_plain(struct soak *soak)
{
    struct hb_epoch *beyond = add_epoch(&soak->session, 0, 99, "beyond");
    beyond->started_s = 1e9;
    beyond->calls_known = true;
    for (size_t m = 0; m < HB_EPOCH_METRIC_COUNT; m++)
        beyond->metric[m] = 1e15;
    soak->session.epoch_count--;
    made_judge(&soak->session, &soak->judgement);
}

/* By hand only: as it is run, a drain is a process's last epoch. */
static void a_drain_takes_no_place_of_the_warm_up(void **state)
{
    static const char *const phases[] = {"steady", "drain", "steady", "steady", "steady"};
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 2);
    for (uint32_t i = 0; i < 10; i++) { /* and so anew in the second process */
        struct hb_epoch *epoch = add_epoch(&soak.session, i, i / 5, phases[i % 5]);
        epoch->calls_known = epoch->own_calls_known = true;
        epoch->calls.count[HB_SYSCALL_mmap] = epoch->own_calls.count[HB_SYSCALL_mmap] = 1u << i;
    }
    judge_plain(&soak);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    assert_int_equal(judged->epochs, 10);
    assert_int_equal(judged->warmup, 4);
    assert_int_equal(judged->drains, 2);
    assert_int_equal(judged->counted, 4);
    assert_int_equal(judged->series[0]->round, 3);
    assert_int_equal(judged->series[2]->round, 8);
    assert_int_equal(judged->calls_count, 3);
    assert_string_equal(judged->calls[0].phase, "warm-up");
    assert_int_equal(judged->calls[0].epochs, 4);
    assert_int_equal(judged->calls[0].calls.count[HB_SYSCALL_mmap], 1 + 4 + 32 + 128);
    assert_string_equal(judged->calls[1].phase, "drain");
    assert_int_equal(judged->calls[1].calls.count[HB_SYSCALL_mmap], 2 + 64);
    assert_int_equal(judged->calls[2].calls.count[HB_SYSCALL_mmap], 8 + 16 + 256 + 512);
    assert_int_equal(judged->calls_judged.epochs, 4);
    assert_int_equal(judged->calls_judged.calls.count[HB_SYSCALL_mmap], 8 + 16 + 256 + 512);
    assert_true(fabs(judged->calls_judged.operations / (4 * MADE_SPEED) - 1) < 1e-12);
    close_soak(&soak);
}

/* What one phase does not tell is not known of the whole; nor is what is not all counted. */
static void calls_of_the_whole_are_known_where_each_phase_knows(void **state)
{
    static const struct {
        bool own_known, is_counted;
        uint64_t own, bytes; /* of the second phase, in which the kernel counted 7 calls */
        bool sum_own_known, sum_bytes_known, sum_agree;
        double calls_per_op;
    } cases[] = {
        {true, true, 7, 4096, true, true, true, 10 / (2 * MADE_SPEED)},
        {false, true, 7, 4096, false, true, false, 10 / (2 * MADE_SPEED)},
        {true, true, 6, 4096, true, true, false, 10 / (2 * MADE_SPEED)},
        {true, true, 7, 0, true, false, true, 10 / (2 * MADE_SPEED)},
        {true, false, 7, 4096, true, true, true, 8 / (2 * MADE_SPEED)}, /* 5 in all, it says */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        open_plain(&soak.session, 0);
        for (uint32_t round = 0; round < 2; round++) {
            struct hb_epoch *epoch = add_epoch(&soak.session, round, 0, round ? "grow" : "steady");
            epoch->calls_known = !round || cases[i].is_counted;
            epoch->own_calls_known = !round || cases[i].own_known;
            epoch->calls.count[HB_SYSCALL_brk] = round ? 7 : 3;
            epoch->calls.bytes[HB_SYSCALL_brk] = round ? cases[i].bytes : 1;
            epoch->own_calls.count[HB_SYSCALL_brk] = round ? cases[i].own : 3;
            epoch->metric[HB_EPOCH_SYSCALLS] = round ? 5 : 1000;
        }
        struct hb_epoch *unknown = add_epoch(&soak.session, 2, 0, "grow");
        unknown->metric[HB_EPOCH_SYSCALLS] = 1000;
        unknown->metric[HB_EPOCH_OPERATIONS] = (double)NAN;
        unknown = add_epoch(&soak.session, 3, 0, "grow");
        unknown->metric[HB_EPOCH_SYSCALLS] = (double)NAN;
        unknown = add_epoch(&soak.session, 4, 0, "grow");
        unknown->status = HB_STATUS_CRASHED;
        unknown->calls_known = true;
        unknown->calls.count[HB_SYSCALL_brk] = 1000;
        judge_plain(&soak);
        const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
        assert_int_equal(judged->calls_count, cases[i].is_counted ? 2 : 1);
        assert_true(judged->calls[0].agree && judged->calls[0].own_known);
        assert_int_equal(judged->calls_judged.own_known, cases[i].sum_own_known);
        assert_int_equal(judged->calls_judged.bytes_known, cases[i].sum_bytes_known);
        assert_int_equal(judged->calls_judged.agree, cases[i].sum_agree);
        assert_true(fabs(judged->syscalls_per_op / cases[i].calls_per_op - 1) < 1e-12);
        if (cases[i].is_counted)
            assert_int_equal(judged->calls[1].agree, cases[i].sum_agree);
        close_soak(&soak);
    }
}

/* The last good pass of the same allocator, where no epoch counted; own counters between start and
 * end alone. */
static void the_counting_pass_speaks_for_its_own_allocator(void **state)
{
    static const struct {
        uint32_t allocator;
        enum hb_job_kind kind;
        enum hb_job_status status;
        bool is_taken;
    } cases[] = {
        {0, HB_JOB_COUNTED, HB_STATUS_OK, true},
        {1, HB_JOB_COUNTED, HB_STATUS_OK, false},
        {0, HB_JOB_TIMED, HB_STATUS_OK, false},
        {0, HB_JOB_COUNTED, HB_STATUS_CRASHED, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        struct hb_job job;
        made_open(&soak.session, true);
        made_rounds(&soak.session, 20, 5, flat, flat);
        for (uint64_t n = 0; n < 2; n++) {
            hb_job_init(&job);
            job.allocator = n ? cases[i].allocator : 0;
            job.kind = n ? cases[i].kind : HB_JOB_COUNTED;
            job.status = n ? cases[i].status : HB_STATUS_OK;
            job.metric[HB_METRIC_SYSCALLS_PER_OP] = (double)(n + 1);
            job.metric[HB_METRIC_OPERATIONS] = 8;
            job.syscalls_known = job.own_counters_known = true;
            for (size_t p = 0; p < HB_COUNT_PHASES; p++) {
                job.syscalls.count[p][HB_SYSCALL_mmap] = 10 * p + n;
                job.syscalls.bytes[p][HB_SYSCALL_mmap] = 10 * p + n;
                job.own_counters.count[p][HB_SYSCALL_mmap] = 10 * p + n;
            }
            job.syscalls.bytes[HB_COUNT_WARMUP][HB_SYSCALL_mmap] = 0;
            assert_int_equal(hb_session_append(&soak.session, &job), 0);
        }
        judge_plain(&soak);
        const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
        const uint64_t n = cases[i].is_taken;
        assert_true(judged->syscalls_per_op == (double)(n + 1));
        assert_int_equal(judged->calls_count, HB_COUNT_PHASES);
        for (size_t p = 0; p < HB_COUNT_PHASES; p++) {
            const struct hb_soak_calls *row = &judged->calls[p];
            const bool is_between = p == HB_COUNT_WARMUP || p == HB_COUNT_MEASURED;
            assert_string_equal(row->phase, hb_count_phase_names[p]);
            assert_int_equal(row->own_known, is_between);
            assert_int_equal(row->agree, is_between);
            assert_int_equal(row->bytes_known,
                             p != HB_COUNT_WARMUP || row->calls.count[HB_SYSCALL_mmap] == 0);
            assert_int_equal(row->calls.count[HB_SYSCALL_mmap], 10 * p + n);
            assert_int_equal(row->own.count[HB_SYSCALL_mmap], 10 * p + n);
            assert_int_equal(row->calls.bytes[HB_SYSCALL_mmap],
                             p == HB_COUNT_WARMUP ? 0 : 10 * p + n);
            assert_true(p == HB_COUNT_MEASURED ? row->operations == 8 : isnan(row->operations));
        }
        assert_int_equal(judged->calls_judged.calls.count[HB_SYSCALL_mmap],
                         10 * HB_COUNT_MEASURED + n);
        assert_true(judged->calls_judged.operations == 8 && judged->calls_judged.agree);
        close_soak(&soak);
    }
}

/* A pass that could not count has no rows; epochs that did are not overruled by it. */
static void a_pass_fills_in_only_what_is_missing(void **state)
{
    (void)state;
    for (int epochs_count = 0; epochs_count < 2; epochs_count++) {
        struct soak soak;
        struct hb_job job;
        open_plain(&soak.session, 0);
        made_rounds(&soak.session, 5, 5, epochs_count ? with_calls : flat, NULL);
        hb_job_init(&job);
        job.kind = HB_JOB_COUNTED;
        job.syscalls_known = epochs_count;
        job.metric[HB_METRIC_SYSCALLS_PER_OP] = 7;
        assert_int_equal(hb_session_append(&soak.session, &job), 0);
        judge_plain(&soak);
        const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
        assert_int_equal(judged->syscalls_counted_pass, !epochs_count);
        assert_true(epochs_count ? judged->syscalls_per_op < 1 : judged->syscalls_per_op == 7);
        assert_int_equal(judged->calls_count, epochs_count);
        assert_int_equal(isnan(judged->calls_judged.operations) != 0, !epochs_count);
        assert_int_equal(judged->calls_judged.own_known, epochs_count);
        close_soak(&soak);
    }
}

/* Of one phase alone two epochs have a median, a spread and no interval; 100 x sqrt(2) / 50. */
static void two_epochs_have_figures(void **state)
{
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 0);
    *value(add_epoch(&soak.session, 0, 0, "steady"), HB_EPOCH_THROUGHPUT) = 49e6;
    *value(add_epoch(&soak.session, 1, 0, "steady"), HB_EPOCH_THROUGHPUT) = 51e6;
    judge_plain(&soak);
    assert_true(fabs(soak.judgement.allocators[0].cv_percent - 2.828427124746) < 1e-9);
    assert_true(fabs(soak.judgement.allocators[0].ratio[1] - 1.02) < 1e-12);
    assert_true(isnan(soak.judgement.allocators[0].cv_control_percent));
    close_soak(&soak);
    open_plain(&soak.session, 0);
    (void)add_epoch(&soak.session, 0, 0, "steady");
    judge_plain(&soak);
    assert_true(isnan(soak.judgement.allocators[0].cv_percent));
    close_soak(&soak);
}

/* Among others a phase is compared with itself from three epochs on. */
static void a_phase_among_others_needs_three_epochs(void **state)
{
    (void)state;
    for (uint32_t few = 2; few <= 3; few++) {
        struct soak soak;
        open_plain(&soak.session, 0);
        for (uint32_t i = 0; i < 12; i++)
            (void)add_epoch(&soak.session, i, 0, i < few ? "few" : "steady");
        *value(&soak.session.epochs[0], HB_EPOCH_RSS) *= 2;
        *value(&soak.session.epochs[11], HB_EPOCH_LIVE) = 0; /* no level to be a ratio of */
        judge_plain(&soak);
        const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
        assert_int_equal(judged->speed.n, few == 2 ? 10 : 12);
        assert_int_equal(judged->memory.rss.n, few == 2 ? 10 : 12);
        assert_int_equal(judged->memory.live_drift.n, 0);
        assert_int_equal(isnan(judged->ratio[0]) != 0, few == 2);
        close_soak(&soak);
    }
}

/* Too few for a slope of the last quarter: from the third quarter's median to the last's. Of 8
 * epochs these are 2 and 2, of 9 2 and 3. Level (1 + 1.1) / 2 of 8, 1.1 of 9. */
static void a_short_soak_ends_as_its_second_half_goes(void **state)
{
    static const struct {
        size_t n;
        double rss[9], percent; /* of the level, an hour */
    } cases[] = {
        {7, {1, 1, 1, 1, 1, 1, 1}, NAN},
        {8, {1, 1, 1, 1, 1.1, 1.1, 1.2, 1.4}, 100 * (1.3 - 1.1) / 1.05 / 2 * 3600},
        {9, {1, 1, 1, 1, 1.1, 1.2, 1.2, 1.5, 1.4}, 100 * (1.4 - 1.15) / 1.1 / 2.5 * 3600},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        open_plain(&soak.session, 0);
        for (uint32_t round = 0; round < cases[i].n; round++)
            *value(add_epoch(&soak.session, round, 0, "steady"), HB_EPOCH_RSS) =
                cases[i].rss[round] * 1e6;
        judge_plain(&soak);
        const struct hb_soak_drift *rss = &soak.judgement.allocators[0].memory.rss;
        assert_int_equal(rss->n, cases[i].n);
        assert_int_equal(isnan(rss->percent) != 0, cases[i].n < 8);
        assert_true(isnan(cases[i].percent)
                        ? isnan(rss->last_quarter_percent)
                        : fabs(rss->last_quarter_percent / cases[i].percent - 1) < 1e-9);
        assert_true(isnan(rss->last_quarter_p));
        close_soak(&soak);
    }
}

/* Half a MiB of 64 an epoch, of which the last eight are noisy: still rising by 60.6 % an hour
 * though p is 0.31. */
static void a_late_rise_beyond_the_limit_goes_on(void **state)
{
    static const double late[8] = {0, 8, -6, 7, -3, 6, 1, 9};
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 0);
    for (uint32_t i = 0; i < 32; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        epoch->started_s = 3600.0 / 32 * i;
        *value(epoch, HB_EPOCH_RSS) = (64 + 0.5 * i + (i < 24 ? 0 : late[i - 24])) * 1048576;
    }
    judge_plain(&soak);
    const struct hb_soak_drift *rss = &soak.judgement.allocators[0].memory.rss;
    assert_true(fabs(rss->last_quarter_percent - 60.63157894736847) < 1e-6);
    assert_true(fabs(rss->last_quarter_p - 0.3083248673116702) < 1e-9);
    const struct hb_budget_result *budget = made_budget(&soak.judgement, "rss_drift_percent");
    assert_int_equal(budget->outcome, HB_BUDGET_FAIL);
    assert_non_null(strstr(budget->why, "it goes on"));
    close_soak(&soak);
}

/* Ten rising by 1 MB each 800 s, over two hours: told over the whole length, as that is more than
 * an hour, of the level, which is the median of all eleven. */
static void a_line_has_the_drift_it_was_made_with(void **state)
{
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 0);
    for (uint32_t i = 0; i < 10; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        epoch->started_s = 800.0 * i;
        *value(epoch, HB_EPOCH_ELAPSED) = i < 9 ? 0.9e9 : NAN;
        *value(epoch, HB_EPOCH_RSS) = 1e6 * (i + 1);
        *value(epoch, HB_EPOCH_LATENCY_P999) = exp(i);
    }
    (void)add_epoch(&soak.session, 7200, 0, "steady"); /* at the time of the last: passed over */
    judge_plain(&soak);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    const struct hb_soak_drift *rss = &judged->memory.rss;
    assert_true(fabs(soak.judgement.duration_s - 7200.9) < 1e-6);
    assert_true(soak.judgement.scale_s == soak.judgement.duration_s);
    assert_int_equal(rss->n, 10);
    assert_true(fabs(rss->percent / (100 * 1e6 / 6e6 / 800 * 7200.9) - 1) < 1e-9);
    assert_true(fabs(rss->lo / rss->percent - 1) < 1e-9 && fabs(rss->hi / rss->percent - 1) < 1e-9);
    assert_true(fabs(rss->first_to_last_percent - 100 * (9.0 / 2 - 1)) < 1e-9);
    assert_true(rss->tau == 1 && rss->p < 1e-4 && rss->p_plain < 1e-4);
    assert_int_equal(rss->word, HB_SOAK_RISING);
    /* Logarithms: the rate, and by what factor the last three lie above the first three. */
    const struct hb_soak_drift *p999 = &judged->latency.p999_drift;
    assert_true(fabs(p999->percent / (100 * 7200.9 / 800) - 1) < 1e-9);
    assert_true(fabs(p999->first_to_last_percent / (100 * expm1(7)) - 1) < 1e-9);
    close_soak(&soak);
}

/* Memory of the process with the most epochs; of two as long, the first. */
static void the_longest_process_is_looked_at(void **state)
{
    static const struct {
        uint32_t length[3]; /* of three processes, which rise, stay and fall */
        size_t n;
        double sign;
    } cases[] = {
        {{20, 10, 15}, 20, 1}, {{10, 20, 15}, 20, 0}, {{10, 15, 20}, 20, -1},
        {{20, 10, 20}, 20, 1}, {{9, 20, 20}, 20, 0},  {{40, 0, 0}, 40, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        uint32_t round = 0;
        open_plain(&soak.session, 0);
        for (uint32_t process = 0; process < 3; process++) {
            for (uint32_t k = 0; k < cases[i].length[process]; k++)
                *value(add_epoch(&soak.session, round++, process, "steady"), HB_EPOCH_RSS) =
                    1e9 + 1e6 * k * (1 - (double)process);
        }
        judge_plain(&soak);
        const struct hb_soak_drift *rss = &soak.judgement.allocators[0].memory.rss;
        assert_int_equal(rss->n, cases[i].n);
        assert_true(cases[i].sign > 0   ? rss->percent > 1
                    : cases[i].sign < 0 ? rss->percent < -1
                                        : rss->percent == 0);
        close_soak(&soak);
    }
}

static void memory_has_its_first_last_peak_and_share(void **state)
{
    static const double rss[] = {9, NAN, 4, 5, 6, NAN}, live[] = {1, 1, 2, 4, 0, 5};
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 1);
    for (uint32_t i = 0; i < 6; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        *value(epoch, HB_EPOCH_RSS) = rss[i];
        *value(epoch, HB_EPOCH_LIVE) = live[i];
        *value(epoch, HB_EPOCH_HEAP) = 12;
    }
    struct hb_epoch *drain = add_epoch(&soak.session, 6, 0, "drain");
    *value(drain, HB_EPOCH_RSS) = 8;
    *value(drain, HB_EPOCH_DRAINED_100MS) = 3;
    *value(drain, HB_EPOCH_DRAINED_1S) = 2;
    *value(drain, HB_EPOCH_DRAINED_5S) = 1;
    judge_plain(&soak);
    const struct hb_soak_memory *memory = &soak.judgement.allocators[0].memory;
    assert_true(memory->first == 4 && memory->last == 6 && memory->peak == 9);
    assert_true(memory->live == 2);                      /* of 1, 2, 4, 0, 5 */
    assert_true(memory->fragmentation == (6 + 3) / 2.0); /* of 12, 6, 3 and 2.4 */
    assert_true(memory->drained_100ms == 3 && memory->drained_1s == 2 && memory->drained_5s == 1);
    close_soak(&soak);
    made_open(&soak.session, true); /* nothing but another's */
    made_rounds(&soak.session, 5, 5, flat, flat);
    for (size_t i = 0; i < soak.session.epoch_count; i += 2)
        *value(&soak.session.epochs[i], HB_EPOCH_RSS) = (double)NAN;
    judge_plain(&soak);
    const struct hb_soak_memory *none = &soak.judgement.allocators[0].memory;
    assert_true(isnan(none->first) && isnan(none->last) && isnan(none->peak));
    assert_true(isnan(none->live) && isnan(none->fragmentation) && isnan(none->drained_5s));
    close_soak(&soak);
}

static void without_histograms_the_middle_epoch_speaks(void **state)
{
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 1);
    for (uint32_t i = 0; i < 5; i++) { /* each value the round's: 1 to 4 are judged */
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        for (uint32_t m = HB_EPOCH_LATENCY_SAMPLES; m <= HB_EPOCH_LATENCY_MAX; m++)
            epoch->metric[m] = 100 * m + (i ? i : 99);
    }
    *value(&soak.session.epochs[4], HB_EPOCH_LATENCY_SAMPLES) = (double)NAN;
    judge_plain(&soak);
    const struct hb_soak_latency *latency = &soak.judgement.allocators[0].latency;
    assert_false(latency->merged);
    assert_true(latency->samples == 300.0 * HB_EPOCH_LATENCY_SAMPLES + 1 + 2 + 3);
    assert_true(latency->p50 == 100 * HB_EPOCH_LATENCY_P50 + 2.5);
    assert_true(latency->p90 == 100 * HB_EPOCH_LATENCY_P90 + 2.5);
    assert_true(latency->p99 == 100 * HB_EPOCH_LATENCY_P99 + 2.5);
    assert_true(latency->p999 == 100 * HB_EPOCH_LATENCY_P999 + 2.5);
    assert_true(latency->p9999 == 100 * HB_EPOCH_LATENCY_P9999 + 2.5);
    assert_true(latency->max == 100 * HB_EPOCH_LATENCY_MAX + 4);
    close_soak(&soak);
}

/* 10,000 samples in each of four judged epochs; the file does not say what the slowest was. */
static void percentiles_are_of_all_samples(void **state)
{
    static const struct hb_loglinear_count counts[] = {
        {10, 8999}, {20, 900}, {30, 80}, {40, 19}, {1000, 2}};
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 1);
    for (uint32_t i = 0; i < 5; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        epoch->latency_count = 5;
        epoch->latency = malloc(sizeof counts);
        memcpy(epoch->latency, counts, sizeof counts);
        if (i == 0) /* the warm-up's, which does not count */
            epoch->latency[4] = (struct hb_loglinear_count){2000, 100000};
        if (i == 1) /* from a file: no such bucket, and the last there is */
            epoch->latency[4].bucket = HB_LOGLINEAR_BUCKETS;
        if (i == 2)
            epoch->latency[4] = (struct hb_loglinear_count){HB_LOGLINEAR_BUCKETS - 1, 2};
    }
    judge_plain(&soak);
    const struct hb_soak_latency *latency = &soak.judgement.allocators[0].latency;
    assert_true(latency->merged);
    assert_true(latency->samples == 39998);
    assert_true(latency->p50 == 10 && latency->p90 == 20 && latency->p99 == 30);
    assert_true(latency->p999 == 40 && latency->p9999 == 1000);
    assert_true(latency->max == (double)hb_loglinear_greatest(HB_LOGLINEAR_BUCKETS - 1));
    close_soak(&soak);
}

/* Levels of 50, 40 and 40.2 million (half a percent: the same level), and 50 again, most of the
 * time. */
static void levels_that_differ_are_changes(void **state)
{
    static const double levels[] = {50e6, 40e6, 40.2e6, 50e6, 50e6};
    struct hb_rng rng;
    struct soak soak;
    (void)state;
    hb_rng_seed(&rng, 3);
    open_plain(&soak.session, 0);
    for (uint32_t i = 0; i < 200; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, 0, "steady");
        *value(epoch, HB_EPOCH_THROUGHPUT) = levels[i / 40] * (1 + 0.0002 * made_noise(&rng));
    }
    *value(&soak.session.epochs[20], HB_EPOCH_THROUGHPUT) = (double)NAN;
    judge_plain(&soak);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    assert_int_equal(judged->throughput.n, 199);
    assert_int_equal(judged->change_count, 2);
    assert_true(judged->changes[0].at_s == 40 && judged->changes[1].at_s == 120);
    assert_true(fabs(judged->changes[0].percent + 20) < 0.1);
    assert_true(fabs(judged->changes[1].percent - 25) < 0.1); /* against 40, where it began */
    close_soak(&soak);
}

/* The control's last epoch of the same round; where it has none, the round is left out. */
static void the_control_of_the_same_round_is_taken(void **state)
{
    struct soak soak;
    (void)state;
    made_open(&soak.session, true);
    soak.session.soak.warmup_epochs = 0;
    for (uint32_t round = 0; round < 40; round++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, round, 0, "steady");
        epoch->metric[HB_EPOCH_THROUGHPUT] *= round % 2 ? 1 : 0.8;
        if (round == 7)
            continue;
        for (uint32_t turn = 0; turn < (round == 9 ? 2 : 1); turn++) {
            const size_t i =
                made_epoch(&soak.session, 1, round, round + 0.5 + 0.1 * turn, 0, nothing_happens);
            soak.session.epochs[i].metric[HB_EPOCH_THROUGHPUT] *= round == 9 && turn == 0 ? 0.1
                                                                  : round % 2             ? 0.5
                                                                                          : 0.4;
        }
    }
    judge_plain(&soak);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    assert_int_equal(soak.judgement.control, 1);
    assert_true(judged->is_judged);
    assert_false(soak.judgement.allocators[1].is_judged);
    assert_true(judged->cv_percent > 10);
    assert_true(judged->cv_control_percent < 1e-6);
    assert_int_equal(judged->speed_to_control.n, 39);
    assert_true(isnan(soak.judgement.allocators[1].cv_control_percent));
    close_soak(&soak);
}

/* Neither the floor nor the control has budgets, whatever the other is. */
static void who_is_judged(void **state)
{
    static const struct {
        const char *control;
        int index;
        bool subject, floor;
    } cases[] = {{"", -1, true, false}, {"subject", 0, false, false}, {"nosuch", -1, true, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        made_open(&soak.session, true);
        made_rounds(&soak.session, 20, 5, flat, flat);
        (void)snprintf(soak.session.soak.control, HB_NAME_MAX, "%s", cases[i].control);
        judge_plain(&soak);
        assert_int_equal(soak.judgement.control, cases[i].index);
        assert_int_equal(soak.judgement.allocators[0].is_judged, cases[i].subject);
        assert_int_equal(soak.judgement.allocators[1].is_judged, cases[i].floor);
        assert_int_equal(soak.judgement.allocators[1].speed_to_control.n,
                         cases[i].index == 0 ? 17 : 0);
        close_soak(&soak);
    }
}

static void a_soak_that_did_something_is_complete(void **state)
{
    static const struct {
        double speed;              /* of each epoch */
        enum hb_job_status status; /* of the last */
        bool is_partial, stood_still, is_complete;
    } cases[] = {
        {MADE_SPEED, HB_STATUS_OK, false, false, true},
        {MADE_SPEED, HB_STATUS_OK, true, false, false},
        {MADE_SPEED, HB_STATUS_HUNG, false, false, false},
        {MADE_SPEED, HB_STATUS_INVALID, false, false, true},
        {0, HB_STATUS_OK, false, true, false},
        {NAN, HB_STATUS_OK, false, false, true}, /* a workload that sleeps */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        open_plain(&soak.session, 0);
        for (uint32_t round = 0; round < 4; round++)
            *value(add_epoch(&soak.session, round, 0, "steady"), HB_EPOCH_THROUGHPUT) =
                cases[i].speed;
        soak.session.epochs[3].status = cases[i].status;
        soak.session.partial = cases[i].is_partial;
        judge_plain(&soak);
        assert_int_equal(hb_soak_stood_still(&soak.judgement.allocators[0]), cases[i].stood_still);
        assert_int_equal(hb_soak_complete(&soak.judgement), cases[i].is_complete);
        close_soak(&soak);
    }
}

/* The first of each, where there are more. */
static void the_first_failure_and_disturbance_are_told(void **state)
{
    struct soak soak;
    (void)state;
    open_plain(&soak.session, 0);
    for (uint32_t i = 0; i < 10; i++) {
        struct hb_epoch *epoch = add_epoch(&soak.session, i, i / 5, "steady");
        epoch->status = (enum hb_job_status[]){HB_STATUS_OK, HB_STATUS_INVALID, HB_STATUS_KILLED,
                                               HB_STATUS_INVALID, HB_STATUS_CRASHED}[i % 5];
        (void)snprintf(epoch->reason, sizeof epoch->reason, "reason %" PRIu32, i);
    }
    judge_plain(&soak);
    const struct hb_soak_judged *judged = &soak.judgement.allocators[0];
    assert_int_equal(judged->invalid, 4);
    assert_int_equal(judged->failed, 4);
    assert_int_equal(judged->failure->round, 2);
    assert_int_equal(judged->disturbance->round, 1);
    assert_int_equal(judged->restart_count, 1);
    assert_string_equal(judged->restarts[0].reason, "reason 5");
    close_soak(&soak);
    open_plain(&soak.session, 0);
    (void)add_epoch(&soak.session, 0, 0, "steady");
    struct hb_epoch *second = add_epoch(&soak.session, 1, 1, "steady");
    second->status = HB_STATUS_CRASHED;
    (void)snprintf(second->reason, sizeof second->reason, "its own fault");
    judge_plain(&soak);
    assert_string_equal(soak.judgement.allocators[0].restarts[0].reason, "");
    close_soak(&soak);
}

static void brief_leaves_out_intervals_of_means_alone(void **state)
{
    struct soak soak;
    struct hb_soak_judgement brief;
    struct hb_profile profile;
    (void)state;
    judge_made(&soak, leak, NULL);
    made_profile(&profile);
    profile.margin_percent = 0; /* the profile does not say */
    assert_true(soak.judgement.margin_percent == 2);
    assert_int_equal(hb_soak_judge(HB_DEPTH_BRIEF, &soak.session, &profile, &brief, NULL), 0);
    assert_true(brief.margin_percent == 2);
    assert_true(isnan(brief.allocators[0].throughput.ci_mean_lo));
    const struct hb_summary *whole = &soak.judgement.allocators[0].throughput;
    assert_true(whole->ci_mean_lo < whole->mean && whole->mean < whole->ci_mean_hi);
    assert_true(brief.allocators[0].throughput.ci_median_lo == whole->ci_median_lo);
    assert_true(brief.allocators[0].memory.rss.percent ==
                soak.judgement.allocators[0].memory.rss.percent);
    hb_soak_judgement_free(&brief);
    profile.margin_percent = 0.5;
    assert_int_equal(hb_soak_judge(HB_DEPTH_BRIEF, &soak.session, &profile, &brief, NULL), 0);
    assert_true(brief.margin_percent == 0.5);
    hb_soak_judgement_free(&brief);
    free(profile.soak.budgets);
    close_soak(&soak);
}

static void every_course_has_its_word(void **state)
{
    static const struct {
        made_course course;
        const char *word;
    } cases[] = {{flat, "unclear"}, /* 1 % of noise in a second, told over an hour */
                 {leak, "rising"},
                 {nothing_happens, "flat"},
                 {shrinking, "falling"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soak soak;
        open_plain(&soak.session, 0);
        made_rounds(&soak.session, 30, 5, cases[i].course, NULL);
        judge_plain(&soak);
        const struct hb_soak_drift *rss = &soak.judgement.allocators[0].memory.rss;
        assert_string_equal(hb_soak_word(rss->word), cases[i].word);
        close_soak(&soak);
    }
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

/* All that is the session's, and not what lies behind. */
static void what_is_the_judgements_is_freed(void **state)
{
    const struct hb_session session = {.allocator_count = 1};
    struct hb_soak_judgement judgement = {.session = &session, .budget_count = 3};
    (void)state;
    judgement.allocators = calloc(2, sizeof *judgement.allocators);
    judgement.allocators[1].ratio = (double *)(uintptr_t)1;
    hb_soak_judgement_free(&judgement);
    assert_null(judgement.allocators);
    assert_int_equal(judgement.budget_count, 0);
    hb_soak_judgement_free(&judgement);
}

static void an_interval_wider_than_the_level_says_nothing(void **state)
{
    static const struct {
        double lo, hi;
        bool is_too_short;
    } cases[] = {{-60, 60, true},  {0, 101, true},     {-101, 0, true}, {-50, 50, false},
                 {1, 3000, false}, {-3000, -1, false}, {-1, 1, false},  {NAN, NAN, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(hb_soak_is_too_short(cases[i].lo, cases[i].hi), cases[i].is_too_short);
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
        cmocka_unit_test(an_interval_wider_than_the_level_says_nothing),
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
        cmocka_unit_test(a_drain_takes_no_place_of_the_warm_up),
        cmocka_unit_test(calls_of_the_whole_are_known_where_each_phase_knows),
        cmocka_unit_test(the_counting_pass_speaks_for_its_own_allocator),
        cmocka_unit_test(a_pass_fills_in_only_what_is_missing),
        cmocka_unit_test(two_epochs_have_figures),
        cmocka_unit_test(a_phase_among_others_needs_three_epochs),
        cmocka_unit_test(a_short_soak_ends_as_its_second_half_goes),
        cmocka_unit_test(a_late_rise_beyond_the_limit_goes_on),
        cmocka_unit_test(a_line_has_the_drift_it_was_made_with),
        cmocka_unit_test(the_longest_process_is_looked_at),
        cmocka_unit_test(memory_has_its_first_last_peak_and_share),
        cmocka_unit_test(without_histograms_the_middle_epoch_speaks),
        cmocka_unit_test(percentiles_are_of_all_samples),
        cmocka_unit_test(levels_that_differ_are_changes),
        cmocka_unit_test(the_control_of_the_same_round_is_taken),
        cmocka_unit_test(who_is_judged),
        cmocka_unit_test(a_soak_that_did_something_is_complete),
        cmocka_unit_test(the_first_failure_and_disturbance_are_told),
        cmocka_unit_test(brief_leaves_out_intervals_of_means_alone),
        cmocka_unit_test(every_course_has_its_word),
        cmocka_unit_test(the_json_says_what_was_judged),
        cmocka_unit_test(what_is_the_judgements_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
