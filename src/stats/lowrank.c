/* A rank test of the lower two thirds: see lowrank.h. */
#include "stats/lowrank.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <string.h>

/* The smaller sample, whose scores are summed, and the other. */
struct samples {
    const double *a, *b;
    size_t n, m;
    double mean, variance; /* of the sum, no value as large as another */
    double tail;           /* on each side of the interval */
    double low, high;      /* sums that so many reach at most: up to low, from high on */
};

static double score(size_t rank, size_t all)
{
    const size_t most = 2 * (2 * all / 3), own = 2 * rank - 1;
    return (double)(own < most ? own : most);
}

/* Mean and variance of a sum of n out of all scores, drawn without putting back. */
static void sum_moments(struct samples *s, const double *scores)
{
    const size_t all = s->n + s->m;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < all; i++)
        mean += scores[i] / (double)all;
    for (size_t i = 0; i < all; i++)
        squares += (scores[i] - mean) * (scores[i] - mean);
    s->mean = (double)s->n * mean;
    s->variance = all > 1 ? squares * (double)s->n * (double)s->m / (double)(all * (all - 1)) : 0;
}

/* share[t]: the probability that n of the scores add up to t. Returns its length. */
static size_t count_sums(const struct samples *s, double *share)
{
    const size_t all = s->n + s->m, width = s->n * (size_t)score(all, all) + 1;
    double *ways = share, total = 0;
    memset(ways, 0, (s->n + 1) * width * sizeof *ways);
    ways[0] = 1;
    for (size_t rank = 1; rank <= all; rank++) {
        const size_t own = (size_t)score(rank, all);
        for (size_t j = rank < s->n ? rank : s->n; j > 0; j--) {
            double *row = ways + j * width;
            const double *fewer = row - width;
            for (size_t t = own; t <= j * own; t++) /* no more can be reached, and is 0 */
                row[t] += fewer[t - own];
        }
    }
    memmove(share, ways + s->n * width, width * sizeof *share);
    for (size_t t = 0; t < width; t++)
        total += share[t];
    for (size_t t = 0; t < width; t++)
        share[t] /= total;
    return width;
}

static bool is_counted(const struct samples *s)
{
    return s->n + s->m <= HB_LOW_RANK_EXACT_MAX;
}

static void find_limits(struct samples *s, const double *share, size_t width)
{
    double below = 0, above = 0;
    if (!is_counted(s)) {
        const double arm = -hb_stats_normal_quantile(s->tail) * sqrt(s->variance);
        s->low = s->mean - arm;
        s->high = s->mean + arm;
        return;
    }
    size_t low = 0, high = width - 1;
    while (low < width && (below += share[low]) <= s->tail * (1 + 1e-12))
        low++;
    while (high > 0 && (above += share[high]) <= s->tail * (1 + 1e-12))
        high--;
    s->low = (double)low - 1;
    s->high = (double)high + 1;
}

/* The sum of a's scores when a is moved down by a little more than shift. */
static double sum_beyond(const struct samples *s, double shift)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t rank = 1;
        for (size_t k = 0; k < s->n; k++)
            rank += s->a[k] < s->a[i] || (s->a[k] == s->a[i] && k < i);
        for (size_t j = 0; j < s->m; j++)
            rank += s->a[i] - s->b[j] > shift;
        sum += score(rank, s->n + s->m);
    }
    return sum;
}

/* The least of the sorted differences beyond which the sum is below the limit, or at it. */
static double least_beyond(const struct samples *s, const double *differences, double limit,
                           bool or_at)
{
    size_t from = 0, to = s->n * s->m;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const double sum = sum_beyond(s, differences[middle]);
        if (sum < limit || (or_at && sum <= limit))
            to = middle;
        else
            from = middle + 1;
    }
    return from < s->n * s->m ? differences[from] : (double)NAN;
}

static struct hb_located locate(const struct samples *s, double *differences)
{
    const size_t count = s->n * s->m;
    const double near = 1e-9; /* the mean is a quotient */
    struct hb_located found = {.interval = {(double)NAN, (double)NAN}};
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->m; j++)
            differences[i * s->m + j] = s->a[i] - s->b[j];
    }
    hb_stats_sort(differences, count);
    found.estimate = (least_beyond(s, differences, s->mean + near, true) +
                      least_beyond(s, differences, s->mean - near, false)) /
                     2;
    /* Not rejected at any shift, however far: no interval. */
    if (sum_beyond(s, -INFINITY) >= s->high && sum_beyond(s, INFINITY) <= s->low) {
        found.interval.lo = least_beyond(s, differences, s->high, false);
        found.interval.hi = least_beyond(s, differences, s->low, true);
    }
    return found;
}

/* The scores as they are, values that are alike sharing theirs; returns the sum of a's, and in
 * *has_ties whether there are any. */
static double shared_scores(const struct samples *s, double *sorted, double *scores, bool *has_ties)
{
    const size_t all = s->n + s->m;
    double sum = 0;
    memcpy(sorted, s->a, s->n * sizeof *sorted);
    memcpy(sorted + s->n, s->b, s->m * sizeof *sorted);
    hb_stats_sort(sorted, all);
    *has_ties = false;
    for (size_t from = 0, to; from < all; from = to) {
        double shared = 0;
        for (to = from; to < all && sorted[to] == sorted[from]; to++)
            shared += score(to + 1, all);
        *has_ties |= to - from > 1;
        for (size_t i = from; i < to; i++)
            scores[i] = shared / (double)(to - from);
        for (size_t i = 0; i < s->n; i++)
            sum += s->a[i] == sorted[from] ? scores[from] : 0;
    }
    return sum;
}

/* Of steps of 1 a half is taken away, as of any whole number beside a normal. */
static double normal_p(const struct samples *s, double sum)
{
    const double distance = fmax(0, fabs(sum - s->mean) - 0.5);
    return s->variance > 0 ? fmin(1, 2 * hb_stats_normal_cdf(-distance / sqrt(s->variance))) : 1;
}

static double exact_p(double sum, const double *share, size_t width)
{
    double at_most = 0, at_least = 0;
    for (size_t t = 0; t < width; t++) {
        at_most += (double)t <= sum ? share[t] : 0;
        at_least += (double)t >= sum ? share[t] : 0;
    }
    return fmin(1, 2 * fmin(at_most, at_least));
}

static struct hb_low_rank test_smaller(struct samples *s, double *scratch)
{
    const size_t all = s->n + s->m;
    double *sorted = scratch, *scores = sorted + all, *differences = scores + all;
    double *share = differences + s->n * s->m;
    struct hb_low_rank found;
    bool has_ties;
    const size_t width = is_counted(s) ? count_sums(s, share) : 0;
    const double sum = shared_scores(s, sorted, scores, &has_ties);
    sum_moments(s, scores);
    found.p = width && !has_ties ? exact_p(sum, share, width) : normal_p(s, sum);
    for (size_t i = 0; i < all; i++)
        scores[i] = score(i + 1, all);
    sum_moments(s, scores);
    find_limits(s, share, width);
    found.shift = locate(s, differences);
    return found;
}

struct hb_low_rank hb_stats_low_rank(const double *a, size_t n, const double *b, size_t m,
                                     double tail, double *scratch)
{
    const double nan = (double)NAN;
    const struct hb_low_rank nothing = {{nan, {nan, nan}}, nan};
    if (n == 0 || m == 0 || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return nothing;
    struct samples s = {.a = a, .b = b, .n = n, .m = m, .tail = tail};
    if (n <= m)
        return test_smaller(&s, scratch);
    s = (struct samples){.a = b, .b = a, .n = m, .m = n, .tail = tail};
    struct hb_low_rank found = test_smaller(&s, scratch);
    found.shift = (struct hb_located){-found.shift.estimate,
                                      {-found.shift.interval.hi, -found.shift.interval.lo}};
    return found;
}
