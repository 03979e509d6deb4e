/* What the commands that measure do alike: see measuring.h. */
#include "session/measuring.h"

#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "report/progress.h"
#include "session/assessment.h"
#include "session/baseline.h"
#include "session/libraries.h"
#include "session/output.h"
#include "stats/verdict.h"
#include "workload.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
    char what[160];
    if (job->kind == HB_JOB_COUNTED)
        (void)snprintf(what, sizeof what, "%s, counting system calls", label);
    else
        (void)snprintf(what, sizeof what, "%s, run %u of %u", label, job->block + 1,
                       session->blocks);
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

/* ---- plans ---- */

/* What is measured, and what is the same in every plan. */
static void print_head(const struct hb_session *session, bool of_epochs)
{
    char blocks[32] = "";
    if (session->blocks)
        (void)snprintf(blocks, sizeof blocks, "%u blocks, ", session->blocks);
    (void)printf("profile %s, workload %s, %sseed %llu, worker on CPU %s\n", session->profile_name,
                 session->workload, blocks, (unsigned long long)session->seed,
                 session->host.cpus_used);
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (i != HB_PARAMETER_SEED && !(i == HB_PARAMETER_OPERATIONS && of_epochs))
            (void)printf("  %-14s %s\n", session->parameters[i].name, session->parameters[i].text);
    }
    (void)printf("allocators\n");
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        const bool is_control = strcmp(entry->label, session->soak.control) == 0;
        (void)printf("  %-18s %-9s %s%s%s\n", entry->label,
                     !of_epochs   ? hb_role_names[entry->role]
                     : is_control ? "control"
                                  : "judged",
                     entry->missing_reason[0] ? "missing: " : "", entry->missing_reason,
                     entry->environment);
    }
}

/* Seconds of one job: as long as in the last baseline, else 20 ns an operation and start-up. */
static double guess_job_s(const struct hb_session *session, const char *results,
                          bool *from_baseline)
{
    struct hb_session baseline = {0};
    struct hb_err ignored = {0};
    double seconds = 0;
    size_t count = 0;
    if (hb_baseline_read(results, session->profile_name, &baseline, &ignored) == 1) {
        for (; count < baseline.job_count; count++)
            seconds += baseline.jobs[count].wall_s;
    }
    hb_session_free(&baseline);
    *from_baseline = count > 0;
    return count ? seconds / (double)count
                 : 0.05 + 20e-9 * (double)session->parameters[HB_PARAMETER_OPERATIONS].value;
}

static void print_order(const struct hb_session *session, const struct hb_plan *plan)
{
    (void)printf("%zu jobs in this order\n", plan->job_count);
    for (size_t i = 0; i < plan->job_count; i++) {
        const struct hb_plan_job *job = &plan->jobs[i];
        const bool first =
            i == 0 || plan->jobs[i - 1].block != job->block || plan->jobs[i - 1].kind != job->kind;
        if (first && job->kind == HB_JOB_COUNTED)
            (void)printf("  count    ");
        else if (first)
            (void)printf("\n  block %-2u ", job->block + 1);
        (void)printf(" %s", session->allocators[job->allocator].label);
    }
}

int hb_measure_print_plan(const struct hb_session *session, const char *results, struct hb_err *err)
{
    struct hb_plan plan;
    bool from_baseline;
    if (hb_plan_build(session, &plan, err) != 0)
        return -1;
    print_head(session, false);
    print_order(session, &plan);
    const double job_s = guess_job_s(session, results, &from_baseline);
    (void)printf("\nexpected time: about %s (%s)\n",
                 hb_format_duration(job_s * (double)plan.job_count).text,
                 from_baseline ? "from the last baseline" : "a guess: 20 ns an operation");
    hb_plan_free(&plan);
    return 0;
}

void hb_measure_print_soak(const struct hb_session *session)
{
    const struct hb_soak *settings = &session->soak;
    print_head(session, true);
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
}

/* ---- options ---- */

#define RIGOROUS_RUNS 20
#define QUICK_SHARE   10 /* one operation in ten */

static const char *const ways[] = {"dlopen", "preload", NULL};

static int add_external(void *field, const char *argument, struct hb_err *err)
{
    struct hb_externals *externals = field;
    if (externals->count == HB_EXTERNALS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--allocator: at most %d", HB_EXTERNALS_MAX);
    return hb_setup_external(argument, &externals->items[externals->count++], err);
}

static int add_set(void *field, const char *argument, struct hb_err *err)
{
    struct hb_sets *sets = field;
    if (sets->count == HB_SETS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "--set: at most %d", HB_SETS_MAX);
    sets->items[sets->count++] = argument;
    return 0;
}

#define OPTIONS struct hb_measure_options

const struct hb_option hb_options_profile[] = {
    {"profile", HB_AS_TEXT(OPTIONS, profile, "NAME|FILE"), .letter = 'p', .group = 1,
     .help = "Profile to measure (default: mixed; of a soak, soak)"},
    {"set", HB_AS_READ(OPTIONS, sets, "KEY=VALUE", add_set), .group = 1,
     .help = "Set a parameter of the workload; may be repeated"},
    {"via", HB_AS_WORD(OPTIONS, via, "dlopen|preload", ways), .group = 1,
     .help = "How a worker gets its allocator"},
    {0},
};

const struct hb_option hb_options_measure[] = {
    {"seed", HB_AS_TEXT(OPTIONS, seed, "N"), .group = 1,
     .help = "Seed of order, requests and resampling (default: drawn)"},
    {"dry-run", HB_AS_FLAG(OPTIONS, dry_run), .group = 1,
     .help = "Print the plan and its expected time, run nothing"},
    {"json", HB_AS_TEXT(OPTIONS, json, "FILE|-"), .group = 2,
     .help = "Write the session there; - is standard output"},
    {"quiet", HB_AS_FLAG(OPTIONS, quiet), .letter = 'q', .group = 2, .help = "No progress"},
    {0},
};

const struct hb_option hb_options_choice[] = {
    {"allocators", HB_AS_TEXT(OPTIONS, allocators, "A,B"), .group = 1,
     .help = "Measure these, e.g. hakmem:lean,mimalloc"},
    {"allocator", HB_AS_READ(OPTIONS, externals, "NAME=PATH", add_external), .group = 1,
     .help = "Measure this malloc library or plugin as well; may be repeated"},
    {0},
};

const struct hb_option hb_options_quick[] = {
    {"quick", HB_AS_FLAG(OPTIONS, quick), .group = 1,
     .help = "A tenth of the operations, and no more runs than a verdict needs: a first look"},
    {0},
};

const struct hb_option hb_options_runs[] = {
    {"runs", HB_AS_COUNT(OPTIONS, runs, "N", 1, 1000), .group = 1,
     .help = "Runs of each allocator (default: the profile's)"},
    {"strict", HB_AS_FLAG(OPTIONS, strict), .group = 3, .help = HB_STRICT_HELP},
    {0},
};

const struct hb_option hb_options_kept[] = {
    {"share-machine", HB_AS_FLAG(OPTIONS, share_machine), .group = 1,
     .help = "Measure although others do: no lock, and no run is repeated for want of its CPU"},
    {"results", HB_AS_TEXT(OPTIONS, results, "FOLDER"), .group = 2,
     .help = "Where results land (default: results)"},
    {"csv", HB_AS_TEXT(OPTIONS, csv, "FILE|-"), .group = 2,
     .help = "Write the rows there; - is standard output"},
    {"resume", HB_AS_TEXT(OPTIONS, resume, "FILE"), .group = 3,
     .help = "Go on with a session that was cut off (its .jsonl)"},
    {0},
};

bool hb_measure_changes_profile(const struct hb_measure_options *options)
{
    return options->allocators || options->externals.count || options->reference ||
           options->sets.count || options->via >= 0 || options->quick;
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
    if (status == 0)
        status =
            hb_libraries_add(profile, libraries->items, &libraries->count, HB_EXTERNALS_MAX, err);
    if (status == 0)
        status = hb_setup_session(places, profile, libraries->items, libraries->count, seed, kind,
                                  session, err);
    free(libraries);
    if (status != 0)
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
