/* What was measured: a session, its allocators, its jobs and their samples. Facts only;
 * summaries and verdicts are computed from them on every read (src/judge).
 * A zeroed session is valid to free; strings are owned where they are `char *`.
 * Read next: metric.h, session_json.h, journal.h, hakbench-result(5). */
#ifndef HB_RESULT_MODEL_H
#define HB_RESULT_MODEL_H

#include "base/buf.h"
#include "base/copy.h"
#include "base/cpuset.h"
#include "base/loglinear.h"
#include "result/metric.h"
#include "result/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_RESULT_SCHEMA   "hakbench.result/2"
#define HB_RESULT_SCHEMA_1 "hakbench.result/1" /* of the first releases: slices are arrays */

/* The memory system calls, in the order of every table about them. */
#define HB_SYSCALLS(X) X(mmap) X(munmap) X(mremap) X(madvise) X(mprotect) X(brk)
enum hb_syscall {
#define HB_SYSCALL_ID(name) HB_SYSCALL_##name,
    HB_SYSCALLS(HB_SYSCALL_ID)
#undef HB_SYSCALL_ID
        HB_SYSCALL_COUNT
};
extern const char *const hb_syscall_names[HB_SYSCALL_COUNT];

/* Phases that system calls are attributed to. */
enum hb_count_phase {
    HB_COUNT_STARTUP = 0,
    HB_COUNT_WARMUP,
    HB_COUNT_MEASURED,
    HB_COUNT_TEARDOWN, /* after the last measured operation: frees, thread ends, exit */
    HB_COUNT_PHASES
};
extern const char *const hb_count_phase_names[HB_COUNT_PHASES];

struct hb_syscall_counts {
    uint64_t count[HB_COUNT_PHASES][HB_SYSCALL_COUNT];
    uint64_t bytes[HB_COUNT_PHASES][HB_SYSCALL_COUNT]; /* they were about; 0 where only counted */
    uint64_t last_break; /* while they are being counted: the program break last asked for */
};

enum hb_role {
    HB_ROLE_SUBJECT = 0,
    HB_ROLE_REFERENCE,
    HB_ROLE_TWIN,  /* the reference once more: the A/A noise floor */
    HB_ROLE_FLOOR, /* what the loop itself costs */
    HB_ROLE_COUNT
};
extern const char *const hb_role_names[HB_ROLE_COUNT];

/* Of an allocator that others are compared with: the floor and the twin are none of their own. */
static inline bool hb_role_competes(enum hb_role role)
{
    return role == HB_ROLE_SUBJECT || role == HB_ROLE_REFERENCE;
}

struct hb_allocator_entry {
    char label[HB_NAME_MAX]; /* unique in the session: "hakmem", "hakmem:lean", "mimalloc (A/A)" */
    char name[HB_NAME_MAX];  /* plugin or given name: "hakmem" */
    char variant[HB_NAME_MAX];       /* "lean", or "" */
    char environment[HB_REASON_MAX]; /* "NAME=value NAME=value", or "" */
    char plugin_path[HB_PATH_MAX];
    char plugin_sha256[65];
    char library_path[HB_PATH_MAX]; /* "" until a worker has loaded it */
    char library_version[HB_NAME_MAX];
    char library_sha256[65];
    char preload_path[HB_PATH_MAX]; /* for LD_PRELOAD; "" for dlopen or when none is needed */
    char licence[HB_NAME_MAX];
    enum hb_role role;
    char via[16];                       /* "dlopen" or "preload" */
    char missing_reason[HB_REASON_MAX]; /* why it cannot be measured here, or "" */
};

/* At the end of the reason of a run that did not have its CPUs, whether it counts or not. */
#define HB_REASON_SHARE "of the CPU time it wanted"

enum hb_job_status {
    HB_STATUS_OK = 0,
    HB_STATUS_MISSING, /* library or plugin not there */
    HB_STATUS_REFUSED, /* loaded, but could not be used: ABI, symbol, foreign pointers, preload */
    HB_STATUS_CRASHED, /* ended by a signal of its own making */
    HB_STATUS_KILLED,  /* ended for memory, or by somebody else's SIGKILL */
    HB_STATUS_HUNG,    /* the watchdog ended it */
    HB_STATUS_EXITED,  /* ended before its work was done, with any status */
    HB_STATUS_FAILED,  /* the allocator returned NULL, or the machine refused something */
    HB_STATUS_INVALID, /* disturbed from outside: stopped, suspended, without its CPU; or with
                          figures that its own clock contradicts */
    HB_STATUS_COUNT
};
extern const char *const hb_job_status_names[HB_STATUS_COUNT];

struct hb_job {
    uint32_t index;     /* place in the order they ran, from 0 */
    uint32_t block;     /* interleaving block, from 0 */
    uint32_t attempt;   /* 0, or higher when an invalid one was repeated */
    uint32_t allocator; /* index into the session's allocators */
    uint32_t point;     /* index into the session's points; 0 without a sweep */
    enum hb_job_kind kind;
    uint64_t seed;       /* of the workload's operations */
    char started_at[32]; /* "2026-11-23T11:22:33Z" */
    enum hb_job_status status;
    char reason[HB_REASON_MAX]; /* why it is not ok, or what disturbed it all the same, or "" */
    double wall_s;              /* of the whole worker process, as the runner saw it */
    bool machine_refused;       /* while it runs: what failed is no allocator's doing */
    bool is_whole; /* while it runs: invalid only for the CPU time it did not get; it may count,
                      with its reason, when it cannot be repeated any more */

    double metric[HB_METRIC_COUNT];                    /* NaN = not known */
    char null_reason[HB_GROUP_COUNT][HB_NAME_MAX * 2]; /* why a group's metrics are not known */

    uint32_t threads, slices;  /* of slice_ns */
    uint64_t *slice_ns;        /* [threads][slices], duration of each slice; owned; or NULL */
    uint64_t *start_ns;        /* [threads], when its first slice began, from the first thread's
                                  start on: what puts all slices on one clock; owned; or NULL */
    uint64_t slice_operations; /* operations of one slice of one thread */
    double claimed_ops_per_s;  /* throughput after the warm-up, by the file's own summaries: to be
                                  believed where slices or metrics bear it out; NaN: none */

    bool syscalls_known; /* counted jobs only */
    struct hb_syscall_counts syscalls;
    bool own_counters_known; /* the allocator's own word, same phases */
    struct hb_syscall_counts own_counters;
};

/* Memory system calls of one epoch, per call: how often, and the bytes they were about. */
struct hb_epoch_calls {
    uint64_t count[HB_SYSCALL_COUNT], bytes[HB_SYSCALL_COUNT];
};

#define HB_PHASE_DRAIN "drain" /* every block is freed: the last look at memory */

/* One turn of one allocator's live process. A process that died, grew too large or was disturbed
 * has a last epoch that says so: its status is not ok and what could not be had is NaN. */
struct hb_epoch {
    uint32_t index;     /* place in the order they ran, from 0 */
    uint32_t round;     /* rotation, from 0: in each every allocator has one turn */
    uint32_t allocator; /* index into the session's allocators */
    uint32_t process; /* which of this allocator's processes: 0, and one more after every restart */
    char phase[32];   /* the workload's: "steady", "grow"; HB_PHASE_DRAIN for the last look */
    double started_s; /* since the session's start, on a clock that goes on while suspended */
    enum hb_job_status status;
    char reason[HB_REASON_MAX];           /* why it is not ok, or "" */
    double metric[HB_EPOCH_METRIC_COUNT]; /* NaN = not known */
    bool calls_known;
    struct hb_epoch_calls calls;
    bool own_calls_known; /* the allocator's own word; its bytes are 0 */
    struct hb_epoch_calls own_calls;
    struct hb_loglinear_count *latency; /* [latency_count] sorted by bucket; owned */
    size_t latency_count;
};

/* How a soak is run: settled before the first epoch. */
struct hb_soak {
    double duration_s;           /* wall time asked for; 0: this session is no soak */
    double epoch_s;              /* what an epoch was aimed at */
    uint64_t epoch_operations;   /* of every epoch of every allocator; 0 until calibrated */
    uint32_t warmup_epochs;      /* first ones of each process, not judged */
    bool fresh;                  /* a fresh process for every epoch (--runs) */
    uint32_t rounds;             /* of fresh processes; else 0 */
    char control[HB_NAME_MAX];   /* label of the control allocator, or "" */
    uint64_t memory_limit_bytes; /* a process that grows past it is ended; 0: none */
    double timer_ns;             /* cost of one clock reading; 0 until known */
};

struct hb_parameter_value {
    char name[HB_NAME_MAX];
    uint64_t value;         /* representation of workload.h */
    char text[HB_NAME_MAX]; /* as a user writes it: "20M", "first" */
};

/* Who measured: filled by src/host, written under "host" in JSON. */
struct hb_host_info {
    char hostname[HB_NAME_MAX], machine_id_hash[17]; /* first 16 hex digits of sha256(machine-id) */
    char os[128], kernel[192], arch[32], libc[64];
    char cpu_model[128], cpu_governor[32], turbo[16], hypervisor[32];
    char thp_enabled[16], thp_defrag[24];
    char clocksource[32];
    char class_key[65]; /* sha256 of CPU model, arch, CPU count: hosts that may be compared */
    uint32_t cpu_count;
    uint64_t memory_bytes, page_bytes;
    int aslr, overcommit; /* kernel.randomize_va_space, vm.overcommit_memory; -1 unknown */
    double load1_start;
    double load1_end;                 /* NaN until the end */
    char cpus_used[HB_CPUSET_TEXT];   /* "1", "0-63,70"; "" when the workers were not pinned */
    char cpus_before[HB_CPUSET_TEXT]; /* had no longer: "1" or "1; 2,3"; "" for none */
    char others[160];                 /* what other programs did before the first job; "" unknown */
    char refused[160]; /* what this machine does not grant and was measured without; "" nothing */
    double cpu_quota;  /* CPUs' time that the control group grants; 0: no quota */
    uint64_t memory_limit_bytes; /* of the control group; 0: none */
    uint64_t throttled_ns; /* the group was stopped for its quota while the session ran, all CPUs */
};

/* ---- real programs, run whole under every allocator: in place of jobs ---- */

enum hb_exec_kind {
    HB_EXEC_KIND_TIMED = 0,
    HB_EXEC_KIND_COUNTED,      /* a pass of its own for system calls; its times mean nothing */
    HB_EXEC_KIND_LOADING,      /* a program that does nothing: what loading the allocator costs */
    HB_EXEC_KIND_INSTRUCTIONS, /* a pass of its own for instructions; the same, and under callgrind
                                  it may print and do other things in its time */
    HB_EXEC_KIND_COUNT
};
extern const char *const hb_exec_kind_names[HB_EXEC_KIND_COUNT];

/* One of the profile's programs, as this machine has it: same order. */
struct hb_exec_program {
    char name[HB_NAME_MAX];
    char path[HB_PATH_MAX]; /* of the command's program; of a server's where it is one */
    char sha256[65];
    char missing_reason[HB_REASON_MAX]; /* why it is skipped, or "" */
};

struct hb_exec_sample { /* of proportional memory over time */
    double at_s, bytes;
};

struct hb_exec_run {
    uint32_t index, block, attempt;
    uint32_t program, allocator; /* indices into the session's; of loading program is 0 */
    enum hb_exec_kind kind;
    char started_at[32];
    enum hb_job_status status;
    char reason[HB_REASON_MAX]; /* why it is not ok, or what disturbed it all the same, or "" */
    int exit_status;            /* 128 + a signal's number; -1: not known */
    char output_digest[33], errors_digest[33]; /* of all that it printed; "": not known */
    char not_in_effect[HB_REASON_MAX]; /* in which processes the allocator was not, and why */
    char left[HB_REASON_MAX];          /* processes that outlived the command and were ended */
    char unknown[HB_REASON_MAX];       /* what could not be measured here, and why */
    double metric[HB_EXEC_METRIC_COUNT];
    double own[HB_PROGRAM_METRICS_MAX]; /* the program's own figures, in its profile's order */
    bool calls_known;                   /* counting passes only */
    struct hb_epoch_calls calls;
    struct hb_exec_sample *memory; /* [memory_count]; owned */
    size_t memory_count;
};

/* ---- malloc's promises, asked of every allocator: in place of jobs ---- */

#define HB_PROMISE_TEXT_MAX 160

enum hb_promise_group {
    HB_PROMISE_SIZES = 0,
    HB_PROMISE_ALIGN,
    HB_PROMISE_CXX,
    HB_PROMISE_MISUSE,
    HB_PROMISE_THREADS,
    HB_PROMISE_LIMITS,
    HB_PROMISE_MEMORY,
    HB_PROMISE_LOADER,
    HB_PROMISE_GROUPS
};
extern const char *const hb_promise_group_names[HB_PROMISE_GROUPS]; /* "sizes", "align", ... */

/* One program, one promise, as the head of its source describes it. */
struct hb_promise {
    char name[HB_NAME_MAX]; /* of the program: "every_block_is_16_aligned" */
    enum hb_promise_group group;
    char promise[HB_PROMISE_TEXT_MAX]; /* what is promised */
    char means[HB_PROMISE_TEXT_MAX];   /* what it means for a user where it is not kept */
    double limit_s;                    /* then it hangs */
    uint32_t runs;                     /* at most: a race is tried so often until it is lost */
    char runs_reason[HB_NAME_MAX];     /* why more than one, or "" */
};

enum hb_answer_verdict {
    HB_ANSWER_NONE = 0, /* was not asked */
    HB_ANSWER_PASS,
    HB_ANSWER_FAIL,
    HB_ANSWER_CRASH,       /* a signal ended the program, not the promise's own look at it */
    HB_ANSWER_HANG,        /* it did not end within its limit */
    HB_ANSWER_UNSUPPORTED, /* the allocator does not offer it, or this machine cannot try it */
    HB_ANSWER_VERDICTS
};
extern const char *const hb_answer_names[HB_ANSWER_VERDICTS];

struct hb_answer {
    enum hb_answer_verdict verdict;
    uint32_t runs; /* made; of a promise that was not kept the last one broke it. 0: the library
                      ended a program that does nothing, and that is the answer to all */
    double wall_s; /* of all of them */
    char reason[HB_REASON_MAX]; /* what happened, or what disturbed it all the same, or "" */
};

enum hb_session_kind {
    HB_KIND_REBASE = 0,
    HB_KIND_SOAK,
    HB_KIND_EXEC,
    HB_KIND_CHECK,
    HB_KIND_COUNT
};
extern const char *const hb_session_kind_names[HB_KIND_COUNT];

struct hb_session {
    enum hb_session_kind kind;
    char imported_from[HB_NAME_MAX]; /* whose result it was ("lab log"), or "": this tool's own.
                                        The blocks of another's are no pairs */
    char name[HB_NAME_MAX];          /* what the user calls it, or "": for people, and not unique */
    char *note;                      /* a line of the user's about it, or NULL */
    char tool_version[32];
    char tool_commit[48]; /* git commit the tool was built from, or "" */
    char *command_line;
    char started_at[32], ended_at[32]; /* ended_at "" while it runs or was cut off */
    bool partial;                      /* cut off or interrupted */
    uint64_t seed;                     /* from which order, job seeds and bootstrap follow */
    char plan_key[65];                 /* sha256 over what a resume must find unchanged */
    char profile_name[HB_NAME_MAX];
    struct hb_profile *profile; /* as used, every default filled in; owned; NULL: not known */
    char workload[HB_NAME_MAX];
    char workload_sha256[65];
    struct hb_parameter_value *parameters;
    size_t parameter_count;
    struct hb_parameter_value *points; /* of a sweep: one parameter's values in the user's
                                          order, each point measured in every block; owned */
    size_t point_count;                /* 0: no sweep */
    char count_source[HB_NAME_MAX];    /* of a pass for instructions: "callgrind 3.19.0" or
                                          "hardware"; "": there is none */
    uint32_t blocks;                   /* planned timed runs of each allocator */
    uint32_t jobs_planned;
    struct hb_host_info host;
    double harness_s, workers_s; /* wall time outside and inside the workers */
    struct hb_allocator_entry *allocators;
    size_t allocator_count;
    struct hb_job *jobs; /* in the order they ran */
    size_t job_count, job_capacity;
    struct hb_soak soak;
    struct hb_epoch *epochs; /* of a soak, in the order they ran; owned */
    size_t epoch_count, epoch_capacity;
    struct hb_exec_program *programs; /* of an exec: its profile's, in the same order; owned */
    size_t program_count;
    struct hb_exec_run *runs; /* of an exec, in the order they ran; owned */
    size_t run_count, run_capacity;
    struct hb_promise *promises; /* of a check, by group and name; owned */
    size_t promise_count;
    struct hb_answer *answers; /* [promise_count][allocator_count], zeroed where not asked; owned */
};

/* Blocks of timed jobs or runs that were begun: the last one may lack some. */
uint32_t hb_session_blocks_begun(const struct hb_session *session);

/* True when nothing was measured of it yet. */
bool hb_session_is_empty(const struct hb_session *session);

/* The answer of this allocator to this promise of a check. */
struct hb_answer *hb_session_answer(const struct hb_session *session, size_t promise,
                                    size_t allocator);

/* True when the promise was asked and is not kept. */
bool hb_answer_is_broken(const struct hb_answer *answer);

/* The profile as used; where it is not known one of defaults without lists and budgets. */
const struct hb_profile *hb_session_profile(const struct hb_session *session);

/* The parameter with this name, or NULL. */
const struct hb_parameter_value *hb_session_find_parameter(const struct hb_session *session,
                                                           const char *name);

/* ---- sweeps ---- */

#define HB_POINTS_MAX 16u

/* How many times each allocator is in a block: the points of a sweep, or 1. */
size_t hb_session_points(const struct hb_session *session);

/* The most threads that a worker of the session has, at any point; 1 where it does not say. */
uint32_t hb_session_threads_most(const struct hb_session *session);

/* The session's parameters at one of its points, into out[parameter_count]: the point has the place
 * of the one that is swept. False where there is no such place: without a sweep, and of a CSV. */
bool hb_session_parameters_at(const struct hb_session *session, size_t point,
                              struct hb_parameter_value *out);

/* One point of a sweep as a session of its own: its parameters, and its jobs in their order. What
 * the jobs point to stays the session's, which must outlive the view. -1 without memory, *view
 * then empty. */
int hb_session_view(const struct hb_session *session, size_t point, struct hb_session *view);
void hb_session_view_free(struct hb_session *view);

/* A parameter's value in words: "400"; "400, 4K, 40K" of the one that is swept. */
struct hb_value_text {
    char text[256];
};
struct hb_value_text hb_session_value_text(const struct hb_session *session, size_t parameter);

/* The pass for instructions meets the same requests in every session, so that any two can be
 * compared. */
#define HB_COUNT_SEED 1u

/* The caches that callgrind simulates on every machine alike (run/callgrind.c). */
#define HB_COUNT_CACHES                                                                            \
    "32 KiB of code and 32 KiB of data, both 8-way, and 8 MiB behind them, 16-way"

/* What two passes of one allocator over the same requests may lie apart by, as a fraction: some
 * draw random numbers of their own, or ask the clock. */
#define HB_COUNT_REPEATS 0.0005

/* Frees everything the session owns and zeroes it. */
void hb_session_free(struct hb_session *session);

/* A job with every metric unknown (NaN) and everything else zero. */
void hb_job_init(struct hb_job *job);

/* Frees the job's slices; their numbers stay. */
void hb_job_drop_slices(struct hb_job *job);

/* Frees what the job owns and zeroes it. */
void hb_job_free(struct hb_job *job);

/* Moves *job to the end of session->jobs (its slices now belong to the session), as an invalid one
 * where its own clock contradicts its figures.
 * 0, or -1 when there is no memory; then *job is untouched. */
int hb_session_append(struct hb_session *session, struct hb_job *job);

/* An epoch with every metric unknown (NaN) and everything else zero. */
void hb_epoch_init(struct hb_epoch *epoch);

/* Frees what the epoch owns and zeroes it. */
void hb_epoch_free(struct hb_epoch *epoch);

bool hb_epoch_is_drain(const struct hb_epoch *epoch);

/* When it was over, in seconds since the session's start; its start where that is not known. */
double hb_epoch_end_s(const struct hb_epoch *epoch);

/* Moves *epoch to the end of session->epochs, checked in the same way. 0, or -1 when there is no
 * memory; then *epoch is untouched. */
int hb_session_append_epoch(struct hb_session *session, struct hb_epoch *epoch);

/* Frees every epoch; the rest of the session stays. */
void hb_session_drop_epochs(struct hb_session *session);

/* A run with every metric unknown (NaN) and everything else zero. */
void hb_exec_run_init(struct hb_exec_run *run);
void hb_exec_run_free(struct hb_exec_run *run);

/* Moves *run to the end of session->runs. 0, or -1 when there is no memory; then *run is untouched.
 */
int hb_session_append_run(struct hb_session *session, struct hb_exec_run *run);

/* The program as the session's profile describes it. */
const struct hb_profile_program *hb_exec_described(const struct hb_session *session,
                                                   size_t program);

/* True when a later job of the session did the same as this one of its: what an invalid one is
 * followed by where it could be repeated. */
bool hb_session_was_repeated(const struct hb_session *session, const struct hb_job *job);

/* True of an import or an exec whose jobs are one operation each: what it has is their times. */
bool hb_session_is_of_times(const struct hb_session *session);

/* Index of the allocator with this label, or -1. */
int hb_session_find(const struct hb_session *session, const char *label);

/* Index of the last allocator of this role, or -1. */
int hb_session_find_role(const struct hb_session *session, enum hb_role role);

/* How many compete. */
size_t hb_session_competitors(const struct hb_session *session);

/* The physical check: no figure above what the clock of its own run allows. Whatever comes into a
 * session, from a worker or from anybody's file, passes it (hb_session_append); what fails is
 * invalid, with the reason, so that nobody who reads the session prints, ranks or compares it. */

/* True when nothing contradicts it: the throughput is at most operations over elapsed time, the
 * slices make up that time, and that time is within the process's life. What is not known
 * contradicts nothing. Otherwise an ok job becomes an invalid one, and *job says why. */
bool hb_ownclock_check_job(struct hb_job *job);

/* A sparse histogram as text, "27:1203 28:44": the least value of each bucket in ns and its count.
 * Short enough for a cell, exact, and for any program to read. */
int hb_latency_text(const struct hb_loglinear_count *buckets, size_t count, struct hb_buf *out);

/* And back: *buckets is the caller's to free(). "" has none. -1 for anything that hb_latency_text
 * would not have written, 1 when there is no memory. */
int hb_latency_parse(const char *text, struct hb_loglinear_count **buckets, size_t *count);

#endif
