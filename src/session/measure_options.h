/* The options of every command that measures, as an argp child parser, and what follows from
 * them: a profile with the flags applied.
 * Read next: src/commands/rebase.c. */
#ifndef HB_SESSION_MEASURE_OPTIONS_H
#define HB_SESSION_MEASURE_OPTIONS_H

#include "result/profile.h"
#include "run/setup.h"
#include "session/output.h"

#include <argp.h>

#define HB_SETS_MAX      32
#define HB_EXTERNALS_MAX 32

struct hb_measure_options {
    const char *profile; /* name or path; "mixed" unless told */
    const char *runs, *allocators, *reference, *via, *seed;
    const char *sets[HB_SETS_MAX];
    size_t set_count;
    struct hb_external externals[HB_EXTERNALS_MAX];
    size_t external_count;
    const char *results; /* folder; "results" unless told */
    const char *json, *csv;
    bool profile_given;
    bool quick, rigorous, dry_run, quiet;
    bool share_machine; /* the flag alone: see machine_lock.h */
    bool force;   /* each command has its own --force, which means this at least: what --json and
                     --csv name may be written over */
    bool touched; /* some flag narrows or changes what the profile says */
    struct hb_err err;
};

extern const struct argp hb_measure_argp;

/* Starting values. */
void hb_measure_defaults(struct hb_measure_options *options);

/* Loads the profile and applies the flags. HB_ERR_USAGE on anything that does not fit. */
int hb_measure_profile(struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, struct hb_err *err);

#define HB_MEASURE_FORCE_HELP "Write over what --json and --csv name (over what is read: never)"

/* The rule for --json and --csv: profile, libraries and the journal of --resume (NULL: none) are
 * inputs. paths is the room for their list. */
#define HB_MEASURE_INPUTS_MAX (HB_EXTERNALS_MAX + 2)
struct hb_output_rule hb_measure_rule(const struct hb_measure_options *options, const char *journal,
                                      const char *paths[HB_MEASURE_INPUTS_MAX]);

/* --seed, or one drawn from the system; at most HB_SEED_MAX. */
int hb_measure_seed(const struct hb_measure_options *options, uint64_t *seed, struct hb_err *err);

#endif
