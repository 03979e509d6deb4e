/* Options of every command that measures: see measure_options.h. */
#include "session/measure_options.h"

#include "base/copy.h"
#include "base/unit.h"
#include "stats/verdict.h"
#include "workload.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RIGOROUS_RUNS 20
#define QUICK_SHARE   10 /* one operation in ten */

enum {
    KEY_RUNS = 0x100,
    KEY_ALLOCATORS,
    KEY_ALLOCATOR,
    KEY_REFERENCE,
    KEY_SET,
    KEY_VIA,
    KEY_SEED,
    KEY_JSON,
    KEY_CSV,
    KEY_RESULTS,
    KEY_QUICK,
    KEY_RIGOROUS,
    KEY_DRY_RUN,
    KEY_SHARE_MACHINE,
};

static const struct argp_option argp_options[] = {
    {"profile", 'p', "NAME|FILE", 0, "Profile to measure (default: mixed; of a soak, soak)", 1},
    {"runs", KEY_RUNS, "N", 0, "Runs of each allocator (default: the profile's)", 1},
    {"allocators", KEY_ALLOCATORS, "A,B", 0, "Measure these, e.g. hakmem:lean,mimalloc", 1},
    {"allocator", KEY_ALLOCATOR, "NAME=PATH", 0,
     "Measure this malloc library or plugin as well; may be repeated", 1},
    {"reference", KEY_REFERENCE, "NAME", 0, "Allocator that ratios are to (default: mimalloc)", 1},
    {"set", KEY_SET, "KEY=VALUE", 0, "Set a parameter of the workload; may be repeated", 1},
    {"via", KEY_VIA, "dlopen|preload", 0, "How a worker gets its allocator", 1},
    {"seed", KEY_SEED, "N", 0, "Seed of order, requests and resampling (default: drawn)", 1},
    {"quick", KEY_QUICK, 0, 0,
     "a tenth of the operations, and no more runs than it takes to decide: a first look", 1},
    {"rigorous", KEY_RIGOROUS, 0, 0, "20 runs", 1},
    {"dry-run", KEY_DRY_RUN, 0, 0, "Print the plan and its expected time, run nothing", 1},
    {"share-machine", KEY_SHARE_MACHINE, 0, 0,
     "Measure although others do: no lock, and no run is repeated for want of its CPU", 1},
    {"results", KEY_RESULTS, "FOLDER", 0, "Where results land (default: results)", 2},
    {"json", KEY_JSON, "FILE|-", 0, "Write the session there instead; - is standard output", 2},
    {"csv", KEY_CSV, "FILE|-", 0, "Write the rows there instead; - is standard output", 2},
    {"quiet", 'q', 0, 0, "No progress", 2},
    {0},
};

static void add_external(struct hb_measure_options *options, const char *argument)
{
    if (options->external_count == HB_EXTERNALS_MAX)
        hb_err_set(&options->err, HB_ERR_USAGE, "--allocator: at most %d", HB_EXTERNALS_MAX);
    else if (hb_setup_external(argument, &options->externals[options->external_count],
                               &options->err) == 0)
        options->external_count++;
}

static void add_set(struct hb_measure_options *options, const char *argument)
{
    if (options->set_count == HB_SETS_MAX)
        hb_err_set(&options->err, HB_ERR_USAGE, "--set: at most %d", HB_SETS_MAX);
    else
        options->sets[options->set_count++] = argument;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct hb_measure_options *options = state->input;
    switch (key) {
    case 'p':
        options->profile = argument;
        options->profile_given = true;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case KEY_JSON:
        options->json = argument;
        return 0;
    case KEY_CSV:
        options->csv = argument;
        return 0;
    case KEY_RESULTS:
        options->results = argument;
        return 0;
    case KEY_SEED:
        options->seed = argument;
        return 0;
    case KEY_DRY_RUN:
        options->dry_run = true;
        return 0;
    case KEY_SHARE_MACHINE:
        options->share_machine = true;
        return 0;
    case KEY_RUNS:
        options->runs = argument;
        return 0;
    case KEY_RIGOROUS:
        options->rigorous = true;
        return 0;
    case KEY_ALLOCATORS:
        options->allocators = argument;
        break;
    case KEY_ALLOCATOR:
        add_external(options, argument);
        break;
    case KEY_REFERENCE:
        options->reference = argument;
        break;
    case KEY_SET:
        add_set(options, argument);
        break;
    case KEY_VIA:
        options->via = argument;
        break;
    case KEY_QUICK:
        options->quick = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    options->touched = true;
    return 0;
}

const struct argp hb_measure_argp = {.options = argp_options, .parser = parse_option};

void hb_measure_defaults(struct hb_measure_options *options)
{
    *options = (struct hb_measure_options){.profile = "mixed", .results = "results"};
}

/* Verdicts that will share Holm's correction: all but the reference's and the floor's. */
static size_t count_comparisons(const struct hb_measure_options *options,
                                const struct hb_profile *profile)
{
    size_t count = 0;
    for (size_t i = 0; i < profile->allocator_count; i++)
        count += strcmp(profile->allocators[i], profile->reference) != 0 &&
                 strcmp(profile->allocators[i], profile->floor) != 0;
    return count + options->external_count;
}

static int apply_runs(const struct hb_measure_options *options, struct hb_profile *profile,
                      struct hb_err *err)
{
    uint64_t runs;
    const size_t least = hb_verdict_pairs_least(count_comparisons(options, profile));
    if (options->quick && profile->runs > least)
        profile->runs = (uint32_t)least;
    if (options->rigorous)
        profile->runs = RIGOROUS_RUNS;
    if (!options->runs)
        return 0;
    if (hb_unit_parse_count(options->runs, &runs, NULL) != 0 || runs < 1 || runs > 1000)
        return hb_err_set(err, HB_ERR_USAGE, "--runs %s: expected 1 to 1000", options->runs);
    profile->runs = (uint32_t)runs;
    return 0;
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
    if (options->via) {
        if (strcmp(options->via, "dlopen") != 0 && strcmp(options->via, "preload") != 0)
            return hb_err_set(err, HB_ERR_USAGE, "--via %s: expected dlopen or preload",
                              options->via);
        HB_COPY(profile->via, options->via);
    }
    return 0;
}

int hb_measure_profile(struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, struct hb_err *err)
{
    const char *const folders[] = {places->profiles};
    if (options->err.kind)
        return hb_err_set(err, options->err.kind, "%s", options->err.message);
    if (options->quick && options->rigorous)
        return hb_err_set(err, HB_ERR_USAGE, "--quick and --rigorous exclude each other");
    if (hb_profile_load(options->profile, folders, 1, profile, err) != 0)
        return -1;
    int status = apply_words(options, profile, err);
    if (status == 0)
        status = apply_runs(options, profile, err);
    if (status == 0 && options->quick)
        status = apply_quick(profile, err);
    for (size_t i = 0; status == 0 && i < options->set_count; i++)
        status = apply_set(options->sets[i], profile, err);
    if (status != 0)
        hb_profile_free(profile);
    return status;
}

int hb_measure_seed(const struct hb_measure_options *options, uint64_t *seed, struct hb_err *err)
{
    if (options->seed) {
        char *end;
        errno = 0;
        *seed = strtoull(options->seed, &end, 10);
        if (errno || *end || !isdigit((unsigned char)options->seed[0]) || *seed > HB_SEED_MAX)
            return hb_err_set(err, HB_ERR_USAGE, "--seed %s: expected 0 to %llu", options->seed,
                              (unsigned long long)HB_SEED_MAX);
        return 0;
    }
    if (getrandom(seed, sizeof *seed, 0) != (ssize_t)sizeof *seed)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot draw a seed");
    *seed &= HB_SEED_MAX;
    return 0;
}

struct hb_output_rule hb_measure_rule(const struct hb_measure_options *options, const char *journal,
                                      const char *paths[HB_MEASURE_INPUTS_MAX])
{
    size_t count = 0;
    paths[count++] = options->profile;
    paths[count++] = journal;
    for (size_t i = 0; i < options->external_count; i++)
        paths[count++] = options->externals[i].path;
    return (struct hb_output_rule){.force = options->force, .others = paths, .other_count = count};
}
