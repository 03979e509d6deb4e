/* Verdicts on a ratio and the margin behind them; many at once (Holm's correction); and now against
 * then: did the machine drift, or one allocator change? Pure.
 * Read next: paired.h (interval and p). Method: docs/statistics.md, "Verdicts", "Environment
 * drift".
 */
#ifndef HB_STATS_VERDICT_H
#define HB_STATS_VERDICT_H

#include "stats/bootstrap.h"

#include <stdbool.h>
#include <stddef.h>

enum hb_verdict_kind {
    HB_VERDICT_NONE = 0, /* fewer than 6 pairs carry no 95 % interval */
    HB_VERDICT_FASTER,
    HB_VERDICT_SLOWER,
    HB_VERDICT_SAME,
    HB_VERDICT_INCONCLUSIVE,
    HB_VERDICT_WITHHELD /* the session is not to be believed: its reference differs from itself */
};

struct hb_verdict {
    enum hb_verdict_kind kind;
    size_t runs_needed; /* of an inconclusive one: about how many runs in all would settle it if the
                           estimate stays; 0: not reachable, which is more than HB_VERDICT_RUNS_MAX
                           or an estimate on the margin itself */
};

#define HB_VERDICT_RUNS_MAX 1000u
#define HB_VERDICT_ALPHA    0.05

/* A/A noise floor as a fraction: exp(max(|estimate|, half-width of the interval)) - 1 of the
 * log-ratio of the reference to its own twin. No interval: NaN. */
double hb_verdict_noise(double log_estimate, struct hb_interval log_interval);

/* What of that difference is sure, as a fraction: the end of the interval nearer to 0; 0 where 0
 * lies in it. No interval: NaN. */
double hb_verdict_sure(struct hb_interval log_interval);

/* max(least, 2 x noise), all fractions; a noise of NaN leaves least. */
double hb_verdict_margin(double least, double noise);

/* Judges a log-ratio of throughputs (above 0: faster) from n pairs against a margin given as a
 * fraction, delta = ln(1 + margin):
 *   faster, slower   the interval lies wholly beyond +delta, -delta, and p (Holm's) is below 0.05
 *   same             it lies wholly inside [-delta, delta]
 *   inconclusive     everything else
 *   none             n < 6, or no interval */
struct hb_verdict hb_verdict_judge(size_t n, double log_estimate, struct hb_interval log_interval,
                                   double p, double margin);

/* The same of what is no ratio: all in one unit of your own, delta as well. */
struct hb_verdict hb_verdict_judge_within(size_t n, double estimate, struct hb_interval interval,
                                          double p, double delta);

/* True for faster and slower. */
bool hb_verdict_is_difference(enum hb_verdict_kind kind);

/* How many pairs so many comparisons need at least: n pairs of one sign have p = 2 / 2^n, and Holm
 * multiplies the smallest p by the number of comparisons. 6 for one. */
size_t hb_verdict_pairs_least(size_t comparisons);

/* The same of two independent samples of n each, whose smallest p is 2 / C(2n, n). */
size_t hb_verdict_samples_least(size_t comparisons);

/* "6 runs cannot decide 5 comparisons: at least 8 runs, or fewer allocators". */
void hb_verdict_say_too_few(size_t runs, size_t comparisons, size_t least, char *text,
                            size_t text_bytes);

/* "faster", "slower", "same", "inconclusive", "withheld", "too few runs". Static text. */
const char *hb_verdict_word(enum hb_verdict_kind kind);

/* ---- many comparisons at once ---- */

/* Replaces p[0..n) by Holm's step-down adjusted values (Holm 1979; as R's p.adjust): the k-th
 * smallest (from 0) of m becomes max over j <= k of (m - j) p_j, at most 1. Order is kept, equal
 * values stay equal. NaN marks what was not compared: it is not counted and stays.
 * scratch: n doubles. */
void hb_stats_holm(double *p, size_t n, double *scratch);

/* ---- now against then ---- */

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
