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
#include "report/progress.h"
#include "result/session_json.h"
#include "run/session.h"
#include "session/conclusion.h"
#include "session/measuring.h"
#include "session/output.h"
#include "session/plan_report.h"
#include "session/session_files.h"
#include "stats/trend.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
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

/* One soak, from options to files. Numbers are 0 where they were not given. */
struct soak {
    struct hb_measure_options options;
    double minutes, seconds, epoch_s;
    const char *control;
    int counting; /* enum hb_soak_counting */
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
    struct hb_soak_live live;
    char gap[96];
};

static int read_epoch(void *field, const char *argument, struct hb_err *err)
{
    double *epoch_s = field;
    uint64_t ns;
    *epoch_s = 0;
    if (hb_unit_parse_duration(argument, &ns, NULL) == 0)
        *epoch_s = (double)ns / 1e9;
    return *epoch_s >= EPOCH_S_MIN && *epoch_s <= EPOCH_S_MAX
               ? 0
               : hb_err_set(err, HB_ERR_USAGE, "--epoch %s: expected 10ms to 3600s", argument);
}

static const char *const countings[] = {[HB_COUNTING_AUTO] = "auto",
                                        [HB_COUNTING_ALWAYS] = "always",
                                        [HB_COUNTING_NEVER] = "never",
                                        NULL};

static const struct hb_option own_options[] = {
    HB_PROFILE_OPTION(struct soak, "soak"),
    {"quick", HB_AS_FLAG(struct soak, options.quick), .group = 1,
     .help = "Two minutes, in epochs of a second: a first look"},
    {"minutes", HB_AS_NUMBER(struct soak, minutes, "N", 0.01, MINUTES_MAX), .letter = 'm',
     .group = 1, .help = "Wall time of the whole soak (default: the profile's, 60)"},
    {"epoch", HB_AS_READ(struct soak, epoch_s, "TIME", read_epoch), .group = 1,
     .help = "Intended length of an epoch, e.g. 5s (default: the profile's, shorter in a short "
             "soak)"},
    {"seconds", HB_AS_NUMBER(struct soak, seconds, "N", EPOCH_S_MIN, EPOCH_S_MAX), .group = 1,
     .help = "With --runs: length of each run; every one is a fresh process"},
    {"control", HB_AS_TEXT(struct soak, control, "NAME"), .group = 1,
     .help = "Allocator that shows what the machine did (default: the floor), or none"},
    {"count", HB_AS_WORD(struct soak, counting, "auto|always|never", countings), .group = 1,
     .help = "Count the live processes' memory system calls by the kernel (default: auto)"},
    {"force", HB_AS_FLAG(struct soak, options.force), .group = 3, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_profile, offsetof(struct soak, options)},
               {hb_options_measure, offsetof(struct soak, options)},
               {hb_options_choice, offsetof(struct soak, options)},
               {hb_options_runs, offsetof(struct soak, options)},
               {hb_options_kept, offsetof(struct soak, options)},
               {hb_options_naming, offsetof(struct soak, options.naming)}},
    .doc = "Runs a workload for a long time in one process per allocator and says whether "
           "throughput, tail latency, memory and system calls stay constant. The processes take "
           "turns, epoch by epoch, so that all run through the same hour.\v"
           "Examples:\n"
           "  hakbench soak --minutes 60\n"
           "  hakbench soak --minutes 5 --epoch 2s --allocators hakmem,mimalloc\n"
           "  hakbench soak --profile soak-phases --minutes 20\n"
           "  hakbench soak --runs 6 --seconds 10\n"
           "  hakbench soak --resume results/2026-11-24T10-00-00Z-soak.jsonl\n\n"
           "Exit status: 0 held and within budget, 1 a budget failed, 2 wrong usage, 3 some "
           "allocator failed or the soak is incomplete, 4 no budget is known, or (--strict) not "
           "each of them, 130 interrupted.",
};

/* ---- options ---- */

static int check_options(const struct soak *soak, struct hb_err *err)
{
    const bool has_runs = soak->options.runs > 0;
    if (has_runs != (soak->seconds > 0))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--runs and --seconds go together: that many fresh processes, each that "
                          "long; --minutes is for one long-lived process each");
    if (has_runs && (soak->minutes > 0 || soak->epoch_s > 0))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--runs and --seconds say how long it takes: not --%s as well",
                          soak->minutes > 0 ? "minutes" : "epoch");
    return 0;
}

/* The profile's soak section with the flags applied. */
static int apply_options(struct soak *soak, struct hb_err *err)
{
    struct hb_profile_soak *section = &soak->profile.soak;
    if (soak->options.quick) {
        section->minutes = QUICK_MINUTES;
        section->epoch_s = QUICK_EPOCH_S;
    }
    if (soak->minutes > 0)
        section->minutes = soak->minutes;
    if (soak->seconds > 0)
        section->epoch_s = soak->seconds;
    if (soak->epoch_s > 0)
        section->epoch_s = soak->epoch_s;
    if (soak->control && strlen(soak->control) >= sizeof section->control)
        return hb_err_set(err, HB_ERR_USAGE, "--control %s: too long", soak->control);
    if (soak->control)
        HB_COPY(section->control, strcmp(soak->control, "none") == 0 ? "" : soak->control);
    return 0;
}

/* An hour must not end with the machine out of memory. */
static void set_memory_limit(struct soak *soak)
{
    const struct hb_host_info *host = &soak->session.host;
    const uint64_t own = soak->session.profile->memory_limit_bytes;
    const bool is_limited =
        host->memory_limit_bytes && host->memory_limit_bytes < host->memory_bytes;
    soak->session.soak.memory_limit_bytes =
        own ? own : (is_limited ? host->memory_limit_bytes : host->memory_bytes) / 2;
}

static void set_soak(struct soak *soak)
{
    struct hb_session *session = &soak->session;
    const struct hb_profile_soak *section = &session->profile->soak;
    session->soak.epoch_s = section->epoch_s;
    session->soak.duration_s = section->minutes * 60;
    session->soak.warmup_epochs = section->warmup_epochs;
    HB_COPY(session->soak.control, section->control);
    if (!soak->options.runs)
        return;
    session->soak.fresh = true;
    session->soak.rounds = session->profile->runs;
    session->soak.duration_s =
        section->epoch_s * session->profile->runs * (double)session->allocator_count;
}

/* Of the time, for the epochs: counting passes, starts and drains take the rest of a short soak. */
#define EPOCHS_SHARE 0.4

/* What can be read again: 256 MiB, and an epoch takes 1.6 to 3.5 kB. */
#define EPOCHS_MAX ((unsigned)(HB_RESULT_BYTES_MAX / 4096))

static_assert(HB_SOAK_EPOCHS_NEEDED == HB_TREND_N_MIN, "a soak has the epochs that a drift takes");

/* Epochs that follow the time must be enough for a drift; of a given length, a turn for each. */
static int check_time(const struct soak *soak, struct hb_err *err)
{
    const struct hb_soak *settings = &soak->session.soak;
    const double epochs = settings->duration_s / settings->epoch_s;
    const size_t count = soak->session.allocator_count;
    const double turn_s = settings->epoch_s * (double)count;
    const double shortest_s = HB_SOAK_EPOCH_SHORTEST_S * (double)count *
                              (settings->warmup_epochs + HB_SOAK_EPOCHS_NEEDED) / EPOCHS_SHARE;
    if (epochs > EPOCHS_MAX)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s with epochs of %s are %.0f epochs, and a result holds %u: take "
                          "epochs of %s or longer, or less time",
                          hb_format_duration(settings->duration_s).text,
                          hb_format_duration(settings->epoch_s).text, epochs, EPOCHS_MAX,
                          hb_format_duration(settings->duration_s / EPOCHS_MAX).text);
    if (settings->fresh)
        return 0;
    if (soak->epoch_s > 0 && settings->duration_s < turn_s)
        return hb_err_set(
            err, HB_ERR_USAGE,
            "%s are too short for %zu allocators with epochs of %s: one turn of all takes "
            "%s; take more --minutes or a shorter --epoch",
            hb_format_duration(settings->duration_s).text, count,
            hb_format_duration(settings->epoch_s).text, hb_format_duration(turn_s).text);
    if (!(soak->epoch_s > 0) && settings->duration_s < shortest_s)
        return hb_err_set(
            err, HB_ERR_USAGE,
            "--minutes %g is too short for %zu allocators: a drift takes %u epochs of "
            "each after %u of warm-up; take --minutes %.2g or more, or fewer "
            "--allocators",
            settings->duration_s / 60, count, HB_SOAK_EPOCHS_NEEDED, settings->warmup_epochs,
            ceil(shortest_s / 60 * 100) / 100);
    return 0;
}

/* Everything that can be refused is refused here, before the first process. */
static int prepare(struct soak *soak, int argc, char **argv, struct hb_err *err)
{
    if (check_options(soak, err) != 0 ||
        hb_measure_profile(&soak->options, &soak->places, &soak->profile, err) != 0 ||
        apply_options(soak, err) != 0 ||
        hb_measure_session(&soak->options, &soak->places, &soak->profile, HB_KIND_SOAK, argc, argv,
                           &soak->session, err) != 0)
        return -1;
    set_memory_limit(soak);
    set_soak(soak);
    return check_time(soak, err);
}

/* ---- going on ---- */

/* Since the last line of the journal, which is written to when it is opened. */
static void measure_gap(struct soak *soak, const struct timespec *last)
{
    struct timespec now;
    double gap_s = 0;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0)
        gap_s = (double)(now.tv_sec - last->tv_sec) + (double)(now.tv_nsec - last->tv_nsec) / 1e9;
    (void)snprintf(soak->gap, sizeof soak->gap, "a fresh process, after a gap of %s",
                   hb_format_duration(gap_s > 0 ? gap_s : 0).text);
}

static bool changes_plan(const struct soak *soak)
{
    return soak->minutes > 0 || soak->seconds > 0 || soak->epoch_s > 0 || soak->control ||
           soak->counting;
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

/* In a process of its own, so that this one does not grow. A line says when it fails: the journal
 * has everything, and the disk may have room again the next time. */
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
    int status = -1;
    if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
        hb_session_files_own_result(&soak->files);
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
        .counting = (enum hb_soak_counting)soak->counting,
        .epoch_follows = !(soak->epoch_s > 0),
        .gap = soak->options.resume ? soak->gap : NULL,
    };
    hb_soak_live_init(&soak->live, session, soak->options.quiet);
    const uint64_t started_ns = hb_clock_boottime_ns();
    int status = hb_session_measure(&counting, session, err);
    run.spent_s = (double)(hb_clock_boottime_ns() - started_ns) / 1e9;
    if (status == 0)
        status = hb_soak_measure(&run, session, err);
    hb_stage_close(&run.stage);
    hb_soak_live_close(&soak->live);
    return read_back(soak, status == 0 ? err : &(struct hb_err){0}) == 0 ? status : -1;
}

/* ---- what comes out ---- */

/* whole: the time is up, and the JSON takes the journal's place. */
static int finish(struct soak *soak, bool whole, struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    struct hb_buf json = {0};
    int code = hb_assess(&soak->session, &by, &assessment, err);
    if (code == 0)
        code = hb_conclusion_write(&soak->files, &assessment, whole, &json, err);
    if (code == 0)
        code = hb_conclusion_exit_code(&assessment, soak->options.strict);
    hb_buf_free(&json);
    hb_assessment_free(&assessment);
    return code;
}

/* The epochs so far are in the journal; what they say is shown. */
static int cut_off(struct soak *soak, struct hb_err *err)
{
    struct hb_err ignored = {0};
    if (soak->session.epoch_count)
        (void)finish(soak, false, &ignored);
    hb_session_files_say_kept(&soak->files, &soak->session);
    return err->kind ? -1 : HB_EXIT_INCOMPLETE;
}

static int measure_and_finish(struct soak *soak, struct hb_err *err)
{
    if (measure(soak, err) != 0 || hb_session_files_close_csv(&soak->files, err) != 0)
        return cut_off(soak, err);
    return finish(soak, true, err);
}

static int run_soak(struct soak *soak, int argc, char **argv, struct hb_err *err)
{
    const bool is_new = !soak->options.resume;
    if (!is_new && changes_plan(soak))
        return hb_err_set(err, HB_ERR_USAGE, HB_RESUME_CHANGES_NOTHING);
    if (hb_places_find(&soak->places, err) != 0 || (is_new && prepare(soak, argc, argv, err) != 0))
        return -1;
    if (is_new && soak->options.dry_run && hb_session_files_check(&soak->options, err) != 0)
        return -1;
    if (is_new && soak->options.dry_run)
        return hb_plan_report_soak(&soak->session, err);
    struct stat left = {0};
    if (!is_new)
        (void)stat(soak->options.resume, &left);
    const int status =
        hb_session_files_open(&soak->files, &soak->options, &soak->places, &soak->session, err);
    if (!is_new)
        measure_gap(soak, &left.st_mtim);
    return status ? status : measure_and_finish(soak, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct soak soak = {/* too large for a small stack */
                               .options = {HB_MEASURE_DEFAULTS("soak")},
                               .files = {HB_SESSION_FILES(HB_KIND_SOAK)}};
    if (hb_options_parse(&usage, argc, argv, &soak, err) != 0)
        return -1;
    const int code = run_soak(&soak, argc, argv, err);
    hb_session_files_free(&soak.files);
    hb_session_free(&soak.session);
    hb_profile_free(&soak.profile);
    return code;
}

HB_COMMAND_RUN(soak, "run for an hour: does it hold?");
