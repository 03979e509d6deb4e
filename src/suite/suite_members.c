/* Which sessions a suite has: see suite.h. */
#include "suite/suite.h"

#include "base/copy.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/unit.h"
#include "run/catalog.h"
#include "session/measuring.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const hb_member_kind_names[HB_MEMBER_KINDS] = {"loop", "sweep", "program",
                                                           "soak", "check", "trace"};

#define REPLAY_PROFILE   "replay"
#define SWEPT_PROFILE    "mixed"
#define SWEPT_OPERATIONS "operations=4M" /* of each point; the working set may be large */
#define SWEPT_QUICK      "operations=400k"
#define WORKING_SETS     "working_set=400,4k,40k,400k"
#define THREADS_MOST     64L
#define THREADS_LEAST    4L /* a curve has three points at least */

#define JOB_S     0.15  /* start, warm-up and end of a worker */
#define PER_OP_S  20e-9 /* of an operation, with warm-up */
#define COUNT_S   2.0   /* a counting pass checks every block: so much longer than a run */
#define PROGRAM_S 1.0
#define SERVER_S  4.0      /* it comes up, has its load, is looked at for a second */
#define PATIENT_S 9.0      /* and in the first block for ten */
#define CHECK_S   15.0     /* of a group of promises */
#define REFERENCE "system" /* what loops and programs both have */

/* Profiles that are no kind of their own: the soak's loop is mixed's, its phases are for hours, and
 * the many small programs ask whether they do the same, not how fast; a replay is of a trace. */
static const char *const not_here[] = {"soak", "soak-phases", "programs", REPLAY_PROFILE};

/* ---- the list ---- */

static bool is_not_here(const char *profile)
{
    bool found = false;
    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        found |= strcmp(profile, not_here[i]) == 0;
    return found;
}

static bool is_word_of(const struct hb_member *member, const char *word)
{
    return strcmp(word, member->name) == 0 || strcmp(word, member->profile) == 0 ||
           strcmp(word, hb_member_kind_names[member->kind]) == 0;
}

static bool is_chosen(const struct hb_suite_options *options, const struct hb_member *member)
{
    bool is_only = options->only.count == 0, is_skipped = false;
    for (size_t i = 0; i < options->only.count; i++)
        is_only |= is_word_of(member, options->only.items[i]);
    for (size_t i = 0; i < options->skip.count; i++)
        is_skipped |= is_word_of(member, options->skip.items[i]);
    return is_only && !is_skipped;
}

/* Words that stand for nothing would silently choose nothing. used: [words]. */
static void note_words(const struct hb_words *words, const struct hb_member *member, bool *used)
{
    for (size_t i = 0; i < words->count; i++)
        used[i] |= is_word_of(member, words->items[i]);
}

struct listing {
    struct hb_suite *suite;
    size_t capacity;
    bool *used[2]; /* words of --only and --skip that stand for something; owned */
};

static int list_member(struct listing *listing, const struct hb_member *member, struct hb_err *err)
{
    struct hb_suite *suite = listing->suite;
    note_words(&suite->options->only, member, listing->used[0]);
    note_words(&suite->options->skip, member, listing->used[1]);
    if (!is_chosen(suite->options, member))
        return 0;
    struct hb_member *members =
        hb_array_grown(suite->members, suite->count, &listing->capacity, sizeof *members);
    if (!members)
        return hb_err_memory(err, NULL);
    suite->members = members;
    members[suite->count] = *member;
    members[suite->count++].sd = (double)NAN;
    return 0;
}

static int list_programs(struct listing *listing, const struct hb_profile *profile,
                         struct hb_err *err)
{
    for (size_t i = 0; i < profile->exec.count; i++) {
        struct hb_member member = {.kind = HB_MEMBER_PROGRAM, .program = i};
        HB_COPY(member.profile, profile->name);
        (void)snprintf(member.name, sizeof member.name, "%.30s-%.30s", profile->name,
                       profile->exec.programs[i].name);
        if (list_member(listing, &member, err) != 0)
            return -1;
    }
    return 0;
}

/* Not inlined, as list_trace and make_session are not: clang would keep all their profiles and
 * members at once. */
__attribute__((noinline)) static int list_profile(struct listing *listing, const char *name,
                                                  struct hb_err *err)
{
    const char *const folders[] = {listing->suite->places->profiles};
    struct hb_profile profile = {0};
    if (is_not_here(name))
        return 0;
    if (hb_profile_load(name, folders, 1, &profile, err) != 0)
        return -1;
    struct hb_member member = {.kind = HB_MEMBER_LOOP};
    HB_COPY(member.name, profile.name);
    HB_COPY(member.profile, profile.name);
    const int status = profile.is_exec ? list_programs(listing, &profile, err)
                                       : list_member(listing, &member, err);
    hb_profile_free(&profile);
    return status;
}

/* Up to twice the CPUs: where threads begin to take turns is worth knowing. */
static void thread_points(char *text, size_t text_bytes)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const long wanted = 2 * (cpus > 0 ? cpus : 1);
    const long most = wanted > THREADS_MOST    ? THREADS_MOST
                      : wanted < THREADS_LEAST ? THREADS_LEAST
                                               : wanted;
    size_t used = (size_t)snprintf(text, text_bytes, "threads=1");
    for (long threads = 2; threads <= most; threads *= 2)
        used += (size_t)snprintf(text + used, text_bytes - used, ",%ld", threads);
}

static int is_trace_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && hb_path_stem(entry->d_name, ".hbt") > 0;
}

__attribute__((noinline)) static int list_trace(struct listing *listing, const char *name,
                                                struct hb_err *err)
{
    const size_t stem = hb_path_stem(name, ".hbt");
    struct hb_member member = {.kind = HB_MEMBER_TRACE, .profile = REPLAY_PROFILE};
    (void)snprintf(member.name, sizeof member.name, "trace-%.*s", stem < 50 ? (int)stem : 50, name);
    HB_COPY(member.trace, name);
    return list_member(listing, &member, err);
}

static int list_traces(struct listing *listing, struct hb_err *err)
{
    const char *folder = listing->suite->options->traces;
    struct dirent **entries = NULL;
    int status = 0;
    if (!folder)
        return 0;
    const int count = scandir(folder, &entries, is_trace_name, alphasort);
    if (count < 0)
        status =
            hb_err_errno(err, HB_ERR_USAGE, errno, "--traces %s: cannot read the folder", folder);
    else if (count == 0)
        status = hb_err_set(err, HB_ERR_USAGE, "--traces %s: no .hbt in this folder", folder);
    for (int i = 0; i < count; i++) {
        if (status == 0)
            status = list_trace(listing, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int list_others(struct listing *listing, struct hb_err *err)
{
    struct hb_member others[] = {
        {.kind = HB_MEMBER_SWEEP, .name = SWEPT_PROFILE "-threads", .profile = SWEPT_PROFILE},
        {.kind = HB_MEMBER_SWEEP,
         .name = SWEPT_PROFILE "-working-set",
         .profile = SWEPT_PROFILE,
         .sweep = WORKING_SETS},
        {.kind = HB_MEMBER_SOAK, .name = "soak", .profile = "soak"},
    };
    thread_points(others[0].sweep, sizeof others[0].sweep);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (list_member(listing, &others[i], err) != 0)
            return -1;
    }
    for (size_t g = 0; g < HB_PROMISE_GROUPS; g++) { /* each a minute at most: little is lost */
        struct hb_member member = {.kind = HB_MEMBER_CHECK};
        HB_COPY(member.profile, hb_promise_group_names[g]);
        (void)snprintf(member.name, sizeof member.name, "check-%.40s", member.profile);
        if (list_member(listing, &member, err) != 0)
            return -1;
    }
    return 0;
}

static int check_words(const struct hb_words *words, const bool *used, const char *option,
                       struct hb_err *err)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!used[i] && strcmp(words->items[i], hb_member_kind_names[HB_MEMBER_TRACE]) == 0)
            return hb_err_set(err, HB_ERR_USAGE, "%s trace: give --traces FOLDER", option);
        if (!used[i])
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s %s: no loop, sweep, program, trace, soak or check of the suite, "
                              "and no profile; --dry-run lists them",
                              option, words->items[i]);
    }
    return 0;
}

static int list_all(struct listing *listing, struct hb_err *err)
{
    const struct hb_suite_options *options = listing->suite->options;
    struct hb_profile_listing *profiles = NULL;
    size_t count = 0;
    listing->used[0] = calloc(options->only.count + 1, sizeof(bool));
    listing->used[1] = calloc(options->skip.count + 1, sizeof(bool));
    if (!listing->used[0] || !listing->used[1])
        return hb_err_memory(err, NULL);
    if (hb_profile_list(listing->suite->places->profiles, &profiles, &count, err) != 0)
        return -1;
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++)
        status = list_profile(listing, profiles[i].name, err);
    free(profiles);
    if (status == 0)
        status = list_traces(listing, err);
    if (status == 0)
        status = list_others(listing, err);
    if (status == 0)
        status = check_words(&options->only, listing->used[0], "--only", err);
    return status == 0 ? check_words(&options->skip, listing->used[1], "--skip", err) : -1;
}

/* ---- their sessions ---- */

static int load_profile(struct hb_suite *suite, struct hb_measure_options *own,
                        const struct hb_member *member, struct hb_profile *profile,
                        struct hb_err *err)
{
    const char *const folders[] = {suite->places->profiles};
    if (member->kind != HB_MEMBER_PROGRAM)
        return hb_measure_profile(own, suite->places, profile, err);
    if (hb_profile_load(member->profile, folders, 1, profile, err) != 0)
        return -1;
    hb_profile_keep_program(profile, member->program);
    HB_COPY(profile->name, member->name);
    profile->max_runs = 0; /* a suite shares out its own time */
    return hb_measure_flags(own, profile, err);
}

/* By its whole path: who goes on with the suite may stand elsewhere. */
static int set_trace(const struct hb_suite *suite, const struct hb_member *member,
                     struct hb_measure_options *own, char *text, size_t text_bytes)
{
    char *folder = realpath(suite->options->traces, NULL);
    if (!folder || own->sets.count == HB_SETS_MAX) {
        free(folder);
        return -1;
    }
    (void)snprintf(text, text_bytes, "trace=%s/%s", folder, member->trace);
    own->sets.items[own->sets.count++] = text;
    free(folder);
    return 0;
}

/* -1 with a usage error: of a program that is not here, among others. */
__attribute__((noinline)) static int make_session(struct hb_suite *suite, struct hb_member *member,
                                                  uint64_t seed, int argc, char **argv,
                                                  struct hb_err *err)
{
    struct hb_measure_options *own = malloc(sizeof *own); /* too large for a small stack */
    struct hb_profile profile = {0};
    char seed_text[32], trace[HB_PATH_MAX];
    if (!own)
        return hb_err_memory(err, NULL);
    *own = suite->options->measure;
    own->profile = member->profile;
    own->sweep = member->sweep[0] ? member->sweep : NULL;
    own->runs = suite->runs;
    own->reference = own->reference ? own->reference : REFERENCE;
    (void)snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
    own->seed = seed_text;
    if (member->kind == HB_MEMBER_SWEEP && own->sets.count < HB_SETS_MAX)
        own->sets.items[own->sets.count++] = own->quick ? SWEPT_QUICK : SWEPT_OPERATIONS;
    int status =
        member->kind == HB_MEMBER_TRACE && set_trace(suite, member, own, trace, sizeof trace) != 0
            ? hb_err_errno(err, HB_ERR_USAGE, errno, "%s", suite->options->traces)
            : load_profile(suite, own, member, &profile, err);
    if (status == 0)
        status =
            hb_measure_session(own, suite->places, &profile,
                               member->kind == HB_MEMBER_PROGRAM ? HB_KIND_EXEC : HB_KIND_REBASE,
                               argc, argv, &member->session, err);
    hb_profile_free(&profile);
    free(own);
    return status;
}

static void drop_member(struct hb_suite *suite, size_t index)
{
    hb_say("%s is left out: %s", suite->members[index].name, suite->members[index].missing);
    hb_session_free(&suite->members[index].session);
    suite->count--;
    memmove(&suite->members[index], &suite->members[index + 1],
            (suite->count - index) * sizeof *suite->members);
}

/* ---- what they cost ---- */

static double parameter_of(const struct hb_session *session, const char *name)
{
    const struct hb_parameter_value *value = hb_session_find_parameter(session, name);
    return value ? (double)value->value : 0;
}

static size_t there(const struct hb_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->allocator_count; i++)
        count += !session->allocators[i].missing_reason[0];
    return count;
}

/* What a member's blocks cost where nobody has measured it yet. */
static void guess_costs(const struct hb_suite *suite, struct hb_member *member)
{
    const struct hb_session *session = &member->session;
    const double jobs = (double)there(session) * (double)hb_session_points(session);
    double job_s = JOB_S + PER_OP_S * parameter_of(session, "operations") +
                   parameter_of(session, "light_seconds");
    const bool is_server =
        member->kind == HB_MEMBER_PROGRAM && hb_exec_described(session, 0)->server.count > 0;
    if (member->kind == HB_MEMBER_PROGRAM)
        job_s = is_server ? SERVER_S : PROGRAM_S;
    member->block_s = member->kind == HB_MEMBER_SOAK    ? suite->soak_s
                      : member->kind == HB_MEMBER_CHECK ? CHECK_S
                                                        : jobs * job_s;
    member->first_s = member->kind == HB_MEMBER_SOAK || member->kind == HB_MEMBER_CHECK
                          ? member->block_s
                          : member->block_s * (1 + (is_server ? 1 : COUNT_S)) +
                                (is_server ? jobs * PATIENT_S : 0);
}

/* No --set was given: a trace that cannot be read is told by its file. */
static const char *without_option(const struct hb_member *member, const char *message)
{
    const char *file = member->kind == HB_MEMBER_TRACE ? strchr(message, '/') : NULL;
    return file ? file : message;
}

/* Programs that are not installed and damaged traces are left out; of anything else an error is
 * one. */
static int make_sessions(struct hb_suite *suite, uint64_t seed, int argc, char **argv,
                         struct hb_err *err)
{
    struct hb_rng rng;
    hb_rng_seed(&rng, seed);
    for (size_t i = 0; i < suite->count;) {
        struct hb_member *member = &suite->members[i];
        struct hb_err problem = {0};
        const uint64_t own = hb_rng_next(&rng) & (((uint64_t)1 << 53) - 1);
        const bool is_whole = member->kind == HB_MEMBER_SOAK || member->kind == HB_MEMBER_CHECK;
        hb_progress_show(&suite->progress, i + 1, suite->count, member->name, (double)NAN);
        if (is_whole || make_session(suite, member, own, argc, argv, &problem) == 0) {
            guess_costs(suite, member);
            i++;
            continue;
        }
        hb_progress_clear(&suite->progress);
        const bool may_be_missing =
            member->kind == HB_MEMBER_PROGRAM || member->kind == HB_MEMBER_TRACE;
        if (!may_be_missing || problem.kind != HB_ERR_USAGE)
            return hb_err_set(err, problem.kind, "%s: %.900s", member->name, problem.message);
        HB_COPY(member->missing, without_option(member, problem.message));
        drop_member(suite, i);
    }
    hb_progress_clear(&suite->progress);
    return 0;
}

/* So that a suite that is cut off early has some of every kind. */
static int shuffle(struct hb_suite *suite, uint64_t seed, struct hb_err *err)
{
    size_t *order = calloc(suite->count + 1, sizeof *order);
    struct hb_member *members = calloc(suite->count + 1, sizeof *members);
    struct hb_rng rng;
    if (order && members) {
        for (size_t i = 0; i < suite->count; i++)
            order[i] = i;
        hb_rng_seed(&rng, seed);
        hb_rng_shuffle(&rng, order, suite->count);
        for (size_t i = 0; i < suite->count; i++)
            members[i] = suite->members[order[i]];
        memcpy(suite->members, members, suite->count * sizeof *members);
    }
    const bool ok = order && members;
    free(order);
    free(members);
    return ok ? 0 : hb_err_memory(err, NULL);
}

int hb_suite_choose(struct hb_suite *suite, uint64_t seed, int argc, char **argv,
                    struct hb_err *err)
{
    struct listing listing = {.suite = suite};
    int status = list_all(&listing, err);
    free(listing.used[0]);
    free(listing.used[1]);
    if (status == 0)
        status = shuffle(suite, seed, err);
    if (status == 0)
        status = make_sessions(suite, seed, argc, argv, err);
    if (status == 0)
        hb_suite_log_costs(suite, suite->options->measure.results);
    if (status == 0 && suite->count == 0)
        status = hb_err_set(err, HB_ERR_USAGE, "nothing that was chosen can be measured here");
    return status;
}
