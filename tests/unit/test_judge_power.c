/* A/A sessions whose truth is known, through the judge as it is: every allocator is the same, so a
 * *faster* or *slower* is false; and no run is faster than the simulated machine could be. The
 * figures are in docs/statistics.md, "Verdicts".
 *
 * The machine has two CPUs, which threads share by turns of 3 ms, as Linux does. A run has its own
 * speed (normal noise, one run in ten slowed by up to 15 %); one in three begins with a warm-up;
 * every slice has some noise of its own. */
#include "unit/test_stats.h"

#include "judge/judge.h"

#include <string.h>

enum { CPUS = 2, SLICES = 100, SUBJECTS = 5, ALLOCATORS = SUBJECTS + 3, THREADS_MOST = 32 };
#define TURN_NS     3e6
#define RATE        0.1 /* operations a nanosecond of a CPU */
#define SLICE_NOISE 0.02

struct machine {
    struct hb_rng rng;
    double cv;
    uint32_t threads;
    double fastest[1000]; /* of each job: what the whole machine could do in a second */
};

/* One thread's work: what is left of the slice it is in, ns of a CPU. */
struct worker {
    size_t slice;
    double left_ns;
    bool has_begun;
};

struct run {
    struct hb_job job;
    double speed; /* of this run: a factor */
    bool warms_up;
    double end_ns[THREADS_MOST][SLICES];
    struct worker workers[THREADS_MOST];
};

static double slice_ns(struct machine *machine, const struct run *run, size_t slice)
{
    const double noise = 1 + SLICE_NOISE * (2 * uniform(&machine->rng) - 1);
    const double cold = run->warms_up && slice < SLICES / 8 ? 1.4 : 1;
    return (double)run->job.slice_operations * cold / (RATE * run->speed * noise);
}

/* The thread's turn from `now` on; returns when it is over. */
static double take_turn(struct machine *machine, struct run *run, uint32_t t, double now)
{
    struct worker *worker = &run->workers[t];
    double left = TURN_NS;
    if (!worker->has_begun) {
        worker->has_begun = true;
        worker->left_ns = slice_ns(machine, run, 0);
        run->job.start_ns[t] = (uint64_t)now;
    }
    while (left > 0 && worker->slice < SLICES) {
        const double used = fmin(left, worker->left_ns);
        now += used;
        left -= used;
        worker->left_ns -= used;
        if (worker->left_ns > 0)
            continue;
        run->end_ns[t][worker->slice++] = floor(now);
        if (worker->slice < SLICES)
            worker->left_ns = slice_ns(machine, run, worker->slice);
    }
    return now;
}

static double run_cpu(struct machine *machine, struct run *run, uint32_t cpu)
{
    double now = 0;
    for (bool busy = true; busy;) {
        busy = false;
        for (uint32_t t = cpu; t < machine->threads; t += CPUS) {
            now = take_turn(machine, run, t, now);
            busy |= run->workers[t].slice < SLICES;
        }
    }
    return floor(now);
}

static void make_run(struct machine *machine, size_t allocator, size_t block,
                     struct hb_session *session)
{
    struct run *run = calloc(1, sizeof *run);
    struct hb_job *job = &run->job;
    hb_job_init(job);
    job->allocator = (uint32_t)allocator;
    job->block = (uint32_t)block;
    job->threads = machine->threads;
    job->slices = SLICES;
    /* 20 or 200 ms of both CPUs: threads that are done in one turn, or take many */
    job->slice_operations = (uniform(&machine->rng) < 0.5 ? UINT64_C(4000000) : 40000000) /
                            ((uint64_t)SLICES * machine->threads);
    job->slice_ns = calloc((size_t)job->threads * SLICES, sizeof *job->slice_ns);
    job->start_ns = calloc(job->threads, sizeof *job->start_ns);
    run->speed = exp(machine->cv * gaussian(&machine->rng));
    if (uniform(&machine->rng) < 0.1)
        run->speed *= 1 - 0.15 * uniform(&machine->rng);
    run->warms_up = uniform(&machine->rng) < 1.0 / 3;
    double elapsed_ns = 0;
    for (uint32_t cpu = 0; cpu < CPUS && cpu < machine->threads; cpu++)
        elapsed_ns = fmax(elapsed_ns, run_cpu(machine, run, cpu));
    for (uint32_t t = 0; t < job->threads; t++) {
        double before = (double)job->start_ns[t];
        for (size_t s = 0; s < SLICES; s++) {
            job->slice_ns[t * SLICES + s] = (uint64_t)(run->end_ns[t][s] - before);
            before = run->end_ns[t][s];
        }
    }
    const double operations = (double)job->slice_operations * SLICES * job->threads;
    job->metric[HB_METRIC_OPERATIONS] = operations;
    job->metric[HB_METRIC_ELAPSED] = elapsed_ns;
    job->metric[HB_METRIC_THROUGHPUT] = operations * 1e9 / elapsed_ns;
    machine->fastest[session->job_count] =
        fmin(CPUS, machine->threads) * RATE * 1e9 * run->speed * (1 + SLICE_NOISE) * 1.001;
    assert_int_equal(hb_session_append(session, job), 0);
    assert_int_equal(session->jobs[session->job_count - 1].status, HB_STATUS_OK);
    free(run);
}

static void make_session(struct machine *machine, size_t blocks, struct hb_session *session)
{
    static const enum hb_role roles[ALLOCATORS] = {[SUBJECTS] = HB_ROLE_REFERENCE,
                                                   [SUBJECTS + 1] = HB_ROLE_TWIN,
                                                   [SUBJECTS + 2] = HB_ROLE_FLOOR};
    *session =
        (struct hb_session){.blocks = (uint32_t)blocks, .seed = 7, .allocator_count = ALLOCATORS};
    session->allocators = calloc(ALLOCATORS, sizeof *session->allocators);
    for (size_t i = 0; i < ALLOCATORS; i++) {
        (void)snprintf(session->allocators[i].label, HB_NAME_MAX, "%zu", i);
        session->allocators[i].role = roles[i];
    }
    for (size_t b = 0; b < blocks; b++) {
        for (size_t i = 0; i < ALLOCATORS; i++)
            make_run(machine, i, b, session);
    }
}

struct counts {
    size_t sessions, wrong, withheld, impossible, cut;
};

/* What is printed is what the operations that were counted took; nothing is faster than the CPUs.
 */
static void check_runs(const struct machine *machine, const struct hb_judgement *judgement,
                       struct counts *counts)
{
    const struct hb_session *session = judgement->session;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        const double told = judgement->allocators[job->allocator].by_block[job->block];
        const double whole = job->metric[HB_METRIC_THROUGHPUT];
        counts->impossible += told > machine->fastest[i] || told < whole;
        counts->cut += told != whole;
    }
    for (size_t a = 0; a < ALLOCATORS; a++) { /* and only a warm-up is cut */
        const struct hb_judged *judged = &judgement->allocators[a];
        size_t cut = 0;
        for (size_t i = 0; i < session->job_count; i++) {
            const struct hb_job *job = &session->jobs[i];
            cut += job->allocator == a &&
                   judged->by_block[job->block] != job->metric[HB_METRIC_THROUGHPUT];
        }
        counts->impossible += cut != judged->steady[HB_STEADY_WARMUP];
    }
}

static void judge_one(struct machine *machine, size_t blocks, struct counts *counts)
{
    struct hb_session session;
    struct hb_judgement judgement;
    bool is_wrong = false;
    make_session(machine, blocks, &session);
    assert_int_equal(hb_judge(&session, &judgement, NULL), 0);
    for (size_t a = 0; a < SUBJECTS; a++)
        is_wrong |= hb_verdict_is_difference(judgement.allocators[a].to_reference.verdict.kind);
    check_runs(machine, &judgement, counts);
    counts->sessions++;
    counts->wrong += is_wrong;
    counts->withheld += judgement.is_doubtful;
    hb_judgement_free(&judgement);
    hb_session_free(&session);
}

/* 1,000 sessions of each number of threads with HB_POWER=all (make verdict-power), else a few. */
static void equal_allocators_are_told_apart_in_one_session_of_twenty_at_most(void **state)
{
    (void)state;
    static const uint32_t threads[] = {1, 2, 8, 32};
    static const double cvs[] = {0.01, 0.05};
    static const size_t blocks[] = {8, 10};
    const size_t sessions = getenv("HB_POWER") ? 500 : 10;
    printf("    A/A sessions of 5 allocators; %%: false, withheld; runs cut, impossible:\n");
    for (size_t t = 0; t < COUNT(threads); t++) {
        for (size_t c = 0; c < COUNT(cvs); c++) {
            struct machine machine = {.cv = cvs[c], .threads = threads[t]};
            struct counts counts = {0};
            hb_rng_seed(&machine.rng, 20261126 + threads[t]);
            while (counts.sessions < sessions)
                judge_one(&machine, blocks[counts.sessions % 2], &counts);
            printf("    %2u threads, CV %.0f %%: %4.1f %4.1f %7zu %zu\n", threads[t], 100 * cvs[c],
                   100.0 * (double)counts.wrong / (double)sessions,
                   100.0 * (double)counts.withheld / (double)sessions, counts.cut,
                   counts.impossible);
            assert_int_equal(counts.impossible, 0);
            assert_true(counts.wrong <= (sessions + 10) / 20);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_allocators_are_told_apart_in_one_session_of_twenty_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
