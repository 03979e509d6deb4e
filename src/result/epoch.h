/* One epoch of a soak: what one allocator's live process did in one turn. Facts only.
 * The one table of an epoch's numbers: JSON key, CSV column and table heading follow from a row.
 * Read next: model.h (the session that holds them), hakbench-result(5), "EPOCHS". */
#ifndef HB_RESULT_EPOCH_H
#define HB_RESULT_EPOCH_H

#include "base/buf.h"
#include "base/loglinear.h"
#include "result/metric.h"

#include <stddef.h>
#include <stdint.h>

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

/* A sparse histogram as text, "27:1203 28:44": the least value of each bucket in ns and its count.
 * Short enough for a cell, exact, and for any program to read. */
int hb_latency_text(const struct hb_loglinear_count *buckets, size_t count, struct hb_buf *out);

/* And back: *buckets is the caller's to free(). "" has none. -1 for anything that hb_latency_text
 * would not have written. */
int hb_latency_parse(const char *text, struct hb_loglinear_count **buckets, size_t *count);

#endif
