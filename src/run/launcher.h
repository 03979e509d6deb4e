/* One job in one fresh process. A struct of functions, so that the session can be tested with a
 * fake; the real one starts hakbench-worker and watches it from outside.
 * Read next: process_launcher.c (the process), conduct.c (its life), sampler.h, counters.h.
 */
#ifndef HB_RUN_LAUNCHER_H
#define HB_RUN_LAUNCHER_H

#include "base/cpuset.h"
#include "base/err.h"
#include "result/model.h"
#include "run/callgrind.h"

/* What one worker is to do. Strings are the caller's and outlive the call. */
struct hb_request {
    const char *worker_path;
    const char *allocator_path; /* plugin, or an unmodified malloc library */
    const char *allocator_name; /* as the user calls it; NULL: nobody says */
    const char *library_path;   /* overrides the plugin's own search, or NULL */
    const char *preload_path;   /* for LD_PRELOAD; NULL: dlopen; "": the process has it anyway */
    const char *workload_path;
    const char *environment[3];                  /* "NAME=value NAME=value" each, or NULL */
    const struct hb_parameter_value *parameters; /* the seed's row is replaced by .seed */
    size_t parameter_count;
    uint64_t seed;
    uint32_t slices;
    struct hb_cpuset cpus;         /* the worker is pinned to these, one thread each in turn */
    char cpu_list[HB_CPUSET_TEXT]; /* the same as text: "0,1" */
    bool check; /* untimed: a worker that looks at every block; before the count, where there is one
                 */
    bool count_syscalls; /* trace the memory system calls; times of a job then mean nothing */
    enum hb_tally tally; /* count instructions: with callgrind around it its times mean nothing */
    const char *clock_path; /* a second file for LD_PRELOAD, with callgrind; or NULL */
    bool is_soak;           /* epochs in turns, until asked to end (live.h) */
    bool randomize;         /* address-space layout as the system does it, else fixed */
    double watchdog_s;
    uint64_t memory_limit_bytes; /* the worker is ended when it grows past it; 0: none */
    int file_fd;                 /* of a parameter that is a file; 0: none is */
};

/* What a job knows of the allocator it loaded. */
struct hb_loaded {
    char library_path[HB_PATH_MAX], library_version[HB_NAME_MAX];
};

struct hb_launcher {
    /* Runs the request to its end, whatever that is, and fills job's status, reason, wall time,
     * metrics, slices and counts. -1 only when the harness itself cannot go on (no process, no
     * memory) or was interrupted; a worker's failure is a status. */
    int (*run)(void *self, const struct hb_request *request, struct hb_job *job,
               struct hb_loaded *loaded, struct hb_err *err);
    void *self;
};

/* The launcher that starts real workers. Makes this process the reaper of orphaned descendants,
 * so that a plugin that forks leaves nothing behind. */
struct hb_launcher hb_launcher_real(void);

#endif
