/* Judgements over made-up sessions with known answers. */
#include "unit/made_profile.h"

#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "judge/judge.h"
#include "judge/runspeed.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/model.h"

#include <inttypes.h>
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

/* A job behind the last one, which is none of the session's. */
static void lay_behind(struct hb_session *session)
{
    struct hb_job job;
    hb_job_init(&job);
    job.slices = UINT32_MAX;
    for (size_t m = 0; m < HB_METRIC_COUNT; m++)
        job.metric[m] = 1e15;
    assert_int_equal(hb_session_append(session, &job), 0);
    session->job_count--;
}

static void make(struct hb_session *session, const struct source *sources, size_t count,
                 double factor)
{
    *session = (struct hb_session){.blocks = RUNS, .seed = 7, .allocator_count = count};
    session->profile = made_profile();
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
    lay_behind(session);
}

static const struct source lab[] = {
    {"hakmem", HB_ROLE_SUBJECT, hakmem},
    {"mimalloc", HB_ROLE_REFERENCE, mimalloc},
    {"mimalloc (A/A)", HB_ROLE_TWIN, twin},
};

/* Nothing but what a test puts in. */
static const double even[RUNS] = {100e6, 100e6, 100e6, 100e6, 100e6,
                                  100e6, 100e6, 100e6, 100e6, 100e6};
static const struct source alike[] = {
    {"subject", HB_ROLE_SUBJECT, even},
    {"reference", HB_ROLE_REFERENCE, even},
    {"reference (A/A)", HB_ROLE_TWIN, even},
    {"floor", HB_ROLE_FLOOR, even},
};

static void scale(struct hb_session *session, uint32_t allocator, double factor)
{
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].allocator == allocator)
            session->jobs[i].metric[HB_METRIC_THROUGHPUT] *= factor;
    }
}

/* Of the profile; NaN: it does not say. */
static void set_percent(double *percent, double value)
{
    if (!isnan(value))
        *percent = value;
}

static struct hb_job *add_job(struct hb_session *session, enum hb_job_kind kind, uint32_t block,
                              enum hb_job_status status)
{
    struct hb_job job;
    hb_job_init(&job);
    job.kind = kind;
    job.block = block;
    job.status = status;
    if (kind == HB_JOB_TIMED)
        job.metric[HB_METRIC_THROUGHPUT] = 100e6;
    assert_int_equal(hb_session_append(session, &job), 0);
    return &session->jobs[session->job_count - 1];
}

#define assert_near(value, expected)                                                               \
    do {                                                                                           \
        if (!(fabs((value) / (double)(expected)-1) < 1e-9))                                        \
            fail_msg("%s is %.12g", #value, (double)(value));                                      \
    } while (0)

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
    assert_int_equal(hb_judge_to(HB_DEPTH_BRIEF, &session, &brief, NULL), 0);
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

static void what_was_planned_and_went_well_is_complete(void **state)
{
    static const struct {
        enum hb_job_kind kind;
        enum hb_job_status status;
        bool is_repeated;
        uint32_t ok, failed;
        bool is_failure;
    } cases[] = {
        {HB_JOB_TIMED, HB_STATUS_OK, false, RUNS, 0, false},
        {HB_JOB_TIMED, HB_STATUS_INVALID, true, RUNS, 0, false},
        {HB_JOB_TIMED, HB_STATUS_INVALID, false, RUNS - 1, 1, true},
        {HB_JOB_TIMED, HB_STATUS_CRASHED, true, RUNS, 1, true},
        {HB_JOB_COUNTED, HB_STATUS_OK, false, RUNS, 0, false},
        {HB_JOB_COUNTED, HB_STATUS_INVALID, true, RUNS, 0, false},
        {HB_JOB_COUNTED, HB_STATUS_CRASHED, false, RUNS, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_judgement judgement;
        make(&session, alike, 3, 1);
        if (cases[i].kind == HB_JOB_TIMED)
            session.jobs[3].status = cases[i].status; /* the subject's, of block 3 */
        else
            (void)add_job(&session, cases[i].kind, 3, cases[i].status);
        if (cases[i].is_repeated)
            (void)add_job(&session, cases[i].kind, 3, HB_STATUS_OK);
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        const struct hb_judged *judged = &judgement.allocators[0];
        assert_int_equal(judged->runs_ok, cases[i].ok);
        assert_int_equal(judged->runs_failed, cases[i].failed);
        assert_int_equal(judged->throughput.n, cases[i].ok);
        assert_int_equal(judged->failure != NULL, cases[i].is_failure);
        assert_int_equal(judged->counted != NULL,
                         cases[i].kind == HB_JOB_COUNTED && cases[i].status != HB_STATUS_CRASHED);
        assert_int_equal(hb_judgement_complete(&judgement), !cases[i].is_failure);
        session.partial = true;
        assert_false(hb_judgement_complete(&judgement));
        session.partial = false;
        session.blocks++; /* one more was planned */
        assert_false(hb_judgement_complete(&judgement));
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
}

static void the_first_failure_is_told(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, alike, 3, 1);
    session.jobs[3].status = HB_STATUS_HUNG;
    session.jobs[7].status = HB_STATUS_CRASHED;
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_ptr_equal(judgement.allocators[0].failure, &session.jobs[3]);
    assert_int_equal(judgement.allocators[0].runs_failed, 2);
    assert_null(judgement.allocators[1].failure);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* System calls are the counting pass's to know, all else the timed runs'; equals keep their order
 * in the ranking. */
static void each_metric_is_of_the_jobs_that_know_it(void **state)
{
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, alike, 4, 1);
    for (size_t i = 0; i < RUNS; i++) {
        session.jobs[i].metric[HB_METRIC_RSS_END] = (double)(10 + i);
        session.jobs[i].metric[HB_METRIC_SYSCALLS_PER_OP] = 1;
    }
    session.jobs[9].status = HB_STATUS_CRASHED;
    session.jobs[4].metric[HB_METRIC_THROUGHPUT] = 10e6; /* an outlier */
    struct hb_job *counted = add_job(&session, HB_JOB_COUNTED, 0, HB_STATUS_OK);
    counted->metric[HB_METRIC_SYSCALLS_PER_OP] = 5;
    counted->metric[HB_METRIC_RSS_END] = 1e9;
    counted->metric[HB_METRIC_THROUGHPUT] = 1e12;
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    const struct hb_judged *judged = &judgement.allocators[0];
    assert_int_equal(judged->metric[HB_METRIC_RSS_END].n, 9);
    assert_near(judged->metric[HB_METRIC_RSS_END].median, 14);
    assert_int_equal(judged->metric[HB_METRIC_SYSCALLS_PER_OP].n, 1);
    assert_near(judged->metric[HB_METRIC_SYSCALLS_PER_OP].median, 5);
    assert_near(judged->throughput.max, 100e6);
    assert_int_equal(judged->outliers, 1);
    assert_int_equal(judgement.allocators[1].metric[HB_METRIC_RSS_END].n, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(judgement.ranking[i], i);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* Each of two threads does half of the operations: 100 million a second are 20 ns each. */
static void an_operation_is_one_threads(void **state)
{
    static const struct {
        uint64_t threads; /* 0: the workload has no such parameter */
        bool floor_ran;
        double ns, above_ns;
    } cases[] = {{0, true, 10, 7.5}, {1, true, 10, 7.5}, {2, true, 20, 15}, {2, false, 20, NAN}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_judgement judgement;
        make(&session, alike, 4, 1);
        scale(&session, 3, 4);
        for (size_t j = 3 * RUNS; j < 4 * RUNS && !cases[i].floor_ran; j++)
            session.jobs[j].status = HB_STATUS_CRASHED;
        session.parameters = calloc(2, sizeof *session.parameters);
        session.parameter_count = cases[i].threads ? 2 : 1;
        session.parameters[0] = (struct hb_parameter_value){"operations", 7, "7"};
        session.parameters[1] = (struct hb_parameter_value){"threads", cases[i].threads, ""};
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        assert_near(judgement.allocators[0].ns_per_op.median, cases[i].ns);
        if (cases[i].floor_ran)
            assert_near(judgement.allocators[0].above_floor_ns, cases[i].above_ns);
        else
            assert_true(isnan(judgement.allocators[0].above_floor_ns));
        assert_true(!cases[i].floor_ran || judgement.allocators[3].above_floor_ns == 0);
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
}

static void own_counters_are_compared_between_start_and_end(void **state)
{
    static const struct {
        enum hb_count_phase phase;
        enum hb_syscall call;
        bool kernel_knows, allocator_knows, agree;
    } cases[] = {
        {HB_COUNT_STARTUP, HB_SYSCALL_mmap, true, true, true},
        {HB_COUNT_WARMUP, HB_SYSCALL_mmap, true, true, false},
        {HB_COUNT_MEASURED, HB_SYSCALL_brk, true, true, false},
        {HB_COUNT_TEARDOWN, HB_SYSCALL_munmap, true, true, true},
        {HB_COUNT_STARTUP, HB_SYSCALL_mmap, true, false, false},
        {HB_COUNT_STARTUP, HB_SYSCALL_mmap, false, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_judgement judgement;
        make(&session, alike, 3, 1);
        struct hb_job *counted = add_job(&session, HB_JOB_COUNTED, 0, HB_STATUS_OK);
        counted->syscalls_known = cases[i].kernel_knows;
        counted->own_counters_known = cases[i].allocator_knows;
        for (size_t p = 0; p < HB_COUNT_PHASES; p++)
            counted->syscalls.count[p][HB_SYSCALL_mmap] =
                counted->own_counters.count[p][HB_SYSCALL_mmap] = 30;
        counted->syscalls.count[cases[i].phase][cases[i].call]++;
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        assert_int_equal(judgement.allocators[0].counters_agree, cases[i].agree);
        assert_false(judgement.allocators[1].counters_agree);
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
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

/* Threads that took turns: what the first did alone is half of the course, and has a warm-up of 10
 * of those 50 slices. Of 2.4 ms and 200,000 operations 0.4 ms and 20,000 are cut. */
static void half_of_a_course_in_common_is_enough(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, lab, 3, 1);
    struct hb_job *job = &session.jobs[0];
    cut_into_slices(job, 2);
    for (size_t i = 0; i < (size_t)SLICES * 2; i++)
        job->slice_ns[i] = i % SLICES < 20 ? 20000 : 10000;
    job->start_ns[1] = 1200000;
    take_time(job);
    assert_near(judged_throughput(&session, HB_STEADY_WARMUP), 90e6);
    hb_session_free(&session);
}

static double throughput_of(const struct hb_job *job, enum hb_steady_class *class)
{
    double values[SLICES], work[SLICES + HB_CHANGEPOINT_SCRATCH(SLICES)];
    size_t ends[SLICES / 5 + 1];
    return hb_run_throughput(job, &(struct hb_runspeed_scratch){values, work, ends}, class);
}

static double claimed_of(const struct hb_job *job)
{
    double values[SLICES], work[SLICES + HB_CHANGEPOINT_SCRATCH(SLICES)];
    size_t ends[SLICES / 5 + 1];
    return hb_run_claimed_throughput(job, &(struct hb_runspeed_scratch){values, work, ends});
}

/* Operations a second of one thread's slices from this one on. */
static double speed_from(const struct hb_job *job, size_t slice)
{
    double ns = 0;
    for (size_t s = slice; s < job->slices; s++)
        ns += (double)job->slice_ns[s];
    return (double)((job->slices - slice) * OPERATIONS) * 1e9 / ns;
}

/* What a file claims of a run's speed is taken where some slice of its first half bears it out:
 * then its slices are not classified anew. Judging never takes it. */
static void a_files_word_is_taken_where_the_slices_bear_it_out(void **state)
{
    static const struct {
        size_t slice; /* the word is the speed from there on */
        double factor;
        uint64_t first_ns; /* of the first 20 slices */
        bool is_taken;
        enum hb_steady_class class;
    } cases[] = {
        {0, 1, 20000, true, HB_STEADY_WARMUP},     {1, 1, 20000, true, HB_STEADY_WARMUP},
        {20, 1, 20000, true, HB_STEADY_WARMUP},    {50, 1, 20000, true, HB_STEADY_WARMUP},
        {51, 1, 20000, false, HB_STEADY_WARMUP},   {20, 1.0001, 20000, false, HB_STEADY_WARMUP},
        {20, 1, 7000, false, HB_STEADY_SLOWDOWN},  {20, 1, 10000, false, HB_STEADY_FLAT},
        {20, NAN, 20000, false, HB_STEADY_WARMUP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum hb_steady_class class;
        struct hb_job job;
        hb_job_init(&job);
        cut_into_slices(&job, 1);
        for (size_t s = 0; s < SLICES; s++)
            job.slice_ns[s] = (s < 20 ? cases[i].first_ns : 10000) + s % 7 + (s >= 95 ? 40 : 0);
        take_time(&job);
        job.claimed_ops_per_s = cases[i].factor * speed_from(&job, cases[i].slice);
        const double measured = throughput_of(&job, &class), throughput = claimed_of(&job);
        assert_int_equal(class, cases[i].class);
        assert_true(measured == (class == HB_STEADY_WARMUP ? speed_from(&job, 20)
                                                           : job.metric[HB_METRIC_THROUGHPUT]));
        if (cases[i].is_taken)
            assert_true(throughput == job.claimed_ops_per_s);
        else
            assert_true(throughput == measured);
        hb_job_drop_slices(&job);
        assert_true(claimed_of(&job) == job.metric[HB_METRIC_THROUGHPUT]);
        assert_true(throughput_of(&job, &class) == job.metric[HB_METRIC_THROUGHPUT]);
        assert_int_equal(class, HB_STEADY_FLAT);
        hb_job_free(&job);
    }
}

static void the_longest_run_says_how_much_room_is_needed(void **state)
{
    struct hb_session session;
    (void)state;
    make(&session, alike, 1, 1);
    assert_int_equal(hb_run_slices_max(&session), 0);
    session.jobs[2].slices = 7;
    session.jobs[4].slices = 300;
    session.jobs[6].slices = 100;
    assert_int_equal(hb_run_slices_max(&session), 300);
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
    hb_judge_say_doubt(
        "x",
        &(struct hb_ratio){
            .estimate = 0.9, .lo = 0.8, .hi = 0.95, .verdict = {.kind = HB_VERDICT_SLOWER}},
        text, sizeof text);
    assert_string_equal(text, "NOT TO BE BELIEVED: x was judged slower than itself (0.900 [0.800, "
                              "0.950]); verdicts on speed are withheld");
    assert_int_equal(hb_budgets_judge(&profile, &judgement, &results, &count, NULL), 0);
    assert_int_equal(results[0].outcome, HB_BUDGET_UNKNOWN); /* nothing is said of speed */
    assert_int_equal(results[2].outcome, HB_BUDGET_UNKNOWN);
    assert_int_equal(results[4].outcome, HB_BUDGET_FAIL); /* memory is no matter of noise */
    const struct hb_assessment assessed = {.session = &session, .judgement = judgement};
    struct hb_doc doc = {0};
    hb_rebase_report(&assessed, true, &doc);
    assert_int_equal(hb_doc_write(&doc, &(struct hb_screen){0}, &out, &err), 0);
    hb_doc_free(&doc);
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

/* The twin is judged by the profile's margin: by one made from itself it could only be the same.
 * What it is off by makes the others' margin, and in too much of that nothing is the same. */
static void the_twin_is_judged_by_the_profiles_margin(void **state)
{
    static const struct {
        double margin, limit, factor; /* NaN: the profile does not say */
        enum hb_verdict_kind of_twin, of_subject;
        double margin_used;
    } cases[] = {
        {2, 3, 1.1, HB_VERDICT_FASTER, HB_VERDICT_WITHHELD, 0.2},
        {2, 3, 1 / 1.1, HB_VERDICT_SLOWER, HB_VERDICT_WITHHELD, 0.2},
        {2, 0.5, 1.01, HB_VERDICT_SAME, HB_VERDICT_INCONCLUSIVE, 0.02},
        {2, 0, 1, HB_VERDICT_SAME, HB_VERDICT_SAME, 0.02}, /* at the limit */
        {5, 4.5, 1.04, HB_VERDICT_SAME, HB_VERDICT_SAME, 0.08},
        {5, NAN, 1.04, HB_VERDICT_SAME, HB_VERDICT_INCONCLUSIVE, 0.08},
        {5, NAN, 1.029, HB_VERDICT_SAME, HB_VERDICT_SAME, 0.058},
        {NAN, NAN, 1.025, HB_VERDICT_FASTER, HB_VERDICT_WITHHELD, 0.05},
        {NAN, NAN, 1.019, HB_VERDICT_SAME, HB_VERDICT_SAME, 0.038},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_judgement judgement;
        make(&session, alike, 4, 1);
        scale(&session, 2, cases[i].factor);
        set_percent(&session.profile->margin_percent, cases[i].margin);
        set_percent(&session.profile->noise_floor_limit_percent, cases[i].limit);
        assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
        assert_int_equal(judgement.allocators[2].to_reference.verdict.kind, cases[i].of_twin);
        assert_int_equal(judgement.allocators[0].to_reference.verdict.kind, cases[i].of_subject);
        assert_int_equal(judgement.is_doubtful, cases[i].of_subject == HB_VERDICT_WITHHELD);
        assert_near(1 + judgement.aa_noise, fmax(cases[i].factor, 1 / cases[i].factor));
        assert_near(judgement.margin, cases[i].margin_used);
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
}

static void subjects_alone_are_compared(void **state)
{
    static const struct source sources[] = {
        {"reference", HB_ROLE_REFERENCE, even}, {"reference (A/A)", HB_ROLE_TWIN, even},
        {"floor", HB_ROLE_FLOOR, hakmem},       {"whole", HB_ROLE_SUBJECT, hakmem},
        {"crashed", HB_ROLE_SUBJECT, hakmem},   {"never", HB_ROLE_SUBJECT, hakmem},
    };
    struct hb_session session;
    struct hb_judgement judgement;
    char text[256];
    (void)state;
    make(&session, sources, 6, 1);
    session.jobs[4 * RUNS].status = HB_STATUS_CRASHED;
    for (size_t i = 5 * RUNS; i < 6 * RUNS; i++)
        session.jobs[i].status = HB_STATUS_CRASHED;
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(judgement.comparisons, 2);
    assert_int_equal(judgement.pairs, RUNS);
    assert_int_equal(judgement.pairs_least, 7);
    assert_false(hb_judgement_too_few(&judgement, text, sizeof text));
    /* Of ten of one sign p is 2 / 2^10, of nine 2 / 2^9; Holm: twice the smaller, once the other.
     */
    assert_near(judgement.allocators[3].to_reference.p_holm, 4.0 / 1024);
    assert_near(judgement.allocators[4].to_reference.p_holm, 4.0 / 1024);
    assert_near(judgement.allocators[2].to_reference.p_holm, 2.0 / 1024);
    assert_near(judgement.allocators[1].to_reference.p_holm, 1);
    assert_true(isnan(judgement.allocators[5].to_reference.p_holm));
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void without_a_reference_there_are_no_ratios(void **state)
{
    static const struct source sources[] = {{"subject", HB_ROLE_SUBJECT, even},
                                            {"other", HB_ROLE_SUBJECT, hakmem}};
    struct hb_session session;
    struct hb_judgement judgement;
    char text[256];
    (void)state;
    make(&session, sources, 2, 1);
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        const struct hb_ratio *ratio = &judgement.allocators[i].to_reference;
        assert_int_equal(ratio->pairs, 0);
        assert_true(isnan(ratio->estimate) && isnan(ratio->lo) && isnan(ratio->hi));
        assert_true(isnan(ratio->p) && isnan(ratio->p_holm));
        assert_int_equal(ratio->verdict.kind, HB_VERDICT_NONE);
        assert_true(isnan(hb_ratio_percent(&judgement, &judgement.allocators[i])));
    }
    assert_int_equal(judgement.comparisons, 0);
    assert_true(isnan(judgement.aa_noise));
    assert_near(judgement.margin, 0.02);
    assert_false(hb_judgement_too_few(&judgement, text, sizeof text));
    assert_int_equal(judgement.ranked_count, 2);
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
        assert_int_equal(judgement.allocators[2].throughput.n, runs); /* those that were planned */
        hb_judgement_free(&judgement);
        hb_session_free(&session);
    }
    assert_non_null(strstr(text, "7 runs cannot decide 5 comparisons: at least 8 runs"));
}

/* ---- against the baseline ---- */

struct drifted {
    struct hb_session then, now;
    struct hb_judgement judged_then, judged_now;
    struct hb_drift_judgement drift;
    struct hb_err err;
};

/* The same sources twice, the second time by so much faster. */
static void make_drifted(struct drifted *d, const struct source *sources, size_t count,
                         double factor)
{
    *d = (struct drifted){.err = {0}};
    make(&d->then, sources, count, 1);
    make(&d->now, sources, count, factor);
}

static int judge_drifted(struct drifted *d)
{
    assert_int_equal(hb_judge(&d->then, &d->judged_then, NULL), 0);
    assert_int_equal(hb_judge(&d->now, &d->judged_now, NULL), 0);
    return hb_drift_judge(&d->judged_now, &d->judged_then, &d->drift, &d->err);
}

static void close_drifted(struct drifted *d)
{
    hb_drift_judgement_free(&d->drift);
    hb_judgement_free(&d->judged_then);
    hb_judgement_free(&d->judged_now);
    hb_session_free(&d->then);
    hb_session_free(&d->now);
}

static const struct source three[] = {
    {"hakmem", HB_ROLE_SUBJECT, hakmem},
    {"mimalloc", HB_ROLE_REFERENCE, mimalloc},
    {"x", HB_ROLE_SUBJECT, twin},
};

static void the_machines_drift_is_not_blamed_on_an_allocator(void **state)
{
    struct drifted d;
    (void)state;
    make_drifted(&d, three, 3, 0.9);
    (void)snprintf(d.then.started_at, sizeof d.then.started_at, "2026-11-25T10:00:00Z");
    assert_int_equal(judge_drifted(&d), 0);
    assert_int_equal(d.drift.count, 3);
    assert_near(d.drift.common_ratio, 0.9);
    assert_string_equal(d.drift.machine_word, "a drift of the whole machine");
    assert_string_equal(d.drift.baseline_started_at, "2026-11-25T10:00:00Z");
    for (size_t i = 0; i < d.drift.count; i++) {
        const struct hb_drift_row *row = &d.drift.rows[i];
        assert_false(row->is_own_change);
        assert_string_equal(row->word, "drift of the whole machine");
        assert_string_equal(row->label, three[i].label);
        assert_near(row->ratio, 0.9);
        assert_near(row->residual_ratio, 1);
        assert_near(row->median_now, 0.9 * row->median_then);
    }
    assert_near(d.drift.rows[1].median_then, (121274983 + 121523154) / 2.0);
    /* The 24th and the 77th of 100 differences of logarithms: P(U < 24) = 0.0216 of 10 and 10. */
    assert_near(d.drift.rows[0].lo, 0.8878728523295993);
    assert_near(d.drift.rows[0].hi, 0.9122927881787607);
    close_drifted(&d);
}

static void one_allocators_change_is_told_from_the_others(void **state)
{
    struct drifted d;
    (void)state;
    make_drifted(&d, three, 3, 1);
    scale(&d.now, 0, 0.9);
    assert_int_equal(judge_drifted(&d), 0);
    assert_true(d.drift.rows[0].is_own_change);
    assert_false(d.drift.rows[1].is_own_change);
    assert_near(d.drift.rows[0].residual_ratio, 0.9);
    assert_string_equal(d.drift.machine_word, "within noise");
    close_drifted(&d);
}

/* The margin is the larger of both sessions'; at a margin of nothing, no drift is none. */
static void the_noisier_session_says_what_is_a_drift(void **state)
{
    static const struct {
        double margin_then, margin_now, factor;
        const char *word;
    } cases[] = {
        {2, 2, 1.04, "this allocator changed"},
        {8, 2, 1.04, "within noise"},
        {2, 8, 1.04, "within noise"},
        {0, 0, 1, "within noise"},
    };
    const struct source sources[] = {
        {"a", HB_ROLE_SUBJECT, even}, {"b", HB_ROLE_SUBJECT, even}, {"c", HB_ROLE_SUBJECT, even}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drifted d;
        make_drifted(&d, sources, 3, 1);
        scale(&d.now, 0, cases[i].factor);
        set_percent(&d.then.profile->margin_percent, cases[i].margin_then);
        set_percent(&d.now.profile->margin_percent, cases[i].margin_now);
        assert_int_equal(judge_drifted(&d), 0);
        assert_string_equal(d.drift.rows[0].word, cases[i].word);
        assert_string_equal(d.drift.machine_word, "within noise");
        close_drifted(&d);
    }
}

static void rename_it(struct hb_session *session)
{
    (void)snprintf(session->allocators[2].label, HB_NAME_MAX, "y");
}

static void preload_it(struct hb_session *session)
{
    (void)snprintf(session->allocators[2].via, sizeof session->allocators[2].via, "preload");
}

static void tune_it(struct hb_session *session)
{
    (void)snprintf(session->allocators[2].environment, HB_REASON_MAX, "MODE=lean");
}

static void make_it_a_twin(struct hb_session *session)
{
    session->allocators[2].role = HB_ROLE_TWIN;
}

static void leave_one_run(struct hb_session *session)
{
    for (size_t i = 1; i < RUNS; i++)
        session->jobs[2 * RUNS + i].status = HB_STATUS_CRASHED;
}

static void leave_two_runs(struct hb_session *session)
{
    leave_one_run(session);
    session->jobs[2 * RUNS + 7].status = HB_STATUS_OK;
}

/* Of three one is changed: without it two are too few to tell the machine. */
static void only_what_is_alike_has_a_row(void **state)
{
    static const struct {
        void (*change)(struct hb_session *);
        bool then, now;
        size_t rows;
    } cases[] = {
        {rename_it, true, false, 2},     {rename_it, true, true, 3},
        {preload_it, false, true, 2},    {tune_it, true, false, 2},
        {make_it_a_twin, true, true, 2}, {leave_one_run, true, false, 2},
        {leave_one_run, false, true, 2}, {leave_two_runs, true, true, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drifted d;
        make_drifted(&d, three, 3, 1);
        if (cases[i].then)
            cases[i].change(&d.then);
        if (cases[i].now)
            cases[i].change(&d.now);
        assert_int_equal(judge_drifted(&d), 0);
        assert_int_equal(d.drift.count, cases[i].rows);
        assert_string_equal(d.drift.machine_word,
                            cases[i].rows == 3
                                ? "within noise"
                                : "too few allocators to tell machine from allocator");
        assert_string_equal(d.drift.rows[1].label, "mimalloc");
        close_drifted(&d);
    }
}

static void set_parameters(struct hb_session *session, const char *name, uint64_t value)
{
    session->parameters = calloc(2, sizeof *session->parameters);
    session->parameter_count = 2;
    session->parameters[0] = (struct hb_parameter_value){"operations", 20, "20"};
    session->parameters[1] = (struct hb_parameter_value){.value = value};
    (void)snprintf(session->parameters[1].name, HB_NAME_MAX, "%s", name);
    (void)snprintf(session->parameters[1].text, HB_NAME_MAX, "%" PRIu64, value);
}

static void what_was_measured_otherwise_is_not_compared(void **state)
{
    static const struct {
        const char *class_key, *workload, *parameter; /* of the baseline */
        uint64_t value;
        const char *said; /* NULL: it is compared */
    } cases[] = {
        {"same", "random_mixed", "threads", 2, NULL},
        {"other", "random_mixed", "threads", 2, "of another class of host (Some CPU, 3 CPUs)"},
        {"same", "larson", "threads", 2, "of another workload (larson)"},
        {"same", "random_mixed", "threads", 4, "was measured with threads 4, this with 2"},
        {"same", "random_mixed", "size", 4, NULL},
    };
    (void)state;
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        const bool of_seed = i == sizeof cases / sizeof *cases;
        struct drifted d;
        make_drifted(&d, three, 3, 1);
        set_parameters(&d.now, of_seed ? "seed" : "threads", 2);
        set_parameters(&d.then, of_seed ? "seed" : cases[i].parameter,
                       of_seed ? 9 : cases[i].value);
        d.then.host.cpu_count = 3;
        (void)snprintf(d.then.host.cpu_model, sizeof d.then.host.cpu_model, "Some CPU");
        if (!of_seed) {
            (void)snprintf(d.then.host.class_key, sizeof d.then.host.class_key, "%s",
                           cases[i].class_key);
            (void)snprintf(d.then.workload, sizeof d.then.workload, "%s", cases[i].workload);
        }
        const char *said = of_seed ? NULL : cases[i].said;
        assert_int_equal(judge_drifted(&d), said ? -1 : 0);
        assert_int_equal(d.err.kind, said ? HB_ERR_INCOMPARABLE : HB_ERR_NONE);
        if (said && !strstr(d.err.message, said))
            fail_msg("%s", d.err.message);
        close_drifted(&d);
    }
}

static void more_allocators_than_one_would_think_are_all_judged(void **state)
{
    static char labels[600][8];
    static struct source many[600];
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    for (size_t i = 0; i < 600; i++) {
        (void)snprintf(labels[i], sizeof labels[i], "a%zu", i);
        many[i] = (struct source){labels[i], i ? HB_ROLE_SUBJECT : HB_ROLE_REFERENCE, even};
    }
    make(&session, many, 600, 1);
    assert_int_equal(hb_judge_to(HB_DEPTH_BRIEF, &session, &judgement, NULL), 0);
    assert_int_equal(judgement.comparisons, 599);
    assert_true(judgement.allocators[599].to_reference.estimate == 1);
    hb_judgement_free(&judgement);
    hb_session_free(&session);
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

/* The values: resident 2 bytes, CV 0 %, the reference's ratio 100 %. */
static void a_budget_holds_up_to_its_limit(void **state)
{
    static const struct {
        const char *key, *allocator;
        double min, max;
        enum hb_budget_outcome outcome;
    } cases[] = {
        {"rss_peak_bytes", "subject", NAN, 2, HB_BUDGET_PASS},
        {"rss_peak_bytes", "subject", 2, NAN, HB_BUDGET_PASS},
        {"rss_peak_bytes", "subject", 2, 2, HB_BUDGET_PASS},
        {"rss_peak_bytes", "subject", NAN, 1.9, HB_BUDGET_FAIL},
        {"rss_peak_bytes", "subject", 2.1, NAN, HB_BUDGET_FAIL},
        {"rss_peak_bytes", "subject", 2.1, 3, HB_BUDGET_FAIL},
        {"rss_peak_bytes", "reference (A/A)", 2.1, 3, HB_BUDGET_FAIL},
        {"rss_peak_bytes", "floor", 1, 3, HB_BUDGET_PASS},
        {"cv_percent", "subject", NAN, 0, HB_BUDGET_PASS},
        {"cv_percent", "reference", 0.1, NAN, HB_BUDGET_FAIL},
        {"ratio_percent", "reference", 100, 100, HB_BUDGET_PASS},
        {"ratio_percent", "subject", 49.9, 50.1, HB_BUDGET_PASS},
        {"ratio_percent", "subject", 50.1, NAN, HB_BUDGET_FAIL},
        {"throughput_ops_per_s", "subject", 50e6, 50e6, HB_BUDGET_PASS},
        {"rss_end_bytes", "subject", NAN, 2, HB_BUDGET_UNKNOWN},
        {"nosuch", "subject", NAN, 2, HB_BUDGET_UNKNOWN},
    };
    struct hb_session session;
    struct hb_judgement judgement;
    (void)state;
    make(&session, alike, 4, 1);
    scale(&session, 0, 0.5);
    for (size_t i = 0; i < session.job_count; i++)
        session.jobs[i].metric[HB_METRIC_RSS_PEAK] = 2;
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char label[1][HB_NAME_MAX];
        struct hb_profile_budget budget = {
            .min = cases[i].min, .max = cases[i].max, .allocators = label, .allocator_count = 1};
        const struct hb_profile profile = {.budgets = &budget, .budget_count = 1};
        struct hb_budget_result *results;
        size_t count;
        (void)snprintf(label[0], HB_NAME_MAX, "%s", cases[i].allocator);
        (void)snprintf(budget.key, sizeof budget.key, "%s", cases[i].key);
        assert_int_equal(hb_budgets_judge(&profile, &judgement, &results, &count, NULL), 0);
        assert_int_equal(count, 1);
        assert_int_equal(results[0].outcome, cases[i].outcome);
        assert_string_equal(results[0].label, cases[i].allocator);
        assert_string_equal(results[0].key, cases[i].key);
        assert_true(results[0].max == cases[i].max || isnan(cases[i].max));
        assert_true(results[0].min == cases[i].min || isnan(cases[i].min));
        free(results);
    }
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

static void a_budget_holds_for_whom_it_names(void **state)
{
    char named[3][HB_NAME_MAX] = {"floor", "nosuch", "subject"};
    struct hb_profile_budget budgets[] = {
        {.key = "cv_percent", .min = 0, .max = 1},
        {.key = "cv_percent", .min = 0, .max = 1, .allocators = named, .allocator_count = 3},
    };
    const struct hb_profile profile = {.budgets = budgets, .budget_count = 2};
    const char *const labels[] = {"subject", "reference", "subject", "floor"};
    struct hb_session session;
    struct hb_judgement judgement;
    struct hb_budget_result *results;
    size_t count;
    (void)state;
    make(&session, alike, 4, 1);
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    assert_int_equal(hb_budgets_judge(&profile, &judgement, &results, &count, NULL), 0);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(results[i].label, labels[i]);
    assert_int_equal(hb_budgets_unheld(budgets, 2, &session), 1);
    assert_int_equal(hb_budgets_unheld(budgets, 1, &session), 0);
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
    assert_int_equal(known((double)NAN, 0.9, HB_VERDICT_SLOWER), HB_KNOWN_OPEN);
    assert_int_equal(known(1.1, (double)NAN, HB_VERDICT_SLOWER), HB_KNOWN_OPEN);
    assert_int_equal(known(0.800, 0.900, HB_VERDICT_NONE), HB_KNOWN_OPEN);
}

/* 3 % slower, and the 4 and the 2 that may be found for it; an interval's end may be on each. */
static void what_is_known_may_lie_on_an_intervals_end(void **state)
{
    const double known_ratio = 1 / (1 + 0.03), least = 1 / (1 + 0.03 + HB_KNOWN_TOLERANCE),
                 most = 1 / (1 + 0.03 - HB_KNOWN_TOLERANCE);
    (void)state;
    assert_int_equal(known(0.9, least, HB_VERDICT_SLOWER), HB_KNOWN_OPEN);
    assert_int_equal(known(most, 0.99, HB_VERDICT_SLOWER), HB_KNOWN_OPEN);
    assert_int_equal(known(known_ratio, 0.99, HB_VERDICT_SLOWER), HB_KNOWN_FOUND);
    assert_int_equal(known(0.9, known_ratio, HB_VERDICT_SLOWER), HB_KNOWN_FOUND);
    assert_int_equal(known(least, 0.965, HB_VERDICT_SLOWER), HB_KNOWN_FOUND);
    assert_int_equal(known(0.975, most, HB_VERDICT_SLOWER), HB_KNOWN_FOUND);
}

/* All that is the session's, and not what lies behind. */
static void what_is_the_judgements_is_freed(void **state)
{
    const struct hb_session session = {.allocator_count = 1};
    struct hb_judgement judgement = {.session = &session, .pairs = 3};
    (void)state;
    judgement.allocators = calloc(2, sizeof *judgement.allocators);
    judgement.allocators[1].samples = (double *)(uintptr_t)1;
    hb_judgement_free(&judgement);
    assert_null(judgement.allocators);
    assert_int_equal(judgement.pairs, 0);
    hb_judgement_free(&judgement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lab_logs_figures_come_out),
        cmocka_unit_test(the_same_session_gives_the_same_judgement),
        cmocka_unit_test(more_allocators_than_one_would_think_are_all_judged),
        cmocka_unit_test(brief_is_the_same_but_for_intervals_of_means),
        cmocka_unit_test(a_failed_run_leaves_its_block_out_of_the_pairs),
        cmocka_unit_test(an_allocator_without_a_run_has_no_figures_and_no_rank),
        cmocka_unit_test(what_was_planned_and_went_well_is_complete),
        cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(each_metric_is_of_the_jobs_that_know_it),
        cmocka_unit_test(an_operation_is_one_threads),
        cmocka_unit_test(own_counters_are_compared_between_start_and_end),
        cmocka_unit_test(five_runs_carry_no_verdict),
        cmocka_unit_test(a_warm_up_is_left_out_of_the_throughput),
        cmocka_unit_test(what_is_cut_all_threads_have_passed),
        cmocka_unit_test(threads_without_a_common_clock_are_taken_whole),
        cmocka_unit_test(threads_that_take_turns_are_no_faster_than_the_clock),
        cmocka_unit_test(half_of_a_course_in_common_is_enough),
        cmocka_unit_test(a_files_word_is_taken_where_the_slices_bear_it_out),
        cmocka_unit_test(the_longest_run_says_how_much_room_is_needed),
        cmocka_unit_test(a_run_beyond_its_own_clock_is_invalid),
        cmocka_unit_test(a_run_within_its_own_clock_is_a_sample),
        cmocka_unit_test(a_paced_run_has_no_throughput_and_no_verdict),
        cmocka_unit_test(a_twin_unlike_itself_takes_the_sessions_verdicts),
        cmocka_unit_test(a_twin_within_its_noise_is_no_doubt),
        cmocka_unit_test(the_twin_is_judged_by_the_profiles_margin),
        cmocka_unit_test(subjects_alone_are_compared),
        cmocka_unit_test(without_a_reference_there_are_no_ratios),
        cmocka_unit_test(six_runs_cannot_decide_five_comparisons),
        cmocka_unit_test(the_machines_drift_is_not_blamed_on_an_allocator),
        cmocka_unit_test(one_allocators_change_is_told_from_the_others),
        cmocka_unit_test(the_noisier_session_says_what_is_a_drift),
        cmocka_unit_test(only_what_is_alike_has_a_row),
        cmocka_unit_test(what_was_measured_otherwise_is_not_compared),
        cmocka_unit_test(budgets_fail_pass_or_are_not_known),
        cmocka_unit_test(a_budget_holds_up_to_its_limit),
        cmocka_unit_test(a_budget_holds_for_whom_it_names),
        cmocka_unit_test(a_known_difference_is_found_by_its_size),
        cmocka_unit_test(what_is_known_may_lie_on_an_intervals_end),
        cmocka_unit_test(what_is_the_judgements_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
