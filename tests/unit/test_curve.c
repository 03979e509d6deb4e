/* Sweeps: how they are typed, what a plan makes of them, points as sessions, and who changes places
 * where. Values by hand. */
#include "judge/curve.h"
#include "plan/plan.h"
#include "report/session_report.h"
#include "result/session_json.h"
#include "result/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

#define BLOCKS 12u
#define POINTS 4u

/* Two that cross between the second and the third point, a reference far below, and its twin. */
static const double speeds[POINTS][4] = {
    {100e6, 50e6, 10e6, 10e6},
    {80e6, 60e6, 10e6, 10e6},
    {40e6, 70e6, 10e6, 10e6},
    {20e6, 80e6, 10e6, 10e6},
};

/* Some tenths of a percent of its own in each block, so that no two runs are alike. */
static double wobble(uint32_t block, size_t allocator)
{
    return 1 + 1e-3 * (double)((block * 7 + allocator * 3) % 5);
}

static void add(struct hb_session *session, enum hb_job_kind kind, uint32_t point,
                uint32_t allocator, uint32_t block, enum hb_metric_id metric, double value)
{
    struct hb_job job;
    hb_job_init(&job);
    job.index = (uint32_t)session->job_count;
    job.kind = kind;
    job.point = point;
    job.allocator = allocator;
    job.block = block;
    job.metric[metric] = value;
    assert_int_equal(hb_session_append(session, &job), 0);
}

static void make(struct hb_session *session, uint32_t blocks)
{
    static const char *const labels[] = {"falling", "rising", "reference", "reference (A/A)"};
    static const enum hb_role roles[] = {HB_ROLE_SUBJECT, HB_ROLE_SUBJECT, HB_ROLE_REFERENCE,
                                         HB_ROLE_TWIN};
    static const uint64_t values[POINTS] = {400, 4000, 40000, 400000};
    static const char *const texts[POINTS] = {"400", "4k", "40k", "400k"};
    *session = (struct hb_session){.blocks = blocks, .seed = 1, .allocator_count = 4};
    session->allocators = calloc(4, sizeof *session->allocators);
    session->points = calloc(POINTS, sizeof *session->points);
    session->parameters = calloc(2, sizeof *session->parameters);
    session->parameter_count = 2;
    HB_COPY(session->parameters[0].name, "threads");
    session->parameters[0].value = 1;
    HB_COPY(session->parameters[1].name, "working_set");
    for (size_t a = 0; a < 4; a++) {
        HB_COPY(session->allocators[a].label, labels[a]);
        session->allocators[a].role = roles[a];
    }
    for (uint32_t k = 0; k < POINTS; k++) {
        HB_COPY(session->points[k].name, "working_set");
        HB_COPY(session->points[k].text, texts[k]);
        session->points[k].value = values[k];
        session->point_count++;
    }
    for (uint32_t block = 0; block < blocks; block++) {
        for (uint32_t k = 0; k < POINTS; k++) {
            for (uint32_t a = 0; a < 4; a++)
                add(session, HB_JOB_TIMED, k, a, block, HB_METRIC_THROUGHPUT,
                    speeds[k][a] * wobble(block, a));
        }
    }
}

/* A point has the place of the parameter that is swept. */
static void a_point_has_its_parameters(void **state)
{
    struct hb_session session;
    struct hb_parameter_value at[2];
    (void)state;
    make(&session, 1);
    assert_true(hb_session_parameters_at(&session, 2, at));
    assert_string_equal(at[0].name, "threads");
    assert_int_equal(at[1].value, 40000);
    assert_int_equal(hb_session_threads_most(&session), 1);
    HB_COPY(session.parameters[1].name, "other");
    assert_false(hb_session_parameters_at(&session, 2, at));
    static const uint64_t threads[POINTS] = {2, 8, 5, 1};
    session.parameters[0].value = 3;
    for (size_t k = 0; k < POINTS; k++) {
        HB_COPY(session.points[k].name, "threads");
        session.points[k].value = threads[k];
    }
    assert_int_equal(hb_session_threads_most(&session), 8);
    session.point_count = 1; /* fewer than the session's own */
    assert_int_equal(hb_session_threads_most(&session), 3);
    session.point_count = 0;
    assert_false(hb_session_parameters_at(&session, 0, at));
    hb_session_free(&session);
}

static void a_crossing_is_named_at_its_points(void **state)
{
    struct hb_session session;
    struct hb_curves curves;
    (void)state;
    make(&session, BLOCKS);
    assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
    assert_int_equal(curves.count, 1); /* what nobody measured is no curve */
    const struct hb_curve *curve = &curves.curves[0];
    assert_string_equal(curve->name, "throughput_ops_per_s");
    assert_int_equal(curve->decided_count, 1);
    assert_int_equal(curve->turns[0].before, 0);
    assert_int_equal(curve->turns[0].after, 1);
    assert_int_equal(curve->turns[0].from, 1);
    assert_int_equal(curve->turns[0].to, 2);
    assert_int_equal(curve->comparisons, 3 * POINTS); /* pairs of three, the twin is none */
    assert_int_equal(hb_curve_best(&curves, curve, 1), 0);
    assert_int_equal(hb_curve_best(&curves, curve, 2), 1);
    const struct hb_curve_cell *cell = hb_curve_cell_at(&curves, curve, 0, 0);
    assert_int_equal(cell->n, BLOCKS);
    assert_true(cell->lo <= cell->value && cell->value <= cell->hi);
    assert_true(cell->value >= 100e6 && cell->value <= 100.4e6);
    hb_curves_free(&curves);
    hb_session_free(&session);
}

/* "Up to" and "from" say that each point on that side is decided. */
static void a_crossing_is_said_of_points_that_are_decided(void **state)
{
    static const struct {
        uint32_t alike; /* the point at which the two are the same */
        const char *words;
    } cases[] = {
        {POINTS, ": falling is faster than rising up to 4k, rising from 40k on."},
        {0, ": falling is faster than rising at 4k, rising from 40k on."},
        {1, ": falling is faster than rising up to 400, rising from 40k on; between"},
        {3, ": falling is faster than rising up to 4k, rising at 40k."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_curves curves;
        struct hb_buf words = {0};
        make(&session, BLOCKS);
        for (size_t j = 0; j < session.job_count; j++) {
            struct hb_job *job = &session.jobs[j];
            if (job->point == cases[i].alike && job->allocator == 1)
                job->metric[HB_METRIC_THROUGHPUT] = speeds[job->point][0] * wobble(job->block, 1);
        }
        assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
        hb_verdict_of_sweep(&curves, &words);
        if (!strstr(hb_buf_string(&words), cases[i].words))
            fail_msg("%s", hb_buf_string(&words));
        hb_buf_free(&words);
        hb_curves_free(&curves);
        hb_session_free(&session);
    }
}

/* Six runs decide one comparison, not twelve: by the medians they cross all the same. */
static void too_few_runs_leave_a_crossing_open(void **state)
{
    struct hb_session session;
    struct hb_curves curves;
    (void)state;
    make(&session, 6);
    assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
    const struct hb_curve *curve = &curves.curves[0];
    assert_int_equal(curve->decided_count, 0);
    assert_int_equal(curve->turn_count, 1);
    assert_false(curve->turns[0].is_decided);
    assert_int_equal(curve->turns[0].from, 1);
    assert_int_equal(curve->turns[0].to, 2);
    assert_true(curve->pairs < curve->pairs_least);
    hb_curves_free(&curves);
    hb_session_free(&session);
}

/* A count decides by itself, but not by less than its own repeatability. */
static void counts_need_one_run(void **state)
{
    static const double counts[POINTS][2] = {{90, 100}, {100, 100.04}, {100.2, 100}, {120, 100}};
    struct hb_session session;
    struct hb_curves curves;
    (void)state;
    make(&session, 1);
    HB_COPY(session.count_source, "callgrind 3.19.0");
    for (uint32_t k = 0; k < POINTS; k++) {
        for (uint32_t a = 0; a < 2; a++)
            add(&session, HB_JOB_INSTRUCTIONS, k, a, 0, HB_METRIC_INSTRUCTIONS_PER_OP,
                counts[k][a]);
    }
    assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
    const struct hb_curve *curve = &curves.curves[1];
    assert_string_equal(curve->name, "instructions_per_op");
    assert_int_equal(curve->decided_count, 1);
    assert_int_equal(curve->turns[0].before, 0);
    assert_int_equal(curve->turns[0].from, 0); /* 0.04 % at the second is nothing */
    assert_int_equal(curve->turns[0].to, 2);
    hb_curves_free(&curves);
    hb_session_free(&session);
}

/* 0 calls are best, and a place changed to it is one. One call of a run is nothing. */
static void a_count_of_0_is_best(void **state)
{
    static const double calls[POINTS][2] = {{40, 0}, {30, 1}, {0, 1}, {0, 30}};
    struct hb_session session;
    struct hb_curves curves;
    (void)state;
    make(&session, 1);
    for (uint32_t k = 0; k < POINTS; k++) {
        for (uint32_t a = 0; a < 2; a++) {
            add(&session, HB_JOB_COUNTED, k, a, 0, HB_METRIC_SYSCALLS_PER_OP, calls[k][a] / 1e4);
            session.jobs[session.job_count - 1].metric[HB_METRIC_OPERATIONS] = 1e4;
        }
    }
    assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
    const struct hb_curve *curve = &curves.curves[1];
    assert_string_equal(curve->name, "memory_syscalls_per_op");
    for (size_t k = 0; k < POINTS; k++)
        assert_int_equal(hb_curve_best(&curves, curve, k), k < 2 ? 1 : 0);
    assert_int_equal(curve->turn_count, 1);
    assert_int_equal(curve->decided_count, 1);
    assert_int_equal(curve->turns[0].before, 1);
    assert_int_equal(curve->turns[0].from, 1);
    assert_int_equal(curve->turns[0].to, 3);
    hb_curves_free(&curves);
    hb_session_free(&session);
}

/* Faults are counts with noise: 0 has no ratio, and many thousands are compared as few are. */
static void faults_may_be_none(void **state)
{
    static const struct {
        double faults[POINTS][2];
        size_t turns, decided;
    } cases[] = {
        {{{90, 0}, {1, 0}, {0, 1}, {0, 70}}, 1, 1},
        {{{0, 1}, {0, 0}, {1, 0}, {1, 0}}, 1, 0}, /* one is nothing */
        {{{2e6, 1e6}, {2e6, 1e6}, {1e6, 2e6}, {1e6, 2e6}}, 1, 1},
        {{{0, 0}, {0, 0}, {0, 0}, {0, 0}}, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_curves curves;
        make(&session, BLOCKS);
        for (size_t j = 0; j < session.job_count; j++) {
            struct hb_job *job = &session.jobs[j];
            job->metric[HB_METRIC_FAULTS_MEASURED] =
                job->allocator < 2 ? cases[i].faults[job->point][job->allocator] : 500;
        }
        assert_int_equal(hb_curves_of_rebase(&session, &curves, NULL), 0);
        const struct hb_curve *curve = &curves.curves[1];
        assert_string_equal(curve->name, "faults_minor_measured");
        const bool is_tie = cases[i].faults[1][0] == cases[i].faults[1][1];
        for (size_t a = 0; a < 4; a++) {
            const bool is_best = (int)a == hb_curve_best(&curves, curve, 1) || (is_tie && a < 2);
            assert_int_equal(hb_curve_is_best(&curves, curve, 1, a), is_best);
        }
        size_t turns = 0, decided = 0;
        for (size_t t = 0; t < curve->turn_count; t++) {
            const struct hb_crossing *turn = &curve->turns[t];
            turns += turn->before + turn->after == 1; /* of the two that cross */
            decided += turn->before + turn->after == 1 && turn->is_decided;
        }
        assert_int_equal(turns, cases[i].turns);
        assert_int_equal(decided, cases[i].decided);
        hb_curves_free(&curves);
        hb_session_free(&session);
    }
}

/* ---- programs ---- */

/* A program at two points, with two allocators that cross, and its instructions as well. */
static void make_programs(struct hb_session *session)
{
    static const double times[2][4] = {{1e9, 2e9, 3e9, 3e9}, {2e9, 1e9, 3e9, 3e9}};
    make(session, BLOCKS);
    session->kind = HB_KIND_EXEC;
    session->point_count = session->program_count = 2;
    session->programs = calloc(2, sizeof *session->programs);
    session->profile = calloc(1, sizeof *session->profile);
    assert_true(session->programs && session->profile);
    assert_int_equal(hb_profile_of_program(session->profile, "make", NULL), 0);
    assert_int_equal(hb_words_add(&session->profile->exec.programs[0].command, "{working_set}"), 0);
    assert_int_equal(hb_sweep_programs("working_set=400,4k", session->profile, NULL), 0);
    for (uint32_t i = 0; i < 2 * 4 * (BLOCKS + 1); i++) {
        struct hb_exec_run run;
        hb_exec_run_init(&run);
        run.index = i;
        run.program = i % 2;
        run.allocator = i / 2 % 4;
        run.block = i / 8 % BLOCKS;
        run.kind = i / 8 < BLOCKS ? HB_EXEC_KIND_TIMED : HB_EXEC_KIND_INSTRUCTIONS;
        const double time = times[run.program][run.allocator];
        if (run.kind == HB_EXEC_KIND_TIMED)
            run.metric[HB_EXEC_WALL] = time * wobble(run.block, run.allocator);
        else
            run.metric[HB_EXEC_INSTRUCTIONS] = 3 * time;
        assert_int_equal(hb_session_append_run(session, &run), 0);
    }
    for (size_t p = 0; p < 2; p++)
        HB_COPY(session->programs[p].name, session->profile->exec.programs[p].name);
}

/* What is left of a time, where its shell took more, decides nothing. */
static void a_shell_that_took_more_decides_no_crossing(void **state)
{
    (void)state;
    for (int is_shell = 0; is_shell < 2; is_shell++) {
        struct hb_session session;
        struct hb_exec_judgement judgement;
        struct hb_curves curves;
        make_programs(&session);
        for (size_t i = 0; i < session.run_count; i++)
            session.runs[i].metric[HB_EXEC_SHELL_WALL] = is_shell ? 3.1e9 : (double)NAN;
        /* The two lie far enough apart for a margin as wide as the shell. */
        for (size_t i = 0; i < session.run_count; i++)
            session.runs[i].metric[HB_EXEC_WALL] *=
                session.runs[i].metric[HB_EXEC_WALL] < 1.5e9 ? 0.1 : 1;
        assert_int_equal(hb_exec_judge(&session, &judgement, NULL), 0);
        assert_int_equal(hb_curves_of_exec(&judgement, &curves, NULL), 0);
        const struct hb_curve *curve = &curves.curves[0];
        assert_string_equal(curve->name, "time");
        assert_int_equal(curve->turn_count, 1);
        assert_int_equal(curve->decided_count, is_shell ? 0 : 1);
        hb_curves_free(&curves);
        hb_exec_judgement_free(&judgement);
        hb_session_free(&session);
    }
}

static void instructions_of_programs_have_a_curve(void **state)
{
    struct hb_session session;
    struct hb_exec_judgement judgement;
    struct hb_curves curves;
    (void)state;
    make_programs(&session);
    assert_int_equal(hb_exec_judge(&session, &judgement, NULL), 0);
    assert_int_equal(hb_curves_of_exec(&judgement, &curves, NULL), 0);
    const struct hb_curve *curve = &curves.curves[curves.count - 1];
    assert_string_equal(curve->name, "instructions");
    assert_true(curve->is_exact);
    assert_int_equal(hb_curve_cell_at(&curves, curve, 1, 0)->n, 1);
    assert_true(hb_curve_cell_at(&curves, curve, 1, 0)->value == 6e9);
    assert_int_equal(curve->decided_count, 1);
    assert_int_equal(curve->turns[0].before, 0);
    assert_int_equal(curve->turns[0].after, 1);
    hb_curves_free(&curves);
    hb_exec_judgement_free(&judgement);
    hb_session_free(&session);
}

/* ---- points ---- */

static void a_point_is_a_session(void **state)
{
    struct hb_session session, view;
    (void)state;
    make(&session, 2);
    assert_int_equal(hb_session_view(&session, 2, &view), 0);
    assert_int_equal(view.point_count, 0);
    assert_int_equal(view.job_count, 2 * 4);
    assert_int_equal(hb_session_find_parameter(&view, "working_set")->value, 40000);
    assert_int_equal(hb_session_find_parameter(&view, "threads")->value, 1);
    for (size_t i = 0; i < view.job_count; i++)
        assert_int_equal(view.jobs[i].point, 2);
    hb_session_view_free(&view);
    assert_string_equal(hb_session_value_text(&session, 1).text, "400, 4k, 40k, 400k");
    hb_session_free(&session);
}

static void a_sweep_reads_back_as_it_was_written(void **state)
{
    struct hb_session session, back;
    struct hb_buf text = {0};
    (void)state;
    make(&session, 2);
    HB_COPY(session.count_source, "callgrind 3.19.0");
    cJSON *root = hb_session_to_json(&session, NULL);
    assert_non_null(root);
    assert_int_equal(hb_json_finish(root, false, &text, NULL), 0);
    assert_int_equal(hb_session_parse(text.bytes, text.size, "x.json", &back, NULL), 0);
    assert_int_equal(back.point_count, POINTS);
    assert_string_equal(back.points[3].text, "400k");
    assert_int_equal(back.points[3].value, 400000);
    assert_string_equal(back.count_source, "callgrind 3.19.0");
    assert_int_equal(back.jobs[back.job_count - 1].point, 3);
    hb_session_free(&back);
    /* A point that the sweep does not have is refused by its place. */
    char *at = strstr(text.bytes, "\"point\":");
    struct hb_err err = {0};
    assert_non_null(at);
    at[strcspn(at, "0123456789")] = '9';
    assert_int_equal(hb_session_parse(text.bytes, text.size, "x.json", &back, &err), -1);
    assert_non_null(strstr(err.message, "below the 4 points"));
    hb_buf_free(&text);
    hb_session_free(&session);
}

/* ---- plans ---- */

static void every_point_is_in_every_block(void **state)
{
    struct hb_session session;
    struct hb_plan plan;
    unsigned seen[3][POINTS][4] = {{{0}}};
    bool is_mixed = false;
    (void)state;
    make(&session, 3);
    HB_COPY(session.count_source, "callgrind 3.19.0");
    assert_int_equal(hb_plan_build(&session, &plan, NULL), 0);
    const size_t passes = 3 * POINTS; /* of each kind; the twin has none */
    assert_int_equal(plan.job_count, 2 * passes + 3 * POINTS * 4);
    for (size_t i = 0; i < 2 * passes; i++) {
        const struct hb_plan_job *job = &plan.jobs[i];
        assert_int_equal(job->kind, i < passes ? HB_JOB_COUNTED : HB_JOB_INSTRUCTIONS);
        assert_true(job->kind == HB_JOB_COUNTED || job->seed == HB_COUNT_SEED);
    }
    for (size_t i = 2 * passes; i < plan.job_count; i++) {
        const struct hb_plan_job *job = &plan.jobs[i], *before = job - 1;
        seen[job->block][job->point][job->allocator]++;
        is_mixed |= job->block == before->block && job->point < before->point;
    }
    for (size_t i = 0; i < 3 * POINTS * 4; i++)
        assert_int_equal((&seen[0][0][0])[i], 1);
    assert_true(is_mixed);
    hb_plan_free(&plan);
    hb_session_free(&session);
}

/* ---- as it is typed ---- */

static void a_sweep_is_a_name_and_values(void **state)
{
    static const char *const bad[] = {
        "",    "a",      "a=",      "=1,2",   "a=1",
        "a=,", "a=1,,2", "a b=1,2", "a=1,2,", "a=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};
    struct hb_sweep sweep;
    (void)state;
    assert_int_equal(hb_sweep_parse("working_set=400,4K,40K", &sweep, NULL), 0);
    assert_string_equal(sweep.name, "working_set");
    assert_int_equal(sweep.count, 3);
    assert_string_equal(sweep.values[2], "40K");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hb_err err = {0};
        assert_int_equal(hb_sweep_parse(bad[i], &sweep, &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
    }
}

static void a_program_is_one_for_each_point(void **state)
{
    struct hb_profile profile;
    struct hb_err err = {0};
    (void)state;
    assert_int_equal(hb_profile_of_program(&profile, "make", NULL), 0);
    struct hb_profile_program *program = &profile.exec.programs[0];
    assert_int_equal(hb_words_add(&program->command, "make"), 0);
    assert_int_equal(hb_words_add(&program->command, "-j{threads}x{threads}"), 0);
    program->setup = strdup("echo {threads} {inputs}");
    assert_int_equal(hb_sweep_programs("threads=1,16", &profile, NULL), 0);
    assert_int_equal(profile.exec.count, 2);
    program = &profile.exec.programs[1];
    assert_string_equal(program->name, "make-threads-16");
    assert_string_equal(program->command.items[1], "-j16x16");
    assert_string_equal(program->setup, "echo 16 {inputs}");
    assert_int_equal(hb_sweep_programs("size=1,2", &profile, &err), -1);
    assert_non_null(strstr(err.message, "{size}"));
    hb_profile_free(&profile);
}

/* Values of which a name has no room for what differs, or no letter: no two programs have one name,
 * and each its own value. */
static void programs_of_values_that_look_alike_have_names_of_their_own(void **state)
{
    static const char *const values[] = {"/usr/share/licenses/GPL-2", "/usr/share/licenses/GPL-3",
                                         "-usr-share-comm",           "/usr/share/comm",
                                         "-usr-share-comm-2",         "/usr/share/comm-2"};
    static const char *const names[] = {"a", "a-234567890123456789012345678901234567890123"};
    char text[200] = "file-of-a-long-name=";
    (void)state;
    for (size_t i = 0; i < 6; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "," : "",
                       values[i]);
    for (size_t n = 0; n < 2; n++) {
        struct hb_profile profile;
        struct hb_err err = {0};
        assert_int_equal(hb_profile_of_program(&profile, names[n], NULL), 0);
        assert_int_equal(hb_words_add(&profile.exec.programs[0].command, "cat"), 0);
        assert_int_equal(hb_words_add(&profile.exec.programs[0].command, "{file-of-a-long-name}"),
                         0);
        if (hb_sweep_programs(text, &profile, &err) != 0)
            fail_msg("%s", err.message);
        assert_int_equal(profile.exec.count, 6);
        for (size_t i = 0; i < 6; i++) {
            assert_string_equal(profile.exec.programs[i].command.items[1], values[i]);
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(profile.exec.programs[i].name,
                                        profile.exec.programs[k].name);
        }
        hb_profile_free(&profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_has_its_parameters),
        cmocka_unit_test(a_crossing_is_named_at_its_points),
        cmocka_unit_test(a_crossing_is_said_of_points_that_are_decided),
        cmocka_unit_test(too_few_runs_leave_a_crossing_open),
        cmocka_unit_test(counts_need_one_run),
        cmocka_unit_test(a_count_of_0_is_best),
        cmocka_unit_test(faults_may_be_none),
        cmocka_unit_test(a_shell_that_took_more_decides_no_crossing),
        cmocka_unit_test(instructions_of_programs_have_a_curve),
        cmocka_unit_test(a_point_is_a_session),
        cmocka_unit_test(a_sweep_reads_back_as_it_was_written),
        cmocka_unit_test(every_point_is_in_every_block),
        cmocka_unit_test(a_sweep_is_a_name_and_values),
        cmocka_unit_test(a_program_is_one_for_each_point),
        cmocka_unit_test(programs_of_values_that_look_alike_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
