/* The jobs of a session in the order they run: a pass that counts system calls, one that counts
 * instructions where that is asked for, then blocks in which every allocator runs once at every
 * point of a sweep, in an order shuffled by the session's seed. And what they are
 * run with: a workload's parameters as the harness knows them, a copy of the workload's own table,
 * read by asking a worker (src/run/catalog.h). Pure: everything follows from the session's header,
 * so that a resumed session finds the same. Read next: src/run/session.h (who walks it),
 * workloads/workload.h (what the values mean). */
#ifndef HB_PLAN_PLAN_H
#define HB_PLAN_PLAN_H

#include "base/err.h"
#include "result/model.h"
#include "workload.h"

struct hb_plan_job {
    uint32_t block;     /* 0 for counting passes */
    uint32_t allocator; /* index into the session's allocators */
    uint32_t point;     /* index into the session's points; 0 without a sweep */
    enum hb_job_kind kind;
    uint64_t seed; /* the same for every allocator of a block: they meet the same requests; of a
                      pass for instructions HB_COUNT_SEED */
};

struct hb_plan {
    struct hb_plan_job *jobs; /* owned */
    size_t job_count;
};

/* Lists the jobs of a session with its allocators, blocks and seed set. Allocators with a
 * missing_reason get the counting job alone, which records why.
 * The counting pass has the seed of block 0; a session without blocks (a soak) has it alone. -1
 * when there is no memory. */
int hb_plan_build(const struct hb_session *session, struct hb_plan *plan, struct hb_err *err);

/* One rotation of a soak: the order of its turns, order[0..session->allocator_count) as indices of
 * allocators, and the seed of processes that are started fresh in it. */
void hb_plan_round(const struct hb_session *session, uint32_t round, size_t *order, uint64_t *seed);

/* Frees the jobs and zeroes the plan. */
void hb_plan_free(struct hb_plan *plan);

/* ---- a workload's parameters ---- */

#define HB_PARAMETERS_MAX 32u
#define HB_CHOICES_MAX    16u

struct hb_parameter_info {
    char name[HB_NAME_MAX], unit[HB_NAME_MAX], help[256];
    enum hb_parameter_type type;
    uint64_t default_value, min, max;
    char choices[HB_CHOICES_MAX][HB_NAME_MAX];
    size_t choice_count;
};

struct hb_workload_info {
    char name[HB_NAME_MAX], summary[256], path[HB_PATH_MAX];
    struct hb_parameter_info parameters[HB_PARAMETERS_MAX];
    size_t parameter_count;
    char stands_for[256], cannot_show[256], source[256]; /* one line each */
    bool is_paced;                                       /* it sleeps: its runs have no speed */
};

/* Index of the parameter, or -1. */
int hb_parameters_find(const struct hb_workload_info *workload, const char *name);

/* Writes the value as a user would: "20M", "64KiB", "10%", "first". */
void hb_parameter_format(const struct hb_parameter_info *parameter, uint64_t value, char *text,
                         size_t text_bytes);

/* Fills every parameter with its default: out has workload->parameter_count rows. */
void hb_parameters_defaults(const struct hb_workload_info *workload,
                            struct hb_parameter_value *out);

/* Sets the row of that name from text: out has the rows of hb_parameters_defaults, of which a
 * session may keep fewer. -1 for an unknown name (the known ones are listed), for a bad value and
 * for "seed", which belongs to the session. A size profile is a file: src/run/sizefile.h. */
int hb_parameters_set(const struct hb_workload_info *workload, struct hb_parameter_value *out,
                      const char *name, const char *text, const char *where, struct hb_err *err);

#endif
