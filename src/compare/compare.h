/* Digests in, differences out: what changed between sessions, or between the allocators of one, by
 * how much, and whether to believe it. Never prints, never reads files.
 * Read next: docs/statistics.md, "Across files"; compare.c, pairing.c, gate.h, timeline.h. */
#ifndef HB_COMPARE_COMPARE_H
#define HB_COMPARE_COMPARE_H

#include "base/err.h"
#include "compare/digest.h"

#include <stdbool.h>
#include <stddef.h>

enum hb_change {
    HB_CHANGE_NONE = 0, /* nothing to judge: too few runs, no value on one side */
    HB_CHANGE_BETTER,
    HB_CHANGE_WORSE,
    HB_CHANGE_SAME,
    HB_CHANGE_INCONCLUSIVE,
    HB_CHANGE_MACHINE,  /* it differs, but the bytes do not: the machine, the kernel, the seed */
    HB_CHANGE_WITHHELD, /* a time of a session that is not to be believed */
    HB_CHANGE_KINDS
};

struct hb_compare_options {
    const char *base;           /* label of the side that is compared with; NULL: the first */
    const char *base_allocator; /* within one session; NULL: its reference, else its first */
    const char *relative_to;    /* times as ratios to this allocator of the same session: a label,
                                   "reference" or "floor"; NULL: as they are */
    bool allow_cross_host;      /* other CPUs: then times are relative, to the reference if nothing
                                   else is said, else to the floor */
    bool no_adjust;             /* leave the machine's own shift in */
    double margin_percent;      /* NaN: the files' own */
    const char *allocators;     /* "a,b": only these labels; NULL: all */
    bool figures[HB_FIGURE_COUNT];
};

/* One figure of one allocator, here and there. */
struct hb_difference {
    size_t group;
    const struct hb_digest *base, *other;
    const struct hb_digest_entry *base_entry, *other_entry;
    size_t figure;
    double base_value, other_value; /* NaN: not known there */
    size_t base_n, other_n;
    bool is_paired;   /* block by block; else two independent samples */
    bool is_ratio;    /* estimate is other / base; else other - base, in the figure's unit */
    bool is_relative; /* values are ratios to another allocator of the same session */
    bool is_control;  /* the same bytes on both sides: what it shows is the machine */
    double estimate;  /* NaN: not to be had */
    struct hb_interval interval; /* 95 %; NaN with too few runs */
    double machine;   /* the machine's own ratio, taken out of estimate; 1: nothing was */
    double p, p_holm; /* NaN: no test */
    double a12;       /* P(other > base) + P(equal) / 2; NaN: not known */
    double margin;    /* what counts: a fraction, or in the figure's unit */
    double least;     /* the same without the noise: nothing wider is "the same" */
    enum hb_change change;
    size_t runs_needed; /* of an inconclusive one; 0: not reachable */
};

/* What the machine itself did between two sessions, by the allocators that did not change. */
struct hb_machine {
    size_t group;
    const struct hb_digest *base, *other;
    const struct hb_digest_entry *reference; /* of base, that times are ratios to; NULL: none */
    size_t controls;                         /* fewer than 3 say nothing: ratio is then NaN */
    double ratio;                            /* of throughputs, other over base */
    struct hb_interval interval;             /* 95 % */
    double spread; /* how far the controls lie apart, a fraction (1.4826 MAD) */
};

/* Sessions that may be compared: same workload, parameters and kind. */
struct hb_group {
    const struct hb_digest *base;
    bool is_within; /* one session: its allocators are compared with each other */
    size_t digest_count;
    size_t first, count; /* its differences */
};

/* Geometric mean over workloads of one allocator's throughput, on one side over the base. */
struct hb_mean_ratio {
    char side[HB_NAME_MAX], allocator[HB_NAME_MAX]; /* labels */
    size_t workloads;
    double ratio;
};

struct hb_comparison {
    const struct hb_compare_options *options;
    const struct hb_digest *digests;
    size_t digest_count;
    struct hb_group *groups;
    size_t group_count;
    struct hb_difference *differences; /* by group, side, allocator, figure */
    size_t count, capacity;
    struct hb_machine *machines;
    size_t machine_count;
    struct hb_mean_ratio *means;
    size_t mean_count;
    struct hb_buf notes; /* one a line: what was left out, and why */
    bool is_relative;    /* some times are */
};

/* Compares digests[0..n), which must outlive the comparison, as must the options. A session that is
 * there twice is left out once and noted, if one of the two was found in a folder. HB_ERR_USAGE: no
 * such base or allocator; HB_ERR_INCOMPARABLE: other CPUs without allow_cross_host, or one session
 * named twice. Free with hb_comparison_free even after -1. */
int hb_compare(const struct hb_digest *digests, size_t n, const struct hb_compare_options *options,
               struct hb_comparison *comparison, struct hb_err *err);
void hb_comparison_free(struct hb_comparison *comparison);

/* True when the label is in "a,b"; so for every label when list is NULL. */
bool hb_compare_is_listed(const char *list, const char *label);

/* HB_ERR_USAGE when "a,b" names an allocator that is nowhere: a gate would have one fewer to hold.
 * inputs: whatever is_known looks into. NULL names none. */
typedef bool hb_compare_is_known(const void *inputs, const char *label);
int hb_compare_check_known(const char *list, hb_compare_is_known *is_known, const void *inputs,
                           struct hb_err *err);

/* The same of digests. */
int hb_compare_check_listed(const struct hb_digest *digests, size_t n, const char *list,
                            struct hb_err *err);

/* HB_ERR_INCOMPARABLE when two files that the user named hold one session. */
int hb_compare_check_named(const struct hb_digest *digests, size_t n, struct hb_err *err);

/* The entry of the same label, way in and environment, or -1. */
int hb_compare_match(const struct hb_digest *digest, const struct hb_digest_entry *like);

/* "faster", "smaller", "fewer", "steadier", "slower", ..., "same", "inconclusive", "too few runs":
 * the change in the figure's own words. Static text. */
const char *hb_change_word(size_t figure, enum hb_change change);

/* "better", "worse", "same", "inconclusive", "withheld", "none": the same for programs. Static
 * text. */
const char *hb_change_key(enum hb_change change);

/* A12's magnitude in words (stats/ranktest.h). */
const char *hb_difference_effect(const struct hb_difference *difference);

#endif
