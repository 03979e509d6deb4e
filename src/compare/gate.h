/* Gates: limits on what may change, as a CI job states them: "throughput<-3%,rss_peak>+5%,
 * syscalls_per_op>1e-8". A gate fails only when the whole interval lies beyond its limit.
 * Read next: compare.h, docs/statistics.md, "Gates". */
#ifndef HB_COMPARE_GATE_H
#define HB_COMPARE_GATE_H

#include "compare/compare.h"

struct hb_gate {
    char text[HB_NAME_MAX * 2];  /* as written */
    char allocator[HB_NAME_MAX]; /* "hakmem:throughput<-3%" is for one; "" for all */
    size_t figure;
    bool is_below;  /* fails below the limit; else above */
    bool is_change; /* limit is percent of the base; else the new value itself, in its unit */
    double limit;
};

enum hb_gate_outcome {
    HB_GATE_PASS = 0,
    HB_GATE_FAIL,         /* the whole interval is beyond the limit */
    HB_GATE_INCONCLUSIVE, /* the estimate is beyond, the interval reaches back */
    HB_GATE_UNKNOWN,      /* no value, or no interval, on either side */
    HB_GATE_UNCHANGED,    /* held for nobody: all libraries are the same bytes on both sides */
    HB_GATE_OUTCOMES
};

struct hb_gate_result {
    const struct hb_gate *gate;
    const struct hb_digest *side; /* the new one */
    const char *allocator;        /* label; "" for HB_GATE_UNCHANGED */
    bool is_across;               /* two sessions; else two allocators of one */
    bool is_from_zero;            /* a change from nothing: value and interval may be infinite */
    double value;                 /* percent of change, or the value itself */
    struct hb_interval interval;  /* of it, 95 %; one point for what is exact */
    enum hb_gate_outcome outcome;
    const char *why; /* what else must be known of it, or "". Static text */
};

/* Parses the list: [ALLOCATOR:]METRIC<LIMIT or >LIMIT. "-3%" and "+5%" are changes from the base;
 * "64MiB", "10ns", "1e-8" and, for metrics in percent, "2%" are values, which need their unit. What
 * could be either is refused. *gates is the caller's to free(). HB_ERR_USAGE naming what is not
 * understood. */
int hb_gates_parse(const char *text, struct hb_gate **gates, size_t *count, struct hb_err *err);

/* Holds every allocator that a gate speaks of against it; one that has no value, or is on one side
 * only, is HB_GATE_UNKNOWN. Controls are passed over, since what they show is the machine, unless
 * the gate or --allocators names them; where nothing else is left that is a result of its own.
 * *results is the caller's to free(). HB_ERR_USAGE: a gate found nothing; HB_ERR_INCOMPARABLE: a
 * session has none among the others to be held against. */
int hb_gates_hold(const struct hb_gate *gates, size_t count, const struct hb_comparison *comparison,
                  struct hb_gate_result **results, size_t *result_count, struct hb_err *err);

/* True for what a gate could not decide. */
bool hb_gate_is_open(enum hb_gate_outcome outcome);

/* "pass", "fail", "inconclusive", "unknown", "unchanged". Static text. */
const char *hb_gate_word(enum hb_gate_outcome outcome);

#endif
