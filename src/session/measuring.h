/* What the commands that measure do alike: their options, as tables, a profile with the flags
 * applied and a session of it, and jobs with a progress line. Read next: options.h, plan_report.h,
 * src/run/session.h; src/commands/syscalls.c (a user). */
#ifndef HB_SESSION_MEASURING_H
#define HB_SESSION_MEASURING_H

#include "result/profile.h"
#include "run/session.h"
#include "run/setup.h"
#include "session/naming.h"

/* Runs the session's jobs: run with an observer that shows progress on stderr, unless quiet, and
 * says which jobs failed. A count of system calls (a soak's session) also says what was not
 * counted. */
int hb_measure_jobs(struct hb_session_run run, bool quiet, struct hb_session *session,
                    struct hb_err *err);

/* Says on stderr that a job failed, or what of it was not counted. */
void hb_measure_say_job(const struct hb_session *session, const struct hb_job *job);

/* ---- options ---- */

#define HB_SETS_MAX      32
#define HB_EXTERNALS_MAX 32

struct hb_measure_options {
    const char *profile; /* name or path; NULL: the command's own */
    const char *profile_default;
    uint64_t runs; /* 0: the profile's */
    const char *allocators, *reference, *seed;
    const char *count, *sweep; /* what is counted in a pass of its own; NAME=VALUE,VALUE; or NULL */
    uint64_t memory_limit_bytes; /* 0: the profile's */
    int via;                     /* index into dlopen, preload; -1: the profile's */
    struct hb_sets {
        const char *items[HB_SETS_MAX]; /* KEY=VALUE */
        size_t count;
    } sets;
    struct hb_externals {
        struct hb_external items[HB_EXTERNALS_MAX];
        size_t count;
    } externals;
    struct hb_naming naming;
    const char *results; /* folder */
    const char *json, *csv, *resume;
    double quiet_s; /* --wait-quiet: at most so long; 0: not */
    bool quick, rigorous, dry_run, quiet, strict;
    bool share_machine; /* the flag alone: see results_folder.h */
    bool force;         /* write over what --json and --csv name; of a rebase, pin it as well */
};

/* What an initialiser begins with. */
#define HB_MEASURE_DEFAULTS(profile_) .profile_default = (profile_), .results = "results", .via = -1

/* What a profile leaves to the command line, and how it is measured; of which allocators; how
 * often, and with what budgets; what is counted besides; at which points; and where it is kept. */
extern const struct hb_option hb_options_profile[], hb_options_measure[], hb_options_choice[],
    hb_options_runs[], hb_options_count[], hb_options_sweep[], hb_options_kept[];

/* --profile, of a command whose options are a struct type_ with .options, and with its default. */
#define HB_PROFILE_OPTION(type_, default_)                                                         \
    {                                                                                              \
        "profile", HB_AS_TEXT(type_, options.profile, "NAME|FILE"),                                \
            .letter = 'p', .group = 1, .help = "Profile to measure (default: " default_ ")"        \
    }

/* True when a flag changes what the profile says, but for the number of runs. */
bool hb_measure_changes_profile(const struct hb_measure_options *options);

/* Loads the profile and applies the flags. HB_ERR_USAGE on anything that does not fit. */
int hb_measure_profile(const struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, struct hb_err *err);

/* Applies the flags to a profile that is there, and frees it on -1. */
int hb_measure_flags(const struct hb_measure_options *options, struct hb_profile *profile,
                     struct hb_err *err);

/* Fills *session: by the profile, which it takes over, the seed and the command line. */
int hb_measure_session(const struct hb_measure_options *options, const struct hb_places *places,
                       struct hb_profile *profile, enum hb_session_kind kind, int argc, char **argv,
                       struct hb_session *session, struct hb_err *err);

/* hb_output_check of what --json or --csv names: profile, libraries and the journal (NULL: none)
 * are inputs. */
int hb_measure_check_output(const struct hb_measure_options *options, const char *journal,
                            const char *path, bool force, struct hb_err *err);

/* text as a seed, or one drawn from the system where it is NULL; at most HB_SEED_MAX. */
int hb_measure_seed(const char *text, uint64_t *seed, struct hb_err *err);

#endif
