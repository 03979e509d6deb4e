/* The tables of metrics, of a job and of an epoch: key, unit, good direction, print format.
 * JSON key, CSV column, table heading and gate name all follow from a row here.
 * Holds no values and judges nothing.
 * Read next: model.h (where a sample's values live). */
#ifndef HB_RESULT_METRIC_H
#define HB_RESULT_METRIC_H

#include "base/unit.h"

#include <stdbool.h>
#include <stddef.h>

enum hb_metric_group { /* what a null reason speaks of */
                       HB_GROUP_TIME = 0,
                       HB_GROUP_MEMORY,
                       HB_GROUP_FAULTS,
                       HB_GROUP_SCHEDULING,
                       HB_GROUP_SYSCALLS,
                       HB_GROUP_HARDWARE,
                       HB_GROUP_COUNTS,
                       HB_GROUP_COUNT
};

/* Which pass of an allocator's a metric is from: none has figures of another. */
enum hb_job_kind {
    HB_JOB_TIMED = 0,    /* a sample of time and memory; never traced */
    HB_JOB_COUNTED,      /* a pass of its own for system calls; its times mean nothing */
    HB_JOB_INSTRUCTIONS, /* a pass of its own for instructions and simulated misses; the same */
    HB_JOB_KIND_COUNT
};
extern const char *const hb_job_kind_names[HB_JOB_KIND_COUNT];

/* The pass that knows the metrics of a group. */
enum hb_job_kind hb_metric_pass(enum hb_metric_group group);

enum hb_metric_good { HB_GOOD_HIGHER = 0, HB_GOOD_LOWER, HB_GOOD_NEITHER };

enum hb_metric_format {
    HB_FORMAT_RATE = 0, /* SI per second: 95.9 M/s */
    HB_FORMAT_NS,       /* 10.4 ns */
    HB_FORMAT_BYTES,    /* 14.6 MiB */
    HB_FORMAT_COUNT,    /* 1,234 */
    HB_FORMAT_TINY,     /* 1.2e-8, or 0 */
    HB_FORMAT_EACH,     /* 42.524 of an operation, 1.2e-8, or 0 */
    HB_FORMAT_PERCENT,  /* 1.22 % */
};

/* id, key (unit last), heading, group, good direction, format, deterministic, help */
#define HB_METRICS(X)                                                                              \
    X(THROUGHPUT, "throughput_ops_per_s", "throughput", TIME, HIGHER, RATE, false,                 \
      "measured operations a second, all threads, whole measured phase")                           \
    X(NS_PER_OP, "ns_per_op", "ns/op", TIME, LOWER, NS, false,                                     \
      "wall time of one operation of one thread")                                                  \
    X(ELAPSED, "elapsed_ns", "elapsed", TIME, LOWER, NS, false,                                    \
      "first measured operation to the last one's end")                                            \
    X(OPERATIONS, "operations", "operations", TIME, NEITHER, COUNT, true, "operations measured")   \
    X(TIMER, "timer_ns", "timer", TIME, NEITHER, NS, false, "cost of one clock reading")           \
    X(RSS_BASE, "rss_base_bytes", "base", MEMORY, LOWER, BYTES, false,                             \
      "resident set of the worker before any plugin")                                              \
    X(RSS_START, "rss_start_bytes", "start", MEMORY, LOWER, BYTES, false,                          \
      "resident set after the warm-up")                                                            \
    X(RSS_PEAK, "rss_peak_bytes", "peak", MEMORY, LOWER, BYTES, false,                             \
      "largest resident set of the process (VmHWM)")                                               \
    X(RSS_END, "rss_end_bytes", "end", MEMORY, LOWER, BYTES, false,                                \
      "resident set after the last measured operation, blocks still held")                         \
    X(RSS_DRAINED, "rss_drained_bytes", "drained", MEMORY, LOWER, BYTES, false,                    \
      "resident set right after every block was freed")                                            \
    X(HUGE_END, "anon_huge_end_bytes", "huge pages", MEMORY, NEITHER, BYTES, false,                \
      "anonymous huge pages at the end")                                                           \
    X(FAULTS_MINOR, "faults_minor", "faults", FAULTS, LOWER, COUNT, false,                         \
      "minor page faults, whole process until the end of the measured phase")                      \
    X(FAULTS_MEASURED, "faults_minor_measured", "faults, measured", FAULTS, LOWER, COUNT, false,   \
      "minor page faults of the measured phase")                                                   \
    X(FAULTS_MAJOR, "faults_major", "major faults", FAULTS, LOWER, COUNT, false,                   \
      "major page faults, whole process until the end of the measured phase")                      \
    X(SWITCHES_VOLUNTARY, "switches_voluntary", "vol. switches", SCHEDULING, LOWER, COUNT, false,  \
      "voluntary context switches of the measured phase")                                          \
    X(SWITCHES_INVOLUNTARY, "switches_involuntary", "invol. switches", SCHEDULING, LOWER, COUNT,   \
      false, "involuntary context switches of the measured phase")                                 \
    X(STEAL, "steal_ns", "steal", SCHEDULING, LOWER, NS, false,                                    \
      "time the hypervisor took from the worker's CPUs in the measured phase")                     \
    X(CPU_TIME, "cpu_ns", "CPU time", SCHEDULING, NEITHER, NS, false,                              \
      "CPU time that the worker's threads had in the measured phase")                              \
    X(RUN_DELAY, "run_delay_ns", "run delay", SCHEDULING, NEITHER, NS, false,                      \
      "time in which they were ready to run and did not")                                          \
    X(SYSCALLS_STARTUP, "memory_syscalls_startup", "syscalls, start-up", SYSCALLS, LOWER, COUNT,   \
      true, "memory system calls before the warm-up")                                              \
    X(SYSCALLS_WARMUP, "memory_syscalls_warmup", "syscalls, warm-up", SYSCALLS, LOWER, COUNT,      \
      true, "memory system calls of the warm-up")                                                  \
    X(SYSCALLS_MEASURED, "memory_syscalls_measured", "syscalls, measured", SYSCALLS, LOWER, COUNT, \
      true, "memory system calls of the measured phase")                                           \
    X(SYSCALLS_PER_OP, "memory_syscalls_per_op", "syscalls/op", SYSCALLS, LOWER, TINY, true,       \
      "memory system calls of the measured phase per operation")                                   \
    X(CYCLES, "cycles", "cycles", HARDWARE, LOWER, COUNT, false, "CPU cycles, user mode")          \
    X(INSTRUCTIONS, "instructions", "instructions", HARDWARE, LOWER, COUNT, false,                 \
      "instructions, user mode")                                                                   \
    X(BRANCH_MISSES, "branch_misses", "branch misses", HARDWARE, LOWER, COUNT, false,              \
      "mispredicted branches, user mode")                                                          \
    X(CACHE_MISSES, "cache_misses", "cache misses", HARDWARE, LOWER, COUNT, false,                 \
      "last-level cache misses, user mode")                                                        \
    X(INSTRUCTIONS_PER_OP, "instructions_per_op", "instr/op", COUNTS, LOWER, EACH, true,           \
      "instructions of an operation, user mode, in a pass of their own (--count)")                 \
    X(BRANCHES_PER_OP, "branches_per_op", "branches/op", COUNTS, LOWER, EACH, true,                \
      "conditional and indirect branches of an operation, in the same pass")                       \
    X(L1_MISSES_PER_OP, "l1_misses_per_op", "L1 misses/op", COUNTS, LOWER, EACH, true,             \
      "misses of an operation in the first level of cache, code and data, in the same pass")       \
    X(LL_MISSES_PER_OP, "ll_misses_per_op", "LL misses/op", COUNTS, LOWER, EACH, true,             \
      "misses of an operation in the last level of cache, in the same pass")

enum hb_metric_id {
#define HB_METRIC_ID(id, ...) HB_METRIC_##id,
    HB_METRICS(HB_METRIC_ID)
#undef HB_METRIC_ID
        HB_METRIC_COUNT
};

struct hb_metric {
    const char *key, *heading, *help;
    enum hb_metric_group group;
    enum hb_metric_good good;
    enum hb_metric_format format;
    bool deterministic; /* compared for equality, not by interval */
};

extern const struct hb_metric hb_metrics[HB_METRIC_COUNT];

/* "time", "memory", ...: the names used for null reasons in JSON. */
extern const char *const hb_metric_group_names[HB_GROUP_COUNT];

/* A value as people read it: "95.9 M/s", "14.6 MiB", "1.22 %"; "-" for NaN. */
struct hb_text hb_metric_text(enum hb_metric_format format, double value);

/* Where the metric with this key is among metrics[0..count), or count. */
size_t hb_metric_index(const struct hb_metric *metrics, size_t count, const char *key);

/* The metric of a job with this key, or HB_METRIC_COUNT. */
enum hb_metric_id hb_metric_find(const char *key);

/* ---- of an epoch ---- */

/* id, key (unit last), heading, good direction, format, help */
#define HB_EPOCH_METRICS(X)                                                                        \
    X(OPERATIONS, "operations", "operations", NEITHER, COUNT, "operations of the epoch")           \
    X(ELAPSED, "elapsed_ns", "elapsed", LOWER, NS, "first operation to the last one's end")        \
    X(THROUGHPUT, "throughput_ops_per_s", "throughput", HIGHER, RATE,                              \
      "operations a second, all threads; null where the workload sleeps")                          \
    X(LATENCY_SAMPLES, "latency_samples", "samples", NEITHER, COUNT,                               \
      "operations that were timed, one in about 1,024")                                            \
    X(LATENCY_P50, "latency_p50_ns", "p50", LOWER, NS, "median latency, the timer's cost in it")   \
    X(LATENCY_P90, "latency_p90_ns", "p90", LOWER, NS, "90th percentile")                          \
    X(LATENCY_P99, "latency_p99_ns", "p99", LOWER, NS, "99th percentile")                          \
    X(LATENCY_P999, "latency_p999_ns", "p99.9", LOWER, NS, "99.9th percentile")                    \
    X(LATENCY_P9999, "latency_p9999_ns", "p99.99", LOWER, NS, "99.99th percentile")                \
    X(LATENCY_MAX, "latency_max_ns", "max", LOWER, NS, "the slowest operation that was timed")     \
    X(RSS, "rss_bytes", "resident", LOWER, BYTES, "resident set at the epoch's end")               \
    X(PSS, "pss_bytes", "proportional", LOWER, BYTES, "proportional set at the epoch's end")       \
    X(HEAP, "heap_bytes", "heap", LOWER, BYTES, "anonymous resident memory at the epoch's end")    \
    X(HEAP_GROWTH, "heap_growth_bytes", "heap growth", LOWER, BYTES,                               \
      "heap_bytes less those of the same process one epoch before")                                \
    X(ANON_HUGE, "anon_huge_bytes", "huge pages", NEITHER, BYTES,                                  \
      "anonymous huge pages at the epoch's end")                                                   \
    X(LIVE, "live_bytes", "live", NEITHER, BYTES,                                                  \
      "bytes the workload had asked for and not freed, by its own word")                           \
    X(FAULTS_MINOR, "faults_minor", "faults", LOWER, COUNT, "minor page faults of the epoch")      \
    X(FAULTS_MAJOR, "faults_major", "major faults", LOWER, COUNT, "major page faults")             \
    X(SYSCALLS, "memory_syscalls", "syscalls", LOWER, COUNT,                                       \
      "memory system calls of the epoch, all six")                                                 \
    X(SYSCALL_BYTES, "memory_syscall_bytes", "syscall bytes", LOWER, BYTES,                        \
      "bytes they were about")                                                                     \
    X(SWITCHES_VOLUNTARY, "switches_voluntary", "vol. switches", LOWER, COUNT,                     \
      "voluntary context switches of the epoch, all threads")                                      \
    X(SWITCHES_INVOLUNTARY, "switches_involuntary", "invol. switches", LOWER, COUNT,               \
      "involuntary context switches")                                                              \
    X(STEAL, "steal_ns", "steal", LOWER, NS,                                                       \
      "time the hypervisor took from the worker's CPUs meanwhile")                                 \
    X(DRAINED_100MS, "rss_drained_100ms_bytes", "0.1 s after", LOWER, BYTES,                       \
      "resident set 0.1 s after every block was freed, in light use; epochs of a drain only")      \
    X(DRAINED_1S, "rss_drained_1s_bytes", "1 s after", LOWER, BYTES, "1 s after")                  \
    X(DRAINED_5S, "rss_drained_5s_bytes", "5 s after", LOWER, BYTES, "5 s after")

enum hb_epoch_metric_id {
#define HB_EPOCH_METRIC_ID(id, ...) HB_EPOCH_##id,
    HB_EPOCH_METRICS(HB_EPOCH_METRIC_ID)
#undef HB_EPOCH_METRIC_ID
        HB_EPOCH_METRIC_COUNT
};

/* Without groups. */
extern const struct hb_metric hb_epoch_metrics[HB_EPOCH_METRIC_COUNT];

/* The metric with this key, or HB_EPOCH_METRIC_COUNT. */
enum hb_epoch_metric_id hb_epoch_metric_find(const char *key);

/* ---- of a run of a program ---- */

/* id, key (unit last), heading, good direction, format, help */
#define HB_EXEC_METRICS(X)                                                                         \
    X(WALL, "wall_ns", "wall", LOWER, NS, "from the start of the command to its end")              \
    X(USER, "user_ns", "user", LOWER, NS, "user time of all its processes")                        \
    X(SYSTEM, "system_ns", "system", LOWER, NS, "system time of all its processes")                \
    X(CPU, "cpu_ns", "CPU", LOWER, NS, "user and system time")                                     \
    X(PEAK_CGROUP, "memory_peak_cgroup_bytes", "peak", LOWER, BYTES,                               \
      "most memory of all its processes at once, with page cache and kernel memory: the kernel's " \
      "own mark of a control group made for the run")                                              \
    X(PEAK_PSS, "memory_peak_pss_bytes", "peak", LOWER, BYTES,                                     \
      "largest sum of proportional memory of all its processes in one sample")                     \
    X(PEAK_RSS, "memory_peak_rss_bytes", "peak", LOWER, BYTES,                                     \
      "resident peak of the largest of its processes (ru_maxrss)")                                 \
    X(FAULTS_MINOR, "faults_minor", "faults", LOWER, COUNT, "minor page faults")                   \
    X(FAULTS_MAJOR, "faults_major", "major faults", LOWER, COUNT, "major page faults")             \
    X(SWITCHES_VOLUNTARY, "switches_voluntary", "vol. switches", LOWER, COUNT,                     \
      "voluntary context switches")                                                                \
    X(SWITCHES_INVOLUNTARY, "switches_involuntary", "invol. switches", LOWER, COUNT,               \
      "involuntary context switches")                                                              \
    X(RUN_DELAY, "run_delay_ns", "run delay", LOWER, NS,                                           \
      "time in which it was ready to run and did not; where one thread does all the work")         \
    X(PROCESSES, "processes", "processes", NEITHER, COUNT, "processes that were seen")             \
    X(IN_EFFECT, "processes_in_effect", "in effect", NEITHER, COUNT,                               \
      "of these: in which the allocator was in effect")                                            \
    X(EFFECT_UNKNOWN, "processes_effect_unknown", "not known", NEITHER, COUNT,                     \
      "of these: of which that is not known")                                                      \
    X(SHELL_WALL, "shell_wall_ns", "shell", NEITHER, NS,                                           \
      "time of its shell alone, which was taken away")                                             \
    X(SHELL_CPU, "shell_cpu_ns", "shell CPU", NEITHER, NS,                                         \
      "CPU time of its shell alone, which was taken away")                                         \
    X(OUTPUT, "output_bytes", "output", NEITHER, COUNT, "bytes that it printed")                   \
    X(SYSCALLS, "memory_syscalls", "calls", LOWER, COUNT,                                          \
      "memory system calls of all its processes; counting passes only")                            \
    X(LOADED, "memory_loaded_bytes", "loaded", LOWER, BYTES,                                       \
      "of a server: memory at the end of its client")                                              \
    X(AFTER_100MS, "memory_after_100ms_bytes", "0.1 s after", LOWER, BYTES,                        \
      "of a server: memory 0.1 s after its client's end")                                          \
    X(AFTER_1S, "memory_after_1s_bytes", "1 s after", LOWER, BYTES, "1 s after")                   \
    X(AFTER_5S, "memory_after_5s_bytes", "5 s after", LOWER, BYTES, "5 s after")                   \
    X(AFTER_10S, "memory_after_10s_bytes", "10 s after", LOWER, BYTES, "10 s after")               \
    X(INSTRUCTIONS, "instructions", "instructions", LOWER, COUNT,                                  \
      "instructions of all its processes, user mode; passes for instructions only (--count)")      \
    X(BRANCHES, "branches", "branches", LOWER, COUNT,                                              \
      "conditional and indirect branches, in the same pass")                                       \
    X(L1_MISSES, "l1_misses", "L1 misses", LOWER, COUNT,                                           \
      "misses in the first level of cache, code and data, in the same pass")                       \
    X(LL_MISSES, "ll_misses", "LL misses", LOWER, COUNT,                                           \
      "misses in the last level of cache, in the same pass")                                       \
    X(INSTRUCTIONS_LOADING, "instructions_loading", "loading", LOWER, COUNT,                       \
      "instructions of a program that does nothing under the same allocator: the floor")

enum hb_exec_metric_id {
#define HB_EXEC_METRIC_ID(id, ...) HB_EXEC_##id,
    HB_EXEC_METRICS(HB_EXEC_METRIC_ID)
#undef HB_EXEC_METRIC_ID
        HB_EXEC_METRIC_COUNT
};

/* Without groups. */
extern const struct hb_metric hb_exec_metrics[HB_EXEC_METRIC_COUNT];

#endif
