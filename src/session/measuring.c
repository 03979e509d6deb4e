/* What the commands that measure do alike: see measuring.h. */
#include "session/measuring.h"

#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "report/progress.h"
#include "report/write_text.h"
#include "result/sweep.h"
#include "run/setup_points.h"
#include "session/baseline.h"
#include "session/libraries.h"
#include "session/options.h"
#include "session/output.h"
#include "session/quiet.h"
#include "stats/verdict.h"
#include "workload.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- jobs ---- */

void hb_measure_say_job(const struct hb_session *session, const struct hb_job *job)
{
    hb_say("%s: %s: %s", session->allocators[job->allocator].label,
           hb_job_status_names[job->status],
           job->status == HB_STATUS_OK ? job->null_reason[HB_GROUP_SYSCALLS] : job->reason);
}

static void on_started(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                       size_t done, size_t total)
{
    const char *label = session->allocators[job->allocator].label;
    char what[320], point[160] = "";
    if (session->point_count)
        (void)snprintf(point, sizeof point, " at %s %s", session->points[job->point].name,
                       session->points[job->point].text);
    if (job->kind == HB_JOB_TIMED)
        (void)snprintf(what, sizeof what, "%s%s, run %u of %u", label, point, job->block + 1,
                       session->blocks);
    else
        (void)snprintf(what, sizeof what, "%s%s, counting %s", label, point,
                       job->kind == HB_JOB_COUNTED ? "system calls" : "instructions");
    hb_progress_show(self, done, total, what, hb_session_seconds_left(session, done, total));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_job *job)
{
    const bool is_ok = job->status == HB_STATUS_OK;
    if (is_ok && (session->kind != HB_KIND_SOAK || job->syscalls_known))
        return;
    hb_progress_clear(self);
    hb_measure_say_job(session, job);
}

int hb_measure_jobs(struct hb_session_run run, bool quiet, struct hb_session *session,
                    struct hb_err *err)
{
    struct hb_progress progress;
    run.observer =
        (struct hb_observer){.started = on_started, .finished = on_finished, .self = &progress};
    hb_progress_init(&progress, quiet);
    const int status = hb_session_measure(&run, session, err);
    hb_progress_clear(&progress);
    return status;
}

/* ---- options ---- */

#define RIGOROUS_RUNS 20
#define QUICK_SHARE   10 /* one operation in ten */

static const char *const ways[] = {"dlopen", "preload", NULL};

/* Under its name it goes on what an allocator of hakbench's own began: that is for the user to
 * want, not to overlook. */
static void say_replaced(const struct hb_external *external)
{
    struct hb_places places;
    struct hb_err ignored = {0};
    if (hb_places_find(&places, &ignored) == 0 && hb_catalog_has_allocator(&places, external->name))
        hb_say("%s is %s here, in the place of hakbench's own", external->name, external->path);
}

static int add_external(void *field, const char *argument, struct hb_err *err)
{
    struct hb_externals *externals = field;
    if (externals->count == HB_EXTERNALS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--allocator: at most %d", HB_EXTERNALS_MAX);
    struct hb_err problem = {0};
    struct hb_external *external = &externals->items[externals->count++];
    if (hb_setup_external(argument, external, &problem) == 0) {
        say_replaced(external);
        return 0;
    }
    return hb_err_set(err, problem.kind, "--allocator %s", problem.message);
}

static int add_set(void *field, const char *argument, struct hb_err *err)
{
    struct hb_sets *sets = field;
    if (sets->count == HB_SETS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--set: at most %d", HB_SETS_MAX);
    sets->items[sets->count++] = argument;
    return 0;
}

static int read_memory_limit(void *field, const char *argument, struct hb_err *err)
{
    uint64_t *bytes = field;
    return hb_unit_parse_bytes(argument, bytes, NULL) == 0 && *bytes
               ? 0
               : hb_err_set(err, HB_ERR_USAGE, "--memory-limit %s: expected a size such as 4GiB",
                            argument);
}

#define QUIET_S      300
#define QUIET_S_MOST (24.0 * 3600)

static int read_quiet(void *field, const char *argument, struct hb_err *err)
{
    double *seconds = field;
    char *end = NULL;
    *seconds = argument ? strtod(argument, &end) : QUIET_S;
    if (*seconds >= 1 && *seconds <= QUIET_S_MOST && !(end && (*end || end == argument)))
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "--wait-quiet=%s: expected 1 to %.0f seconds", argument,
                      QUIET_S_MOST);
}

static int read_sweep(void *field, const char *argument, struct hb_err *err)
{
    const char **sweep = field;
    if (*sweep)
        return hb_err_set(err, HB_ERR_USAGE, "--sweep %s: one parameter is swept, and that is %s",
                          argument, *sweep);
    *sweep = argument;
    return 0;
}

#define OPTIONS struct hb_measure_options

const struct hb_option hb_options_profile[] = {
    {"set", HB_AS_READ(OPTIONS, sets, "KEY=VALUE", add_set), .group = 1,
     .help = "Set a parameter of the workload; may be repeated"},
    {"via", HB_AS_WORD(OPTIONS, via, "dlopen|preload", ways), .group = 1,
     .help = "How a worker loads its allocator"},
    {"memory-limit", HB_AS_READ(OPTIONS, memory_limit_bytes, "SIZE", read_memory_limit), .group = 1,
     .help = "End a worker that grows beyond it (default: none; soak: half of the machine's or "
             "container's memory)"},
    {0},
};

const struct hb_option hb_options_measure[] = {
    {"seed", HB_AS_TEXT(OPTIONS, seed, "N"), .group = 1,
     .help = "Seed of order, requests and resampling (default: drawn)"},
    {"dry-run", HB_AS_FLAG(OPTIONS, dry_run), .group = 1,
     .help = "Print the plan and its expected time, run nothing"},
    {"json", HB_AS_TEXT(OPTIONS, json, "FILE|-"), .group = 2,
     .help = "Write the session to it; - is standard output"},
    {"quiet", HB_AS_FLAG(OPTIONS, quiet), .letter = 'q', .group = 2, .help = "No progress"},
    {0},
};

const struct hb_option hb_options_choice[] = {
    {"allocators", HB_AS_TEXT(OPTIONS, allocators, "A,B"), .group = 1,
     .help = "Measure these in place of the profile's, such as hakmem:lean,mimalloc; what ratios "
             "need (reference, floor, control) is added"},
    {"allocator", HB_AS_READ(OPTIONS, externals, "NAME=PATH", add_external), .group = 1,
     .help = "Measure this malloc library or plugin as well; may be repeated"},
    {0},
};

const struct hb_option hb_options_runs[] = {
    {"runs", HB_AS_COUNT(OPTIONS, runs, "N", 1, 1000), .group = 1,
     .help = "Runs of each allocator (default: the profile's)"},
    {"strict", HB_AS_FLAG(OPTIONS, strict), .group = 3, .help = HB_STRICT_HELP},
    {0},
};

const struct hb_option hb_options_count[] = {
    {"count", HB_AS_TEXT(OPTIONS, count, "instructions|callgrind|hardware"), .group = 1,
     .help =
         "Count instructions, branches and cache misses as well, in a pass of their own that no "
         "noise touches"},
    {0},
};

const struct hb_option hb_options_sweep[] = {
    {"sweep", HB_AS_READ(OPTIONS, sweep, "NAME=VALUE,VALUE", read_sweep), .group = 1,
     .help = "Measure at each of these values of a parameter, all in one session"},
    {0},
};

const struct hb_option hb_options_kept[] = {
    {"share-machine", HB_AS_FLAG(OPTIONS, share_machine), .group = 1,
     .help =
         "Measure while others measure too: take no lock, and repeat no run that lacked its CPU"},
    {"wait-quiet", HB_AS_READ(OPTIONS, quiet_s, "SECONDS", read_quiet), .is_optional = true,
     .group = 1,
     .help =
         "Wait until nobody else uses the machine, at most so long (default: 300). Then measure "
         "anyway; with --strict, where there is one, give up"},
    {"results", HB_AS_TEXT(OPTIONS, results, "FOLDER"), .group = 2,
     .help = "Folder for results (default: results)"},
    {"csv", HB_AS_TEXT(OPTIONS, csv, "FILE|-"), .group = 2,
     .help = "Write the rows to it; - is standard output"},
    {"resume", HB_AS_TEXT(OPTIONS, resume, "FILE"), .group = 3,
     .help = "Continue a session that was cut off (its .jsonl)"},
    {0},
};

bool hb_measure_changes_profile(const struct hb_measure_options *options)
{
    return options->allocators || options->externals.count || options->reference ||
           options->sets.count || options->via >= 0 || options->quick || options->sweep ||
           options->memory_limit_bytes;
}

/* Verdicts that will share Holm's correction: all but the reference's and the floor's. */
static size_t count_comparisons(const struct hb_measure_options *options,
                                const struct hb_profile *profile)
{
    size_t count = 0;
    for (size_t i = 0; i < profile->allocator_count; i++)
        count += strcmp(profile->allocators[i], profile->reference) != 0 &&
                 strcmp(profile->allocators[i], profile->floor) != 0;
    return count + options->externals.count;
}

static void apply_runs(const struct hb_measure_options *options, struct hb_profile *profile)
{
    const size_t least = hb_verdict_pairs_least(count_comparisons(options, profile));
    if (options->quick && profile->runs > least)
        profile->runs = (uint32_t)least;
    if (options->rigorous)
        profile->runs = RIGOROUS_RUNS;
    if (options->runs)
        profile->runs = (uint32_t)options->runs;
}

static int apply_set(const char *text, struct hb_profile *profile, struct hb_err *err)
{
    const char *equals = strchr(text, '=');
    char name[HB_NAME_MAX];
    const size_t length = equals ? (size_t)(equals - text) : 0;
    if (!length || length >= sizeof name)
        return hb_err_set(err, HB_ERR_USAGE, "--set %s: expected KEY=VALUE", text);
    (void)snprintf(name, sizeof name, "%.*s", (int)length, text);
    return hb_profile_set_parameter(profile, name, equals + 1, err);
}

/* A tenth of what the profile says, so that every profile has its quick form. */
static int apply_quick(struct hb_profile *profile, struct hb_err *err)
{
    for (size_t i = 0; i < profile->parameter_count; i++) {
        uint64_t operations;
        if (strcmp(profile->parameters[i].name, "operations") != 0)
            continue;
        if (hb_unit_parse_count(profile->parameters[i].text, &operations, err) != 0)
            return -1;
        return hb_profile_set_parameter(profile, "operations",
                                        hb_format_count_exact(operations / QUICK_SHARE).text, err);
    }
    return hb_profile_set_parameter(profile, "operations", "2M", err);
}

static int apply_words(const struct hb_measure_options *options, struct hb_profile *profile,
                       struct hb_err *err)
{
    if (options->allocators && hb_profile_set_allocators(profile, options->allocators, err) != 0)
        return -1;
    if (options->reference) {
        if (strlen(options->reference) >= sizeof profile->reference)
            return hb_err_set(err, HB_ERR_USAGE, "--reference %s: too long", options->reference);
        HB_COPY(profile->reference, options->reference);
    }
    if (options->memory_limit_bytes)
        profile->memory_limit_bytes = options->memory_limit_bytes;
    if (options->via >= 0)
        HB_COPY(profile->via, ways[options->via]);
    return 0;
}

static const char *profile_of(const struct hb_measure_options *options)
{
    return options->profile ? options->profile : options->profile_default;
}

int hb_measure_profile(const struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, struct hb_err *err)
{
    const char *const folders[] = {places->profiles};
    if (options->quick && options->rigorous)
        return hb_err_set(err, HB_ERR_USAGE, "--quick and --rigorous exclude each other");
    if (options->rigorous && options->runs)
        return hb_err_set(err, HB_ERR_USAGE, "--rigorous and --runs exclude each other");
    if (hb_profile_load(profile_of(options), folders, 1, profile, err) != 0)
        return -1;
    if (profile->is_exec) {
        (void)hb_err_set(err, HB_ERR_USAGE, "%s is a profile of programs: hakbench exec --suite %s",
                         profile_of(options), profile_of(options));
        hb_profile_free(profile);
        return -1;
    }
    return hb_measure_flags(options, profile, err);
}

int hb_measure_flags(const struct hb_measure_options *options, struct hb_profile *profile,
                     struct hb_err *err)
{
    int status = apply_words(options, profile, err);
    apply_runs(options, profile);
    if (status == 0 && options->quick)
        status = apply_quick(profile, err);
    for (size_t i = 0; status == 0 && i < options->sets.count; i++)
        status = apply_set(options->sets.items[i], profile, err);
    if (status != 0)
        hb_profile_free(profile);
    return status;
}

/* What flags add behind the set-up. */
static int add_points(const struct hb_measure_options *options, const struct hb_places *places,
                      struct hb_session *session, struct hb_err *err)
{
    if (options->sweep && (session->kind == HB_KIND_EXEC
                               ? hb_setup_sweep_programs(places, options->sweep, session, err)
                               : hb_setup_sweep(places, options->sweep, session, err)) != 0)
        return -1;
    return options->count ? hb_setup_count(places, options->count, session, err) : 0;
}

int hb_measure_session(const struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, enum hb_session_kind kind, int argc, char **argv,
                       struct hb_session *session, struct hb_err *err)
{
    struct hb_externals *libraries = malloc(sizeof *libraries); /* too large for a small stack */
    uint64_t seed;
    if (!libraries)
        return hb_err_memory(err, NULL);
    *libraries = options->externals;
    int status = hb_measure_seed(options->seed, &seed, err);
    if (status == 0 && options->sweep && kind == HB_KIND_EXEC)
        status = hb_sweep_programs(options->sweep, profile, err);
    if (status == 0)
        status =
            hb_libraries_add(profile, libraries->items, &libraries->count, HB_EXTERNALS_MAX, err);
    if (status == 0)
        status = hb_setup_session(places, profile, libraries->items, libraries->count, seed, kind,
                                  session, err);
    free(libraries);
    if (status != 0 || add_points(options, places, session, err) != 0 ||
        hb_naming_apply(&options->naming, session, err) != 0)
        return -1;
    session->command_line = hb_command_line(argc, argv);
    return session->command_line ? 0 : hb_err_memory(err, NULL);
}

int hb_measure_seed(const char *text, uint64_t *seed, struct hb_err *err)
{
    if (text) {
        char *end;
        errno = 0;
        *seed = strtoull(text, &end, 10);
        if (errno || *end || !isdigit((unsigned char)text[0]) || *seed > HB_SEED_MAX)
            return hb_err_set(err, HB_ERR_USAGE, "--seed %s: expected 0 to %llu", text,
                              (unsigned long long)HB_SEED_MAX);
        return 0;
    }
    if (getrandom(seed, sizeof *seed, 0) != (ssize_t)sizeof *seed)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot draw a seed");
    *seed &= HB_SEED_MAX;
    return 0;
}

int hb_measure_check_output(const struct hb_measure_options *options, const char *journal,
                            const char *path, bool force, struct hb_err *err)
{
    const char *inputs[HB_EXTERNALS_MAX + 2] = {profile_of(options), journal};
    const struct hb_output_rule rule = {
        .force = force, .others = inputs, .other_count = options->externals.count + 2};
    for (size_t i = 0; i < options->externals.count; i++)
        inputs[i + 2] = options->externals.items[i].path;
    return hb_output_check(path, &rule, err);
}
