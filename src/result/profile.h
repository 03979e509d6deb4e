/* A profile: one JSON file that names a workload, its parameters, the allocators and the budgets.
 * Reads and writes it, and fills in every default; whether the workload has such parameters and
 * the machine such allocators is checked where they are known.
 * Read next: hakbench-profile(5). */
#ifndef HB_RESULT_PROFILE_H
#define HB_RESULT_PROFILE_H

#include "base/copy.h"
#include "base/err.h"
#include "base/json/json.h"
#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_PROFILE_SCHEMA         "hakbench.profile/1"
#define HB_PROFILE_BYTES_MAX      ((size_t)1 << 20)
#define HB_PROFILE_VALUE_MAX      256
#define HB_PROFILE_MILESTONES_MAX 16
#define HB_PROFILE_RUNS_MIN       1u
#define HB_PROFILE_RUNS_MAX       1000u
#define HB_PROFILE_SLICES_MIN     100u
#define HB_PROFILE_SLICES_MAX     1000u
#define HB_BUDGET_CV              "cv_percent"    /* spread of the throughput */
#define HB_BUDGET_RATIO           "ratio_percent" /* throughput against the reference's */
#define HB_PROFILE_ITEMS_MAX      256 /* allocators, parameters, variables, variants, budgets */

/* A name and its text: a parameter or an environment variable. */
struct hb_profile_setting {
    char name[HB_NAME_MAX];
    char text[HB_PROFILE_VALUE_MAX]; /* as written: "20M", or the name of a file */
    unsigned long line;              /* in the profile's file; 0 when it came from elsewhere */
};

/* A named mode of an allocator, beside those its plugin has. */
struct hb_profile_variant {
    char label[HB_NAME_MAX]; /* "hakmem:lean" */
    struct hb_profile_setting *environment;
    size_t environment_count;
    unsigned long line;
};

/* A limit on one figure of an allocator's summary. */
struct hb_profile_budget {
    char key[HB_NAME_MAX];           /* a metric's key, "cv_percent" or "ratio_percent" */
    double min, max;                 /* NaN: no limit on that side */
    char (*allocators)[HB_NAME_MAX]; /* labels it holds for */
    size_t allocator_count;          /* 0: for every subject and the reference */
    unsigned long line;
};

/* What a profile says of soaks; each key may be missing. */
struct hb_profile_soak {
    double minutes;            /* wall time, more than 0; default 60 */
    double epoch_s;            /* what an epoch is aimed at, 0.01..3600; default 5 */
    uint32_t warmup_epochs;    /* first ones of a process that are not judged; default 3 */
    char control[HB_NAME_MAX]; /* label of the control allocator; default: the floor; "": none */
    struct hb_profile_budget
        *budgets; /* by the keys of hb_soak_budget_keys; default: see profile_file.c */
    size_t budget_count;
};

/* Keys of a soak's budgets, ended by NULL: rss_drift_percent, throughput_drift_percent, cv_percent,
 * latency_p999_drift_percent, memory_syscalls_per_op, rss_drained_bytes. */
extern const char *const hb_soak_budget_keys[];

/* ---- programs: kind "exec" ---- */

#define HB_PROFILE_PROGRAMS_MAX 64u
#define HB_PROGRAM_METRICS_MAX  8u
#define HB_PROGRAM_TIMEOUT_S    300.0

/* A figure that a program prints itself. */
struct hb_profile_metric {
    char name[HB_NAME_MAX];
    char *regex; /* extended; its first group is the number; owned */
    bool is_higher_better;
};

/* A program that is run whole, or a server with its client. In every text {inputs} stands for the
 * folder that `prepare` fills and {port} for a port of the loopback that is free. */
struct hb_profile_program {
    char name[HB_NAME_MAX];
    struct hb_words command;     /* of a server: its client */
    struct hb_words server;      /* none: a program */
    struct hb_words needs;       /* programs that must be there besides the command's own */
    struct hb_words environment; /* "NAME=value" */
    char *ready;                 /* "tcp:{port}", "unix:PATH", "output:REGEX"; owned; or NULL */
    char *prepare;               /* makes the inputs, once; for /bin/sh; owned; or NULL */
    char *setup, *cleanup;       /* before and after each run; for /bin/sh; owned; or NULL */
    char *input, *cwd;           /* a file for standard input; where it runs; owned; or NULL */
    double timeout_s;
    bool shell; /* the command's one word is for /bin/sh */
    bool ignore_output, ignore_failure;
    struct hb_profile_metric metrics[HB_PROGRAM_METRICS_MAX];
    size_t metric_count;
    unsigned long line;
};

/* What the answer weighs: times and sizes as logarithms of ratios. */
struct hb_profile_weight {
    char name[HB_NAME_MAX]; /* "time", "cpu", "memory", or a figure of the programs' */
    double weight;          /* 0 or more */
};
#define HB_PROFILE_WEIGHTS_MAX 8u

struct hb_profile_exec {
    struct hb_profile_program *programs; /* owned */
    size_t count;
    struct hb_profile_weight weights[HB_PROFILE_WEIGHTS_MAX];
    size_t weight_count;
};

struct hb_profile {
    char name[HB_NAME_MAX]; /* the file's name without ".json" */
    char path[HB_PATH_MAX];
    char summary[HB_REASON_MAX];
    char workload[HB_NAME_MAX];
    unsigned long workload_line;
    struct hb_profile_setting *parameters;
    size_t parameter_count;
    char (*allocators)[HB_NAME_MAX]; /* labels, in the order of every table */
    unsigned long *allocator_lines;
    size_t allocator_count;
    char reference[HB_NAME_MAX];
    char floor[HB_NAME_MAX]; /* "" when there is none */
    char via[16];            /* "dlopen" or "preload" */
    uint32_t runs;           /* 1..1000 */
    uint32_t max_runs;       /* of programs: goes on up to so many until it knows; 0: no more */
    uint32_t slices;         /* 100..1000 */
    uint32_t watchdog_s;     /* 1..86400 */
    uint64_t
        memory_limit_bytes; /* a worker that grows past it is ended; 0: none, but a soak's own */
    bool aslr;              /* false: personality ADDR_NO_RANDOMIZE; true: as the system does */
    double milestones_percent[HB_PROFILE_MILESTONES_MAX];
    size_t milestone_count;
    double noise_floor_limit_percent, margin_percent;
    struct hb_profile_setting *environment; /* for every allocator */
    size_t environment_count;
    struct hb_profile_variant *variants;
    size_t variant_count;
    struct hb_profile_budget *budgets;
    size_t budget_count;
    struct hb_profile_soak soak;
    bool is_exec; /* of programs, not of a workload */
    struct hb_profile_exec exec;
    bool is_without_soak; /* of a result from before there was one: not written back */
};

/* What holds where a profile says nothing, but for its lists. */
extern const struct hb_profile hb_profile_default;

/* Reads a profile by path (anything with a '/' or ending in ".json") or by name, looked for as
 * NAME.json in folders[0..folder_count), in that order. *profile is overwritten; zeroed on error.
 * HB_ERR_USAGE with file:line:column; unknown keys are errors that list the known ones. */
int hb_profile_load(const char *name_or_path, const char *const *folders, size_t folder_count,
                    struct hb_profile *profile, struct hb_err *err);

/* The same of text that is already there; the name is made from path. */
int hb_profile_parse(const char *text, size_t size, const char *path, struct hb_profile *profile,
                     struct hb_err *err);

/* The profile as used that a result carries, node of its source: as hb_profile_parse, but keys of
 * later versions are passed over, none must be there, and flags may have taken away allocators that
 * its budgets name. Lines, name and path stay empty. */
int hb_profile_from_json(const struct hb_json_source *source, const cJSON *node,
                         struct hb_profile *profile, struct hb_err *err);

/* Frees what the profile owns and zeroes it. */
void hb_profile_free(struct hb_profile *profile);

/* True when both say the same, whatever their files and names. False without memory. */
bool hb_profile_is_same(const struct hb_profile *left, const struct hb_profile *right);

/* The profile as used, every default filled in: a profile again, which reads back as the same.
 * NULL when there is no memory. */
cJSON *hb_profile_to_json(const struct hb_profile *profile);

/* For flags: the parameter takes this text, whether the profile names it or not. */
int hb_profile_set_parameter(struct hb_profile *profile, const char *name, const char *text,
                             struct hb_err *err);

/* For flags: a profile of one program, named after the first word of its command and not filled in
 * yet, with every default. */
int hb_profile_of_program(struct hb_profile *profile, const char *command, struct hb_err *err);

/* Leaves one of its programs alone. */
void hb_profile_keep_program(struct hb_profile *profile, size_t program);

/* For flags: "name=REGEX" as one more figure of the program. */
int hb_profile_add_metric(struct hb_profile_program *program, const char *text, struct hb_err *err);

/* For flags: "time=1,memory=0.5" in place of the profile's. */
int hb_profile_set_weights(struct hb_profile *profile, const char *text, struct hb_err *err);

/* For flags: "hakmem,mimalloc" in place of the profile's list. */
int hb_profile_set_allocators(struct hb_profile *profile, const char *list, struct hb_err *err);

/* The variant with this label, or NULL. */
const struct hb_profile_variant *hb_profile_find_variant(const struct hb_profile *profile,
                                                         const char *label);

/* What a folder holds, by name. An unreadable profile is listed with its problem. */
struct hb_profile_listing {
    char name[HB_NAME_MAX];
    char path[HB_PATH_MAX];
    char summary[HB_REASON_MAX];
    char problem[1024]; /* "" when it could be read */
};
/* *list is for the caller to free(). A folder that is not there is an error. */
int hb_profile_list(const char *folder, struct hb_profile_listing **list, size_t *count,
                    struct hb_err *err);

void hb_profile_budgets_free(struct hb_profile_budget *budgets, size_t count);

/* Whether a worker may get a variable of this name: "HAKMEM_MODE", never LD_PRELOAD. */
bool hb_profile_is_variable(const char *text);
#define HB_PROFILE_VARIABLE_HELP                                                                   \
    "the name of an environment variable (letters, digits, _) other than LD_PRELOAD, "             \
    "LD_LIBRARY_PATH and LD_AUDIT"

#endif
