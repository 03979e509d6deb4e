/* Verdicts on a ratio, and the margin behind them. Pure.
 * Read next: paired.h (the interval), holm.h (the p). Method: docs/method.md, "Verdicts". */
#ifndef HB_STATS_VERDICT_H
#define HB_STATS_VERDICT_H

#include "stats/bootstrap.h"

#include <stddef.h>

enum hb_verdict_kind {
    HB_VERDICT_NONE = 0, /* fewer than 6 pairs carry no 95 % interval */
    HB_VERDICT_FASTER,
    HB_VERDICT_SLOWER,
    HB_VERDICT_SAME,
    HB_VERDICT_INCONCLUSIVE
};

struct hb_verdict {
    enum hb_verdict_kind kind;
    size_t runs_needed; /* of an inconclusive one: about how many runs in all would settle it if the
                           estimate stays; 0: not reachable, which is more than HB_VERDICT_RUNS_MAX
                           or an estimate on the margin itself */
};

#define HB_VERDICT_RUNS_MAX 1000u
#define HB_VERDICT_ALPHA    0.05
#define HB_VERDICT_LEAST    0.02 /* the margin where nothing else is said */

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

/* "faster", "slower", "same", "inconclusive", "too few runs". Static text. */
const char *hb_verdict_word(enum hb_verdict_kind kind);

/* Why, in a few words: "fewer than 6 runs cannot carry a 95 % interval". Static text. */
const char *hb_verdict_reason(enum hb_verdict_kind kind);

#endif
