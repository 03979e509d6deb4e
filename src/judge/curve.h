/* Curves of a sweep: each figure over its points, with intervals, and where two allocators change
 * places. Of a rebase each point is judged as a session of its own first. Never prints, never
 * measures.
 * Read next: docs/sweeps.md, judge.h, exec_judge.h; src/result/model.h (points). */
#ifndef HB_JUDGE_CURVE_H
#define HB_JUDGE_CURVE_H

#include "judge/exec_judge.h"
#include "judge/judge.h"

/* An allocator at a point: the median of its runs with its interval. */
struct hb_curve_cell {
    size_t n;             /* runs that have the figure */
    double value, lo, hi; /* NaN: not known */
};

/* Two allocators change places: the one is better at point `from`, the other at `to`, and what lies
 * between is not decided. */
struct hb_crossing {
    size_t before, after; /* indices of the allocators: better at `from`, better at `to` */
    size_t from, to;
    bool is_decided_before, is_decided_after; /* so at each point up to `from`; from `to` on */
    bool is_decided; /* else by the medians alone, of the nearest points where these differ */
};

struct hb_curve {
    const struct hb_exec_program *program; /* of an exec: the first point's; else NULL */
    const char *name, *heading;            /* "throughput_ops_per_s", "throughput" */
    enum hb_metric_format format;
    bool is_higher_better;
    bool is_main;    /* a terminal draws it as well as listing it */
    bool is_exact;   /* one count each: it is compared as a number */
    double *values;  /* [points][allocators][blocks], NaN where none; owned */
    double *margins; /* [points] within it two are the same: as a fraction, of an exact one in its
                        own unit; NaN: nothing is to be believed there; owned */
    struct hb_curve_cell *cells; /* [points][allocators]; owned */
    struct hb_crossing *turns;   /* decided ones first; owned */
    size_t turn_count, decided_count;
    size_t comparisons, pairs, pairs_least; /* as in struct hb_judgement; of an exact one 0 */
};

struct hb_curves {
    const struct hb_session *session;
    struct hb_curve *curves; /* [count]; owned */
    size_t count;
    /* Of a rebase: each point as a session, and what was judged of it; owned. */
    struct hb_session *views;
    struct hb_judgement *points;
};

/* Judges a session with points. Free with hb_curves_free even after -1 (no memory). The session,
 * and of an exec its judgement, must outlive the curves. */
int hb_curves_of_rebase(const struct hb_session *session, struct hb_curves *curves,
                        struct hb_err *err);
int hb_curves_of_exec(const struct hb_exec_judgement *judgement, struct hb_curves *curves,
                      struct hb_err *err);
void hb_curves_free(struct hb_curves *curves);

const struct hb_curve_cell *hb_curve_cell_at(const struct hb_curves *curves,
                                             const struct hb_curve *curve, size_t point,
                                             size_t allocator);

/* The allocator with the best median at the point, of subjects and the reference; -1: none. */
int hb_curve_best(const struct hb_curves *curves, const struct hb_curve *curve, size_t point);

/* True of that one, and of each that is as good. */
bool hb_curve_is_best(const struct hb_curves *curves, const struct hb_curve *curve, size_t point,
                      size_t allocator);

/* True when every planned job of every point came out ok. */
bool hb_curves_complete(const struct hb_curves *curves);

/* Adds the section "sweep_summary" to root. -1 when there is no memory. */
int hb_curves_json(const struct hb_curves *curves, cJSON *root);

#endif
