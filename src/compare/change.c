/* What a difference means: see change.h. */
#include "compare/change.h"

#include "stats/ranktest.h"
#include "stats/summary.h"
#include "stats/verdict.h"

#include <math.h>
#include <stdlib.h>

/* ---- what counts ---- */

/* What counts as a difference of a figure, in its unit, that is no ratio. */
static double unit_margin(const struct hb_difference *d, double fraction)
{
    const double base = fabs(d->base_value);
    if (hb_figure(d->figure)->kind == HB_FIGURE_EXACT)
        return hb_digest_one(d->base_entry, d->figure);
    if (hb_figure(d->figure)->format == HB_FORMAT_PERCENT)
        return 100 * fraction;
    if (d->figure == HB_FIGURE_ABOVE_FLOOR)
        return fraction * d->base_entry->series[HB_METRIC_NS_PER_OP].value;
    const bool is_count = hb_figure(d->figure)->format == HB_FORMAT_COUNT;
    return is_count ? fmax(fraction * base, 1) : fraction * base; /* of counts: one is nothing */
}

/* A latency is known to the steps of the clock, about a quarter of what reading it costs. */
static double latency_margin(const struct hb_difference *d, double margin)
{
    const bool is_latency =
        d->figure == HB_FIGURE_P50 || d->figure == HB_FIGURE_P99 || d->figure == HB_FIGURE_P999;
    const double timer_ns = fmax(d->base->timer_ns, d->other->timer_ns);
    return is_latency && !d->is_relative ? fmax(margin, timer_ns / 4 / d->base_value) : margin;
}

#define ROUNDING      1e-6 /* of calls per operation that were divided and multiplied again */
#define SPREAD_MARGIN 0.25 /* coefficients of variation of ten runs are known no better */

static double fraction_margin(double margin_percent, const struct hb_difference *d)
{
    const double asked = margin_percent / 100;
    return isnan(asked) ? fmax(d->base->margin, d->other->margin) : asked;
}

/* Times count from twice the noise of either session on; where unchanged allocators lie apart
 * between the two, from twice that. */
void hb_change_set_margin(double margin_percent, const struct hb_machine *machine,
                          struct hb_difference *d)
{
    double margin = fraction_margin(margin_percent, d);
    if (hb_figure(d->figure)->kind == HB_FIGURE_SPREAD)
        margin = SPREAD_MARGIN;
    margin = latency_margin(d, margin);
    d->least = d->is_ratio ? margin : unit_margin(d, margin);
    if (hb_figure_is_time(d->figure) || d->figure == HB_FIGURE_ABOVE_FLOOR) {
        margin = hb_verdict_margin(margin, d->base->aa_noise);
        margin = hb_verdict_margin(margin, d->other->aa_noise);
        if (machine && !d->is_relative)
            margin = hb_verdict_margin(margin, machine->spread);
    }
    d->margin = d->is_ratio ? margin : unit_margin(d, margin);
}

static size_t runs_of(const struct hb_difference *d)
{
    return d->base_n < d->other_n ? d->base_n : d->other_n;
}

static bool is_higher_better(size_t figure)
{
    return hb_figure(figure)->good == HB_GOOD_HIGHER;
}

/* One call in a whole run is no change. With other requests the interval must lie beyond that. */
static enum hb_change judge_exact(const struct hb_difference *d)
{
    const double least = d->least * (1 + ROUNDING);
    if (fabs(d->estimate) <= least)
        return HB_CHANGE_SAME;
    if (d->interval.lo <= least && d->interval.hi >= -least)
        return HB_CHANGE_INCONCLUSIVE;
    return (d->estimate > 0) == is_higher_better(d->figure) ? HB_CHANGE_BETTER : HB_CHANGE_WORSE;
}

static enum hb_change change_of(enum hb_verdict_kind kind)
{
    switch (kind) {
    case HB_VERDICT_FASTER:
        return HB_CHANGE_BETTER;
    case HB_VERDICT_SLOWER:
        return HB_CHANGE_WORSE;
    case HB_VERDICT_SAME:
        return HB_CHANGE_SAME;
    case HB_VERDICT_INCONCLUSIVE:
        return HB_CHANGE_INCONCLUSIVE;
    case HB_VERDICT_WITHHELD:
        return HB_CHANGE_WITHHELD;
    case HB_VERDICT_NONE:
        break;
    }
    return HB_CHANGE_NONE;
}

/* On the scale of the verdict, where above 0 is better: a ratio by its logarithm. */
static struct hb_verdict judge_by(const struct hb_difference *d, double margin)
{
    const double sign = is_higher_better(d->figure) ? 1 : -1;
    const double lo = d->is_ratio ? log(d->interval.lo) : d->interval.lo;
    const double hi = d->is_ratio ? log(d->interval.hi) : d->interval.hi;
    const double estimate = sign * (d->is_ratio ? log(d->estimate) : d->estimate);
    const struct hb_interval interval = {sign > 0 ? lo : -hi, sign > 0 ? hi : -lo};
    return hb_verdict_judge_within(runs_of(d), estimate, interval, d->p_holm,
                                   d->is_ratio ? log1p(margin) : margin);
}

static bool is_doubtful(const struct hb_difference *d)
{
    const bool is_speed = hb_figure_is_time(d->figure) || d->figure == HB_FIGURE_ABOVE_FLOOR ||
                          hb_figure(d->figure)->kind == HB_FIGURE_SPREAD;
    return is_speed && (d->base->doubt[0] || d->other->doubt[0]);
}

/* A noisy machine widens what must be exceeded; it does not make things the same. */
static void judge(struct hb_difference *d)
{
    if (hb_figure(d->figure)->kind == HB_FIGURE_EXACT) {
        d->change = isnan(d->estimate) ? HB_CHANGE_NONE : judge_exact(d);
        return;
    }
    struct hb_verdict verdict = judge_by(d, d->margin);
    if (verdict.kind == HB_VERDICT_SAME) {
        const struct hb_verdict narrow = judge_by(d, d->least);
        if (narrow.kind != HB_VERDICT_SAME)
            verdict = (struct hb_verdict){HB_VERDICT_INCONCLUSIVE, narrow.runs_needed};
    }
    if (verdict.kind != HB_VERDICT_NONE && is_doubtful(d))
        verdict = (struct hb_verdict){HB_VERDICT_WITHHELD, 0};
    d->change = change_of(verdict.kind);
    d->runs_needed = verdict.runs_needed;
}

void hb_change_judge(bool blame_libraries, struct hb_difference *d)
{
    judge(d);
    if (d->is_control && !d->is_relative && !blame_libraries &&
        (d->change == HB_CHANGE_BETTER || d->change == HB_CHANGE_WORSE))
        d->change = HB_CHANGE_MACHINE;
}

/* ---- many at once ---- */

bool hb_change_is_counted(const struct hb_difference *d)
{
    return !d->is_control && d->other_entry->role != HB_ROLE_FLOOR &&
           d->other_entry->role != HB_ROLE_TWIN;
}

size_t hb_change_count(const struct hb_comparison *comparison, enum hb_change change)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->count; i++)
        count += hb_change_is_counted(&comparison->differences[i]) &&
                 comparison->differences[i].change == change;
    return count;
}

/* Holm over what is compared: each figure over all allocators, sides and workloads. */
int hb_change_correct(struct hb_comparison *comparison)
{
    double *p = malloc((2 * comparison->count + 1) * sizeof *p);
    if (!p)
        return -1;
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
        for (size_t i = 0; i < comparison->count; i++) {
            const struct hb_difference *d = &comparison->differences[i];
            p[i] = d->figure == f && hb_change_is_counted(d) ? d->p : (double)NAN;
        }
        hb_stats_holm(p, comparison->count, p + comparison->count);
        for (size_t i = 0; i < comparison->count; i++) {
            struct hb_difference *d = &comparison->differences[i];
            if (d->figure == f)
                d->p_holm = hb_change_is_counted(d) ? p[i] : d->p;
        }
    }
    free(p);
    return 0;
}

/* ---- too few runs ---- */

/* The smallest p that so many runs can have: all of one sign, or all of one side above the other.
 */
static double smallest_p(const struct hb_difference *d)
{
    const double n = (double)d->base_n, m = (double)d->other_n;
    if (d->is_paired)
        return ldexp(2, -(int)fmin(fmin(n, m), HB_VERDICT_RUNS_MAX));
    return 2 * exp(lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1));
}

static bool is_tested(const struct hb_difference *d, size_t figure)
{
    return d->figure == figure && hb_change_is_counted(d) && !isnan(d->p);
}

/* Of one figure: the difference with most runs when none can be decided, else NULL. */
static const struct hb_difference *find_hopeless(const struct hb_comparison *comparison,
                                                 size_t figure, size_t *comparisons)
{
    const struct hb_difference *most = NULL;
    *comparisons = 0;
    for (size_t i = 0; i < comparison->count; i++)
        *comparisons += is_tested(&comparison->differences[i], figure);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct hb_difference *d = &comparison->differences[i];
        if (!is_tested(d, figure))
            continue;
        if (runs_of(d) >= HB_SUMMARY_N_MIN &&
            (double)*comparisons * smallest_p(d) < HB_VERDICT_ALPHA)
            return NULL;
        if (!most || runs_of(d) > runs_of(most))
            most = d;
    }
    return most;
}

bool hb_change_too_few(const struct hb_comparison *comparison, char *text, size_t text_bytes)
{
    for (size_t figure = 0; figure < HB_FIGURE_COUNT; figure++) {
        size_t comparisons;
        const struct hb_difference *d = find_hopeless(comparison, figure, &comparisons);
        if (!d)
            continue;
        const size_t least = d->is_paired ? hb_verdict_pairs_least(comparisons)
                                          : hb_verdict_samples_least(comparisons);
        hb_verdict_say_too_few(runs_of(d), comparisons, least, text, text_bytes);
        return true;
    }
    return false;
}

/* ---- words ---- */

const char *hb_change_word(size_t figure, enum hb_change change)
{
    const struct hb_figure_info *f = hb_figure(figure);
    const bool better = change == HB_CHANGE_BETTER;
    switch (change) {
    case HB_CHANGE_SAME:
        return "same";
    case HB_CHANGE_INCONCLUSIVE:
        return "inconclusive";
    case HB_CHANGE_MACHINE:
        return "the machine";
    case HB_CHANGE_WITHHELD:
        return "withheld";
    case HB_CHANGE_BETTER:
    case HB_CHANGE_WORSE:
        break;
    case HB_CHANGE_NONE:
    case HB_CHANGE_KINDS:
        return "too few runs";
    }
    if (f->kind == HB_FIGURE_SPREAD)
        return better ? "steadier" : "noisier";
    switch (f->format) {
    case HB_FORMAT_RATE:
    case HB_FORMAT_NS:
        return better ? "faster" : "slower";
    case HB_FORMAT_BYTES:
        return better == (f->good == HB_GOOD_LOWER) ? "smaller" : "larger";
    case HB_FORMAT_COUNT:
    case HB_FORMAT_TINY:
    case HB_FORMAT_EACH:
        return better == (f->good == HB_GOOD_LOWER) ? "fewer" : "more";
    case HB_FORMAT_PERCENT:
        break;
    }
    return better ? "better" : "worse";
}

const char *hb_change_key(enum hb_change change)
{
    static const char *const keys[HB_CHANGE_KINDS] = {[HB_CHANGE_NONE] = "none",
                                                      [HB_CHANGE_BETTER] = "better",
                                                      [HB_CHANGE_WORSE] = "worse",
                                                      [HB_CHANGE_SAME] = "same",
                                                      [HB_CHANGE_INCONCLUSIVE] = "inconclusive",
                                                      [HB_CHANGE_MACHINE] = "machine",
                                                      [HB_CHANGE_WITHHELD] = "withheld"};
    return keys[change];
}

const char *hb_difference_effect(const struct hb_difference *difference)
{
    return isnan(difference->a12) ? "" : hb_stats_a12_word(difference->a12);
}
