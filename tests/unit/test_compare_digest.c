/* What is taken of a session: which runs, which values of them, and what is told of these.
 * Read next: src/compare/digest.h. */
#include "unit/compare_made.h"
#include "unit/made_profile.h"

#include "result/model.h"

#include <math.h>

#define NONE  (double)NAN
#define SPEED HB_METRIC_THROUGHPUT
#define TIME  HB_METRIC_NS_PER_OP
#define CALLS HB_METRIC_SYSCALLS_PER_OP

static const struct made_allocator made[] = {
    {"hakmem", HB_ROLE_SUBJECT, "a"},
    {"mimalloc", HB_ROLE_REFERENCE, "b"},
    {"mimalloc (A/A)", HB_ROLE_TWIN, "b"},
    {"floor", HB_ROLE_FLOOR, "f"},
};
enum { OWN, REFERENCE, TWIN, LOOP, ALL, BLOCKS = 8 };

/* Speeds in units of a million a second; every block of hakmem's its own. */
static const double own_speeds[BLOCKS] = {98, 97, 102, 99, 104, 103, 101, 96};

static double speed_of(size_t allocator, size_t block, void *user)
{
    const double twin = *(double *)user;
    const double speeds[ALL] = {own_speeds[block], 90, 90 * twin, 125};
    return 1e6 * speeds[allocator];
}

static void open_session(struct hb_session *session, double twin)
{
    made_session(session, made, ALL, BLOCKS, speed_of, &twin);
}

static struct hb_job *job_of(struct hb_session *session, size_t allocator, size_t block)
{
    return &session->jobs[block * ALL + allocator];
}

static void taken(struct hb_session *session, struct hb_digest *digest)
{
    made_digest(session, "side", digest);
}

/* ---- what it is ---- */

static void a_digest_says_what_it_is_of(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    (void)strcpy(session.started_at, "2026-11-24T00:00:00Z");
    (void)strcpy(session.tool_version, "1.2");
    (void)strcpy(session.tool_commit, "abc");
    (void)strcpy(session.profile_name, "mixed");
    (void)strcpy(session.host.kernel, "6.1");
    (void)strcpy(session.allocators[OWN].environment, "A=1");
    (void)strcpy(session.allocators[OWN].library_version, "3.1");
    (void)strcpy(session.allocators[OWN].plugin_sha256, "p");
    session.partial = true;
    session.soak.timer_ns = 20;
    taken(&session, &digest);
    assert_string_equal(digest.label, "side");
    assert_string_equal(digest.path, "side.json");
    assert_string_equal(digest.kind, "rebase");
    assert_string_equal(digest.started_at, "2026-11-24T00:00:00Z");
    assert_string_equal(digest.tool_version, "1.2");
    assert_string_equal(digest.tool_commit, "abc");
    assert_string_equal(digest.profile_name, "mixed");
    assert_string_equal(digest.workload, "made");
    assert_string_equal(digest.host.kernel, "6.1");
    assert_true(digest.partial && !digest.is_soak && digest.paired && !digest.is_named);
    assert_int_equal(digest.seed, 5);
    assert_int_equal(digest.blocks, BLOCKS);
    near("timer", digest.timer_ns, 20, 0);
    near("margin", digest.margin, 0.02, 1e-15);
    assert_int_equal(digest.count, ALL);
    assert_int_equal(digest.reference, REFERENCE);
    assert_int_equal(digest.twin, TWIN);
    assert_int_equal(digest.floor, LOOP);
    const struct hb_digest_entry *own = &digest.entries[OWN];
    assert_string_equal(own->label, "hakmem");
    assert_string_equal(own->via, "dlopen");
    assert_string_equal(own->environment, "A=1");
    assert_string_equal(own->library_version, "3.1");
    assert_string_equal(own->library_sha256, "a");
    assert_string_equal(own->plugin_sha256, "p");
    assert_int_equal(own->role, HB_ROLE_SUBJECT);
    assert_string_equal(own->failure, "");
    assert_int_equal(hb_digest_find(&digest, "floor"), LOOP);
    assert_int_equal(hb_digest_find(&digest, "nobody"), -1);
    hb_digest_free(&digest);
    assert_null(digest.entries);
}

static void what_must_be_alike_is_the_key(void **state)
{
    (void)state;
    static const struct {
        enum hb_session_kind kind;
        bool fresh;
        size_t parameters;
        const char *key, *text;
    } cases[] = {
        {HB_KIND_REBASE, false, 0, "rebase mademixed", ""},
        {HB_KIND_REBASE, false, 3, "rebase made operations=20000000 size=16",
         "operations 20M, size 16B"},
        {HB_KIND_SOAK, false, 2, "soak made operations=20000000", "operations 20M"},
        {HB_KIND_SOAK, true, 2, "fresh made operations=20000000", "operations 20M"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_parameter_value *parameters = calloc(3, sizeof *parameters);
        parameters[0] = (struct hb_parameter_value){"operations", 20000000, "20M"};
        parameters[1] = (struct hb_parameter_value){"seed", 7, "7"};
        parameters[2] = (struct hb_parameter_value){"size", 16, "16B"};
        struct hb_session session;
        struct hb_digest digest;
        open_session(&session, 1);
        session.kind = cases[i].kind;
        (void)strcpy(session.profile_name, "mixed");
        session.soak.fresh = cases[i].fresh;
        session.parameters = parameters;
        session.parameter_count = cases[i].parameters;
        taken(&session, &digest);
        assert_string_equal(digest.key, cases[i].key);
        assert_string_equal(digest.parameters, cases[i].text);
        hb_digest_free(&digest);
    }
}

static void the_margin_is_the_profiles(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    session.profile = made_profile();
    session.profile->margin_percent = 3;
    (void)strcpy(session.imported_from, "lab log");
    taken(&session, &digest);
    near("margin", digest.margin, 0.03, 1e-15);
    assert_false(digest.paired); /* blocks of another's are no pairs, so that no noise is known */
    near("noise", digest.aa_noise, NONE, 0);
    hb_digest_free(&digest);
}

/* ---- values of runs ---- */

static void each_run_stands_at_its_block(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    struct hb_job *crashed = job_of(&session, OWN, 1), *hung = job_of(&session, OWN, 2);
    crashed->status = HB_STATUS_CRASHED;
    (void)strcpy(crashed->reason, "ended by signal 11");
    hung->status = HB_STATUS_HUNG;
    job_of(&session, OWN, 3)->metric[SPEED] = NONE; /* a paced run has no speed */
    taken(&session, &digest);
    const struct hb_digest_entry *own = &digest.entries[OWN];
    const double *speeds = own->series[SPEED].values;
    assert_int_equal(own->series[SPEED].n, 5);
    for (size_t b = 0; b < BLOCKS; b++)
        near("speed", speeds[b], b >= 1 && b <= 3 ? NONE : 1e6 * own_speeds[b], 1e-12);
    near("median of 96, 98, 101, 103, 104", own->series[SPEED].value, 101e6, 1e-12);
    near("ns/op", own->series[TIME].values[0], 1000.0 / 98, 1e-12);
    near("above the floor", own->series[HB_FIGURE_ABOVE_FLOOR].values[4], 1000.0 / 104 - 8, 1e-12);
    near("no run, nothing above", own->series[HB_FIGURE_ABOVE_FLOOR].values[1], NONE, 0);
    assert_int_equal(own->series[HB_FIGURE_ABOVE_FLOOR].n, 6); /* the paced one kept its ns/op */
    assert_null(digest.entries[LOOP].series[HB_FIGURE_ABOVE_FLOOR].values);
    assert_int_equal(own->runs_ok, 6);
    assert_int_equal(own->runs_failed, 2);
    assert_string_equal(own->failure, "crashed: ended by signal 11");
    assert_null(own->series[HB_FIGURE_P99].values);
    near("no value", own->series[HB_FIGURE_P99].value, NONE, 0);
    near("nor an interval", own->series[SPEED].interval.lo, NONE, 0);
    near("of neither end", own->series[SPEED].interval.hi, NONE, 0);
    hb_digest_free(&digest);
}

/* 40 slices of 20 us and 160 of 10 us: what is left after the warm-up makes 10 G/s. */
static void a_warm_up_is_left_out(void **state)
{
    (void)state;
    enum { SLICES = 200 };
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    struct hb_job *job = job_of(&session, OWN, 0);
    job->threads = 1;
    job->slices = SLICES;
    job->slice_operations = 100000;
    job->slice_ns = calloc(SLICES, sizeof *job->slice_ns);
    job->start_ns = calloc(1, sizeof *job->start_ns);
    for (size_t i = 0; i < SLICES; i++)
        job->slice_ns[i] = i < 40 ? 20000 : 10000;
    job->metric[SPEED] = 20e6 / 2.4e-3;
    taken(&session, &digest);
    near("speed", digest.entries[OWN].series[SPEED].values[0], 10e9, 1e-12);
    near("ns/op", digest.entries[OWN].series[TIME].values[0], 0.1, 1e-12);
    near("a run without slices", digest.entries[OWN].series[SPEED].values[4], 104e6, 1e-12);
    hb_digest_free(&digest);
}

static void an_invalid_run_that_was_repeated_is_no_failure(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    job_of(&session, OWN, 1)->status = HB_STATUS_INVALID;
    made_job(&session, OWN, 1, 50e6);
    job_of(&session, REFERENCE, 1)->status = HB_STATUS_INVALID;
    (void)strcpy(session.allocators[TWIN].missing_reason, "no such file");
    taken(&session, &digest);
    assert_int_equal(digest.entries[OWN].runs_failed, 0);
    assert_int_equal(digest.entries[OWN].runs_ok, BLOCKS);
    assert_string_equal(digest.entries[OWN].failure, "");
    near("the later one counts", digest.entries[OWN].series[SPEED].values[1], 50e6, 1e-12);
    assert_int_equal(digest.entries[REFERENCE].runs_failed, 1);
    assert_string_equal(digest.entries[TWIN].failure, "missing: no such file");
    hb_digest_free(&digest);
}

/* Sets the metrics of a counting pass; its times, and the counts of timed runs, mean nothing. */
static void a_counting_pass_counts_and_a_timed_run_times(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    job_of(&session, OWN, 0)->metric[CALLS] = 7;
    for (size_t i = 0; i < 2; i++) {
        made_job(&session, i, 0, 1e6);
        struct hb_job *counted = &session.jobs[session.job_count - 1];
        counted->kind = HB_JOB_COUNTED;
        counted->metric[CALLS] = 2e-6;
        counted->metric[HB_METRIC_OPERATIONS] = 5e5;
        counted->status = i == 0 ? HB_STATUS_OK : HB_STATUS_CRASHED;
    }
    taken(&session, &digest);
    const struct hb_digest_entry *own = &digest.entries[OWN];
    near("calls", own->series[CALLS].value, 2e-6, 1e-12);
    assert_int_equal(own->series[CALLS].n, 1);
    near("time", own->series[SPEED].values[0], 98e6, 1e-12);
    near("operations", own->counted_operations, 5e5, 1e-12);
    near("of timed runs", own->series[HB_METRIC_OPERATIONS].value, 20e6, 1e-12);
    assert_int_equal(own->runs_ok, BLOCKS);
    near("one call", hb_digest_one(own, CALLS), 2e-6, 1e-12);
    near("one", hb_digest_one(own, HB_METRIC_SYSCALLS_MEASURED), 1, 0);
    const struct hb_digest_entry *reference = &digest.entries[REFERENCE];
    near("not counted", hb_digest_one(reference, CALLS), 0, 0);
    assert_int_equal(reference->runs_failed, 0); /* its timed runs did not fail */
    assert_string_equal(reference->failure, "crashed: ");
    near("none", reference->series[CALLS].value, NONE, 0);
    hb_digest_free(&digest);
}

static void there_are_as_many_blocks_as_were_run(void **state)
{
    (void)state;
    static const struct {
        uint32_t planned, last;
        size_t blocks, runs;
    } cases[] = {{8, 7, 8, 8}, {20, 7, 8, 8}, {20, 11, 12, 9}, {8, 8, 8, 8}, {20, 20, 8, 8}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_session session;
        struct hb_digest digest;
        open_session(&session, 1);
        session.blocks = cases[i].planned;
        if (cases[i].last >= BLOCKS)
            made_job(&session, OWN, cases[i].last, 50e6);
        taken(&session, &digest);
        assert_int_equal(digest.blocks, cases[i].blocks);
        assert_int_equal(digest.entries[OWN].series[SPEED].n, cases[i].runs);
        hb_digest_free(&digest);
    }
}

/* ---- what is told of them ---- */

/* The ranks 3 2 6 4 8 7 5 1 have squares of 42 and products of neighbours of 5.75 about 4.5. */
static void the_speed_has_a_spread_and_a_memory(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    taken(&session, &digest);
    const struct hb_digest_entry *own = &digest.entries[OWN];
    near("mean", own->mean, 100e6, 1e-12);
    near("cv", own->cv, sqrt(60.0 / 7) / 100, 1e-12);
    near("in percent", own->series[HB_FIGURE_CV].value, sqrt(60.0 / 7), 1e-12);
    assert_int_equal(own->series[HB_FIGURE_CV].n, BLOCKS);
    near("neighbours", own->rho, (8 * 5.75 / 42 + 1) / 4, 1e-12);
    near("of all allocators", digest.rho, own->rho / ALL, 1e-12);
    near("no spread", digest.entries[LOOP].cv, 0, 0);
    hb_digest_free(&digest);
}

static void one_run_or_none_has_no_spread(void **state)
{
    (void)state;
    double twin = 1;
    for (size_t runs = 0; runs < 2; runs++) {
        struct hb_session session;
        struct hb_digest digest;
        made_session(&session, made, 1, runs, speed_of, &twin);
        taken(&session, &digest);
        assert_int_equal(digest.blocks, runs);
        near("mean", digest.entries[OWN].mean, runs ? 98e6 : NONE, 1e-12);
        near("cv", digest.entries[OWN].cv, NONE, 0);
        near("rho", digest.rho, 0, 0);
        assert_int_equal(digest.reference, -1);
        assert_int_equal(digest.twin, -1);
        assert_int_equal(digest.floor, -1);
        near("noise", digest.aa_noise, NONE, 0);
        hb_digest_free(&digest);
    }
}

/* A reference that is 1 % off itself is noise; one that is 5 % off casts doubt on all. */
static void the_twin_tells_the_noise(void **state)
{
    (void)state;
    static const struct {
        double twin, noise;
        bool is_doubtful;
    } cases[] = {
        {1, 0, false}, {1.01, 0.01, false}, {1.05, 0.05, true}, {0.95, 1 / 0.95 - 1, true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_session session;
        struct hb_digest digest;
        open_session(&session, cases[i].twin);
        job_of(&session, TWIN, 2)->status = HB_STATUS_CRASHED;
        job_of(&session, REFERENCE, 0)->status = HB_STATUS_CRASHED;
        taken(&session, &digest);
        near("noise", digest.aa_noise, cases[i].noise, 1e-9);
        assert_int_equal(digest.doubt[0] != '\0', cases[i].is_doubtful);
        if (cases[i].is_doubtful)
            assert_non_null(strstr(digest.doubt, "mimalloc was judged"));
        hb_digest_free(&digest);
    }
}

static void threads_share_a_second(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_digest digest;
    open_session(&session, 1);
    session.parameters = calloc(1, sizeof *session.parameters);
    session.parameters[0] = (struct hb_parameter_value){"threads", 2, "2"};
    session.parameter_count = 1;
    taken(&session, &digest);
    near("ns/op", digest.entries[OWN].series[TIME].values[0], 2000.0 / 98, 1e-12);
    hb_digest_free(&digest);
}

/* ---- values of epochs ---- */

static void a_soak_is_told_by_its_judgement(void **state)
{
    (void)state;
    struct hb_session session = {.allocator_count = 1};
    struct hb_epoch epochs[3];
    const struct hb_epoch *series[3];
    const struct hb_epoch failed = {.status = HB_STATUS_KILLED, .reason = "grew too large"};
    struct hb_digest digest;
    struct hb_err err = {0};
    session.kind = HB_KIND_SOAK;
    session.allocators = calloc(1, sizeof *session.allocators);
    for (size_t i = 0; i < 3; i++) {
        hb_epoch_init(&epochs[i]);
        epochs[i].metric[HB_EPOCH_THROUGHPUT] = 50e6 + 1e6 * (double)i;
        epochs[i].metric[HB_EPOCH_RSS] = i == 1 ? NONE : 1e6 * (double)(i + 1);
        epochs[i].metric[HB_EPOCH_LATENCY_P50] = 10;
        epochs[i].metric[HB_EPOCH_LATENCY_P99] = 20;
        epochs[i].metric[HB_EPOCH_LATENCY_P999] = 30;
        series[i] = &epochs[i];
    }
    struct hb_soak_judged judged = {
        .counted = 3, .failed = 1, .failure = &failed, .series = series};
    judged.latency.p50 = 11;
    judged.latency.p99 = 21;
    judged.latency.p999 = 31;
    judged.speed = (struct hb_soak_drift){.n = 3, .percent = -1, .lo = -2, .hi = 0.5};
    judged.memory.rss = (struct hb_soak_drift){.n = 2, .percent = 4, .lo = 3, .hi = 5};
    judged.syscalls_per_op = 1e-6;
    judged.calls_judged.operations = 2e6;
    const struct hb_soak_judgement soak = {.session = &session, .allocators = &judged};
    assert_int_equal(hb_digest_take(&session, &soak, "s", "s.json", &digest, &err), 0);
    const struct hb_digest_entry *own = &digest.entries[0];
    assert_true(digest.is_soak && !digest.paired);
    assert_int_equal(own->runs_ok, 3);
    assert_int_equal(own->runs_failed, 1);
    assert_string_equal(own->failure, "killed: grew too large");
    const struct {
        size_t figure, n;
        double value, first, last;
    } cases[] = {
        {SPEED, 3, 51e6, 50e6, 52e6},           {HB_FIGURE_P50, 3, 11, 10, 10},
        {HB_FIGURE_P99, 3, 21, 20, 20},         {HB_FIGURE_P999, 3, 31, 30, 30},
        {HB_FIGURE_RSS_SOAK, 2, 2e6, 1e6, 3e6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct hb_series *values = &own->series[cases[i].figure];
        const char *key = hb_figure(cases[i].figure)->key;
        assert_int_equal(values->n, cases[i].n);
        near(key, values->value, cases[i].value, 1e-12);
        near(key, values->values[0], cases[i].first, 1e-12);
        near(key, values->values[values->n - 1], cases[i].last, 1e-12);
    }
    const struct hb_series *speed = &own->series[HB_FIGURE_SPEED_DRIFT],
                           *memory = &own->series[HB_FIGURE_RSS_DRIFT];
    assert_true(speed->n == 3 && speed->value == -1 && speed->interval.lo == -2 &&
                speed->interval.hi == 0.5);
    assert_true(memory->n == 2 && memory->value == 4 && memory->interval.lo == 3 &&
                memory->interval.hi == 5);
    near("calls", own->series[CALLS].value, 1e-6, 1e-12);
    near("over", own->counted_operations, 2e6, 1e-12);
    near("spread", own->series[HB_FIGURE_CV].value, 100 / 51.0, 1e-9);
    hb_digest_free(&digest);
    hb_session_free(&session);
}

/* ---- is it the same session? ---- */

static void change_seed(struct hb_digest *digest)
{
    digest->seed++;
}

static void change_second(struct hb_digest *digest)
{
    digest->started_at[0]++;
}

static void change_key(struct hb_digest *digest)
{
    digest->key[0]++;
}

static void change_label(struct hb_digest *digest)
{
    digest->entries[LOOP].label[0]++;
}

static void change_library(struct hb_digest *digest)
{
    digest->entries[LOOP].library_sha256[0]++;
}

static void change_plugin(struct hb_digest *digest)
{
    digest->entries[LOOP].plugin_sha256[0]++;
}

static void change_runs(struct hb_digest *digest)
{
    digest->entries[LOOP].runs_ok++;
}

static void change_failures(struct hb_digest *digest)
{
    digest->entries[LOOP].runs_failed++;
}

static void change_last_run(struct hb_digest *digest)
{
    digest->entries[LOOP].series[SPEED].values[BLOCKS - 1]++;
}

static void change_value(struct hb_digest *digest)
{
    digest->entries[LOOP].series[HB_FIGURE_RSS_DRIFT].value = 1;
}

static void change_count_of_values(struct hb_digest *digest)
{
    digest->entries[LOOP].series[HB_FIGURE_COUNT - 1].n++;
}

static void change_what_is_known(struct hb_digest *digest)
{
    digest->entries[LOOP].series[SPEED].values = NULL;
}

static void change_blocks(struct hb_digest *digest)
{
    digest->blocks--;
}

static void change_allocators(struct hb_digest *digest)
{
    hb_digest_free(digest);
    struct hb_session session;
    double twin = 1;
    made_session(&session, made, ALL - 1, BLOCKS, speed_of, &twin);
    taken(&session, digest);
}

static void change_names(struct hb_digest *digest)
{
    digest->label[0]++;
    digest->path[0]++;
    digest->is_named = true;
}

static void change_nothing(struct hb_digest *digest)
{
    (void)digest;
}

static void a_session_is_its_content(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct hb_digest *);
        bool is_same;
    } cases[] = {
        {change_nothing, true},          {change_names, true},     {change_seed, false},
        {change_second, false},          {change_key, false},      {change_label, false},
        {change_library, false},         {change_plugin, false},   {change_runs, false},
        {change_failures, false},        {change_last_run, false}, {change_value, false},
        {change_count_of_values, false}, {change_blocks, false},   {change_what_is_known, false},
        {change_allocators, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hb_digest digests[2];
        for (size_t d = 0; d < 2; d++) {
            struct hb_session session;
            open_session(&session, 1);
            job_of(&session, OWN, 1)->status = HB_STATUS_CRASHED; /* gaps are alike, too */
            taken(&session, &digests[d]);
        }
        cases[i].change(&digests[1]);
        if (hb_digest_is_same(&digests[0], &digests[1]) != cases[i].is_same ||
            hb_digest_is_same(&digests[1], &digests[0]) != cases[i].is_same)
            fail_msg("case %zu", i);
        for (size_t d = 0; d < 2; d++)
            hb_digest_free(&digests[d]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_says_what_it_is_of),
        cmocka_unit_test(what_must_be_alike_is_the_key),
        cmocka_unit_test(the_margin_is_the_profiles),
        cmocka_unit_test(each_run_stands_at_its_block),
        cmocka_unit_test(a_warm_up_is_left_out),
        cmocka_unit_test(an_invalid_run_that_was_repeated_is_no_failure),
        cmocka_unit_test(a_counting_pass_counts_and_a_timed_run_times),
        cmocka_unit_test(there_are_as_many_blocks_as_were_run),
        cmocka_unit_test(the_speed_has_a_spread_and_a_memory),
        cmocka_unit_test(one_run_or_none_has_no_spread),
        cmocka_unit_test(the_twin_tells_the_noise),
        cmocka_unit_test(threads_share_a_second),
        cmocka_unit_test(a_soak_is_told_by_its_judgement),
        cmocka_unit_test(a_session_is_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
