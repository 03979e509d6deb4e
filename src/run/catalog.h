/* Which allocators and workloads there are: plugin files beside the program, each described by a
 * worker process of its own. Never dlopens anything here.
 * Read next: docs/plugins.md. */
#ifndef HB_RUN_CATALOG_H
#define HB_RUN_CATALOG_H

#include "base/err.h"
#include "plan/plan.h"
#include "result/model.h"

#define HB_VARIANTS_MAX 8

/* Where the parts of this installation are. */
struct hb_places {
    char worker[HB_PATH_MAX];     /* hakbench-worker */
    char clock[HB_PATH_MAX];      /* hakbench-clock.so, for LD_PRELOAD where callgrind counts */
    char allocators[HB_PATH_MAX]; /* folder of allocator plugins */
    char workloads[HB_PATH_MAX];  /* folder of workloads */
    char promises[HB_PATH_MAX];   /* folder of malloc's promises: hakbench check */
    char profiles[HB_PATH_MAX];   /* folder of profiles */
};

struct hb_allocator_info {
    char name[HB_NAME_MAX], summary[256], licence[HB_NAME_MAX];
    char plugin_path[HB_PATH_MAX];
    char preload_name[HB_NAME_MAX]; /* "" when not needed; see can_preload */
    bool can_preload;
    struct {
        char name[HB_NAME_MAX], environment[256], summary[256];
    } variants[HB_VARIANTS_MAX];
    size_t variant_count;
    char library_path[HB_PATH_MAX], library_version[HB_NAME_MAX]; /* only when opened */
    char problem[HB_REASON_MAX]; /* why it cannot be used here, or "" */
    bool is_missing; /* of a problem: the file or its library is not there or no library at all;
                        everything else a worker's run will find again and name */
};

/* Finds the parts: $HAKBENCH_LIBDIR and $HAKBENCH_DATADIR, then beside the running program as it
 * is built or installed. -1 naming every place that was tried, or that there are too few file
 * descriptors to measure with them. */
int hb_places_find(struct hb_places *places, struct hb_err *err);

/* Whether there is an allocator of hakbench's own by this name. */
bool hb_catalog_has_allocator(const struct hb_places *places, const char *name);

/* Names (file names without .so) in a folder, sorted; *names is one allocation, freed by the
 * caller with free(). Returns their number, or -1. */
int hb_catalog_names(const char *folder, char (**names)[HB_NAME_MAX], struct hb_err *err);

/* All names in a folder in one line, for an error that says what there is. */
void hb_catalog_list(const char *folder, char *text, size_t text_bytes);

/* Describes one plugin or malloc library; open: also loads its library, for path and version.
 * What cannot be described comes back with its problem set: that is a result, not an error. */
void hb_catalog_allocator(const struct hb_places *places, const char *path, bool open,
                          struct hb_allocator_info *info);

/* Describes a workload by name. -1 when there is none of that name (the known ones are listed). */
int hb_catalog_workload(const struct hb_places *places, const char *name,
                        struct hb_workload_info *info, struct hb_err *err);

/* The parameters that are files, a size profile and a trace: a worker is given a descriptor for
 * one (HB_FD_FILE). */
#define HB_SIZES_PARAMETER "sizes"
#define HB_TRACE_PARAMETER "trace"
bool hb_catalog_is_file(const char *parameter);

/* Asks the workload itself whether these values, count of them, go together; file_fd: of a
 * parameter that is a file, 0 for none. -1 with its message. */
int hb_catalog_check(const struct hb_places *places, const struct hb_workload_info *workload,
                     const struct hb_parameter_value *values, size_t count, int file_fd,
                     struct hb_err *err);

#endif
