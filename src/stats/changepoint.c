/* Change points and steady state: see changepoint.h. */
#include "stats/changepoint.h"

#include "stats/order.h"

#include <math.h>
#include <stdbool.h>

#define PENALTY_FACTOR 15.0 /* of ln n; Barrett et al. 2017 */
#define HAMPEL_HALF    5u
#define HAMPEL_LIMIT   (3 * 1.4826)
#define BURST_SHARE    20u /* a burst is at most one slice in so many */
/* A segment of equal values would cost minus infinity: its standard deviation counts as at least
 * this share of the median, far below what a clock resolves. */
#define DEVIATION_FLOOR 1e-4

/* ---- PELT ---- */

struct pelt {
    double *sum, *squares; /* [n + 1] prefix sums of values less their median: that keeps digits */
    double *best;          /* [n + 1] least cost of x[0..i), each segment with its penalty */
    double *last_change;   /* [n + 1] where the last segment of that begins */
    double *candidates;    /* where a last segment may begin */
    size_t candidate_count;
    double variance_floor, penalty;
};

static void open_pelt(struct pelt *pelt, const double *x, size_t n, double *scratch)
{
    *pelt = (struct pelt){
        .sum = scratch,
        .squares = scratch + (n + 1),
        .best = scratch + 2 * (n + 1),
        .last_change = scratch + 3 * (n + 1),
        .candidates = scratch + 4 * (n + 1),
        .penalty = PENALTY_FACTOR * log((double)n),
    };
    const double centre = hb_stats_median(x, n, pelt->best);
    const double deviation = DEVIATION_FLOOR * fabs(centre);
    pelt->variance_floor = fmax(deviation * deviation, 1e-300);
    pelt->sum[0] = pelt->squares[0] = 0;
    pelt->best[0] = -pelt->penalty; /* the first segment is no change */
    for (size_t i = 0; i < n; i++) {
        const double d = x[i] - centre;
        pelt->sum[i + 1] = pelt->sum[i] + d;
        pelt->squares[i + 1] = pelt->squares[i] + d * d;
    }
}

/* Twice the least negative log-likelihood of x[from..to) as one normal sample whose variance is no
 * smaller than the floor, less a constant a value. v / s2 is 1 above the floor; below it, it keeps
 * the cost of two parts from exceeding that of the whole, which pruning relies on. */
static double cost(const struct pelt *pelt, size_t from, size_t to)
{
    const double n = (double)(to - from);
    const double mean = (pelt->sum[to] - pelt->sum[from]) / n;
    const double variance = fmax(0, (pelt->squares[to] - pelt->squares[from]) / n - mean * mean);
    const double s2 = fmax(variance, pelt->variance_floor);
    return n * (log(s2) + variance / s2);
}

/* A change at `at` may follow from now on. Candidates that are never the best again because a
 * change at `at` serves as well go (Killick et al. 2012, theorem 3.1); not sooner, since up to now
 * a segment from `at` on was too short. */
static void add_candidate(struct pelt *pelt, size_t at)
{
    size_t kept = 0;
    for (size_t c = 0; c < pelt->candidate_count; c++) {
        const size_t from = (size_t)pelt->candidates[c];
        if (pelt->best[from] + cost(pelt, from, at) < pelt->best[at])
            pelt->candidates[kept++] = pelt->candidates[c];
    }
    pelt->candidates[kept++] = (double)at;
    pelt->candidate_count = kept;
}

static void choose_last_change(struct pelt *pelt, size_t to)
{
    pelt->best[to] = (double)INFINITY;
    for (size_t c = 0; c < pelt->candidate_count; c++) {
        const size_t from = (size_t)pelt->candidates[c];
        const double total = pelt->best[from] + cost(pelt, from, to) + pelt->penalty;
        if (total < pelt->best[to]) {
            pelt->best[to] = total;
            pelt->last_change[to] = pelt->candidates[c];
        }
    }
}

/* Walks the chain of last changes back and turns it round. */
static size_t unwind(const double *last_change, size_t n, size_t *ends)
{
    size_t count = 0;
    for (size_t at = n; at > 0; at = (size_t)last_change[at])
        ends[count++] = at;
    for (size_t i = 0; i < count / 2; i++) {
        const size_t kept = ends[i];
        ends[i] = ends[count - 1 - i];
        ends[count - 1 - i] = kept;
    }
    return count;
}

size_t hb_stats_pelt(const double *x, size_t n, size_t *ends, double *scratch)
{
    const size_t shortest = HB_CHANGEPOINT_SEGMENT_MIN;
    struct pelt pelt;
    ends[0] = n;
    if (n < 2 * shortest || !hb_stats_all_finite(x, n))
        return n > 0;
    open_pelt(&pelt, x, n, scratch);
    for (size_t to = shortest; to <= n; to++) {
        const size_t newest = to - shortest;
        if (newest == 0 || newest >= shortest) /* else no segment can end there */
            add_candidate(&pelt, newest);
        choose_last_change(&pelt, to);
    }
    return unwind(pelt.last_change, n, ends);
}

/* ---- bursts ---- */

void hb_stats_hampel(const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const size_t from = i > HAMPEL_HALF ? i - HAMPEL_HALF : 0;
        const size_t to = i + HAMPEL_HALF + 1 < n ? i + HAMPEL_HALF + 1 : n;
        double scratch[2 * HAMPEL_HALF + 1];
        const double median = hb_stats_median(x + from, to - from, scratch);
        const double mad = hb_stats_mad(x + from, to - from, scratch);
        out[i] = fabs(x[i] - median) > HAMPEL_LIMIT * mad ? median : x[i];
    }
}

/* ---- classes ---- */

struct levels {
    const double *x; /* [n], filtered */
    size_t n;
    const size_t *ends; /* [segments] */
    size_t segments;
    double mean, tolerance; /* of the last segment, in ns */
};

static size_t first_slice(const struct levels *levels, size_t segment)
{
    return segment ? levels->ends[segment - 1] : 0;
}

static double mean_of_segment(const struct levels *levels, size_t segment)
{
    const size_t from = first_slice(levels, segment), to = levels->ends[segment];
    double mean = 0;
    for (size_t i = from; i < to; i++)
        mean += levels->x[i] / (double)(to - from);
    return mean;
}

static void set_last_level(struct levels *levels, double tolerance)
{
    const size_t last = levels->segments - 1, from = first_slice(levels, last);
    double squares = 0;
    levels->mean = mean_of_segment(levels, last);
    for (size_t i = from; i < levels->n; i++)
        squares += (levels->x[i] - levels->mean) * (levels->x[i] - levels->mean);
    const size_t freedom = levels->n - from > 1 ? levels->n - from - 1 : 1;
    levels->tolerance = fmax(tolerance * fabs(levels->mean), sqrt(squares / (double)freedom));
}

/* How far a segment's level lies above (slower) or below the last one's; 0 when like it. */
static double distance(const struct levels *levels, size_t segment)
{
    const double away = mean_of_segment(levels, segment) - levels->mean;
    return fabs(away) <= levels->tolerance ? 0 : away;
}

/* Short, and what came before it was the level of the end already. */
static bool is_burst(const struct levels *levels, size_t segment)
{
    const size_t length = levels->ends[segment] - first_slice(levels, segment);
    return segment > 0 && length * BURST_SHARE <= levels->n && distance(levels, segment - 1) == 0;
}

static struct hb_steady classify(const struct levels *levels)
{
    struct hb_steady steady = {HB_STEADY_FLAT, 0, levels->segments};
    bool was_faster = false;
    for (size_t segment = levels->segments; segment-- > 0;) {
        const double away = distance(levels, segment);
        if (away == 0 || is_burst(levels, segment))
            continue;
        was_faster = was_faster || away < 0;
        if (steady.start == 0) /* the last one that is unlike */
            steady.start = levels->ends[segment];
    }
    if (steady.start == 0)
        return steady;
    steady.class = was_faster ? HB_STEADY_SLOWDOWN : HB_STEADY_WARMUP;
    if (2 * (levels->n - steady.start) < levels->n)
        steady = (struct hb_steady){HB_STEADY_NONE, 0, levels->segments};
    return steady;
}

struct hb_steady hb_stats_steady_within(const double *slice_ns, size_t n, double tolerance,
                                        size_t *ends, double *scratch)
{
    struct levels levels = {.x = scratch, .n = n, .ends = ends};
    if (n == 0)
        return (struct hb_steady){HB_STEADY_FLAT, 0, 0};
    if (!hb_stats_all_finite(slice_ns, n))
        return (struct hb_steady){HB_STEADY_NONE, 0, 0};
    hb_stats_hampel(slice_ns, n, scratch);
    levels.segments = hb_stats_pelt(scratch, n, ends, scratch + n);
    set_last_level(&levels, tolerance);
    return classify(&levels);
}

struct hb_steady hb_stats_steady(const double *slice_ns, size_t n, size_t *ends, double *scratch)
{
    return hb_stats_steady_within(slice_ns, n, HB_STEADY_TOLERANCE, ends, scratch);
}
