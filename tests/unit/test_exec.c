/* Programs under every allocator: what a profile of them may say, the order of their runs, what is
 * kept of one, and what is judged of many. */
#include "unit/temp_folder.h"

#include "base/words.h"
#include "judge/exec_judge.h"
#include "plan/exec_plan.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/exec_jobs.h"
#include "result/journal.h"
#include "result/session_json.h"

#include <math.h>

#define HEAD "{\"schema\": \"hakbench.profile/1\", \"kind\": \"exec\", "

/* ---- words ---- */

static void words_are_cut_as_a_shell_cuts(void **state)
{
    (void)state;
    static const char *const expected[] = {"a", "b c", "it's", "", "$x", "d\\e", "f g"};
    struct hb_words words = {0};
    struct hb_err err = {0};
    assert_int_equal(hb_words_split(&words, " a 'b c'  it\\'s '' \"\\$x\" 'd\\e'\tf\\ g\n", &err),
                     0);
    assert_int_equal(words.count, 7);
    for (size_t i = 0; i < words.count; i++)
        assert_string_equal(words.items[i], expected[i]);
    assert_null(words.items[words.count]);
    struct hb_buf text = {0};
    struct hb_words again = {0};
    hb_words_text(&words, &text);
    assert_int_equal(hb_words_split(&again, hb_buf_string(&text), &err), 0);
    assert_int_equal(again.count, words.count);
    for (size_t i = 0; i < words.count; i++)
        assert_string_equal(again.items[i], words.items[i]);
    hb_buf_free(&text);
    assert_int_equal(hb_words_copy(&again, &words), 0); /* behind those that are there */
    assert_int_equal(again.count, 2 * words.count);
    for (size_t i = 0; i < again.count; i++)
        assert_string_equal(again.items[i], words.items[i % words.count]);
    assert_null(again.items[again.count]);
    hb_words_free(&again);
    hb_words_free(&words);
}

static void open_quotes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"a 'b", "\"a", "a \"b\\"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hb_words words = {0};
        struct hb_err err = {0};
        assert_int_equal(hb_words_split(&words, texts[i], &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        hb_words_free(&words);
    }
}

/* ---- profiles ---- */

static struct hb_profile parsed(const char *text)
{
    struct hb_profile profile;
    struct hb_err err = {0};
    if (hb_profile_parse(text, strlen(text), "dir/mine.json", &profile, &err) != 0)
        fail_msg("%s", err.message);
    return profile;
}

static void shortest_suite_has_every_default(void **state)
{
    (void)state;
    struct hb_profile p =
        parsed(HEAD "\"programs\": [{\"name\": \"ls\", \"command\": \"ls -l '/a b'\"}]}");
    const struct hb_profile_program *ls = &p.exec.programs[0];
    assert_true(p.is_exec);
    assert_string_equal(p.reference, "system");
    assert_string_equal(p.floor, "");
    assert_int_equal(p.allocator_count, 6);
    assert_int_equal(p.runs, 10);
    assert_int_equal(p.max_runs, 0);
    assert_int_equal(p.exec.count, 1);
    assert_int_equal(ls->command.count, 3);
    assert_string_equal(ls->command.items[2], "/a b");
    assert_true(ls->timeout_s == 300);
    assert_false(ls->shell || ls->ignore_output || ls->ignore_failure);
    assert_int_equal(p.exec.weight_count, 2);
    assert_string_equal(p.exec.weights[1].name, "memory");
    hb_profile_free(&p);
}

static const char full[] =
    HEAD "\"summary\": \"all\", \"runs\": 7, \"max_runs\": 30, \"weigh\": {\"cpu\": 2, \"rate\": "
         "1}, \"programs\": [\n"
         "{\"name\": \"one\", \"command\": [\"a\", \"b c\"], \"needs\": [\"x\"], \"prepare\": "
         "[\"p\", \"q\"],\n"
         " \"setup\": \"s\", \"cleanup\": \"c\", \"input\": \"{inputs}/i\", \"cwd\": \"/tmp\",\n"
         " \"environment\": {\"A\": \"b c\"}, \"timeout_s\": 5, \"ignore_output\": true,\n"
         " \"ignore_failure\": true,\n"
         " \"metrics\": {\"rate\": {\"regex\": \"r=([0-9]+)\", \"higher_is_better\": true}}},\n"
         "{\"name\": \"two\", \"shell\": true, \"server\": \"s | t\", \"ready\": \"tcp:{port}\",\n"
         " \"client\": \"c; d\"}]}";

static void suite_as_used_reads_back(void **state)
{
    (void)state;
    struct hb_profile p = parsed(full), again;
    struct hb_err err = {0};
    cJSON *json = hb_profile_to_json(&p);
    const struct hb_json_source source = {.path = "again", .root = json};
    assert_int_equal(hb_profile_from_json(&source, json, &again, &err), 0);
    assert_true(hb_profile_is_same(&p, &again));
    assert_int_equal(again.max_runs, 30);
    const struct hb_profile_program *one = &again.exec.programs[0], *two = &again.exec.programs[1];
    assert_string_equal(one->prepare, "p\nq");
    assert_string_equal(one->environment.items[0], "A=b c");
    assert_true(one->metrics[0].is_higher_better && one->ignore_output && one->ignore_failure);
    assert_string_equal(two->server.items[0], "s | t");
    assert_int_equal(two->server.count, 1);
    assert_string_equal(two->command.items[0], "c; d");
    cJSON_Delete(json);
    hb_profile_free(&again);
    hb_profile_free(&p);
}

static void wrong_suites_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {HEAD "\"programs\": []}", "expected 1 to 64 programs"},
        {HEAD "\"workload\": \"mixed\", \"programs\": [{\"name\": \"a\", \"command\": \"a\"}]}",
         "unknown key \"workload\""},
        {"{\"schema\": \"hakbench.profile/1\", \"kind\": \"soak\"}", "expected \"exec\""},
        {"{\"kind\": \"exec\", \"programs\": [{\"name\": \"a\", \"command\": \"a\"}]}",
         "\"schema\""},
        {HEAD "\"programs\": [{\"name\": \"a\", \"command\": \"a 'b\"}]}", "a quote is left open"},
        {HEAD "\"programs\": [{\"name\": \"a\"}]}", "\"command\""},
        {HEAD "\"programs\": [{\"name\": \"a\", \"server\": \"s\", \"client\": \"c\"}]}",
         "\"ready\""},
        {HEAD "\"programs\": [{\"name\": \"a b\", \"command\": \"a\"}]}", "is no name"},
        {HEAD "\"programs\": [{\"name\": \"a\", \"command\": \"a\"},"
              " {\"name\": \"a\", \"command\": \"b\"}]}",
         "is there twice"},
        {HEAD
         "\"programs\": [{\"name\": \"a\", \"command\": \"a\", \"metrics\": {\"m\": {\"regex\": "
         "\"[0-9]+\"}}}]}",
         "there is no group"},
        {HEAD
         "\"programs\": [{\"name\": \"a\", \"command\": \"a\", \"metrics\": {\"m\": {\"regex\": "
         "\"(\"}}}]}",
         "\"(\""},
        {HEAD "\"programs\": [{\"name\": \"a\", \"command\": \"a\", \"metrics\": {\"m\": "
              "{\"regex\": 5}}}]}",
         "expected a regular expression"},
        {HEAD
         "\"programs\": [{\"name\": \"a\", \"command\": \"a\", \"environment\": {\"LD_PRELOAD\": "
         "\"x\"}}]}",
         "cannot be set here"},
        {HEAD "\"max_runs\": 0, \"programs\": [{\"name\": \"a\", \"command\": \"a\"}]}",
         "max_runs"},
        {HEAD "\"weigh\": {\"time\": -1}, \"programs\": [{\"name\": \"a\", \"command\": \"a\"}]}",
         "weigh.time"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hb_profile p;
        struct hb_err err = {0};
        assert_int_equal(hb_profile_parse(wrong[i].text, strlen(wrong[i].text), "x.json", &p, &err),
                         -1);
        if (!strstr(err.message, wrong[i].says))
            fail_msg("%s does not say %s", err.message, wrong[i].says);
        assert_non_null(strstr(err.message, "x.json:1:"));
    }
}

static void flags_of_weights_and_figures_are_checked(void **state)
{
    (void)state;
    struct hb_profile p;
    struct hb_err err = {0}, other = {0}, third = {0};
    assert_int_equal(hb_profile_of_program(&p, "/usr/bin/py(3) -c x", &err), 0);
    assert_string_equal(p.name, "py-3-");
    assert_int_equal(hb_profile_set_weights(&p, "cpu=1,memory=0.25", &err), 0);
    assert_int_equal(p.exec.weight_count, 2);
    assert_true(p.exec.weights[1].weight == 0.25);
    assert_int_equal(hb_profile_set_weights(&p, "cpu", &err), -1);
    assert_int_equal(hb_profile_set_weights(&p, "cpu=x", &other), -1);
    assert_int_equal(hb_profile_set_weights(&p, "mem=1", &err), 0);
    assert_int_equal(hb_exec_check_weights(&p, &other), -1);
    struct hb_err ok = {0};
    assert_int_equal(hb_profile_add_metric(&p.exec.programs[0], "rate=r=([0-9.]+)", &ok), 0);
    assert_string_equal(p.exec.programs[0].metrics[0].regex, "r=([0-9.]+)");
    assert_int_equal(hb_profile_add_metric(&p.exec.programs[0], "rate=(x)", &third), -1);
    hb_profile_free(&p);
}

/* ---- a session that was made up ---- */

#define BLOCKS     10u
#define ALLOCATORS 4u /* system, its twin, slow, fat */

/* Times and sizes wobble by a percent or so, each block its own way. */
static double wobble(uint32_t block, uint32_t salt)
{
    return 1 + 0.002 * (double)((block * 7 + salt * 5) % 11) - 0.01;
}

static void add_run(struct hb_session *session, enum hb_exec_kind kind, uint32_t program,
                    uint32_t allocator, uint32_t block)
{
    struct hb_exec_run run;
    hb_exec_run_init(&run);
    run.index = (uint32_t)session->run_count;
    run.kind = kind;
    run.program = program;
    run.allocator = allocator;
    run.block = block;
    run.exit_status = 0;
    (void)snprintf(run.output_digest, sizeof run.output_digest, "%032x", 7 + program);
    (void)snprintf(run.started_at, sizeof run.started_at, "2026-11-27T10:00:00Z");
    run.metric[HB_EXEC_PROCESSES] = 5;
    run.metric[HB_EXEC_IN_EFFECT] = allocator < 2 ? 0 : 5;
    run.metric[HB_EXEC_EFFECT_UNKNOWN] = 0;
    if (kind == HB_EXEC_KIND_COUNTED) {
        run.metric[HB_EXEC_SYSCALLS] = 42;
        run.calls_known = true;
        run.calls.count[HB_SYSCALL_mmap] = 42;
    } else {
        const double slow = allocator == 2 ? 1.05 : 1, fat = allocator == 3 ? 1.3 : 1;
        const double base = kind == HB_EXEC_KIND_LOADING ? 1e6 : 1e9;
        run.metric[HB_EXEC_WALL] = base * slow * wobble(block, allocator);
        run.metric[HB_EXEC_USER] = base * slow * wobble(block, allocator + 3);
        run.metric[HB_EXEC_SYSTEM] = base / 10 * wobble(block, allocator + 1);
        run.metric[HB_EXEC_CPU] = run.metric[HB_EXEC_USER] + run.metric[HB_EXEC_SYSTEM];
        run.metric[HB_EXEC_PEAK_RSS] = 5e7 * fat * wobble(block, allocator + 2);
        run.own[0] = 100 / slow * wobble(block, allocator);
    }
    assert_int_equal(hb_session_append_run(session, &run), 0);
}

static struct hb_session made(const char *profile)
{
    static const char *const labels[ALLOCATORS] = {"system", "system (A/A)", "slow", "fat"};
    static const enum hb_role roles[ALLOCATORS] = {HB_ROLE_REFERENCE, HB_ROLE_TWIN, HB_ROLE_SUBJECT,
                                                   HB_ROLE_SUBJECT};
    struct hb_session session = {.kind = HB_KIND_EXEC, .blocks = BLOCKS, .seed = 7};
    struct hb_exec_plan plan;
    struct hb_err err = {0};
    session.profile = malloc(sizeof *session.profile);
    assert_non_null(session.profile);
    *session.profile = parsed(profile);
    session.command_line = strdup("hakbench exec");
    session.host.load1_start = session.host.load1_end = (double)NAN;
    session.allocators = calloc(ALLOCATORS, sizeof *session.allocators);
    session.program_count = session.profile->exec.count;
    session.programs = calloc(session.program_count, sizeof *session.programs);
    assert_true(session.allocators && session.programs);
    session.allocator_count = ALLOCATORS;
    HB_COPY(session.profile_name, "made");
    HB_COPY(session.workload, "made");
    HB_COPY(session.tool_version, "0");
    HB_COPY(session.started_at, "2026-11-27T10:00:00Z");
    for (size_t a = 0; a < ALLOCATORS; a++) {
        HB_COPY(session.allocators[a].label, labels[a]);
        HB_COPY(session.allocators[a].name, a < 2 ? "system" : labels[a]);
        HB_COPY(session.allocators[a].via, "preload");
        HB_COPY(session.allocators[a].preload_path, a < 2 ? "" : "/lib/x.so");
        session.allocators[a].role = roles[a];
    }
    for (size_t p = 0; p < session.program_count; p++)
        HB_COPY(session.programs[p].name, session.profile->exec.programs[p].name);
    assert_int_equal(hb_exec_plan_build(&session, &plan, &err), 0);
    for (size_t i = 0; i < plan.count; i++)
        add_run(&session, plan.runs[i].kind, plan.runs[i].program, plan.runs[i].allocator,
                plan.runs[i].block);
    hb_exec_plan_free(&plan);
    return session;
}

#define ONE                                                                                        \
    HEAD "\"programs\": [{\"name\": \"one\", \"command\": \"one\", \"metrics\": {\"rate\": "       \
         "{\"regex\": \"(x)\", \"higher_is_better\": true}}}]}"
#define TWO                                                                                        \
    HEAD "\"programs\": [{\"name\": \"one\", \"command\": \"one\"}, "                              \
         "{\"name\": \"two\", \"command\": \"two\"}]}"

/* The first run of this allocator and kind. */
static struct hb_exec_run *run_of(struct hb_session *session, uint32_t allocator,
                                  enum hb_exec_kind kind)
{
    for (size_t i = 0; i < session->run_count; i++) {
        if (session->runs[i].allocator == allocator && session->runs[i].kind == kind)
            return &session->runs[i];
    }
    fail_msg("there is no such run");
    return NULL;
}

/* ---- the order ---- */

static void every_block_has_each_once_and_allocators_side_by_side(void **state)
{
    (void)state;
    struct hb_session session = made(TWO);
    struct hb_exec_plan plan;
    struct hb_err err = {0};
    assert_int_equal(hb_exec_plan_build(&session, &plan, &err), 0);
    /* 3 counted of each of 2 (no twin), then 3 times 4 a block */
    assert_int_equal(plan.count, 6 + BLOCKS * 12);
    assert_int_equal(plan.runs[0].allocator, 0); /* the reference first */
    for (size_t b = 0; b < BLOCKS; b++) {
        const struct hb_exec_planned *block = &plan.runs[6 + b * 12];
        for (size_t group = 0; group < 3; group++) {
            unsigned seen = 0;
            for (size_t i = 0; i < 4; i++) {
                assert_int_equal(block[group * 4 + i].block, b);
                assert_int_equal(block[group * 4 + i].program, block[group * 4].program);
                seen |= 1u << block[group * 4 + i].allocator;
            }
            assert_int_equal(seen, 15);
            assert_int_equal(block[group * 4].kind,
                             group ? HB_EXEC_KIND_TIMED : HB_EXEC_KIND_LOADING);
        }
    }
    hb_exec_plan_free(&plan);
    HB_COPY(session.programs[1].missing_reason, "not installed: two");
    assert_int_equal(hb_exec_plan_build(&session, &plan, &err), 0);
    assert_int_equal(plan.count, 3 + BLOCKS * 8);
    hb_exec_plan_free(&plan);
    hb_session_free(&session);
}

/* ---- kept ---- */

static void session_reads_back_as_it_was(void **state)
{
    (void)state;
    struct hb_session session = made(ONE), again;
    struct hb_err err = {0};
    struct hb_buf first = {0}, second = {0};
    struct hb_exec_run *run = run_of(&session, 2, HB_EXEC_KIND_TIMED);
    HB_COPY(run->not_in_effect, "sh 2 (static)");
    run->memory = calloc(2, sizeof *run->memory);
    run->memory_count = 2;
    run->memory[1] = (struct hb_exec_sample){0.5, 1024};
    assert_int_equal(hb_json_finish(hb_session_to_json(&session, &err), false, &first, &err), 0);
    assert_int_equal(hb_session_parse(hb_buf_string(&first), first.size, "x.json", &again, &err),
                     0);
    assert_int_equal(again.run_count, session.run_count);
    assert_int_equal(hb_json_finish(hb_session_to_json(&again, &err), false, &second, &err), 0);
    assert_string_equal(hb_buf_string(&first), hb_buf_string(&second));
    hb_buf_free(&first);
    hb_buf_free(&second);
    hb_session_free(&again);
    hb_session_free(&session);
}

static void journal_keeps_every_run(void **state)
{
    (void)state;
    struct temp_folder folder;
    struct hb_session session = made(ONE), again;
    struct hb_journal *journal;
    struct hb_err err = {0};
    temp_make(&folder);
    const char *path = temp_path(&folder, "a.jsonl");
    assert_int_equal(hb_journal_create(&journal, path, &session, &err), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(hb_journal_append_run(journal, &session, &session.runs[i], &err), 0);
    assert_int_equal(hb_journal_close(journal, &err), 0);
    assert_int_equal(hb_session_read(path, &again, &err), 0);
    assert_true(again.partial);
    assert_int_equal(again.run_count, 3);
    assert_int_equal(again.runs[2].allocator, session.runs[2].allocator);
    hb_session_free(&again);
    hb_session_free(&session);
    temp_remove(&folder);
}

static void wrong_runs_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } wrong[] = {
        {"\"program\": \"one\"", "\"program\": \"ten\"", "a name of \"programs\""},
        {"\"allocator\": \"slow\"", "\"allocator\": \"none\"", "is no label of"},
        {"\"programs\": [\n    {\n      \"name\": \"one\"",
         "\"programs\": [{}, {\n \"name\": \"one\"", "one for each program of the profile"},
        {"\"memory\": []", "\"memory\": [[1]]", "expected seconds and bytes"},
    };
    struct hb_session session = made(ONE), again;
    struct hb_err err = {0};
    struct hb_buf text = {0};
    assert_int_equal(hb_json_finish(hb_session_to_json(&session, &err), false, &text, &err), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *all = hb_buf_string(&text), *at = strstr(all, wrong[i].from);
        struct hb_buf changed = {0};
        struct hb_err own = {0};
        if (!at)
            fail_msg("there is no %s", wrong[i].from);
        hb_buf_add(&changed, all, (size_t)(at - all));
        hb_buf_printf(&changed, "%s%s", wrong[i].to, at + strlen(wrong[i].from));
        assert_int_equal(
            hb_session_parse(hb_buf_string(&changed), changed.size, "x.json", &again, &own), -1);
        if (!strstr(own.message, wrong[i].says))
            fail_msg("%s does not say %s", own.message, wrong[i].says);
        hb_buf_free(&changed);
    }
    hb_buf_free(&text);
    hb_session_free(&session);
}

/* ---- judged ---- */

static enum hb_verdict_kind verdict(const struct hb_exec_judgement *judgement, size_t allocator,
                                    size_t figure)
{
    return judgement->targets[0].rows[allocator].figures[figure].better.verdict.kind;
}

static void planted_allocators_are_found_and_the_twin_is_the_same(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_int_equal(verdict(&j, 2, HB_EXEC_FIGURE_TIME), HB_VERDICT_SLOWER);
    assert_int_equal(verdict(&j, 2, HB_EXEC_FIGURE_CPU), HB_VERDICT_SLOWER);
    assert_int_equal(verdict(&j, 2, HB_EXEC_FIGURES), HB_VERDICT_SLOWER); /* its own figure */
    assert_int_equal(verdict(&j, 2, HB_EXEC_FIGURE_MEMORY), HB_VERDICT_SAME);
    assert_int_equal(verdict(&j, 3, HB_EXEC_FIGURE_TIME), HB_VERDICT_SAME);
    assert_int_equal(verdict(&j, 3, HB_EXEC_FIGURE_MEMORY), HB_VERDICT_SLOWER);
    assert_int_equal(verdict(&j, 1, HB_EXEC_FIGURE_TIME), HB_VERDICT_SAME);
    const struct hb_exec_target *one = &j.targets[0];
    const struct hb_ratio fat = hb_exec_shown(one, HB_EXEC_FIGURE_MEMORY,
                                              &one->rows[3].figures[HB_EXEC_FIGURE_MEMORY].better);
    assert_true(fat.lo < 1.3 && 1.3 < fat.hi);
    assert_int_equal(one->peak, HB_EXEC_PEAK_RSS);
    assert_true(j.loading[0].median < 1.1e6);
    assert_int_equal(one->answer.best, 0);
    assert_true(hb_exec_is_on_front(&j, one, 0));
    assert_false(hb_exec_is_on_front(&j, one, 2) || hb_exec_is_on_front(&j, one, 3));
    assert_true(hb_exec_complete(&j));
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

/* Only where every run knows it. */
/* CPU time of each label in each block, for what is to be exact. */
static void set_cpu(struct hb_session *session,
                    double (*log_of)(uint32_t allocator, uint32_t block))
{
    for (size_t i = 0; i < session->run_count; i++) {
        struct hb_exec_run *run = &session->runs[i];
        if (run->kind == HB_EXEC_KIND_TIMED)
            run->metric[HB_EXEC_CPU] = 1e9 * exp(log_of(run->allocator, run->block));
    }
}

/* By 3 % up and down: the twin says no more than that runs differ. */
static double swinging(uint32_t allocator, uint32_t block)
{
    const double swing = (block + (block > 4)) % 2 ? 0.03 : -0.03;
    return allocator == 1 ? swing : allocator == 2 ? log(1.05) : 0;
}

/* No two runs alike. */
static double scattered(uint32_t allocator, uint32_t block)
{
    return 0.001 * ((block * 37 + allocator * 11) % 41) + (allocator == 2 ? 0.02 : 0);
}

/* One of several looks: its interval is wider, its p larger by the share of 5 % that is not its. */
static void a_look_of_several_is_less_sure(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    struct hb_ratio once, of_many;
    set_cpu(&session, scattered);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    once = j.targets[0].rows[2].figures[HB_EXEC_FIGURE_CPU].better;
    assert_int_equal(j.looks.first, j.looks.most);
    assert_int_equal(hb_exec_open(&j), 0);
    hb_exec_judgement_free(&j);
    session.profile->runs = session.blocks;
    session.profile->max_runs = 4 * session.blocks;
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    of_many = j.targets[0].rows[2].figures[HB_EXEC_FIGURE_CPU].better;
    assert_int_equal(j.looked_at, session.blocks);
    assert_true(of_many.lo < once.lo && once.hi < of_many.hi);
    assert_true(fabs(of_many.p_holm - fmin(1, 2 * once.p_holm)) < 1e-12); /* sqrt(1 / 4) of 5 % */
    hb_exec_judgement_free(&j);
    assert_int_equal(hb_profile_set_weights(session.profile, "cpu=1", &err), 0);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_true(hb_exec_open(&j) > 0);
    hb_exec_judgement_free(&j);
    session.profile->runs = 1; /* of a file that says what cannot be */
    session.profile->max_runs = 2;
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_int_equal(j.looks.most, 2);
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

static double shifted(uint32_t allocator, uint32_t block)
{
    (void)block;
    return allocator == 1 ? 0.015 : allocator == 2 ? log(1.05) : 0;
}

static void margin_is_of_what_is_sure_of_the_twin(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    set_cpu(&session, swinging);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const struct hb_exec_target *one = &j.targets[0];
    assert_true(one->families[HB_EXEC_FIGURE_CPU].aa_noise > 0.02);
    assert_true(one->families[HB_EXEC_FIGURE_CPU].margin == 0.02);
    assert_int_equal(one->rows[2].figures[HB_EXEC_FIGURE_CPU].better.verdict.kind,
                     HB_VERDICT_SLOWER);
    hb_exec_judgement_free(&j);
    set_cpu(&session, shifted);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const double margin = j.targets[0].families[HB_EXEC_FIGURE_CPU].margin;
    assert_true(fabs(margin - 2 * expm1(0.015)) < 1e-9);
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

static void reference_is_all_of_its_two_runs(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    set_cpu(&session, shifted);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const struct hb_exec_row *rows = j.targets[0].rows;
    const size_t cpu = HB_EXEC_FIGURE_CPU;
    /* Of three clumps alike the upper third is above those that count: the lowest decides. */
    assert_true(fabs(log(rows[2].figures[cpu].better.estimate) + log(1.05)) < 1e-9);
    assert_true(fabs(log(rows[1].figures[cpu].better.estimate) + 0.015) < 1e-9);
    assert_true(rows[0].figures[cpu].better.estimate == 1);
    hb_exec_judgement_free(&j);
    run_of(&session, 1, HB_EXEC_KIND_TIMED)->status = HB_STATUS_FAILED; /* then of the other */
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_int_equal(j.targets[0].rows[2].figures[cpu].better.pairs, BLOCKS);
    assert_int_equal(j.targets[0].rows[1].figures[cpu].better.pairs, BLOCKS - 1);
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

static void peaks_of_two_sources_are_not_compared(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    for (size_t i = 0; i < session.run_count; i++)
        session.runs[i].metric[HB_EXEC_PEAK_CGROUP] = 9e7;
    assert_int_equal(hb_exec_peak(&session, 0), HB_EXEC_PEAK_CGROUP);
    run_of(&session, 2, HB_EXEC_KIND_TIMED)->metric[HB_EXEC_PEAK_CGROUP] = (double)NAN;
    assert_int_equal(hb_exec_peak(&session, 0), HB_EXEC_PEAK_RSS);
    hb_session_free(&session);
}

static struct hb_buf report_of(const struct hb_session *session)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessed;
    struct hb_err err = {0};
    struct hb_buf out = {0};
    struct hb_doc doc = {0};
    const struct hb_screen screen = {.voice = HB_VOICE_PLAIN, .is_wide = true};
    assert_int_equal(hb_assess(session, &by, &assessed, &err), 0);
    hb_session_report(&assessed, &doc);
    assert_int_equal(hb_doc_write(&doc, &screen, &out, &err), 0);
    hb_doc_free(&doc);
    hb_assessment_free(&assessed);
    return out;
}

static void assert_says(const struct hb_session *session, const char *text)
{
    struct hb_buf out = report_of(session);
    if (!strstr(hb_buf_string(&out), text))
        fail_msg("it does not say: %s\n%s", text, hb_buf_string(&out));
    hb_buf_free(&out);
}

static void answer_names_the_better_one(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    for (size_t i = 0; i < session.run_count; i++) { /* "slow" becomes fast and small */
        if (session.runs[i].allocator == 2 && session.runs[i].kind == HB_EXEC_KIND_TIMED) {
            session.runs[i].metric[HB_EXEC_WALL] *= 0.9;
            session.runs[i].metric[HB_EXEC_PEAK_RSS] *= 0.78;
        }
    }
    assert_says(&session, "For one use slow: ");
    assert_says(&session, "% smaller; nothing was found better in both.");
    hb_session_free(&session);
}

/* Of all timed runs of an allocator. */
static void scale(struct hb_session *session, uint32_t allocator, enum hb_exec_metric_id metric,
                  double factor)
{
    for (size_t i = 0; i < session->run_count; i++) {
        if (session->runs[i].allocator == allocator && session->runs[i].kind == HB_EXEC_KIND_TIMED)
            session->runs[i].metric[metric] *= factor;
    }
}

static void nothing_is_better_only_when_all_was_decided(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    assert_says(&session, "stay with system: nothing is better by what time and memory weigh.");
    for (uint32_t a = 0; a < ALLOCATORS; a++)
        scale(&session, a, HB_EXEC_PEAK_RSS, (double)NAN);
    assert_says(&session, "stay with system: nothing was found better by what time and memory");
    scale(&session, 2, HB_EXEC_WALL, 0.8);
    assert_says(&session, " faster than system and in memory not decided.\n");
    hb_session_free(&session);
}

static void answer_without_any_verdict_is_not_decided(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_err err = {0};
    assert_int_equal(hb_profile_set_weights(session.profile, "time=1", &err), 0);
    scale(&session, 1, HB_EXEC_WALL, 1.2); /* the twin: all is withheld */
    assert_says(&session, "Which allocator to use for one is not decided: in time nothing was");
    assert_says(&session, "NOT TO BE BELIEVED in time");
    hb_session_free(&session);
}

static void answer_names_what_is_weighed(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_err err = {0};
    assert_int_equal(hb_profile_set_weights(session.profile, "rate=1", &err), 0);
    assert_says(&session, "nothing is better by what rate weighs.");
    for (size_t i = 0; i < session.run_count; i++) {
        if (session.runs[i].allocator == 2)
            session.runs[i].own[0] *= 1.5;
    }
    assert_says(&session, "% better in rate than system; nothing was found better.");
    assert_int_equal(hb_profile_set_weights(session.profile, "cpu=1,memory=0", &err), 0);
    assert_says(&session, "nothing is better by what CPU time weighs.");
    hb_session_free(&session);
}

static void another_output_is_a_finding_and_no_answer(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    HB_COPY(run_of(&session, 3, HB_EXEC_KIND_TIMED)->output_digest,
            "11111111111111111111111111111111");
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_int_equal(j.targets[0].rows[3].other_outputs, 1);
    assert_false(j.targets[0].rows[3].is_sound);
    assert_true(j.targets[0].rows[2].is_sound);
    assert_false(hb_exec_complete(&j));
    hb_exec_judgement_free(&j);
    assert_says(&session, "another output");
    hb_session_free(&session);
}

static void outputs_that_differ_anyway_are_not_compared(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    for (size_t i = 0; i < session.run_count; i++)
        (void)snprintf(session.runs[i].output_digest, 33, "%032zx", i);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_true(j.targets[0].is_unstable);
    assert_true(hb_exec_complete(&j));
    hb_exec_judgement_free(&j);
    assert_says(&session, "prints something else each time");
    hb_session_free(&session);
}

/* Nor where it is only the reference's twin that differs, which is the same allocator. */
static void twin_that_prints_something_else_shows_an_unstable_program(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    HB_COPY(run_of(&session, 1, HB_EXEC_KIND_TIMED)->output_digest,
            "11111111111111111111111111111111");
    HB_COPY(run_of(&session, 2, HB_EXEC_KIND_TIMED)->output_digest,
            "22222222222222222222222222222222");
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_true(j.targets[0].is_unstable);
    assert_true(hb_exec_complete(&j));
    hb_exec_judgement_free(&j);
    /* the twin of another reference says nothing of the C library's malloc */
    session.allocators[0].role = HB_ROLE_SUBJECT;
    session.allocators[3].role = HB_ROLE_REFERENCE;
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_false(j.targets[0].is_unstable);
    assert_int_equal(j.targets[0].rows[1].other_outputs, 1);
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

/* One that did not have its CPU and was made again is no run of the program's; one that counts all
 * the same is told. */
static void runs_without_their_cpu_are_left_out(void **state)
{
    (void)state;
    static const char why[] = "a neighbour on its CPU: it had 50 % of the CPU time it wanted";
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    struct hb_exec_run lost = *run_of(&session, 2, HB_EXEC_KIND_TIMED);
    lost.status = HB_STATUS_INVALID;
    lost.index = (uint32_t)session.run_count;
    lost.metric[HB_EXEC_CPU] *= 10;
    HB_COPY(lost.reason, why);
    assert_int_equal(hb_session_append_run(&session, &lost), 0);
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const struct hb_exec_row *row = &j.targets[0].rows[2];
    assert_int_equal(row->runs_ok, BLOCKS);
    assert_int_equal(row->runs_failed, 0);
    assert_null(row->failure);
    assert_true(row->is_sound && hb_exec_complete(&j));
    assert_true(row->figures[HB_EXEC_FIGURE_CPU].summary.max < 2e9);
    hb_exec_judgement_free(&j);
    assert_says(&session, "disturbed: 1 runs, left out and repeated (a neighbour on its CPU 1)");
    HB_COPY(run_of(&session, 3, HB_EXEC_KIND_TIMED)->reason, why);
    assert_says(&session, "disturbed: 1 of 40 runs in the figures did not have their CPU");
    hb_session_free(&session);
}

static void another_exit_status_is_a_finding(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    run_of(&session, 2, HB_EXEC_KIND_TIMED)->exit_status = 3;
    assert_says(&session, "exit status 3");
    hb_session_free(&session);
}

static void what_is_not_in_effect_is_said(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_run *run = run_of(&session, 2, HB_EXEC_KIND_COUNTED);
    run->metric[HB_EXEC_IN_EFFECT] = 2;
    HB_COPY(run->not_in_effect, "busybox 3 (static)");
    assert_says(&session, "not in effect in 3 of 5 processes");
    assert_says(&session, "busybox 3 (static)");
    run->metric[HB_EXEC_IN_EFFECT] = 0;
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_false(j.targets[0].rows[2].is_sound); /* the C library's was measured once more */
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

/* What the samples of short processes say: gone before anybody looked. */
static void see_nothing(struct hb_session *session, uint32_t allocator, enum hb_exec_kind kind)
{
    for (size_t i = 0; i < session->run_count; i++) {
        struct hb_exec_run *run = &session->runs[i];
        if (run->allocator != allocator || run->kind != kind)
            continue;
        run->metric[HB_EXEC_IN_EFFECT] = 0;
        run->metric[HB_EXEC_EFFECT_UNKNOWN] = 5;
        HB_COPY(run->not_in_effect, "true 5 (not known)");
    }
}

static void twin_is_covered_as_the_reference_is(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    for (uint32_t a = 0; a < 2; a++) {
        HB_COPY(session.allocators[a].preload_path, "/lib/x.so");
        see_nothing(&session, a, HB_EXEC_KIND_TIMED);
    }
    run_of(&session, 0, HB_EXEC_KIND_COUNTED)->metric[HB_EXEC_IN_EFFECT] = 5;
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_true(j.targets[0].rows[1].is_sound);
    assert_ptr_equal(j.targets[0].rows[1].covered, j.targets[0].rows[0].covered);
    hb_exec_judgement_free(&j);
    run_of(&session, 0, HB_EXEC_KIND_COUNTED)->metric[HB_EXEC_IN_EFFECT] = 0;
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_false(j.targets[0].rows[0].is_sound || j.targets[0].rows[1].is_sound);
    hb_exec_judgement_free(&j);
    hb_session_free(&session);
}

static void what_was_not_seen_is_no_negative(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    see_nothing(&session, 2, HB_EXEC_KIND_COUNTED); /* it looked, and does not know */
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_true(j.targets[0].rows[2].is_sound);
    hb_exec_judgement_free(&j);
    assert_says(&session, "not seen in effect in 5 of 5 processes");
    assert_says(&session, "one, slow: not seen in effect in true 5 (not known)");
    struct hb_exec_run *counted = run_of(&session, 2, HB_EXEC_KIND_COUNTED);
    HB_COPY(counted->not_in_effect, "(not known) 5 (static)"); /* a program may have any name */
    counted->metric[HB_EXEC_EFFECT_UNKNOWN] = 0;
    assert_says(&session, "not in effect in 5 of 5 processes");
    counted->metric[HB_EXEC_EFFECT_UNKNOWN] = (double)NAN; /* a file of before it was counted */
    assert_says(&session, "not seen in effect in 5 of 5 processes");
    hb_session_free(&session);
}

static void crash_is_a_row_with_its_reason(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_run *run = run_of(&session, 2, HB_EXEC_KIND_TIMED);
    run->status = HB_STATUS_CRASHED;
    HB_COPY(run->reason, "ended by signal 11");
    assert_says(&session, "crashed 1 of 10");
    assert_says(&session, "ended by signal 11");
    hb_session_free(&session);
}

static void counting_pass_that_fails_is_a_note(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    for (uint32_t a = 0; a < ALLOCATORS; a++) {
        if (a == 1) /* the twin has none */
            continue;
        struct hb_exec_run *run = run_of(&session, a, HB_EXEC_KIND_COUNTED);
        run->status = HB_STATUS_REFUSED;
        HB_COPY(run->reason, "it cannot be traced");
    }
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    for (uint32_t a = 0; a < ALLOCATORS; a++)
        assert_true(j.targets[0].rows[a].is_sound);
    assert_true(hb_exec_complete(&j));
    assert_int_equal(j.targets[0].answer.best, 0);
    hb_exec_judgement_free(&j);
    assert_says(&session, "one, slow: its system calls were not counted: refused: it cannot be");
    for (size_t i = 0; i < session.run_count; i++) { /* and where nothing was timed a failure */
        if (session.runs[i].allocator == 2 && session.runs[i].kind == HB_EXEC_KIND_TIMED)
            session.runs[i].kind = HB_EXEC_KIND_LOADING;
    }
    assert_says(&session, "one, slow: refused, 0 of 10 runs ok: it cannot be traced");
    hb_session_free(&session);
}

static void set_all(struct hb_session *session, enum hb_exec_kind kind, uint32_t program,
                    enum hb_exec_metric_id metric, double value)
{
    for (size_t i = 0; i < session->run_count; i++) {
        struct hb_exec_run *run = &session->runs[i];
        if (run->kind == kind && run->program == program)
            run->metric[metric] = value;
    }
}

/* slow needs 5 % more of a second. */
static void what_a_shell_may_be_is_not_decided(void **state)
{
    static const struct {
        double shell_ns;
        enum hb_verdict_kind slow, fat;
    } cases[] = {
        {1e6, HB_VERDICT_SLOWER, HB_VERDICT_SAME},
        {3e7, HB_VERDICT_SLOWER, HB_VERDICT_INCONCLUSIVE},
        {1e8, HB_VERDICT_INCONCLUSIVE, HB_VERDICT_INCONCLUSIVE},
        {1.1e9, HB_VERDICT_WITHHELD, HB_VERDICT_WITHHELD},
    };
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_err err = {0};
    for (size_t i = 0; i < HB_TABLE_COUNT(cases); i++) {
        struct hb_exec_judgement j;
        set_all(&session, HB_EXEC_KIND_TIMED, 0, HB_EXEC_SHELL_WALL, cases[i].shell_ns);
        assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
        const struct hb_exec_row *rows = j.targets[0].rows;
        assert_int_equal(rows[2].figures[HB_EXEC_FIGURE_TIME].better.verdict.kind, cases[i].slow);
        assert_int_equal(rows[3].figures[HB_EXEC_FIGURE_TIME].better.verdict.kind, cases[i].fat);
        assert_int_equal(rows[2].figures[HB_EXEC_FIGURE_CPU].better.verdict.kind,
                         HB_VERDICT_SLOWER); /* of its CPU time nothing was taken away */
        assert_int_equal(rows[3].figures[HB_EXEC_FIGURE_MEMORY].better.verdict.kind,
                         HB_VERDICT_SLOWER);
        hb_exec_judgement_free(&j);
    }
    assert_says(&session, "one: its shell alone takes 1.10 s, which was taken away, and no");
    set_all(&session, HB_EXEC_KIND_TIMED, 0, HB_EXEC_SHELL_WALL, 1e8);
    assert_says(&session, "one: its shell alone takes 100 ms, which was taken away: what is");
    hb_session_free(&session);
}

static void suite_leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct hb_session session = made(TWO);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    run_of(&session, 2, HB_EXEC_KIND_TIMED)->metric[HB_EXEC_PEAK_RSS] = (double)NAN; /* of "one" */
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const struct hb_exec_target *suite = hb_exec_whole(&j);
    assert_false(hb_exec_has_figure(&j, &j.targets[0], HB_EXEC_FIGURE_MEMORY));
    assert_true(hb_exec_has_figure(&j, &j.targets[0], HB_EXEC_FIGURE_TIME));
    assert_true(hb_exec_has_figure(&j, &j.targets[1], HB_EXEC_FIGURE_MEMORY));
    assert_true(suite->rows[3].figures[HB_EXEC_FIGURE_MEMORY].better.estimate ==
                j.targets[1].rows[3].figures[HB_EXEC_FIGURE_MEMORY].better.estimate);
    assert_int_equal(suite->rows[3].figures[HB_EXEC_FIGURE_MEMORY].better.pairs, BLOCKS);
    hb_exec_judgement_free(&j);
    assert_says(&session, "all programs: memory over 1 of 2, as it is not known of one");
    hb_session_free(&session);
}

static void loading_that_failed_is_a_note(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    struct hb_exec_run *run = run_of(&session, 2, HB_EXEC_KIND_LOADING);
    run->status = HB_STATUS_CRASHED;
    HB_COPY(run->reason, "killed by SIGSEGV");
    assert_says(&session, "loading slow: crashed, 9 of 10 runs ok: killed by SIGSEGV");
    hb_session_free(&session);
}

/* No part is longer than the whole. */
static void what_is_shorter_than_loading_is_short(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    for (size_t i = 0; i < session.run_count; i++) {
        struct hb_exec_run *run = &session.runs[i];
        if (run->kind == HB_EXEC_KIND_LOADING)
            run->metric[HB_EXEC_WALL] = 3e6;
        else if (run->kind == HB_EXEC_KIND_TIMED)
            run->metric[HB_EXEC_WALL] = 2e6;
    }
    assert_says(&session, "is short: starting any program takes as long as its 2.00 ms, so that");
    for (size_t i = 0; i < session.run_count; i++) {
        if (session.runs[i].kind == HB_EXEC_KIND_LOADING)
            session.runs[i].metric[HB_EXEC_WALL] = 1.5e6;
    }
    assert_says(&session, "is short: starting any program takes 1.50 ms of its 2.00 ms, so that");
    hb_session_free(&session);
}

static void each_reason_is_said_once(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    HB_COPY(run_of(&session, 0, HB_EXEC_KIND_TIMED)->unknown, "no groups");
    HB_COPY(run_of(&session, 2, HB_EXEC_KIND_TIMED)->unknown, "no groups; rate: not printed");
    HB_COPY(run_of(&session, 2, HB_EXEC_KIND_LOADING)->unknown, "too short");
    struct hb_buf text = report_of(&session);
    const char *first = strstr(hb_buf_string(&text), "not known of some runs: no groups\n");
    assert_non_null(first);
    assert_null(strstr(strchr(first, '\n'), "no groups"));
    assert_non_null(strstr(first, "not known of some runs: rate: not printed\n"));
    assert_null(strstr(first, "too short"));
    hb_buf_free(&text);
    hb_session_free(&session);
}

static void suite_is_judged_over_its_programs(void **state)
{
    (void)state;
    struct hb_session session = made(TWO);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    assert_int_equal(j.count, 3);
    const struct hb_exec_target *suite = hb_exec_whole(&j);
    assert_null(suite->program);
    assert_int_equal(suite->rows[2].figures[HB_EXEC_FIGURE_TIME].better.verdict.kind,
                     HB_VERDICT_SLOWER);
    assert_int_equal(suite->rows[3].figures[HB_EXEC_FIGURE_MEMORY].better.verdict.kind,
                     HB_VERDICT_SLOWER);
    hb_exec_judgement_free(&j);
    assert_says(&session, "the 2 programs of made");
    hb_session_free(&session);
}

static void program_that_fails_on_the_reference_is_left_out_of_the_suite(void **state)
{
    (void)state;
    struct hb_session session = made(TWO);
    struct hb_exec_judgement j;
    struct hb_err err = {0};
    for (size_t i = 0; i < session.run_count; i++) {
        struct hb_exec_run *run = &session.runs[i];
        if (run->program == 1 && run->allocator == 0 && run->kind == HB_EXEC_KIND_TIMED)
            run->status = HB_STATUS_CRASHED;
    }
    assert_int_equal(hb_exec_judge(&session, &j, &err), 0);
    const struct hb_exec_target *suite = hb_exec_whole(&j);
    assert_true(suite->rows[0].is_sound);
    assert_int_equal(suite->rows[2].figures[HB_EXEC_FIGURE_TIME].better.pairs, BLOCKS);
    assert_int_equal(suite->rows[2].figures[HB_EXEC_FIGURE_TIME].better.verdict.kind,
                     HB_VERDICT_SLOWER);
    assert_false(hb_exec_complete(&j));
    hb_exec_judgement_free(&j);
    assert_says(&session, "For the 1 program of made stay with system");
    assert_says(&session, "Left out, as not sound on the reference: two.");
    for (size_t i = 0; i < session.run_count; i++) {
        if (session.runs[i].allocator == 0)
            session.runs[i].status = HB_STATUS_CRASHED;
    }
    assert_says(&session, "for the programs of made cannot be said: it did not run through");
    hb_session_free(&session);
}

static void too_few_runs_give_no_answer(void **state)
{
    (void)state;
    struct hb_session session = made(ONE);
    session.blocks = 3;
    assert_says(&session, "cannot be said from 3 runs: at least 7 decide it");
    session.blocks = 6; /* an interval, and no difference */
    assert_says(&session, "cannot be said from 6 runs: at least 7 decide it");
    hb_session_free(&session);
}

/* ---- for what reads jobs ---- */

static void runs_become_jobs_of_one_operation(void **state)
{
    (void)state;
    struct hb_session one = made(ONE), two = made(TWO);
    struct hb_err err = {0};
    assert_int_equal(hb_exec_as_jobs(&one, &err), 0);
    assert_int_equal(one.job_count, 3 + BLOCKS * ALLOCATORS);
    assert_true(hb_session_is_of_times(&one));
    assert_int_equal(one.allocator_count, ALLOCATORS);
    assert_int_equal(one.parameter_count, 1);
    assert_int_equal(hb_exec_as_jobs(&two, &err), 0);
    assert_int_equal(two.allocator_count, 2 * ALLOCATORS);
    assert_true(hb_session_find(&two, "one/slow") >= 0);
    assert_true(hb_session_find(&two, "two/fat") >= 0);
    assert_true(strcmp(one.parameters[0].text, two.parameters[1].text) != 0);
    hb_session_free(&one);
    hb_session_free(&two);
    struct hb_session untraced = made(ONE); /* a note there, so no failed job here */
    run_of(&untraced, 2, HB_EXEC_KIND_COUNTED)->status = HB_STATUS_REFUSED;
    assert_int_equal(hb_exec_as_jobs(&untraced, &err), 0);
    assert_int_equal(untraced.job_count, 2 + BLOCKS * ALLOCATORS);
    for (size_t i = 0; i < untraced.job_count; i++)
        assert_int_equal(untraced.jobs[i].status, HB_STATUS_OK);
    hb_session_free(&untraced);
    struct hb_session kinds = made(ONE); /* each pass is one of its kind */
    struct hb_exec_run *tallied = run_of(&kinds, 2, HB_EXEC_KIND_COUNTED);
    tallied->kind = HB_EXEC_KIND_INSTRUCTIONS;
    tallied->metric[HB_EXEC_INSTRUCTIONS] = 12345;
    assert_int_equal(hb_exec_as_jobs(&kinds, &err), 0);
    size_t count[HB_JOB_KIND_COUNT] = {0};
    for (size_t i = 0; i < kinds.job_count; i++) {
        count[kinds.jobs[i].kind]++;
        if (kinds.jobs[i].kind == HB_JOB_INSTRUCTIONS)
            assert_int_equal((long)kinds.jobs[i].metric[HB_METRIC_INSTRUCTIONS_PER_OP], 12345);
    }
    assert_int_equal(count[HB_JOB_TIMED], BLOCKS * ALLOCATORS);
    assert_int_equal(count[HB_JOB_COUNTED], 2);
    assert_int_equal(count[HB_JOB_INSTRUCTIONS], 1);
    hb_session_free(&kinds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_cut_as_a_shell_cuts),
        cmocka_unit_test(open_quotes_are_refused),
        cmocka_unit_test(shortest_suite_has_every_default),
        cmocka_unit_test(suite_as_used_reads_back),
        cmocka_unit_test(wrong_suites_are_refused_with_their_place),
        cmocka_unit_test(flags_of_weights_and_figures_are_checked),
        cmocka_unit_test(every_block_has_each_once_and_allocators_side_by_side),
        cmocka_unit_test(session_reads_back_as_it_was),
        cmocka_unit_test(journal_keeps_every_run),
        cmocka_unit_test(wrong_runs_are_refused),
        cmocka_unit_test(planted_allocators_are_found_and_the_twin_is_the_same),
        cmocka_unit_test(margin_is_of_what_is_sure_of_the_twin),
        cmocka_unit_test(a_look_of_several_is_less_sure),
        cmocka_unit_test(reference_is_all_of_its_two_runs),
        cmocka_unit_test(runs_without_their_cpu_are_left_out),
        cmocka_unit_test(peaks_of_two_sources_are_not_compared),
        cmocka_unit_test(answer_names_the_better_one),
        cmocka_unit_test(nothing_is_better_only_when_all_was_decided),
        cmocka_unit_test(answer_without_any_verdict_is_not_decided),
        cmocka_unit_test(answer_names_what_is_weighed),
        cmocka_unit_test(another_output_is_a_finding_and_no_answer),
        cmocka_unit_test(outputs_that_differ_anyway_are_not_compared),
        cmocka_unit_test(twin_that_prints_something_else_shows_an_unstable_program),
        cmocka_unit_test(another_exit_status_is_a_finding),
        cmocka_unit_test(what_is_not_in_effect_is_said),
        cmocka_unit_test(twin_is_covered_as_the_reference_is),
        cmocka_unit_test(what_was_not_seen_is_no_negative),
        cmocka_unit_test(crash_is_a_row_with_its_reason),
        cmocka_unit_test(counting_pass_that_fails_is_a_note),
        cmocka_unit_test(what_a_shell_may_be_is_not_decided),
        cmocka_unit_test(suite_leaves_out_what_is_not_known),
        cmocka_unit_test(loading_that_failed_is_a_note),
        cmocka_unit_test(what_is_shorter_than_loading_is_short),
        cmocka_unit_test(each_reason_is_said_once),
        cmocka_unit_test(suite_is_judged_over_its_programs),
        cmocka_unit_test(program_that_fails_on_the_reference_is_left_out_of_the_suite),
        cmocka_unit_test(too_few_runs_give_no_answer),
        cmocka_unit_test(runs_become_jobs_of_one_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
