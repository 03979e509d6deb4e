/* Verdicts on a ratio, and the margin behind them. Pure.
 * Read next: paired.h (the interval), holm.h (the p). Method: docs/statistics.md, "Verdicts". */
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

#endif
