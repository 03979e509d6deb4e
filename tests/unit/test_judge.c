/* Judgements over made-up sessions with known answers. */
#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "judge/judge.h"
#include "judge/judge_json.h"
#include "judge/known.h"
#include "report/rebase_report.h"
#include "result/ownclock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

#define RUNS 10

/* The lab log's published runs, operations a second. */
static const double hakmem[RUNS] = {59684554, 58880328, 59690908, 58495824, 58259601,
                                    58774789, 59610982, 60019364, 58121109, 59972820};
static const double mimalloc[RUNS] = {122686212, 121523154, 119555988, 121274983, 121823390,
                                      119737669, 118624338, 121572269, 120727011, 122599103};
static const double twin[RUNS] = {121523154, 122686212, 121274983, 119555988, 119737669,
                                  121823390, 121572269, 118624338, 122599103, 120727011};

struct source {
    const char *label;
    enum hb_role role;
    const double *runs;
};

static void make(struct hb_session *session, const struct source *sources, size_t count,
                 double factor)
{
    *session = (struct hb_session){.blocks = RUNS, .seed = 7, .allocator_count = count};
    session->profile = cJSON_CreateObject();
    session->allocators = calloc(count, sizeof *session->allocators);
    (void)snprintf(session->host.class_key, sizeof session->host.class_key, "same");
    (void)snprintf(session->workload, sizeof session->workload, "random_mixed");
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(session->allocators[i].label, HB_NAME_MAX, "%s", sources[i].label);
        session->allocators[i].role = sources[i].role;
        for (uint32_t block = 0; block < RUNS; block++) {
            struct hb_job job;
            hb_job_init(&job);
            job.allocator = (uint32_t)i;
            job.block = block;
            job.metric[HB_METRIC_THROUGHPUT] = sources[i].runs[block] * factor;
            job.metric[HB_METRIC_OPERATIONS] = 20000000;
            assert_int_equal(hb_session_append(session, &job), 0);
        }
    }
}

static const struct source lab[] = {
    {"hakmem", HB_ROLE_SUBJECT, hakmem},
    {"mimalloc", HB_ROLE_REFERENCE, mimalloc},
    {"mimalloc (A/A)", HB_ROLE_TWIN, twin},
};

static void the_lab_logs_figures_come_out(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, lab, 3, 1);
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_true(fabs(judgement.allocators[0].throughput.mean - 59.15e6) < 0.005e6);
    assert_true(fabs(judgement.allocators[0].throughput.cv - 0.0122) < 0.00005);
    assert_true(fabs(judgement.allocators[1].throughput.cv - 0.0111) < 0.00005);
    assert_true(fabs(judgement.allocators[0].to_reference.estimate - 0.4888) < 0.001);
    assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, HB_VERDICT_SLOWER);
    assert_int_equal(judgement.allocators[2].to_reference.verdict.kind, HB_VERDICT_SAME);
    assert_int_equal(judgement.ranked_count, 3);
    assert_int_equal(judgement.ranking[2], 0);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void the_same_session_gives_the_same_judgement(void **state)
{
    struct hb_session session;
    struct hb_judgement first, second;
    (void)state;
    make(&session, lab, 3, 1);
    assert_int_equal(hb_judge(&session, &first, NULL), 0);
    assert_int_equal(hb_judge(&session, &second, NULL), 0);
    assert_memory_equal(&first.allocators[0].throughput, &second.allocators[0].throughput,
                        sizeof first.allocators[0].throughput);
    assert_true(first.allocators[0].to_reference.lo == second.allocators[0].to_reference.lo);
    assert_true(first.aa_noise == second.aa_noise);
    hb_judgement_free(&first);
    hb_judgement_free(&second);
    hb_session_free(&session);
}

static void brief_is_the_same_but_for_intervals_of_means(void **state)
{
    struct hb_session session;
    struct hb_judgement whole, brief;
    (void)state;
    make(&session, lab, 3, 1);
    assert_int_equal(hb_judge(&session, &whole, NULL), 0);
    assert_int_equal(hb_judge_brief(&session, &brief, NULL), 0);
    assert_true(whole.allocators[0].throughput.ci_mean_lo > 0);
    assert_false(brief.allocators[0].throughput.ci_mean_lo > 0);
    assert_true(whole.allocators[0].throughput.ci_median_lo ==
                brief.allocators[0].throughput.ci_median_lo);
    assert_true(whole.allocators[0].to_reference.lo == brief.allocators[0].to_reference.lo);
    hb_judgement_free(&whole);
    hb_judgement_free(&brief);
    hb_session_free(&session);
}

static void a_failed_run_leaves_its_block_out_of_the_pairs(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, lab, 3, 1);
    session.jobs[3].status = HB_STATUS_CRASHED; /* hakmem, block 3 */
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(judgement.allocators[0].runs_ok, 9);
    assert_int_equal(judgement.allocators[0].runs_failed, 1);
    assert_int_equal(judgement.allocators[0].to_reference.pairs, 9);
    assert_ptr_equal(judgement.allocators[0].failure, &session.jobs[3]);
    assert_false(hb_judgement_complete(&judgement));
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void an_allocator_without_a_run_has_no_figures_and_no_rank(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, lab, 3, 1);
    for (size_t i = 0; i < RUNS; i++)
        session.jobs[i].status = HB_STATUS_HUNG;
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(judgement.allocators[0].throughput.n, 0);
    assert_true(isnan(judgement.allocators[0].to_reference.estimate));
    assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, HB_VERDICT_NONE);
    assert_int_equal(judgement.ranked_count, 2);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void five_runs_carry_no_verdict(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, lab, 3, 1);
    for (size_t i = 0; i < 3 * RUNS; i++) {
        if (session.jobs[i].block >= 5)
            session.jobs[i].status = HB_STATUS_INVALID;
    }
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(judgement.allocators[0].to_reference.pairs, 5);
    assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, HB_VERDICT_NONE);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* ---- several threads ---- */

enum { SLICES = 100, OPERATIONS = 1000 };

/* Slices for a job of the session, still to be filled, with starts of 0. */
static void cut_into_slices(struct hb_job *job, uint32_t threads)
{
    job->slices = SLICES;
    job->threads = threads;
    job->slice_operations = OPERATIONS;
    job->metric[HB_METRIC_OPERATIONS] = (double)SLICES * threads * OPERATIONS;
    job->slice_ns = calloc((size_t)SLICES * threads, sizeof *job->slice_ns);
    job->start_ns = calloc(threads, sizeof *job->start_ns);
    assert_true(job->slice_ns && job->start_ns);
}

static void take_time(struct hb_job *job)
{
    uint64_t elapsed_ns = 0;
    for (uint32_t t = 0; t < job->threads; t++) {
        uint64_t end_ns = job->start_ns[t];
        for (size_t s = 0; s < job->slices; s++)
            end_ns += job->slice_ns[(size_t)t * job->slices + s];
        elapsed_ns = end_ns > elapsed_ns ? end_ns : elapsed_ns;
    }
    job->metric[HB_METRIC_ELAPSED] = (double)elapsed_ns;
    job->metric[HB_METRIC_THROUGHPUT] =
        job->metric[HB_METRIC_OPERATIONS] * 1e9 / (double)elapsed_ns;
}

/* The first 20 slices of each thread take twice as long; the second thread begins late. */
static void make_warm_up(struct hb_job *job, uint64_t late_ns)
{
    cut_into_slices(job, 2);
    for (size_t i = 0; i < (size_t)SLICES * 2; i++)
        job->slice_ns[i] = (i % SLICES < 20 ? 20000u : 10000u) + i % 7;
    job->start_ns[1] = late_ns;
    take_time(job);
}

static double judged_throughput(const struct hb_session *session, enum hb_steady_class class)
{
    struct hb_judgement judgement;
    assert_int_equal(hb_judge(session, &judgement, NULL), 0);
    assert_int_equal(judgement.allocators[0].steady[class], class == HB_STEADY_FLAT ? RUNS : 1);
    const double throughput = judgement.allocators[0].by_block[0];
    hb_judgement_free(&judgement);
    return throughput;
}

static void a_warm_up_is_left_out_of_the_throughput(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, lab, 3, 1);
    make_warm_up(&session.jobs[0], 0);
    /* 1,000 operations in 10 us on each of two threads: 200 million a second */
    assert_true(fabs(judged_throughput(&session, HB_STEADY_WARMUP) / 200e6 - 1) < 0.001);
    hb_session_free(&session);
}

/* The second thread is warm after 500 us, the first after 400 and 30 of its slices by then: only
 * what both have passed is cut, 50 slices, and the last 100 us the second is alone. */
static void what_is_cut_all_threads_have_passed(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, lab, 3, 1);
    make_warm_up(&session.jobs[0], 100000);
    const double left = (2 * SLICES - 50) * (double)OPERATIONS, left_ns = 1300e3 - 500e3;
    const double throughput = judged_throughput(&session, HB_STEADY_WARMUP);
    assert_true(throughput > session.jobs[0].metric[HB_METRIC_THROUGHPUT]);
    if (fabs(throughput / (left * 1e9 / left_ns) - 1) > 0.02)
        fail_msg("%g", throughput);
    hb_session_free(&session);
}

/* Earlier files have no starts: their slices are on no common clock, and nothing is cut. */
static void threads_without_a_common_clock_are_taken_whole(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, lab, 3, 1);
    struct hb_job *job = &session.jobs[0];
    make_warm_up(job, 0);
    free(job->start_ns);
    job->start_ns = NULL;
    assert_true(judged_throughput(&session, HB_STEADY_FLAT) == job->metric[HB_METRIC_THROUGHPUT]);
    hb_session_free(&session);
}

/* 32 threads on two CPUs, each done within one turn: its slices take 1 ms of a run of 16. All
 * operations over one thread's time would be 16 times what the machine did. */
static void threads_that_take_turns_are_no_faster_than_the_clock(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, lab, 3, 1);
    struct hb_job *job = &session.jobs[0];
    cut_into_slices(job, 32);
    for (size_t i = 0; i < (size_t)32 * SLICES; i++)
        job->slice_ns[i] = i % SLICES < 20 ? 20000 : 7500;
    for (uint64_t t = 0; t < 32; t++)
        job->start_ns[t] = t / 2 * 1000000;
    take_time(job);
    assert_true(job->metric[HB_METRIC_ELAPSED] == 16e6);
    assert_true(judged_throughput(&session, HB_STEADY_FLAT) == 200e6);
    hb_session_free(&session);
}

/* ---- the physical check ---- */

static void lie_of_throughput(struct hb_job *job)
{
    job->metric[HB_METRIC_THROUGHPUT] *= 2;
}

static void lie_of_slices(struct hb_job *job)
{
    job->slice_ns[0] += 1000000;
}

static void hide_slices(struct hb_job *job)
{
    for (size_t i = 0; i < (size_t)2 * SLICES; i++)
        job->slice_ns[i] /= 10;
}

static void lie_of_life(struct hb_job *job)
{
    job->wall_s = job->metric[HB_METRIC_ELAPSED] / 2e9;
}

static void hide_elapsed(struct hb_job *job)
{
    lie_of_throughput(job);
    job->metric[HB_METRIC_ELAPSED] = (double)NAN;
}

static void a_run_beyond_its_own_clock_is_invalid(void **state)
{
    static const struct {
        void (*lie)(struct hb_job *);
        const char *reason;
    } cases[] = {
        {lie_of_throughput, "333 M/s is above what its own clock allows: 200,000 operations"},
        {lie_of_slices, "its slices take 2.20ms, the run's own clock says 1.20ms"},
        {hide_slices, "its slices take 120us, the run's own clock says 1.20ms"},
        {lie_of_life, "the measured phase took 1.20ms by its own clock, the whole process lived"},
        {hide_elapsed, "is above what its own clock allows"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_judgement judgement;
        struct hb_job job;
        make(&session, lab, 3, 1);
        for (size_t r = 0; r < RUNS; r++)
            session.jobs[r].status = HB_STATUS_INVALID;
        hb_job_init(&job);
        make_warm_up(&job, 0);
        cases[i].lie(&job);
        assert_int_equal(hb_session_append(&session, &job), 0);
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        const struct hb_judged *judged = &judgement.allocators[0];
        assert_int_equal(judged->runs_ok, 0);
        assert_int_equal(judged->throughput.n, 0);
        assert_int_equal(judgement.ranked_count, 2);
        assert_non_null(judged->failure);
        if (!strstr(session.jobs[3 * RUNS].reason, cases[i].reason))
            fail_msg("%s", session.jobs[3 * RUNS].reason);
        assert_false(hb_judgement_complete(&judgement));
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
}

/* Nothing that is unknown contradicts anything, nor does what was rounded. */
static void a_run_within_its_own_clock_is_a_sample(void **state)
{
    (void)state;
    struct hb_job job;
    hb_job_init(&job);
    make_warm_up(&job, 0);
    assert_true(hb_ownclock_check_job(&job));
    job.metric[HB_METRIC_THROUGHPUT] *= 1 + 1e-9;
    assert_true(hb_ownclock_check_job(&job));
    hb_job_drop_slices(&job);
    job.metric[HB_METRIC_ELAPSED] = (double)NAN;
    job.metric[HB_METRIC_THROUGHPUT] = 1e12;
    assert_true(hb_ownclock_check_job(&job));
    hb_job_free(&job);
}

static void a_paced_run_has_no_throughput_and_no_verdict(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_judgement judgement;
    make(&session, lab, 3, 1);
    for (size_t i = 0; i < session.job_count; i++) {
        session.jobs[i].metric[HB_METRIC_THROUGHPUT] = (double)NAN;
        session.jobs[i].metric[HB_METRIC_RSS_END] = 1e6;
        session.jobs[i].threads = 1;
        session.jobs[i].slices = 100;
        session.jobs[i].slice_ns = calloc(100, sizeof(uint64_t));
        for (size_t s = 0; s < 100; s++) /* a warm-up, if anyone looked */
            session.jobs[i].slice_ns[s] = s < 20 ? 9000 : 1000;
    }
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    const struct hb_judged *judged = &judgement.allocators[0];
    assert_int_equal(judged->runs_ok, RUNS);
    assert_int_equal(judged->throughput.n, 0);
    assert_int_equal(judged->to_reference.pairs, 0);
    assert_int_equal(judged->to_reference.verdict.kind, HB_VERDICT_NONE);
    assert_int_equal(judged->metric[HB_METRIC_RSS_END].n, RUNS);
    assert_int_equal(judgement.ranked_count, 3);
    assert_true(hb_judgement_complete(&judgement));
    assert_true(isnan(judgement.aa_noise));
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* ---- what cannot be believed, what cannot be decided ---- */

static void a_twin_unlike_itself_takes_the_sessions_verdicts(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    struct hb_err err = {0};
    struct hb_buf out = {0};
    char text[256];
    const double nan = (double)NAN;
    struct hb_profile_budget budgets[] = {
        {.key = "ratio_percent", .min = 100, .max = nan},
        {.key = "operations", .min = nan, .max = 1},
        {.key = "rss_peak_bytes", .min = nan, .max = 1},
    };
    const struct hb_profile profile = {.budgets = budgets, .budget_count = 3};
    struct hb_budget_result *results;
    size_t count;
    (void)state;
    make(&session, lab, 3, 1);
    for (size_t i = 0; i < 3 * RUNS; i++) {
        session.jobs[i].metric[HB_METRIC_RSS_PEAK] = 2;
        if (session.jobs[i].allocator == 2)
            session.jobs[i].metric[HB_METRIC_THROUGHPUT] *= 1.2;
    }
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_true(judgement.is_doubtful);
    assert_int_equal(judgement.allocators[2].to_reference.verdict.kind, HB_VERDICT_FASTER);
    assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, HB_VERDICT_WITHHELD);
    assert_true(hb_judgement_doubt(&judgement, text, sizeof text));
    assert_non_null(
        strstr(text, "NOT TO BE BELIEVED: mimalloc was judged faster than itself (1.2"));
    assert_int_equal(hb_budgets_judge(&profile, &judgement, &results, &count, NULL), 0);
    assert_int_equal(results[0].outcome, HB_BUDGET_UNKNOWN); /* nothing is said of speed */
    assert_int_equal(results[2].outcome, HB_BUDGET_UNKNOWN);
    assert_int_equal(results[4].outcome, HB_BUDGET_FAIL); /* memory is no matter of noise */
    const struct hb_report_view view = {.judgement = &judgement};
    assert_int_equal(hb_rebase_report(&view, &out, &err), 0);
    assert_non_null(strstr(hb_buf_string(&out), "\n  NOT TO BE BELIEVED: mimalloc"));
    assert_non_null(strstr(hb_buf_string(&out), "withheld\n"));
    cJSON *root = cJSON_CreateObject();
    assert_int_equal(hb_judge_json(&judgement, root), 0);
    const cJSON *noise = cJSON_GetObjectItem(root, "aa_noise");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(noise, "believed")));
    assert_true(cJSON_IsString(cJSON_GetObjectItem(noise, "doubt")));
    cJSON_Delete(root);
    hb_buf_free(&out);
    free(results);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* As noisy a twin whose interval reaches the margin is noise, and no doubt. */
static void a_twin_within_its_noise_is_no_doubt(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    char text[256];
    (void)state;
    make(&session, lab, 3, 1);
    for (size_t i = 0; i < 3 * RUNS; i++) {
        if (session.jobs[i].allocator == 2)
            session.jobs[i].metric[HB_METRIC_THROUGHPUT] *= i % 2 ? 1.2 : 0.99;
    }
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_false(hb_judgement_doubt(&judgement, text, sizeof text));
    assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, HB_VERDICT_SLOWER);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void six_runs_cannot_decide_five_comparisons(void **state)
{
    struct source sources[7] = {{"mimalloc", HB_ROLE_REFERENCE, mimalloc},
                                {"mimalloc (A/A)", HB_ROLE_TWIN, twin}};
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    char text[256];
    (void)state;
    for (size_t i = 0; i < 5; i++)
        sources[2 + i] = (struct source){names[i], HB_ROLE_SUBJECT, hakmem};
    for (uint32_t runs = 5; runs <= 8; runs++) {
        struct hb_session session;
        struct hb_judgement judgement;
        make(&session, sources, 7, 1);
        session.blocks = runs;
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        const bool is_decided =
            judgement.allocators[2].to_reference.verdict.kind == HB_VERDICT_SLOWER;
        assert_int_equal(is_decided, runs == 8);
        assert_int_equal(hb_judgement_too_few(&judgement, text, sizeof text), runs < 8);
        assert_int_equal(judgement.comparisons, 5);
        assert_int_equal(judgement.pairs_least, 8);
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
    assert_non_null(strstr(text, "7 runs cannot decide 5 comparisons: at least 8 runs"));
}

static void the_machines_drift_is_not_blamed_on_an_allocator(void **state)
{
    struct hb_session then, now;
    struct hb_judgement judged_then, judged_now;
    struct hb_drift_judgement drift;
    const struct source four[] = {lab[0], lab[1], {"x", HB_ROLE_SUBJECT, twin}};
    (void)state;
    make(&then, four, 3, 1);
    make(&now, four, 3, 0.9);
    assert_int_equal(hb_judge(&then, &judged_then, NULL), 0);
    assert_int_equal(hb_judge(&now, &judged_now, NULL), 0);
    assert_int_equal(hb_drift_judge(&judged_now, &judged_then, &drift, NULL), 0);
    assert_int_equal(drift.count, 3);
    assert_true(fabs(drift.common_ratio - 0.9) < 0.001);
    for (size_t i = 0; i < drift.count; i++) {
        assert_false(drift.rows[i].is_own_change);
        assert_string_equal(drift.rows[i].word, "drift of the whole machine");
    }
    hb_drift_judgement_free(&drift);
    hb_judgement_free(&judged_then);
    hb_judgement_free(&judged_now);
    hb_session_free(&then);
    hb_session_free(&now);
}

static void one_allocators_change_is_told_from_the_others(void **state)
{
    struct hb_session then, now;
    struct hb_judgement judged_then, judged_now;
    struct hb_drift_judgement drift;
    const struct source sources[] = {lab[0], lab[1], {"x", HB_ROLE_SUBJECT, twin}};
    (void)state;
    make(&then, sources, 3, 1);
    make(&now, sources, 3, 1);
    for (size_t i = 0; i < RUNS; i++)
        now.jobs[i].metric[HB_METRIC_THROUGHPUT] *= 0.9; /* hakmem alone */
    assert_int_equal(hb_judge(&then, &judged_then, NULL), 0);
    assert_int_equal(hb_judge(&now, &judged_now, NULL), 0);
    assert_int_equal(hb_drift_judge(&judged_now, &judged_then, &drift, NULL), 0);
    assert_true(drift.rows[0].is_own_change);
    assert_false(drift.rows[1].is_own_change);
    assert_string_equal(drift.machine_word, "within noise");
    hb_drift_judgement_free(&drift);
    hb_judgement_free(&judged_then);
    hb_judgement_free(&judged_now);
    hb_session_free(&then);
    hb_session_free(&now);
}

static void another_host_is_not_compared(void **state)
{
    struct hb_session then, now;
    struct hb_judgement judged_then, judged_now;
    struct hb_drift_judgement drift;
    struct hb_err err = {0};
    (void)state;
    make(&then, lab, 3, 1);
    make(&now, lab, 3, 1);
    (void)snprintf(then.host.class_key, sizeof then.host.class_key, "other");
    assert_int_equal(hb_judge(&then, &judged_then, NULL), 0);
    assert_int_equal(hb_judge(&now, &judged_now, NULL), 0);
    assert_int_equal(hb_drift_judge(&judged_now, &judged_then, &drift, &err), -1);
    assert_int_equal(err.kind, HB_ERR_INCOMPARABLE);
    hb_drift_judgement_free(&drift);
    hb_judgement_free(&judged_then);
    hb_judgement_free(&judged_now);
    hb_session_free(&then);
    hb_session_free(&now);
}

static void budgets_fail_pass_or_are_not_known(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    struct hb_budget_result *results;
    size_t count;
    const double nan = (double)NAN;
    struct hb_profile_budget budgets[] = {
        {.key = "ratio_percent", .min = 100, .max = nan},
        {.key = "cv_percent", .min = nan, .max = 2},
        {.key = "rss_peak_bytes", .min = nan, .max = 1e6},
    };
    const struct hb_profile profile = {.budgets = budgets, .budget_count = 3};
    (void)state;
    make(&session, lab, 3, 1);
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(hb_budgets_judge(&profile, &judgement, &results, &count, NULL), 0);
    assert_int_equal(count, 6); /* subject and reference; the twin has no budgets */
    assert_int_equal(results[0].outcome, HB_BUDGET_FAIL);    /* hakmem at 49 % */
    assert_int_equal(results[1].outcome, HB_BUDGET_PASS);    /* the reference at 100 % */
    assert_int_equal(results[2].outcome, HB_BUDGET_PASS);    /* CV 1.22 % */
    assert_int_equal(results[4].outcome, HB_BUDGET_UNKNOWN); /* no memory figures here */
    free(results);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static enum hb_known known(double lo, double hi, enum hb_verdict_kind kind)
{
    const struct hb_ratio ratio = {
        .pairs = 20, .estimate = (lo + hi) / 2, .lo = lo, .hi = hi, .verdict = {.kind = kind}};
    return hb_judge_known(&ratio, 0.03);
}

static void a_known_difference_is_found_by_its_size(void **state)
{
    (void)state;
    assert_int_equal(known(0.966, 0.975, HB_VERDICT_SLOWER), HB_KNOWN_FOUND); /* has 0.971 */
    assert_int_equal(known(0.940, 0.979, HB_VERDICT_SLOWER), HB_KNOWN_FOUND);
    assert_int_equal(known(0.973, 0.976, HB_VERDICT_SLOWER), HB_KNOWN_FOUND); /* 2.6 %: near */
    assert_int_equal(known(0.951, 0.954, HB_VERDICT_SLOWER), HB_KNOWN_WRONG); /* 5 % */
    assert_int_equal(known(0.800, 0.900, HB_VERDICT_SLOWER), HB_KNOWN_WRONG);
    assert_int_equal(known(1.020, 1.040, HB_VERDICT_FASTER), HB_KNOWN_WRONG);
    assert_int_equal(known(0.990, 1.005, HB_VERDICT_SAME), HB_KNOWN_WRONG);
    assert_int_equal(known(0.950, 0.965, HB_VERDICT_SLOWER), HB_KNOWN_OPEN); /* 3.6 to 5.3 % */
    assert_int_equal(known(0.960, 0.995, HB_VERDICT_INCONCLUSIVE), HB_KNOWN_OPEN);
    assert_int_equal(known(0.965, 1.010, HB_VERDICT_SAME), HB_KNOWN_OPEN); /* a wide margin */
    assert_int_equal(known((double)NAN, (double)NAN, HB_VERDICT_NONE), HB_KNOWN_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lab_logs_figures_come_out),
        cmocka_unit_test(the_same_session_gives_the_same_judgement),
        cmocka_unit_test(brief_is_the_same_but_for_intervals_of_means),
        cmocka_unit_test(a_failed_run_leaves_its_block_out_of_the_pairs),
        cmocka_unit_test(an_allocator_without_a_run_has_no_figures_and_no_rank),
        cmocka_unit_test(five_runs_carry_no_verdict),
        cmocka_unit_test(a_warm_up_is_left_out_of_the_throughput),
        cmocka_unit_test(what_is_cut_all_threads_have_passed),
        cmocka_unit_test(threads_without_a_common_clock_are_taken_whole),
        cmocka_unit_test(threads_that_take_turns_are_no_faster_than_the_clock),
        cmocka_unit_test(a_run_beyond_its_own_clock_is_invalid),
        cmocka_unit_test(a_run_within_its_own_clock_is_a_sample),
        cmocka_unit_test(a_paced_run_has_no_throughput_and_no_verdict),
        cmocka_unit_test(a_twin_unlike_itself_takes_the_sessions_verdicts),
        cmocka_unit_test(a_twin_within_its_noise_is_no_doubt),
        cmocka_unit_test(six_runs_cannot_decide_five_comparisons),
        cmocka_unit_test(the_machines_drift_is_not_blamed_on_an_allocator),
        cmocka_unit_test(one_allocators_change_is_told_from_the_others),
        cmocka_unit_test(another_host_is_not_compared),
        cmocka_unit_test(budgets_fail_pass_or_are_not_known),
        cmocka_unit_test(a_known_difference_is_found_by_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
