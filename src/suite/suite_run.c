/* The rounds of a suite: see suite.h. */
#include "base/child.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "compare/standings.h"
#include "run/exec_session.h"
#include "run/interrupt.h"
#include "session/results_folder.h"
#include "stats/rounds.h"
#include "suite/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_SHARE                                                                                \
    0.5 /* of a first round: a block without its counting passes, until it is known */
#define REPORT_S     2.0  /* kept for the end, and */
#define REPORT_SHARE 0.01 /* of the budget: results are judged and written */
#define LOOK_NS      50000000L
#define WORDS_MOST   (2 * HB_EXTERNALS_MAX + 24)

static double now_s(const struct hb_suite *suite)
{
    return (double)(hb_clock_monotonic_ns() - suite->started_ns) / 1e9;
}

static double kept_s(const struct hb_suite *suite)
{
    return REPORT_S + REPORT_SHARE * suite->budget_s;
}

static double left_s(const struct hb_suite *suite, double before_s)
{
    if (!(suite->budget_s > 0))
        return HUGE_VAL;
    return suite->budget_s - kept_s(suite) - before_s - now_s(suite);
}

/* ---- one block of a session ---- */

/* What an observer needs to say who is at work. */
struct watching {
    struct hb_suite *suite;
    const struct hb_member *member;
    double before_s; /* spent before this command began */
};

static void show(const struct watching *watching, const char *label, const char *what)
{
    struct hb_suite *suite = watching->suite;
    char text[256];
    const double left = left_s(suite, watching->before_s);
    (void)snprintf(text, sizeof text, "%s, block %u: %s%s", watching->member->name,
                   watching->member->blocks + 1, label, what);
    size_t first = 0;
    for (size_t i = 0; i < suite->count; i++)
        first += suite->members[i].blocks > 0 || suite->members[i].is_over;
    hb_progress_show(&suite->progress, first, suite->count, text, isinf(left) ? (double)NAN : left);
}

static void on_job(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                   size_t done, size_t total)
{
    (void)done;
    (void)total;
    show(self, session->allocators[job->allocator].label,
         job->kind == HB_JOB_TIMED ? "" : ", counting");
}

static bool is_time_up(void *self)
{
    const struct watching *watching = self;
    return left_s(watching->suite, watching->before_s) <= 0;
}

/* What fails does so in every block: it is said in the first. */
static void on_job_done(void *self, const struct hb_session *session, const struct hb_job *job)
{
    const struct watching *watching = self;
    if (job->status == HB_STATUS_OK || job->status == HB_STATUS_MISSING ||
        job->status == HB_STATUS_INVALID || job->block)
        return;
    hb_progress_clear(&watching->suite->progress);
    hb_say("%s: %s: %s: %s", watching->member->name, session->allocators[job->allocator].label,
           hb_job_status_names[job->status], job->reason);
}

static void on_run(void *self, const struct hb_session *session,
                   const struct hb_exec_planned *planned, size_t done, size_t total)
{
    (void)done;
    (void)total;
    show(self, session->allocators[planned->allocator].label,
         planned->kind == HB_EXEC_KIND_TIMED ? "" : ", counting");
}

static void on_run_done(void *self, const struct hb_session *session, const struct hb_exec_run *run)
{
    const struct watching *watching = self;
    if (run->status == HB_STATUS_OK || run->status == HB_STATUS_INVALID || run->block)
        return;
    hb_progress_clear(&watching->suite->progress);
    hb_say("%s: %s: %s: %s", watching->member->name, session->allocators[run->allocator].label,
           hb_job_status_names[run->status], run->reason);
}

static int measure_session(struct watching *watching, struct hb_member *member, uint32_t blocks,
                           struct hb_err *err)
{
    const struct hb_suite *suite = watching->suite;
    const struct hb_session_run run = {
        .places = suite->places,
        .launcher = hb_launcher_real(),
        .observer = {.started = on_job,
                     .finished = on_job_done,
                     .is_time_up = is_time_up,
                     .self = watching},
        .journal = member->journal,
        .share_machine = hb_machine_is_shared(suite->options->measure.share_machine),
    };
    const struct hb_exec_measuring measuring = {
        .places = suite->places,
        .observer = {.started = on_run,
                     .finished = on_run_done,
                     .is_time_up = is_time_up,
                     .self = watching},
        .journal = member->journal,
        .share_machine = run.share_machine,
        .looks_once = true, /* ten idle seconds a run are a third of an hour's suite */
    };
    member->session.blocks = blocks;
    const int status = member->kind == HB_MEMBER_PROGRAM
                           ? hb_exec_measure(&measuring, &member->session, err)
                           : hb_session_measure(&run, &member->session, err);
    if (status == 0 && !member->session.partial)
        member->blocks = blocks;
    return status;
}

/* How scattered its log-ratios are, by which it gets its next block. */
static int note_scatter(struct hb_member *member, struct hb_err *err)
{
    const struct hb_assess_by by = {.depth = HB_DEPTH_BRIEF};
    const struct hb_standing_options options = {0};
    struct hb_assessment *assessment = calloc(1, sizeof *assessment);
    struct hb_standings standings = {0};
    struct hb_err none = {0};
    member->sd = 0;
    if (!assessment)
        return hb_err_memory(err, NULL);
    int status = hb_assess(&member->session, &by, assessment, err);
    const struct hb_assessment *const all[] = {assessment};
    if (status == 0 && hb_standings_make(all, 1, &options, &standings, &none) == 0 &&
        standings.kind_count)
        (void)hb_kind_half_width(&standings, &standings.kinds[0], &member->sd);
    hb_standings_free(&standings);
    if (status == 0)
        hb_assessment_free(assessment);
    free(assessment);
    return status;
}

/* ---- a soak and a check: whole commands ---- */

/* The soak's journal, with the stem that it chose itself; "" where there is none. */
static void find_soak(const struct hb_suite *suite, char path[HB_PATH_MAX])
{
    DIR *folder = opendir(suite->folder);
    const struct dirent *entry;
    struct hb_err ignored = {0};
    path[0] = '\0';
    while (folder && !path[0] && (entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe) */
        if (hb_path_stem(entry->d_name, "-soak.jsonl"))
            (void)hb_copy_path(path, &ignored, "%s/%s", suite->folder, entry->d_name);
    }
    if (folder)
        (void)closedir(folder);
}

/* Prints nothing: the suite's report says what came out. */
static _Noreturn void be_command(const struct hb_suite *suite, pid_t parent, int argc, char **argv)
{
    struct hb_err err = {0};
    hb_child_end_with(parent);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        (void)dup2(nowhere, STDOUT_FILENO);
    const int code = suite->command(argc, argv, &err);
    if (code < 0 && err.kind != HB_ERR_INTERRUPTED)
        hb_say("%s", err.message);
    (void)fflush(stdout);
    _exit(code < 0 ? hb_err_exit_code(err.kind) : code);
}

/* Until it has ended; an interruption is passed on once, and the end of the time as one: what it
 * has by then is in its file. */
static int wait_for(struct watching *watching, pid_t child, struct hb_err *err)
{
    const struct timespec look = {.tv_nsec = LOOK_NS};
    int status = 0;
    bool is_told = false, is_interrupted = false;
    while (waitpid(child, &status, WNOHANG) == 0) {
        is_interrupted = is_interrupted || hb_interrupt_check(err) != 0;
        if (!is_told && (is_interrupted || is_time_up(watching))) {
            (void)kill(child, SIGTERM);
            is_told = true;
        }
        (void)nanosleep(&look, NULL);
    }
    if (is_interrupted)
        return -1;
    if (is_told)
        return HB_EXIT_INCOMPLETE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_command(struct watching *watching, int argc, char **argv, struct hb_err *err)
{
    const struct hb_suite *suite = watching->suite;
    const pid_t parent = getpid(), child = fork();
    if (child == 0)
        be_command(suite, parent, argc, argv);
    if (child < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start %s", argv[0]);
    return wait_for(watching, child, err);
}

static int measure_command(struct watching *watching, struct hb_member *member, struct hb_err *err)
{
    struct hb_suite *suite = watching->suite;
    char *argv[WORDS_MOST] = {NULL}, minutes[32], json[HB_PATH_MAX], journal[HB_PATH_MAX];
    const bool is_soak = member->kind == HB_MEMBER_SOAK;
    char soak[] = "hakbench soak", check[] = "hakbench check", quiet[] = "--quiet";
    char share[] = "--share-machine", results[] = "--results", of_json[] = "--json";
    char force[] = "--force", of_minutes[] = "--minutes", resume[] = "--resume", only[] = "--only";
    int argc = 0;
    if (hb_member_path(suite, member, ".json", json, err) != 0)
        return -1;
    find_soak(suite, journal);
    (void)snprintf(minutes, sizeof minutes, "%.4f", suite->soak_s / 60);
    argv[argc++] = is_soak ? soak : check;
    argv[argc++] = quiet;
    char *const of_soak[] = {share, results, suite->folder, of_minutes, minutes};
    char *const of_resume[] = {share, resume, journal};
    char *const of_check[] = {force, of_json, json, only, member->profile};
    const bool goes_on = is_soak && journal[0];
    char *const *own = goes_on ? of_resume : is_soak ? of_soak : of_check;
    for (int i = 0; i < (goes_on ? 3 : 5); i++)
        argv[argc++] = own[i];
    for (size_t i = 0; !goes_on && i < suite->arguments.count && argc < WORDS_MOST - 1; i++)
        argv[argc++] = suite->arguments.items[i];
    show(watching, is_soak ? "soak" : "promises", "");
    hb_progress_clear(&suite->progress);
    const int code = run_command(watching, argc, argv, err);
    if (code < 0)
        return -1;
    if (code != HB_EXIT_OK && code != HB_EXIT_GATE && code != HB_EXIT_INCOMPLETE &&
        code != HB_EXIT_INCONCLUSIVE)
        hb_say("%s is left out: it ended with %d", member->name, code);
    member->blocks = 1;
    member->is_over = true;
    return 0;
}

/* ---- rounds ---- */

static int measure_member(struct watching *watching, struct hb_member *member, uint32_t blocks,
                          struct hb_err *err)
{
    watching->member = member;
    if (member->kind == HB_MEMBER_SOAK || member->kind == HB_MEMBER_CHECK)
        return measure_command(watching, member, err);
    return measure_session(watching, member, blocks, err) == 0 ? note_scatter(member, err) : -1;
}

static void note_cost(struct hb_member *member, double seconds)
{
    if (member->blocks <= 1) {
        member->first_s = seconds;
        member->block_s = fmin(member->block_s, FIRST_SHARE * seconds);
        if (!(member->block_s > 0))
            member->block_s = FIRST_SHARE * seconds;
    } else {
        member->block_s = member->blocks == 2 ? seconds : (member->block_s + seconds) / 2;
    }
}

/* With so few as decide anything among all allocators, or as have an interval of Wilcoxon's, where
 * there is time for them. */
static size_t first_blocks(const struct hb_suite *suite, const struct hb_round *rounds, double left)
{
    size_t most = 2;
    if (!(suite->budget_s > 0))
        return suite->runs;
    for (size_t i = 0; i < suite->count; i++) {
        const size_t own = hb_session_competitors(&suite->members[i].session);
        most = own > most ? own : most;
    }
    const size_t wanted[] = {hb_verdict_pairs_least(most - 1), HB_SUMMARY_N_MIN, HB_SUITE_FIRST};
    return hb_stats_first_blocks(rounds, suite->count, wanted, sizeof wanted / sizeof *wanted,
                                 left);
}

static size_t next_member(const struct hb_suite *suite, struct hb_round *rounds, double left)
{
    for (size_t i = 0; i < suite->count; i++) {
        const struct hb_member *member = &suite->members[i];
        const bool is_once = member->kind == HB_MEMBER_SOAK || member->kind == HB_MEMBER_CHECK;
        rounds[i] = (struct hb_round){
            .blocks = member->blocks,
            .most = member->is_over ? 0
                    : is_once       ? 1
                                    : suite->runs,
            .sd = member->sd,
            .block_s = member->blocks ? member->block_s : member->first_s,
        };
    }
    return hb_stats_next_round(rounds, suite->count, first_blocks(suite, rounds, left), left,
                               HB_SUITE_NARROW);
}

/* What was begun before the suite was cut off: the engine makes what is missing, and no more. */
static int complete_blocks(struct watching *watching, struct hb_err *err)
{
    struct hb_suite *suite = watching->suite;
    for (size_t i = 0; i < suite->count; i++) {
        struct hb_member *member = &suite->members[i];
        if (!member->journal || member->blocks == 0)
            continue;
        if (left_s(suite, watching->before_s) <= 0)
            return 0;
        if (measure_member(watching, member, member->blocks, err) != 0)
            return -1;
    }
    return 0;
}

static int run_rounds(struct watching *watching, struct hb_round *rounds, struct hb_err *err)
{
    struct hb_suite *suite = watching->suite;
    for (;;) {
        const size_t i = next_member(suite, rounds, left_s(suite, watching->before_s));
        if (hb_interrupt_check(err) != 0)
            return -1;
        if (i == suite->count)
            return 0;
        struct hb_member *member = &suite->members[i];
        const double started_s = now_s(suite);
        const int status = measure_member(watching, member, member->blocks + 1, err);
        suite->spent_s = watching->before_s + now_s(suite);
        if (status != 0)
            return -1;
        note_cost(member, now_s(suite) - started_s);
        if (hb_suite_log_round(suite, member, now_s(suite) - started_s, err) != 0)
            return -1;
    }
}

/* Of one that was begun single jobs are made: they need no time for a block. */
int hb_suite_check_time(const struct hb_suite *suite, struct hb_err *err)
{
    const double wanted_s = suite->options->budget_s, left = left_s(suite, suite->spent_s);
    const struct hb_member *shortest = NULL;
    double least_s = HUGE_VAL;
    for (size_t i = 0; i < suite->count; i++) {
        const struct hb_member *member = &suite->members[i];
        const double needed_s = member->blocks ? 0 : member->first_s;
        if (!member->is_over && needed_s < least_s) {
            shortest = member;
            least_s = needed_s;
        }
    }
    if (!shortest || !(wanted_s > 0) || left > least_s)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE,
                      "--budget %s is too short: the shortest block here takes %s (%s), and %s are "
                      "kept for the end",
                      hb_format_duration(wanted_s).text,
                      hb_format_duration(shortest->blocks ? shortest->block_s : least_s).text,
                      shortest->name, hb_format_duration(kept_s(suite)).text);
}

int hb_suite_measure(struct hb_suite *suite, struct hb_err *err)
{
    struct watching watching = {.suite = suite, .before_s = suite->spent_s};
    struct hb_round *rounds = calloc(suite->count + 1, sizeof *rounds);
    if (!rounds)
        return hb_err_memory(err, NULL);
    int status = complete_blocks(&watching, err);
    if (status == 0)
        status = run_rounds(&watching, rounds, err);
    free(rounds);
    hb_progress_clear(&suite->progress);
    return status;
}
