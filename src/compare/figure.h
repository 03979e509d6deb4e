/* What sessions are compared by: every metric of a job (result/metric.h) and what is derived from
 * the runs or the epochs. Name, unit, good direction and way of comparing follow from one row.
 * Holds no values. Read next: digest.h (where the values are), docs/statistics.md, "Across files".
 */
#ifndef HB_COMPARE_FIGURE_H
#define HB_COMPARE_FIGURE_H

#include "base/unit.h"
#include "result/metric.h"

#include <stdbool.h>
#include <stddef.h>

enum hb_figure_kind {
    HB_FIGURE_RATIO = 0,  /* now / then of positive numbers, by the interval of their logs */
    HB_FIGURE_DIFFERENCE, /* now - then, in the figure's own unit: it may be 0 or below */
    HB_FIGURE_SPREAD,     /* a coefficient of variation: ratio by Bonett's interval */
    HB_FIGURE_EXACT,      /* deterministic: equal or not */
};

/* id, key (unit last), heading, good direction, format, kind, help */
#define HB_FIGURES_DERIVED(X)                                                                      \
    X(ABOVE_FLOOR, "ns_above_floor", "above floor", LOWER, NS, DIFFERENCE,                         \
      "ns/op less the floor allocator's of the same block")                                        \
    X(INSTRUCTIONS_ABOVE_FLOOR, "instructions_above_floor", "instr above floor", LOWER, EACH,      \
      EXACT, "instructions of an operation less the floor allocator's (--count)")                  \
    X(CV, "cv_percent", "CV", LOWER, PERCENT, SPREAD,                                              \
      "coefficient of variation of the throughput, over runs or epochs")                           \
    X(P50, "latency_p50_ns", "p50", LOWER, NS, RATIO, "median latency of one operation (soaks)")   \
    X(P99, "latency_p99_ns", "p99", LOWER, NS, RATIO, "99th percentile (soaks)")                   \
    X(P999, "latency_p999_ns", "p99.9", LOWER, NS, RATIO, "99.9th percentile (soaks)")             \
    X(RSS_SOAK, "rss_bytes", "resident", LOWER, BYTES, RATIO,                                      \
      "resident set at the end of an epoch (soaks)")                                               \
    X(SPEED_DRIFT, "throughput_drift_percent", "speed drift", HIGHER, PERCENT, DIFFERENCE,         \
      "drift of the throughput over an hour (soaks)")                                              \
    X(RSS_DRIFT, "rss_drift_percent", "memory drift", LOWER, PERCENT, DIFFERENCE,                  \
      "drift of resident memory over an hour (soaks)")

/* The metrics of jobs come first, under their own ids: HB_METRIC_THROUGHPUT is a figure. */
enum hb_figure_id {
    HB_FIGURE_BEFORE_DERIVED = HB_METRIC_COUNT - 1,
#define HB_FIGURE_ID(id, ...) HB_FIGURE_##id,
    HB_FIGURES_DERIVED(HB_FIGURE_ID)
#undef HB_FIGURE_ID
        HB_FIGURE_COUNT
};

struct hb_figure_info {
    const char *key, *heading, *help;
    char name[48]; /* the key without its unit: what people type */
    enum hb_metric_good good;
    enum hb_metric_format format;
    enum hb_figure_kind kind;
    bool is_default; /* shown unless asked otherwise */
};

/* id < HB_FIGURE_COUNT. */
const struct hb_figure_info *hb_figure(size_t id);

/* True for rates and durations that are compared as ratios: what a slower machine changes. */
bool hb_figure_is_time(size_t id);

/* True for what a pass for instructions counts. */
bool hb_figure_is_tally(size_t id);

/* By key or name ("throughput_ops_per_s", "throughput", "rss_peak", "syscalls_per_op"), or
 * HB_FIGURE_COUNT. */
size_t hb_figure_find(const char *text);

/* The figure's value as people read it: "95.9 M/s", "14.6 MiB", "1.22 %"; "-" for NaN. */
struct hb_text hb_figure_text(size_t id, double value);

/* Fills chosen[HB_FIGURE_COUNT] from "throughput,rss_peak", "all", or NULL for the default ones.
 * HB_ERR_USAGE naming what is not known, with the nearest name. */
int hb_figures_choose(const char *list, bool *chosen, struct hb_err *err);

#endif
