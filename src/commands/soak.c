/* `hakbench soak`: live processes of several allocators take turns for an hour; does throughput,
 * latency, memory and the number of system calls stay what it was?
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself. */
#include "run/soak.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "judge/soak_judge.h"
#include "report/soak_live.h"
#include "report/soak_report.h"
#include "report/table.h"
#include "report/voice.h"
#include "report/write_text.h"
#include "result/session_json.h"
#include "run/interrupt.h"
#include "run/session.h"
#include "session/arguments.h"
#include "session/budget_exit.h"
#include "session/machine_lock.h"
#include "session/measure_options.h"
#include "session/session_files.h"
#include "session/soak_assessment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUICK_MINUTES 2.0
#define QUICK_EPOCH_S 1.0
#define MINUTES_MAX   (60.0 * 24 * 30)
#define EPOCH_S_MIN   0.01
#define EPOCH_S_MAX   3600.0

struct options {
    struct hb_measure_options measure;
    const char *minutes, *seconds, *epoch, *control, *count, *memory_limit, *resume;
    bool strict;
};

/* One soak, from options to files. */
struct soak {
    struct options options;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
    struct hb_soak_live live;
    enum hb_soak_counting counting;
    char gap[96];
};

enum {
    KEY_SECONDS = 0x200,
    KEY_EPOCH,
    KEY_CONTROL,
    KEY_COUNT,
    KEY_MEMORY_LIMIT,
    KEY_FORCE,
    KEY_RESUME,
    KEY_STRICT
};

static const struct argp_option argp_options[] = {
    {"minutes", 'm', "N", 0, "Wall time of the whole soak (default: the profile's, 60)", 1},
    {"epoch", KEY_EPOCH, "TIME", 0, "What an epoch is aimed at, e.g. 5s (default: the profile's)",
     1},
    {"seconds", KEY_SECONDS, "N", 0,
     "With --runs: length of each run; every one is a fresh process", 1},
    {"control", KEY_CONTROL, "NAME", 0,
     "Allocator that shows what the machine did (default: the floor), or none", 1},
    {"count", KEY_COUNT, "auto|always|never", 0,
     "Count the live processes' memory system calls by the kernel (default: auto)", 1},
    {"memory-limit", KEY_MEMORY_LIMIT, "SIZE", 0,
     "End a process that grows past it (default: half of the machine's memory, or of "
     "the container's)",
     1},
    {"strict", KEY_STRICT, 0, 0, HB_BUDGET_STRICT_HELP, 3},
    {"force", KEY_FORCE, 0, 0, HB_MEASURE_FORCE_HELP, 3},
    {"resume", KEY_RESUME, "FILE", 0, "Go on with a soak that was cut off (its .jsonl)", 3},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->measure;
        return 0;
    case 'm':
        options->minutes = argument;
        return 0;
    case KEY_SECONDS:
        options->seconds = argument;
        return 0;
    case KEY_EPOCH:
        options->epoch = argument;
        return 0;
    case KEY_CONTROL:
        options->control = argument;
        return 0;
    case KEY_COUNT:
        options->count = argument;
        return 0;
    case KEY_MEMORY_LIMIT:
        options->memory_limit = argument;
        return 0;
    case KEY_STRICT:
        options->strict = true;
        return 0;
    case KEY_FORCE:
        options->measure.force = true;
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
    .doc = "Runs a workload for a long time in one process per allocator and says whether "
           "throughput, tail latency, memory and system calls stay what they were. The processes "
           "take turns, epoch by epoch, so that all meet the same hour.\v"
           "Examples:\n"
           "  hakbench soak --minutes 60\n"
           "  hakbench soak --minutes 5 --epoch 2s --allocators hakmem,mimalloc\n"
           "  hakbench soak --profile soak-phases --minutes 20\n"
           "  hakbench soak --runs 36 --seconds 100\n"
           "  hakbench soak --resume results/2026-11-24T10-00-00Z-soak.jsonl\n\n"
           "Exit status: 0 held and within budget, 1 a budget failed, 2 wrong usage, 3 some "
           "allocator failed or the soak is incomplete, 4 no budget could be told, or not each of "
           "them (--strict), 130 interrupted.",
};

/* ---- options ---- */

static int parse_number(const char *option, const char *text, double least, double most,
                        double *value, struct hb_err *err)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        return hb_err_set(err, HB_ERR_USAGE, "--%s %s: expected a number from %g to %g", option,
                          text, least, most);
    *value = number;
    return 0;
}

static int parse_epoch(const struct options *options, double *epoch_s, struct hb_err *err)
{
    uint64_t ns;
    if (!options->epoch)
        return 0;
    if (hb_unit_parse_duration(options->epoch, &ns, NULL) != 0 || (double)ns < EPOCH_S_MIN * 1e9 ||
        (double)ns > EPOCH_S_MAX * 1e9)
        return hb_err_set(err, HB_ERR_USAGE, "--epoch %s: expected 10ms to 3600s", options->epoch);
    *epoch_s = (double)ns / 1e9;
    return 0;
}

static int parse_count(const struct options *options, enum hb_soak_counting *counting,
                       struct hb_err *err)
{
    static const char *const words[] = {[HB_COUNTING_AUTO] = "auto",
                                        [HB_COUNTING_ALWAYS] = "always",
                                        [HB_COUNTING_NEVER] = "never"};
    for (int i = 0; options->count && i < 3; i++) {
        if (strcmp(options->count, words[i]) == 0) {
            *counting = (enum hb_soak_counting)i;
            return 0;
        }
    }
    return options->count ? hb_err_set(err, HB_ERR_USAGE,
                                       "--count %s: expected auto, always or never", options->count)
                          : 0;
}

static int check_options(const struct options *options, struct hb_err *err)
{
    const struct hb_measure_options *measure = &options->measure;
    if (measure->rigorous || measure->reference)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no meaning for a soak",
                          measure->rigorous ? "--rigorous" : "--reference");
    if (!measure->runs != !options->seconds)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--runs and --seconds go together: that many fresh processes, each that "
                          "long; --minutes is for one long-lived process each");
    if (measure->runs && (options->minutes || options->epoch))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--runs and --seconds say how long it takes: not --%s as well",
                          options->minutes ? "minutes" : "epoch");
    return 0;
}

/* The profile's soak section with the flags applied. */
static int apply_options(struct soak *soak, struct hb_err *err)
{
    const struct options *options = &soak->options;
    struct hb_profile_soak *section = &soak->profile.soak;
    if (options->measure.quick) {
        section->minutes = QUICK_MINUTES;
        section->epoch_s = QUICK_EPOCH_S;
    }
    if (options->minutes &&
        parse_number("minutes", options->minutes, 0.01, MINUTES_MAX, &section->minutes, err) != 0)
        return -1;
    if (options->seconds && parse_number("seconds", options->seconds, EPOCH_S_MIN, EPOCH_S_MAX,
                                         &section->epoch_s, err) != 0)
        return -1;
    if (options->control && strlen(options->control) >= sizeof section->control)
        return hb_err_set(err, HB_ERR_USAGE, "--control %s: too long", options->control);
    if (options->control)
        HB_COPY(section->control, strcmp(options->control, "none") == 0 ? "" : options->control);
    return parse_epoch(options, &section->epoch_s, err);
}

static int set_memory_limit(struct soak *soak, struct hb_err *err)
{
    uint64_t *limit = &soak->session.soak.memory_limit_bytes;
    const struct hb_host_info *host = &soak->session.host;
    const bool is_limited =
        host->memory_limit_bytes && host->memory_limit_bytes < host->memory_bytes;
    *limit = (is_limited ? host->memory_limit_bytes : host->memory_bytes) / 2;
    if (!soak->options.memory_limit)
        return 0;
    if (hb_unit_parse_bytes(soak->options.memory_limit, limit, NULL) != 0 || *limit == 0)
        return hb_err_set(err, HB_ERR_USAGE, "--memory-limit %s: expected a size such as 4GiB",
                          soak->options.memory_limit);
    return 0;
}

static void set_soak(struct soak *soak)
{
    struct hb_session *session = &soak->session;
    const struct hb_profile_soak *section = &session->profile->soak;
    session->soak.epoch_s = section->epoch_s;
    session->soak.duration_s = section->minutes * 60;
    session->soak.warmup_epochs = section->warmup_epochs;
    HB_COPY(session->soak.control, section->control);
    if (!soak->options.measure.runs)
        return;
    session->soak.fresh = true;
    session->soak.rounds = session->profile->runs;
    session->soak.duration_s =
        section->epoch_s * session->profile->runs * (double)session->allocator_count;
}

/* A turn for each is the least. */
static int check_time(const struct hb_session *session, struct hb_err *err)
{
    const struct hb_soak *settings = &session->soak;
    const double turn_s = settings->epoch_s * (double)session->allocator_count;
    if (settings->fresh || settings->duration_s >= turn_s)
        return 0;
    return hb_err_set(
        err, HB_ERR_USAGE,
        "%s are too short for %zu allocators with epochs of %s: one turn of all takes "
        "%s; take more --minutes or a shorter --epoch",
        hb_format_duration(settings->duration_s).text, session->allocator_count,
        hb_format_duration(settings->epoch_s).text, hb_format_duration(turn_s).text);
}

/* Everything that can be refused is refused here, before the first process. */
static int prepare(struct soak *soak, int argc, char **argv, struct hb_err *err)
{
    struct hb_measure_options *measure = &soak->options.measure;
    uint64_t seed;
    if (check_options(&soak->options, err) != 0 ||
        hb_measure_profile(measure, &soak->places, &soak->profile, err) != 0 ||
        apply_options(soak, err) != 0 || hb_measure_seed(measure, &seed, err) != 0 ||
        hb_setup_session(&soak->places, &soak->profile, measure->externals, measure->external_count,
                         seed, HB_KIND_SOAK, &soak->session, err) != 0 ||
        set_memory_limit(soak, err) != 0)
        return -1;
    set_soak(soak);
    if (check_time(&soak->session, err) != 0)
        return -1;
    soak->session.command_line = hb_command_line(argc, argv);
    return soak->session.command_line
               ? 0
               : hb_err_set(err, HB_ERR_SYSTEM, "no memory for the command line");
}

/* ---- going on ---- */

static void tell_gap(struct soak *soak)
{
    struct stat status;
    struct timespec now;
    double gap_s = 0;
    if (stat(soak->options.resume, &status) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0)
        gap_s = (double)(now.tv_sec - status.st_mtim.tv_sec) +
                (double)(now.tv_nsec - status.st_mtim.tv_nsec) / 1e9;
    (void)snprintf(soak->gap, sizeof soak->gap, "a fresh process, after a gap of %s",
                   hb_format_duration(gap_s > 0 ? gap_s : 0).text);
}

static int check_resumed(const struct soak *soak, struct hb_err *err)
{
    const struct options *options = &soak->options;
    if (options->minutes || options->seconds || options->epoch || options->control ||
        options->count || options->memory_limit)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--resume takes its plan from the file: no other option may change it");
    if (soak->session.kind != HB_KIND_SOAK)
        return hb_err_set(err, HB_ERR_USAGE, "%s is a %s, not a soak: hakbench %s --resume",
                          options->resume, hb_session_kind_names[soak->session.kind],
                          hb_session_kind_names[soak->session.kind]);
    return 0;
}

static int reopen(struct soak *soak, struct hb_err *err)
{
    struct hb_session_files *files = &soak->files;
    struct hb_session *session = &soak->session;
    tell_gap(soak);
    if (hb_session_files_resume(files, &soak->options.measure, soak->options.resume, session,
                                err) != 0 ||
        check_resumed(soak, err) != 0 || hb_setup_verify(&soak->places, session, err) != 0 ||
        hb_session_files_tell_differences(session, err) != 0)
        return -1;
    hb_say("%zu epochs of %s are there already", session->epoch_count, files->journal_path);
    return hb_session_files_resume_csv(files, &soak->options.measure, session, err);
}

/* ---- dry run ---- */

static int print_plan(const struct soak *soak)
{
    const struct hb_session *session = &soak->session;
    const struct hb_soak *settings = &session->soak;
    (void)printf("profile %s, workload %s, seed %llu, worker on CPU %s\n", session->profile_name,
                 session->workload, (unsigned long long)session->seed, session->host.cpus_used);
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (i != HB_PARAMETER_SEED && i != HB_PARAMETER_OPERATIONS)
            (void)printf("  %-14s %s\n", session->parameters[i].name, session->parameters[i].text);
    }
    (void)printf("allocators\n");
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        const char *role = strcmp(entry->label, settings->control) == 0 ? "control" : "judged";
        (void)printf("  %-18s %-9s %s%s%s\n", entry->label, role,
                     entry->missing_reason[0] ? "missing: " : "", entry->missing_reason,
                     entry->environment);
    }
    if (settings->fresh)
        (void)printf("%u runs of about %s each, every one a fresh process, in shuffled order\n",
                     settings->rounds, hb_format_duration(settings->epoch_s).text);
    else
        (void)printf("epochs of about %s, about %.0f for each allocator, in shuffled turns; the "
                     "first %u of a process are not judged\n",
                     hb_format_duration(settings->epoch_s).text,
                     settings->duration_s / settings->epoch_s / (double)session->allocator_count,
                     settings->warmup_epochs);
    (void)printf("expected time: %s%s\n", hb_format_duration(settings->duration_s).text,
                 settings->fresh ? " and start-up" : "");
    return 0;
}

/* ---- running ---- */

static void on_preparing(void *self, const struct hb_session *session, uint32_t allocator,
                         const char *what)
{
    struct soak *soak = self;
    hb_soak_live_note(&soak->live, session, allocator, what);
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_epoch *epoch)
{
    struct soak *soak = self;
    hb_soak_live_epoch(&soak->live, session, epoch);
}

static void on_counting(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                        size_t done, size_t total)
{
    struct soak *soak = self;
    (void)done;
    (void)total;
    hb_soak_live_note(&soak->live, session, job->allocator, "counting system calls");
}

static int write_result(struct soak *soak, const struct hb_soak_judgement *judgement,
                        enum hb_result_moment moment, struct hb_err *err)
{
    struct hb_buf json = {0};
    int status = hb_soak_assessment_json(judgement, &json, err);
    if (status == 0)
        status = hb_session_files_result(&soak->files, &json, moment, err);
    hb_buf_free(&json);
    return status;
}

/* Facts alone: what they say is computed anew on every read, and would cost more with every hour.
 */
static int write_facts(struct soak *soak, struct hb_err *err)
{
    struct hb_session session = {0};
    struct hb_buf json = {0};
    int status = hb_session_read(soak->files.journal_path, &session, err);
    if (status == 0)
        status = hb_json_finish(hb_session_to_json(&session, err), false, &json, err);
    if (status == 0)
        status = hb_session_files_result(&soak->files, &json, HB_RESULT_ON_THE_WAY, err);
    hb_buf_free(&json);
    hb_session_free(&session);
    return status;
}

/* In a process of its own, so that this one does not grow. It is told in a line when it fails: the
 * journal has everything, and the disk may have room again the next time. */
static int on_snapshot(void *self, const struct hb_session *session, struct hb_err *err)
{
    struct soak *soak = self;
    (void)session;
    (void)err;
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        struct hb_err problem = {0};
        hb_child_end_with(parent); /* it holds the journal's lock */
        const int status = write_facts(soak, &problem);
        if (status != 0)
            hb_say("%s", problem.message);
        _exit(status == 0 ? 0 : 1);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
    return 0;
}

/* Every epoch is in the journal alone. */
static int read_back(struct soak *soak, struct hb_err *err)
{
    struct hb_session session = {0};
    if (hb_session_read(soak->files.journal_path, &session, err) != 0)
        return -1;
    session.partial = soak->session.partial;
    session.harness_s = soak->session.harness_s;
    session.workers_s = soak->session.workers_s;
    session.host = soak->session.host;
    HB_COPY(session.ended_at, soak->session.ended_at);
    hb_session_free(&soak->session);
    soak->session = session;
    return 0;
}

/* A pass that counts system calls first, then the soak. */
static int measure(struct soak *soak, struct hb_err *err)
{
    struct hb_session *session = &soak->session;
    const struct hb_session_run counting = {
        .places = &soak->places,
        .launcher = hb_launcher_real(),
        .observer = {.started = on_counting, .self = soak},
        .journal = soak->files.journal,
    };
    struct hb_soak_run run = {
        .places = &soak->places,
        .stage = hb_stage_real(),
        .observer = {on_preparing, on_finished, on_snapshot, soak},
        .journal = soak->files.journal,
        .csv = soak->files.csv,
        .counting = soak->counting,
        .gap = soak->options.resume ? soak->gap : NULL,
    };
    hb_soak_live_init(&soak->live, session, soak->options.measure.quiet);
    const uint64_t started_ns = hb_clock_boottime_ns();
    int status = hb_session_run(&counting, session, err);
    run.spent_s = (double)(hb_clock_boottime_ns() - started_ns) / 1e9;
    if (status == 0)
        status = hb_soak_run(&run, session, err);
    hb_stage_close(&run.stage);
    hb_soak_live_close(&soak->live);
    return read_back(soak, status == 0 ? err : &(struct hb_err){0}) == 0 ? status : -1;
}

/* ---- what comes out ---- */

static int print_report(const struct soak *soak, const struct hb_soak_judgement *judgement,
                        struct hb_err *err)
{
    FILE *stream = hb_session_files_take_stdout(&soak->files) ? stderr : stdout;
    struct hb_doc doc = {0};
    hb_soak_report(judgement, &doc);
    const int status = hb_doc_print(&doc, false, stream, err);
    hb_doc_free(&doc);
    return status;
}

static void say_kept(const struct soak *soak)
{
    hb_say("%zu epochs are kept; go on with: hakbench soak --resume %s", soak->session.epoch_count,
           soak->files.journal_path);
}

/* whole: the time is up, and the JSON takes the journal's place. */
static int finish(struct soak *soak, bool whole, struct hb_err *err)
{
    struct hb_soak_judgement judgement;
    int status = hb_soak_assess(&soak->session, NULL, false, &judgement, err);
    if (status == 0)
        status = print_report(soak, &judgement, err);
    if (status == 0)
        status = write_result(soak, &judgement, whole ? HB_RESULT_WHOLE : HB_RESULT_CUT_OFF, err);
    if (status == 0)
        hb_say("%s, %s", soak->files.json_path, soak->files.csv_path);
    else if (whole && soak->files.journal)
        say_kept(soak);
    const int code = status == 0 ? hb_soak_exit_code(&judgement, soak->options.strict) : -1;
    hb_soak_judgement_free(&judgement);
    return code;
}

/* The epochs so far are in the journal; what they say is shown. */
static int cut_off(struct soak *soak, struct hb_err *err)
{
    struct hb_err ignored = {0};
    if (soak->session.epoch_count)
        (void)finish(soak, false, &ignored);
    say_kept(soak);
    return err->kind ? -1 : HB_EXIT_INCOMPLETE;
}

static int measure_and_tell(struct soak *soak, struct hb_err *err)
{
    hb_interrupt_install();
    if (measure(soak, err) != 0 || hb_session_files_close_csv(&soak->files, err) != 0)
        return cut_off(soak, err);
    return finish(soak, true, err);
}

static int run_soak(struct soak *soak, int argc, char **argv, struct hb_err *err)
{
    if (hb_places_find(&soak->places, err) != 0 ||
        parse_count(&soak->options, &soak->counting, err) != 0)
        return -1;
    if (soak->options.resume)
        return reopen(soak, err) != 0 ? -1 : measure_and_tell(soak, err);
    if (prepare(soak, argc, argv, err) != 0)
        return -1;
    if (soak->options.measure.dry_run)
        return print_plan(soak);
    if (hb_session_files_create(&soak->files, &soak->options.measure, &soak->session, err) != 0)
        return -1;
    return measure_and_tell(soak, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct soak soak; /* too large for a small stack */
    hb_measure_defaults(&soak.options.measure);
    soak.options.measure.profile = "soak";
    hb_session_files_init(&soak.files, true);
    if (hb_argp_parse(&argp, argc, argv, &soak.options, err) != 0)
        return -1;
    const int code = run_soak(&soak, argc, argv, err);
    hb_session_files_free(&soak.files);
    hb_session_free(&soak.session);
    hb_profile_free(&soak.profile);
    return code;
}

const struct hb_command hb_command_soak = {
    .name = "soak",
    .summary = "run for an hour: does it hold?",
    .run = run,
};
