/* Now against then: did the machine drift, or one allocator change? Pure.
 * Read next: src/judge/drift_judge.h, docs/statistics.md, "Environment drift". */
#ifndef HB_STATS_DRIFT_H
#define HB_STATS_DRIFT_H

#include "stats/bootstrap.h"

#include <stddef.h>

/* The common drift is the median of the allocators' log-ratios now over then; the residual is an
 * allocator's own log-ratio less that. With delta = ln(1 + margin), in this order:
 *   the residual's interval lies wholly beyond delta             this allocator
 *   it lies wholly inside, the common drift beyond delta         the whole machine
 *   it lies wholly inside, the common drift too                  within noise
 *   it straddles delta, or there is no interval                  unclear
 * The median holds as long as fewer than half of the allocators changed by themselves. Its own
 * uncertainty is not in the residual's interval: delta, at least 2 %, is there for that. */
enum hb_drift_word {
    HB_DRIFT_WITHIN_NOISE = 0,
    HB_DRIFT_MACHINE,   /* moved, but as all others did */
    HB_DRIFT_ALLOCATOR, /* moved by itself */
    HB_DRIFT_UNCLEAR,   /* the samples do not decide */
};

/* Fewer allocators cannot outvote a changed one: of 2 that differ, which one moved? */
#define HB_DRIFT_ITEMS_MIN 3u

struct hb_drift_item {
    double shift; /* in: log-ratio now over then (hb_stats_located_shift); NaN: not known */
    struct hb_interval interval; /* in: its 95 % interval */
    double residual;             /* out: shift less the common drift */
    enum hb_drift_word word;     /* out */
};

/* Judges items[0..n) against a margin given as a fraction (0.02 is 2 %) and returns the machine's
 * common drift as a log-ratio. Items with a NaN shift are not counted and come out unclear.
 * With fewer than 3 others machine and allocator cannot be separated: NaN is returned, residuals
 * are the shifts, and a word is "within noise" or "unclear". scratch: n doubles. */
double hb_stats_drift(struct hb_drift_item *items, size_t n, double margin, double *scratch);

/* "within noise", "drift of the whole machine", "this allocator changed", "unclear". Static. */
const char *hb_drift_text(enum hb_drift_word word);

#endif
