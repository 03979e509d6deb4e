/* `hakbench exec`: real programs, whole, under every allocator by LD_PRELOAD, and which allocator
 * to use for them.
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself.
 * Read next: src/run/exec_session.h, src/judge/exec_judge.h, docs/exec.md. */
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "judge/exec_judge.h"
#include "report/progress.h"
#include "report/write_text.h"
#include "run/exec_session.h"
#include "session/conclusion.h"
#include "session/measuring.h"
#include "session/plan_report.h"
#include "session/results_folder.h"
#include "session/session_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One exec, from options to files. */
struct exec {
    struct hb_measure_options options; /* .profile is the suite */
    const char *setup, *cleanup, *input, *cwd, *server, *ready, *client, *weigh;
    double timeout_s;  /* 0: not given */
    uint64_t max_runs; /* 0: not given */
    bool shell, ignore_output, ignore_failure;
    struct hb_words command, environment;
    struct figures {
        const char *text[HB_PROGRAM_METRICS_MAX]; /* NAME=REGEX */
        bool is_higher_better[HB_PROGRAM_METRICS_MAX];
        size_t count;
    } figures;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
    struct hb_progress progress;
};

/* ---- options ---- */

static int add_figure(void *field, const char *argument, struct hb_err *err)
{
    struct figures *figures = field;
    if (figures->count == HB_PROGRAM_METRICS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--metric: at most %u", HB_PROGRAM_METRICS_MAX);
    figures->text[figures->count++] = argument;
    return 0;
}

static int set_higher(void *field, const char *argument, struct hb_err *err)
{
    struct figures *figures = field;
    (void)argument;
    if (figures->count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "--higher-is-better stands behind its --metric");
    figures->is_higher_better[figures->count - 1] = true;
    return 0;
}

static int add_variable(void *field, const char *argument, struct hb_err *err)
{
    const char *equals = strchr(argument, '=');
    char name[HB_NAME_MAX];
    (void)snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argument) : 0, argument);
    if (!equals || !hb_profile_is_variable(name))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--env %s: expected NAME=VALUE, NAME being " HB_PROFILE_VARIABLE_HELP,
                          argument);
    return hb_words_add(field, argument) == 0 ? 0 : hb_err_memory(err, NULL);
}

static int add_word(void *options, const char *argument, struct hb_err *err)
{
    struct exec *exec = options;
    return hb_words_add(&exec->command, argument) == 0 ? 0 : hb_err_memory(err, NULL);
}

static const struct hb_option own_options[] = {
    {"suite", HB_AS_TEXT(struct exec, options.profile, "NAME|FILE"), .group = 1,
     .help = "Run the programs of this profile of kind exec: desktop, compile, server, solver, "
             "programs"},
    {"runs", HB_AS_COUNT(struct exec, options.runs, "N", 1, 1000), .group = 1,
     .help = "Runs of each program under each allocator (default: 10, or the suite's)"},
    {"max-runs", HB_AS_COUNT(struct exec, max_runs, "N", 1, 1000), .group = 1,
     .help = "While a verdict that the answer weighs is open, go on up to so many runs (default: "
             "no more than --runs, or the suite's)"},
    {"reference", HB_AS_TEXT(struct exec, options.reference, "NAME"), .group = 1,
     .help = "Allocator that ratios are to (default: system, the C library's)"},
    {"env", HB_AS_READ(struct exec, environment, "NAME=VALUE", add_variable), .group = 2,
     .help = "A variable for the command, whose environment is a clean one; may be repeated"},
    {"input", HB_AS_TEXT(struct exec, input, "FILE"), .group = 2,
     .help = "Standard input (default: none)"},
    {"cwd", HB_AS_TEXT(struct exec, cwd, "FOLDER"), .group = 2,
     .help = "Where it runs (default: an empty folder, fresh for each run)"},
    {"shell", HB_AS_FLAG(struct exec, shell), .group = 2,
     .help = "The command is one text for /bin/sh, whose own time is subtracted"},
    {"setup", HB_AS_TEXT(struct exec, setup, "CMD"), .group = 2,
     .help = "Run before each run, by /bin/sh, not measured"},
    {"cleanup", HB_AS_TEXT(struct exec, cleanup, "CMD"), .group = 2,
     .help = "Run after each run, in the same way"},
    {"timeout", HB_AS_NUMBER(struct exec, timeout_s, "SECONDS", 0.001, 86400), .group = 2,
     .help = "Longest that a run may take (default: 300)"},
    {"ignore-output", HB_AS_FLAG(struct exec, ignore_output), .group = 2,
     .help = "Output may differ between allocators"},
    {"ignore-failure", HB_AS_FLAG(struct exec, ignore_failure), .group = 2,
     .help = "Count runs with an exit status other than 0"},
    {"metric", HB_AS_READ(struct exec, figures, "NAME=REGEX", add_figure), .group = 2,
     .help = "A figure of the program's own: what the group of this extended regular expression "
             "matches first in what it prints, a number and nothing else; may be repeated"},
    {"higher-is-better", HB_AS_READ(struct exec, figures, NULL, set_higher), .group = 2,
     .help = "Of the --metric before it: more is better"},
    {"server", HB_AS_TEXT(struct exec, server, "CMD"), .group = 3,
     .help = "Start this under each allocator; {port} is a free port"},
    {"ready", HB_AS_TEXT(struct exec, ready, "tcp:PORT|unix:PATH|output:REGEX"), .group = 3,
     .help = "How to see that the server is up"},
    {"client", HB_AS_TEXT(struct exec, client, "CMD"), .group = 3,
     .help = "Then run this, on the C library's malloc"},
    {"weigh", HB_AS_TEXT(struct exec, weigh, "NAME=N,NAME=N"), .group = 4,
     .help = "What the answer weighs: time, cpu, memory or a --metric (default: "
             "time=1,memory=0.5)"},
    {"force", HB_AS_FLAG(struct exec, options.force), .group = 4,
     .help = "Overwrite the files of --json and --csv"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_measure, offsetof(struct exec, options)},
               {hb_options_choice, offsetof(struct exec, options)},
               {hb_options_count, offsetof(struct exec, options)},
               {hb_options_sweep, offsetof(struct exec, options)},
               {hb_options_kept, offsetof(struct exec, options)},
               {hb_options_naming, offsetof(struct exec, options.naming)}},
    .args_doc = "-- COMMAND...",
    .read_argument = add_word,
    .doc =
        "Runs a program under every allocator by LD_PRELOAD, in shuffled blocks, and measures it "
        "from outside with everything that it starts: time, CPU time, peak memory, page faults, "
        "memory system calls. Says which allocator to use for it.\v"
        "Examples:\n"
        "  hakbench exec --runs 10 -- python3 -c 'print(sum(map(int, range(10**6))))'\n"
        "  hakbench exec --runs 20 --max-runs 80 --weigh cpu=1 -- ./server-test\n"
        "  hakbench exec --suite compile\n"
        "  hakbench exec --allocators hakmem,jemalloc --input data.json -- jq .\n"
        "  hakbench exec --metric 'rate=([0-9.]+) req' --higher-is-better -- ./bench\n"
        "  hakbench exec --server 'redis-server --port {port}' --ready tcp:{port} \\\n"
        "        --client 'redis-benchmark -p {port} -q'\n\n"
        "Exit status: 0 done, 2 wrong usage, 3 some run failed or did not do what it does on the "
        "C library's malloc, 130 interrupted.",
};

/* ---- the profile ---- */

/* A text of the command line as a command's words, or with --shell as it is. */
static int take_words(const struct exec *exec, const char *option, const char *text,
                      struct hb_words *words, struct hb_err *err)
{
    struct hb_err problem = {0};
    const int status = exec->shell ? hb_words_add(words, text) == 0 ? 0 : hb_err_memory(err, NULL)
                                   : hb_words_split(words, text, &problem);
    if (status != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: %s", option, problem.message);
    return words->count ? 0 : hb_err_set(err, HB_ERR_USAGE, "%s: there is no command", option);
}

static int take_server(const struct exec *exec, struct hb_profile_program *program,
                       struct hb_err *err)
{
    if (!exec->server || !exec->ready || !exec->client)
        return hb_err_set(err, HB_ERR_USAGE, "--server, --ready and --client go together");
    if (exec->command.count)
        return hb_err_set(err, HB_ERR_USAGE, "a server has its --client: there is no COMMAND");
    program->ready = strdup(exec->ready);
    if (!program->ready)
        return hb_err_memory(err, NULL);
    return take_words(exec, "--server", exec->server, &program->server, err) == 0
               ? take_words(exec, "--client", exec->client, &program->command, err)
               : -1;
}

/* One word for the shell: several would be quoted anew, in which way nobody asked. */
static int take_command(const struct exec *exec, struct hb_profile_program *program,
                        struct hb_err *err)
{
    if (exec->server || exec->ready || exec->client)
        return take_server(exec, program, err);
    if (exec->command.count == 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "which program? hakbench exec -- COMMAND..., or --suite NAME");
    if (exec->shell && exec->command.count > 1)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--shell takes the command as one text: --shell -- 'a | b'");
    return hb_words_copy(&program->command, &exec->command) == 0 ? 0 : hb_err_memory(err, NULL);
}

static int take_texts(const struct exec *exec, struct hb_profile_program *program,
                      struct hb_err *err)
{
    const struct {
        const char *from;
        char **to;
    } texts[] = {{exec->setup, &program->setup}, {exec->cleanup, &program->cleanup}};
    const struct {
        const char *from;
        char **to;
    } paths[] = {{exec->input, &program->input}, {exec->cwd, &program->cwd}};
    for (size_t i = 0; i < 2; i++) {
        if (texts[i].from && !(*texts[i].to = strdup(texts[i].from)))
            return hb_err_memory(err, NULL);
        if (!paths[i].from)
            continue;
        *paths[i].to = realpath(paths[i].from, NULL); /* it runs elsewhere */
        if (!*paths[i].to)
            return hb_err_set(err, HB_ERR_USAGE, "%s: is not there", paths[i].from);
    }
    return hb_words_copy(&program->environment, &exec->environment) == 0 ? 0
                                                                         : hb_err_memory(err, NULL);
}

static int take_figures(const struct exec *exec, struct hb_profile_program *program,
                        struct hb_err *err)
{
    for (size_t i = 0; i < exec->figures.count; i++) {
        if (hb_profile_add_metric(program, exec->figures.text[i], err) != 0)
            return -1;
        program->metrics[i].is_higher_better = exec->figures.is_higher_better[i];
    }
    return 0;
}

/* The first word of what is measured. */
static const char *name_of(const struct exec *exec)
{
    return exec->server ? exec->server : exec->command.count ? exec->command.items[0] : "program";
}

/* A program of the command line is a profile like any other. */
static int program_profile(struct exec *exec, struct hb_err *err)
{
    if (hb_profile_of_program(&exec->profile, name_of(exec), err) != 0)
        return -1;
    struct hb_profile_program *program = &exec->profile.exec.programs[0];
    program->shell = exec->shell;
    program->ignore_output = exec->ignore_output;
    program->ignore_failure = exec->ignore_failure;
    if (exec->timeout_s > 0)
        program->timeout_s = exec->timeout_s;
    if (take_command(exec, program, err) != 0 || take_texts(exec, program, err) != 0)
        return -1;
    return take_figures(exec, program, err);
}

static bool describes_program(const struct exec *exec)
{
    return exec->command.count || exec->environment.count || exec->figures.count || exec->setup ||
           exec->cleanup || exec->input || exec->cwd || exec->server || exec->ready ||
           exec->client || exec->shell || exec->ignore_output || exec->ignore_failure ||
           exec->timeout_s > 0;
}

static int suite_profile(struct exec *exec, struct hb_err *err)
{
    const char *const folders[] = {exec->places.profiles};
    if (describes_program(exec))
        return hb_err_set(err, HB_ERR_USAGE,
                          "a suite says itself what runs: no COMMAND, and no option about it");
    if (hb_profile_load(exec->options.profile, folders, 1, &exec->profile, err) != 0)
        return -1;
    if (exec->profile.is_exec)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE,
                      "%s is a profile of a workload: hakbench rebase --profile %s",
                      exec->options.profile, exec->options.profile);
}

/* Up to how many runs it goes on. */
static int set_most(struct exec *exec, struct hb_err *err)
{
    struct hb_profile *profile = &exec->profile;
    if (exec->max_runs && exec->max_runs < profile->runs)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--max-runs %llu: fewer than the %u runs that are made",
                          (unsigned long long)exec->max_runs, profile->runs);
    if (exec->max_runs)
        profile->max_runs = (uint32_t)exec->max_runs;
    if (profile->max_runs <= profile->runs)
        profile->max_runs = 0;
    if (profile->max_runs && exec->options.sweep)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--max-runs and --sweep exclude each other: a sweep has as many runs at "
                          "each point as it was given");
    return 0;
}

static int prepare(struct exec *exec, int argc, char **argv, struct hb_err *err)
{
    if ((exec->options.profile ? suite_profile(exec, err) : program_profile(exec, err)) != 0)
        return -1;
    if (exec->weigh && hb_profile_set_weights(&exec->profile, exec->weigh, err) != 0)
        return -1;
    if (hb_exec_check_weights(&exec->profile, err) != 0)
        return -1;
    if (hb_measure_flags(&exec->options, &exec->profile, err) != 0 || set_most(exec, err) != 0)
        return -1;
    return hb_measure_session(&exec->options, &exec->places, &exec->profile, HB_KIND_EXEC, argc,
                              argv, &exec->session, err);
}

/* ---- on the way ---- */

static void on_started(void *self, const struct hb_session *session,
                       const struct hb_exec_planned *planned, size_t done, size_t total)
{
    const char *label = session->allocators[planned->allocator].label;
    const char *program = session->programs[planned->program].name;
    char what[256];
    if (planned->kind == HB_EXEC_KIND_COUNTED)
        (void)snprintf(what, sizeof what, "%s, %s, counting system calls", program, label);
    else if (planned->kind == HB_EXEC_KIND_INSTRUCTIONS)
        (void)snprintf(what, sizeof what, "%s, %s, counting instructions", program, label);
    else if (planned->kind == HB_EXEC_KIND_LOADING)
        (void)snprintf(what, sizeof what, "loading, %s, run %u of %u", label, planned->block + 1,
                       session->blocks);
    else
        (void)snprintf(what, sizeof what, "%s, %s, run %u of %u", program, label,
                       planned->block + 1, session->blocks);
    hb_progress_show(self, done, total, what, hb_exec_seconds_left(session, done, total));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_exec_run *run)
{
    if (run->status == HB_STATUS_OK || run->status == HB_STATUS_INVALID) /* made again */
        return;
    hb_progress_clear(self);
    hb_say("%s, %s: %s: %s",
           run->kind == HB_EXEC_KIND_LOADING ? "loading" : session->programs[run->program].name,
           session->allocators[run->allocator].label, hb_job_status_names[run->status],
           run->reason);
}

/* What is not measured, and why, before the rest is. */
static void say_missing(const struct hb_session *session)
{
    for (size_t i = 0; i < session->program_count; i++) {
        if (session->programs[i].missing_reason[0])
            hb_say("%s is skipped: %s", session->programs[i].name,
                   session->programs[i].missing_reason);
    }
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (session->allocators[i].missing_reason[0])
            hb_say("%s is skipped: %s", session->allocators[i].label,
                   session->allocators[i].missing_reason);
    }
}

/* What cannot be decided by so many runs is said before they are made. */
static void say_too_few(const struct hb_session *session)
{
    size_t comparisons = 0;
    char text[128];
    for (size_t i = 0; i < session->allocator_count; i++)
        comparisons += session->allocators[i].role == HB_ROLE_SUBJECT &&
                       !session->allocators[i].missing_reason[0];
    const size_t least = hb_verdict_pairs_least(comparisons);
    if (comparisons == 0 || session->blocks >= least)
        return;
    hb_verdict_say_too_few(session->blocks, comparisons, least, text, sizeof text);
    hb_say("%s", text);
}

/* On standard error, ahead of the runs. */
static void say_ahead(const struct hb_session *session)
{
    say_missing(session);
    say_too_few(session);
}

/* ---- until it is decided ---- */

/* "40.2s", by the blocks that were made just now; "?" where there are none. */
static struct hb_text time_of(const struct hb_session *session, uint32_t before, size_t blocks)
{
    const struct hb_text unknown = {"?"};
    const double made = (double)session->blocks - before;
    const double left = (double)blocks - session->blocks;
    return made > 0 ? hb_format_duration(session->workers_s / made * left) : unknown;
}

/* Why it goes on, and for how long at most. before: blocks that another process made. */
static void say_going_on(const struct hb_session *session, const struct hb_looks *looks,
                         uint32_t before, size_t open)
{
    const size_t next = hb_looks_next(looks, session->blocks);
    hb_say("%zu verdict%s open after %u runs: going on to %zu (%s), and to %zu at most (%s)", open,
           open == 1 ? " is" : "s are", session->blocks, next, time_of(session, before, next).text,
           looks->most, time_of(session, before, looks->most).text);
}

static int count_open(const struct hb_session *session, size_t *open, struct hb_err *err)
{
    struct hb_exec_judgement judgement;
    const int status = hb_exec_judge(session, &judgement, err);
    *open = status == 0 ? hb_exec_open(&judgement) : 0;
    hb_exec_judgement_free(&judgement);
    return status;
}

/* One stretch of blocks after another, each from look to look: what is there already is not made
 * again, and the order of blocks is the same as if all had been planned. */
static int measure_looks(struct exec *exec, const struct hb_exec_measuring *measuring,
                         struct hb_err *err)
{
    struct hb_session *session = &exec->session;
    const struct hb_looks looks = hb_exec_looks(session);
    const uint32_t before = hb_session_blocks_begun(session);
    size_t open = 1;
    session->blocks = (uint32_t)looks.first;
    /* A look that an earlier process went past is over: what it made since counts. */
    while (session->blocks < before && session->blocks < looks.most)
        session->blocks = (uint32_t)hb_looks_next(&looks, session->blocks);
    for (;;) {
        int status = hb_exec_measure(measuring, session, err);
        hb_progress_clear(&exec->progress);
        if (status == 0 && session->blocks < looks.most)
            status = count_open(session, &open, err);
        if (status != 0 || session->blocks >= looks.most || open == 0)
            return status;
        say_going_on(session, &looks, before, open);
        session->blocks = (uint32_t)hb_looks_next(&looks, session->blocks);
    }
}

/* ---- what comes out ---- */

/* What more runs might have decided. */
static void say_open(const struct hb_exec_judgement *judgement, bool is_quiet)
{
    const size_t open = hb_exec_open(judgement);
    const struct hb_looks *looks = &judgement->looks;
    const bool is_one = looks->first == looks->most && !judgement->session->point_count;
    if (open && is_one && !is_quiet && looks->most >= HB_SUMMARY_N_MIN)
        hb_say("%zu verdict%s open after %zu runs: --max-runs %zu goes on while one is", open,
               open == 1 ? " is" : "s are", looks->most, 3 * looks->most);
}

static int finish(struct exec *exec, bool whole, struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    struct hb_buf json = {0};
    int code = hb_assess(&exec->session, &by, &assessment, err);
    if (code == 0)
        code = hb_conclusion_write(&exec->files, &assessment, whole, &json, err);
    if (code == 0 && whole)
        say_open(&assessment.exec, exec->options.quiet);
    if (code == 0)
        code = hb_conclusion_exit_code(&assessment, false);
    hb_buf_free(&json);
    hb_assessment_free(&assessment);
    return code;
}

/* The runs so far are in the journal; what they say is shown. */
static void cut_off(struct exec *exec)
{
    struct hb_err ignored = {0};
    if (exec->session.run_count)
        (void)finish(exec, false, &ignored);
    hb_session_files_say_kept(&exec->files, &exec->session);
}

static int measure(struct exec *exec, struct hb_err *err)
{
    const struct hb_exec_measuring measuring = {
        .places = &exec->places,
        .observer = {.started = on_started, .finished = on_finished, .self = &exec->progress},
        .journal = exec->files.journal,
        .csv = exec->files.csv,
        .share_machine = hb_machine_is_shared(exec->options.share_machine),
    };
    hb_progress_init(&exec->progress, exec->options.quiet);
    int status = measure_looks(exec, &measuring, err);
    if (status == 0)
        status = hb_session_files_close_csv(&exec->files, err);
    if (status == 0)
        return finish(exec, true, err);
    cut_off(exec);
    return -1;
}

/* Up to the first look; how often it may look, and how much longer that is at most. */
static int print_plan(struct hb_session *session, struct hb_err *err)
{
    const struct hb_looks looks = hb_exec_looks(session);
    char more[256] = "";
    if (looks.first < looks.most)
        (void)snprintf(more, sizeof more,
                       "While a verdict that the answer weighs is open it goes on to %zu runs, and "
                       "so on, looking %zu times, to %zu at most: %.1f times as many.",
                       hb_looks_next(&looks, looks.first), hb_looks_number(&looks, looks.most),
                       looks.most, (double)looks.most / (double)looks.first);
    session->blocks = (uint32_t)looks.first;
    return hb_plan_report_exec(session, more, err);
}

static int run_exec(struct exec *exec, int argc, char **argv, struct hb_err *err)
{
    const bool is_new = !exec->options.resume;
    if (!is_new && (describes_program(exec) || exec->weigh || exec->max_runs))
        return hb_err_set(err, HB_ERR_USAGE, HB_RESUME_CHANGES_NOTHING);
    if (hb_places_find(&exec->places, err) != 0 || (is_new && prepare(exec, argc, argv, err) != 0))
        return -1;
    if (is_new && exec->options.dry_run && hb_session_files_check(&exec->options, err) != 0)
        return -1;
    if (is_new && exec->options.dry_run)
        return print_plan(&exec->session, err);
    if (is_new)
        say_ahead(&exec->session);
    const int status =
        hb_session_files_open(&exec->files, &exec->options, &exec->places, &exec->session, err);
    if (status == 0 && !is_new) /* of what the file has */
        say_ahead(&exec->session);
    return status ? status : measure(exec, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct exec exec = {/* too large for a small stack */
                               .options = {HB_MEASURE_DEFAULTS(NULL)},
                               .files = {HB_SESSION_FILES(HB_KIND_EXEC)}};
    const int parsed = hb_options_parse(&usage, argc, argv, &exec, err);
    const int code = parsed == 0 ? run_exec(&exec, argc, argv, err) : -1;
    hb_session_files_free(&exec.files);
    hb_session_free(&exec.session);
    hb_profile_free(&exec.profile);
    hb_words_free(&exec.command);
    hb_words_free(&exec.environment);
    return code;
}

HB_COMMAND_RUN(exec, "real programs under every allocator: which allocator to use for them");
