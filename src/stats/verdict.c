/* Verdicts: see verdict.h. */
#include "stats/verdict.h"

#include "stats/order.h"
#include "stats/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

double hb_verdict_noise(double log_estimate, struct hb_interval log_interval)
{
    const double half_width = (log_interval.hi - log_interval.lo) / 2;
    if (isnan(half_width) || isnan(log_estimate))
        return (double)NAN;
    return expm1(fmax(fabs(log_estimate), half_width));
}

double hb_verdict_sure(struct hb_interval log_interval)
{
    if (isnan(log_interval.lo) || isnan(log_interval.hi))
        return (double)NAN;
    return expm1(fmax(0, fmax(log_interval.lo, -log_interval.hi)));
}

double hb_verdict_margin(double least, double noise)
{
    return isnan(noise) ? least : fmax(least, 2 * noise);
}

/* An arm of the interval shrinks as 1/sqrt(n), so that it fits into `room` after
 * n (arm / room)^2 runs. An arm that fits asks for no more. */
static double runs_for_arm(double n, double arm, double room)
{
    return arm <= room ? n : n * pow(arm / room, 2);
}

/* An estimate inside the margin is settled as "same" when both arms end inside; one beyond it when
 * the arm that points back ends beyond. */
static double runs_for_interval(double n, double estimate, struct hb_interval interval,
                                double delta)
{
    const double up = interval.hi - estimate, down = estimate - interval.lo;
    const double inner = estimate > 0 ? down : up;
    if (fabs(estimate) > delta)
        return runs_for_arm(n, inner, fabs(estimate) - delta);
    return fmax(runs_for_arm(n, up, delta - estimate), runs_for_arm(n, down, delta + estimate));
}

/* The interval is clear, but so few runs cannot have a smaller p: each further one of the same sign
 * halves it. */
static double runs_for_p(double n, double p)
{
    return n + ceil(log2(p / HB_VERDICT_ALPHA));
}

static size_t runs_needed(size_t n, double estimate, struct hb_interval interval, double p,
                          double delta)
{
    const bool is_clear = interval.lo > delta || interval.hi < -delta;
    const double needed = is_clear ? runs_for_p((double)n, p)
                                   : ceil(runs_for_interval((double)n, estimate, interval, delta));
    if (!(needed <= HB_VERDICT_RUNS_MAX) || n >= HB_VERDICT_RUNS_MAX)
        return 0;
    return needed > (double)n ? (size_t)needed : n + 1;
}

struct hb_verdict hb_verdict_judge_within(size_t n, double estimate, struct hb_interval interval,
                                          double p, double delta)
{
    struct hb_verdict verdict = {HB_VERDICT_INCONCLUSIVE, 0};
    if (n < HB_SUMMARY_N_MIN || isnan(interval.hi - interval.lo) || isnan(estimate))
        verdict.kind = HB_VERDICT_NONE;
    else if (interval.lo >= -delta && interval.hi <= delta)
        verdict.kind = HB_VERDICT_SAME;
    else if (interval.lo > delta && p < HB_VERDICT_ALPHA)
        verdict.kind = HB_VERDICT_FASTER;
    else if (interval.hi < -delta && p < HB_VERDICT_ALPHA)
        verdict.kind = HB_VERDICT_SLOWER;
    else
        verdict.runs_needed = runs_needed(n, estimate, interval, p, delta);
    return verdict;
}

struct hb_verdict hb_verdict_judge(size_t n, double log_estimate, struct hb_interval log_interval,
                                   double p, double margin)
{
    return hb_verdict_judge_within(n, log_estimate, log_interval, p, log1p(margin));
}

bool hb_verdict_is_difference(enum hb_verdict_kind kind)
{
    return kind == HB_VERDICT_FASTER || kind == HB_VERDICT_SLOWER;
}

size_t hb_verdict_pairs_least(size_t comparisons)
{
    size_t n = HB_SUMMARY_N_MIN;
    while (n < HB_VERDICT_RUNS_MAX && (double)comparisons * ldexp(2, -(int)n) >= HB_VERDICT_ALPHA)
        n++;
    return n;
}

size_t hb_verdict_samples_least(size_t comparisons)
{
    double smallest_p = 1; /* 2 / C(2n, n), from n = 1 on */
    size_t n = 1;
    while (n < HB_VERDICT_RUNS_MAX &&
           (n < HB_SUMMARY_N_MIN || (double)comparisons * smallest_p >= HB_VERDICT_ALPHA)) {
        n++;
        smallest_p *= (double)n / (2 * (2 * (double)n - 1));
    }
    return n;
}

void hb_verdict_say_too_few(size_t runs, size_t comparisons, size_t least, char *text,
                            size_t text_bytes)
{
    (void)snprintf(text, text_bytes, "%zu %s cannot decide %zu %s: at least %zu runs%s", runs,
                   runs == 1 ? "run" : "runs", comparisons,
                   comparisons == 1 ? "comparison" : "comparisons", least,
                   runs >= HB_SUMMARY_N_MIN ? ", or fewer allocators" : "");
}

const char *hb_verdict_word(enum hb_verdict_kind kind)
{
    static const char *const words[] = {[HB_VERDICT_NONE] = "too few runs",
                                        [HB_VERDICT_FASTER] = "faster",
                                        [HB_VERDICT_SLOWER] = "slower",
                                        [HB_VERDICT_SAME] = "same",
                                        [HB_VERDICT_INCONCLUSIVE] = "inconclusive",
                                        [HB_VERDICT_WITHHELD] = "withheld"};
    return words[kind];
}

/* ---- many comparisons at once ---- */

/* The largest product of those up to p: of equal values the first has the largest. */
static double adjusted(const double *sorted, size_t count, double p)
{
    double largest = 0;
    for (size_t k = 0; k < count && sorted[k] <= p; k++)
        largest = fmax(largest, (double)(count - k) * sorted[k]);
    return fmin(1, largest);
}

void hb_stats_holm(double *p, size_t n, double *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i]))
            scratch[count++] = p[i];
    }
    hb_stats_sort(scratch, count);
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i]))
            p[i] = adjusted(scratch, count, p[i]);
    }
}

/* ---- now against then ---- */

/* The median of the known shifts; NaN with fewer than 3. */
static double common_drift(const struct hb_drift_item *items, size_t n, double *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(items[i].shift))
            scratch[count++] = items[i].shift;
    }
    return count < HB_DRIFT_ITEMS_MIN ? (double)NAN : hb_stats_median_in_place(scratch, count);
}

static enum hb_drift_word word_of(struct hb_interval interval, double common, double delta)
{
    const bool is_common_known = !isnan(common);
    const double removed = is_common_known ? common : 0;
    const double lo = interval.lo - removed, hi = interval.hi - removed;
    if (is_common_known && (lo > delta || hi < -delta))
        return HB_DRIFT_ALLOCATOR;
    if (lo >= -delta && hi <= delta)
        return fabs(removed) > delta ? HB_DRIFT_MACHINE : HB_DRIFT_WITHIN_NOISE;
    return HB_DRIFT_UNCLEAR;
}

double hb_stats_drift(struct hb_drift_item *items, size_t n, double margin, double *scratch)
{
    const double common = common_drift(items, n, scratch), delta = log1p(margin);
    for (size_t i = 0; i < n; i++) {
        items[i].residual = items[i].shift - (isnan(common) ? 0 : common);
        items[i].word = word_of(items[i].interval, common, delta);
    }
    return common;
}

const char *hb_drift_text(enum hb_drift_word word)
{
    static const char *const words[] = {[HB_DRIFT_WITHIN_NOISE] = "within noise",
                                        [HB_DRIFT_MACHINE] = "drift of the whole machine",
                                        [HB_DRIFT_ALLOCATOR] = "this allocator changed",
                                        [HB_DRIFT_UNCLEAR] = "unclear"};
    return words[word];
}
