/* `hakbench rebase`: measures every allocator afresh under the same conditions, says what came
 * out, and pins it as the baseline.
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself. */
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "report/progress.h"
#include "report/table.h"
#include "report/voice.h"
#include "report/write_text.h"
#include "result/session_json.h"
#include "run/interrupt.h"
#include "run/session.h"
#include "session/arguments.h"
#include "session/assessment.h"
#include "session/baseline.h"
#include "session/budget_exit.h"
#include "session/machine_lock.h"
#include "session/measure_options.h"
#include "session/scorecard.h"
#include "session/session_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct hb_measure_options measure;
    const char *resume;
    bool no_pin, strict;
};

/* One rebase, from options to files. */
struct rebase {
    struct options options;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
    struct hb_progress progress;
};

enum { KEY_NO_PIN = 0x200, KEY_FORCE, KEY_RESUME, KEY_STRICT };

static const struct argp_option argp_options[] = {
    {"no-pin", KEY_NO_PIN, 0, 0, "Only measure: leave baseline and scorecard as they are", 3},
    {"force", KEY_FORCE, 0, 0,
     "Pin even what is too noisy, partial or not the profile itself; write over what --json and "
     "--csv name",
     3},
    {"strict", KEY_STRICT, 0, 0, HB_BUDGET_STRICT_HELP, 3},
    {"resume", KEY_RESUME, "FILE", 0, "Finish a session that was cut off (its .jsonl)", 3},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->measure;
        return 0;
    case KEY_NO_PIN:
        options->no_pin = true;
        return 0;
    case KEY_FORCE:
        options->measure.force = true;
        return 0;
    case KEY_STRICT:
        options->strict = true;
        return 0;
    case KEY_RESUME:
        options->resume = argument;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&hb_measure_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .doc = "Measures every allocator afresh under the same conditions: interleaved blocks in "
           "shuffled order, a fresh process each, the harness's own cost beside them. Prints "
           "speed, memory and system calls, and pins the result as the new baseline.\v"
           "Examples:\n"
           "  hakbench rebase --runs 10\n"
           "  hakbench rebase --profile mixed-10k --allocators hakmem,mimalloc\n"
           "  hakbench rebase --allocator mine=/opt/lib/libmine.so --no-pin\n"
           "  hakbench rebase --quick --set working_set=2000\n\n"
           "Exit status: 0 done and within budget, 1 a budget failed, 2 wrong usage, 3 some job "
           "failed or the session is incomplete, 4 no budget could be told, or not each of them "
           "(--strict), 130 interrupted.",
};

/* ---- the session ---- */

/* Everything that can be refused is refused here, before the first job. */
static int prepare(struct rebase *rebase, int argc, char **argv, struct hb_err *err)
{
    struct hb_measure_options *measure = &rebase->options.measure;
    uint64_t seed;
    if (hb_measure_profile(measure, &rebase->places, &rebase->profile, err) != 0 ||
        hb_measure_seed(measure, &seed, err) != 0)
        return -1;
    if (hb_setup_session(&rebase->places, &rebase->profile, measure->externals,
                         measure->external_count, seed, HB_KIND_REBASE, &rebase->session, err) != 0)
        return -1;
    rebase->session.command_line = hb_command_line(argc, argv);
    return rebase->session.command_line
               ? 0
               : hb_err_set(err, HB_ERR_SYSTEM, "no memory for the command line");
}

/* Whether the flags of the session that was cut off changed what its profile says, as
 * measure->touched tells of a new one. The number of runs may differ; what cannot be told did. */
static bool was_touched(const struct rebase *rebase)
{
    const struct hb_session *session = &rebase->session;
    const char *const folders[] = {rebase->places.profiles};
    struct hb_profile profile = {0};
    struct hb_err ignored = {0};
    if (hb_profile_load(session->profile_name, folders, 1, &profile, &ignored) != 0)
        return true;
    profile.runs = session->blocks;
    bool touched = !session->profile || !hb_profile_is_same(&profile, session->profile);
    for (size_t i = 0; i < session->allocator_count; i++) { /* --allocator NAME=PATH */
        const struct hb_allocator_entry *entry = &session->allocators[i];
        bool listed = entry->role != HB_ROLE_SUBJECT;
        for (size_t j = 0; j < profile.allocator_count && !listed; j++)
            listed = strcmp(entry->label, profile.allocators[j]) == 0;
        touched |= !listed;
    }
    hb_profile_free(&profile);
    return touched;
}

static int check_kind(const struct rebase *rebase, struct hb_err *err)
{
    if (rebase->session.kind != HB_KIND_SOAK)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "%s is a soak: hakbench soak --resume",
                      rebase->options.resume);
}

static int reopen(struct rebase *rebase, struct hb_err *err)
{
    struct hb_session_files *files = &rebase->files;
    if (hb_session_files_resume(files, &rebase->options.measure, rebase->options.resume,
                                &rebase->session, err) != 0 ||
        check_kind(rebase, err) != 0 ||
        hb_setup_verify(&rebase->places, &rebase->session, err) != 0 ||
        hb_session_files_tell_differences(&rebase->session, err) != 0)
        return -1;
    rebase->options.measure.results = files->folder;
    rebase->options.measure.touched = was_touched(rebase);
    hb_say("%zu jobs of %s are there already", rebase->session.job_count, files->journal_path);
    return hb_session_files_resume_csv(files, &rebase->options.measure, &rebase->session, err);
}

/* ---- dry run ---- */

/* Seconds of one job: as long as in the last baseline, else 20 ns an operation and start-up. */
static double guess_job_s(const struct rebase *rebase, bool *from_baseline)
{
    struct hb_session baseline = {0};
    struct hb_err ignored = {0};
    double seconds = 0;
    size_t count = 0;
    if (hb_baseline_read(rebase->options.measure.results, rebase->session.profile_name, &baseline,
                         &ignored) == 1) {
        for (size_t i = 0; i < baseline.job_count; i++) {
            seconds += baseline.jobs[i].wall_s;
            count++;
        }
    }
    hb_session_free(&baseline);
    *from_baseline = count > 0;
    if (count)
        return seconds / (double)count;
    return 0.05 + 20e-9 * (double)rebase->session.parameters[0].value;
}

static int print_plan(const struct rebase *rebase, struct hb_err *err)
{
    const struct hb_session *session = &rebase->session;
    struct hb_plan plan;
    bool from_baseline;
    if (hb_plan_build(session, &plan, err) != 0)
        return -1;
    (void)printf("profile %s, workload %s, %u blocks, seed %llu, worker on CPU %s\n",
                 session->profile_name, session->workload, session->blocks,
                 (unsigned long long)session->seed, session->host.cpus_used);
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (i != HB_PARAMETER_SEED)
            (void)printf("  %-14s %s\n", session->parameters[i].name, session->parameters[i].text);
    }
    (void)printf("allocators\n");
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        (void)printf("  %-18s %-9s %s%s%s\n", entry->label, hb_role_names[entry->role],
                     entry->missing_reason[0] ? "missing: " : "", entry->missing_reason,
                     entry->environment);
    }
    (void)printf("%zu jobs in this order\n", plan.job_count);
    for (size_t i = 0; i < plan.job_count; i++) {
        const struct hb_plan_job *job = &plan.jobs[i];
        const bool first =
            i == 0 || plan.jobs[i - 1].block != job->block || plan.jobs[i - 1].kind != job->kind;
        if (first && job->kind == HB_JOB_COUNTED)
            (void)printf("  count    ");
        else if (first)
            (void)printf("\n  block %-2u ", job->block + 1);
        (void)printf(" %s", session->allocators[job->allocator].label);
    }
    const double job_s = guess_job_s(rebase, &from_baseline);
    (void)printf("\nexpected time: about %s (%s)\n",
                 hb_format_duration(job_s * (double)plan.job_count).text,
                 from_baseline ? "from the last baseline" : "a guess: 20 ns an operation");
    hb_plan_free(&plan);
    return 0;
}

/* The speed of a workload that sleeps is not compared. */
static bool has_speed(const struct rebase *rebase)
{
    struct hb_err ignored = {0};
    struct hb_workload_info *info = calloc(1, sizeof *info);
    const bool is_paced =
        info &&
        hb_catalog_workload(&rebase->places, rebase->session.workload, info, &ignored) == 0 &&
        info->is_paced;
    free(info);
    return !is_paced;
}

/* What cannot be decided by so many runs is said before they are made. */
static void say_too_few(const struct rebase *rebase)
{
    const struct hb_session *session = &rebase->session;
    char text[128];
    size_t comparisons = 0;
    for (size_t i = 0; i < session->allocator_count; i++)
        comparisons += session->allocators[i].role == HB_ROLE_SUBJECT &&
                       !session->allocators[i].missing_reason[0];
    const size_t least = hb_verdict_pairs_least(comparisons);
    if (comparisons == 0 || session->blocks >= least || !has_speed(rebase))
        return;
    hb_verdict_say_too_few(session->blocks, comparisons, least, text, sizeof text);
    (void)fprintf(stderr, "hakbench: %s\n", text);
}

/* ---- running ---- */

static void on_started(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                       size_t done, size_t total)
{
    struct rebase *rebase = self;
    char what[160];
    if (job->kind == HB_JOB_COUNTED)
        (void)snprintf(what, sizeof what, "%s, counting system calls",
                       session->allocators[job->allocator].label);
    else
        (void)snprintf(what, sizeof what, "%s, run %u of %u",
                       session->allocators[job->allocator].label, job->block + 1, session->blocks);
    hb_progress_show(&rebase->progress, done, total, what,
                     hb_session_seconds_left(session, done, total));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_job *job)
{
    struct rebase *rebase = self;
    if (job->status == HB_STATUS_OK)
        return;
    hb_progress_clear(&rebase->progress);
    hb_say("%s: %s: %s", session->allocators[job->allocator].label,
           hb_job_status_names[job->status], job->reason);
}

static int measure(struct rebase *rebase, struct hb_err *err)
{
    const struct hb_session_run run = {
        .places = &rebase->places,
        .launcher = hb_launcher_real(),
        .observer = {on_started, on_finished, rebase},
        .journal = rebase->files.journal,
        .csv = rebase->files.csv,
        .share_machine = hb_machine_is_shared(rebase->options.measure.share_machine),
    };
    hb_progress_init(&rebase->progress, rebase->options.measure.quiet);
    const int status = hb_session_run(&run, &rebase->session, err);
    hb_progress_clear(&rebase->progress);
    return status;
}

/* ---- what comes out ---- */

static int print_report(const struct rebase *rebase, const struct hb_assessment *assessment,
                        struct hb_err *err)
{
    /* Data asked for on standard output keeps it for itself. */
    FILE *stream = hb_session_files_take_stdout(&rebase->files) ? stderr : stdout;
    struct hb_doc doc = {0};
    const struct hb_report_view view = hb_assessment_view(assessment);
    hb_rebase_report(&view, &doc);
    const int status = hb_doc_print(&doc, false, stream, err);
    hb_doc_free(&doc);
    return status;
}

static int pin(const struct rebase *rebase, const struct hb_assessment *assessment,
               const struct hb_buf *json, struct hb_err *err)
{
    const struct hb_session *session = &rebase->session;
    const char *folder = rebase->options.measure.results;
    char text[256], path[HB_PATH_MAX];
    const char *objection = hb_baseline_objection(
        &assessment->judgement, hb_session_profile(session)->noise_floor_limit_percent,
        rebase->options.measure.touched,
        hb_machine_is_shared(rebase->options.measure.share_machine), text, sizeof text);
    if (hb_baseline_path(folder, session->profile_name, path, err) != 0)
        return -1;
    if (objection && !rebase->options.measure.force) {
        hb_say("not pinned: %s; --force pins it all the same", objection);
        return 0;
    }
    if (hb_baseline_pin(folder, session->profile_name, json, err) != 0 ||
        hb_scorecard_write(folder, err) != 0)
        return -1;
    hb_say("pinned %s; scorecard %s/SCORECARD.md", path, folder);
    return 0;
}

static int exit_code(const struct hb_assessment *assessment, bool strict)
{
    if (!hb_judgement_complete(&assessment->judgement))
        return HB_EXIT_INCOMPLETE;
    const struct hb_budget_tally tally = hb_assessment_tally(assessment);
    const int code = hb_budget_exit_code(&tally, strict);
    if (!strict || code != HB_EXIT_OK || !assessment->judgement.is_doubtful)
        return code;
    hb_say("--strict: the session is not to be believed");
    return HB_EXIT_INCONCLUSIVE;
}

/* A baseline that cannot be read is worth a warning, not the session that was just measured. */
static int read_baseline(const struct rebase *rebase, struct hb_session *baseline)
{
    struct hb_err unreadable = {0};
    const int found = hb_baseline_read(rebase->options.measure.results,
                                       rebase->session.profile_name, baseline, &unreadable);
    if (found < 0)
        hb_say("the baseline is left out: %s", unreadable.message);
    return found;
}

static void say_kept(const struct rebase *rebase)
{
    hb_say("%zu of %u jobs are kept; go on with: hakbench rebase --resume %s",
           rebase->session.job_count, rebase->session.jobs_planned, rebase->files.journal_path);
}

static int finish(struct rebase *rebase, bool whole, struct hb_err *err)
{
    struct hb_session baseline = {0};
    struct hb_assessment assessment;
    struct hb_buf json = {0};
    const int found = read_baseline(rebase, &baseline);
    int status = hb_assess(&rebase->session, found == 1 ? &baseline : NULL, &assessment, err);
    if (status != 0) {
        hb_session_free(&baseline);
        return -1;
    }
    status = print_report(rebase, &assessment, err);
    if (whole && status == 0)
        status = hb_assessment_json(&assessment, &json, err);
    if (whole && status == 0)
        status = hb_session_files_result(&rebase->files, &json, HB_RESULT_WHOLE, err);
    if (whole && status == 0 && !rebase->options.no_pin)
        status = pin(rebase, &assessment, &json, err);
    if (whole && status == 0)
        hb_say("%s, %s", rebase->files.json_path, rebase->files.csv_path);
    if (whole && status != 0 && rebase->files.journal)
        say_kept(rebase);
    const int code = exit_code(&assessment, rebase->options.strict);
    hb_buf_free(&json);
    hb_assessment_free(&assessment);
    hb_session_free(&baseline);
    return status == 0 ? code : -1;
}

/* The jobs so far are in the journal; what they say is shown. */
static int cut_off(struct rebase *rebase, struct hb_err *err)
{
    struct hb_err ignored = {0};
    if (rebase->session.job_count)
        (void)finish(rebase, false, &ignored);
    say_kept(rebase);
    return err->kind ? -1 : HB_EXIT_INCOMPLETE;
}

static int measure_and_tell(struct rebase *rebase, struct hb_err *err)
{
    hb_interrupt_install();
    if (measure(rebase, err) != 0 || hb_session_files_close_csv(&rebase->files, err) != 0)
        return cut_off(rebase, err);
    return finish(rebase, true, err);
}

static void close_all(struct rebase *rebase)
{
    hb_session_files_free(&rebase->files);
    hb_session_free(&rebase->session);
    hb_profile_free(&rebase->profile);
}

static int run_rebase(struct rebase *rebase, int argc, char **argv, struct hb_err *err)
{
    if (hb_places_find(&rebase->places, err) != 0)
        return -1;
    if (rebase->options.resume)
        return reopen(rebase, err) != 0 ? -1 : measure_and_tell(rebase, err);
    if (prepare(rebase, argc, argv, err) != 0)
        return -1;
    say_too_few(rebase);
    if (rebase->options.measure.dry_run)
        return print_plan(rebase, err);
    if (hb_session_files_create(&rebase->files, &rebase->options.measure, &rebase->session, err))
        return -1;
    return measure_and_tell(rebase, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct rebase rebase; /* too large for a small stack */
    hb_session_files_init(&rebase.files, false);
    hb_measure_defaults(&rebase.options.measure);
    if (hb_argp_parse(&argp, argc, argv, &rebase.options, err) != 0)
        return -1;
    const int code = run_rebase(&rebase, argc, argv, err);
    close_all(&rebase);
    return code;
}

const struct hb_command hb_command_rebase = {
    .name = "rebase",
    .summary = "measure all allocators afresh and pin the baseline",
    .run = run,
};
