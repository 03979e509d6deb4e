/* Paired comparisons: see paired.h. */
#include "stats/paired.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <string.h>

static const struct hb_interval no_interval = {(double)NAN, (double)NAN};

double hb_stats_hodges_lehmann(const double *d, size_t n, double *scratch)
{
    size_t count = 0;
    if (!hb_stats_all_finite(d, n))
        return (double)NAN;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++)
            scratch[count++] = (d[i] + d[j]) / 2;
    }
    return hb_stats_median_in_place(scratch, count);
}

/* ---- Wilcoxon ---- */

struct signed_ranks {
    double *magnitude; /* |d| of the non-zero ones, sorted */
    double *doubled;   /* twice the midrank of each, so that ties stay whole numbers */
    size_t n;
    double ties; /* sum of t^3 - t */
};

static void rank_magnitudes(const double *d, size_t n, double *scratch, struct signed_ranks *ranks)
{
    *ranks = (struct signed_ranks){.magnitude = scratch, .doubled = scratch + n};
    for (size_t i = 0; i < n; i++) {
        if (d[i] != 0)
            ranks->magnitude[ranks->n++] = fabs(d[i]);
    }
    hb_stats_sort(ranks->magnitude, ranks->n);
    for (size_t i = 0, j; i < ranks->n; i = j) {
        for (j = i + 1; j < ranks->n && ranks->magnitude[j] == ranks->magnitude[i]; j++)
            ;
        const double t = (double)(j - i);
        for (size_t k = i; k < j; k++)
            ranks->doubled[k] = (double)(i + 1 + j); /* 2 * (first + last) / 2 */
        ranks->ties += t * t * t - t;
    }
}

/* Twice the sum of the ranks of the positive differences. */
static double doubled_positive_sum(const double *d, size_t n, const struct signed_ranks *ranks)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (d[i] <= 0)
            continue;
        size_t low = 0, high = ranks->n;
        while (high - low > 1) { /* the last place whose magnitude is not above |d| */
            const size_t middle = low + (high - low) / 2;
            if (ranks->magnitude[middle] <= d[i])
                low = middle;
            else
                high = middle;
        }
        sum += ranks->doubled[low];
    }
    return sum;
}

/* Each rank is in the sum or not, with probability one half: a convolution over doubled midranks.
 * Without ties it is Wilcoxon's distribution, with ties the permutation distribution given them
 * (Pratt and Gibbons 1981). Sums of powers of one half: no rounding to speak of. */
static double exact_p(const struct signed_ranks *ranks, double doubled_sum, double *probability)
{
    size_t top = 0;
    probability[0] = 1;
    for (size_t i = 0; i < ranks->n; i++) {
        const size_t rank = (size_t)ranks->doubled[i];
        memset(probability + top + 1, 0, rank * sizeof *probability);
        top += rank;
        for (size_t s = top + 1; s-- > 0;)
            probability[s] = 0.5 * (probability[s] + (s >= rank ? probability[s - rank] : 0));
    }
    double at_most = 0, at_least = 0;
    for (size_t s = 0; s <= top; s++) {
        at_most += (double)s <= doubled_sum ? probability[s] : 0;
        at_least += (double)s >= doubled_sum ? probability[s] : 0;
    }
    return fmin(1, 2 * fmin(at_most, at_least));
}

static double normal_p(const struct signed_ranks *ranks, double doubled_sum)
{
    const double n = (double)ranks->n;
    const double mean = n * (n + 1) / 4;
    const double variance = n * (n + 1) * (2 * n + 1) / 24 - ranks->ties / 48;
    const double distance = fmax(0, fabs(doubled_sum / 2 - mean) - 0.5);
    return fmin(1, 2 * hb_stats_normal_cdf(-distance / sqrt(variance)));
}

double hb_stats_wilcoxon(const double *d, size_t n, double *scratch)
{
    struct signed_ranks ranks;
    if (!hb_stats_all_finite(d, n))
        return (double)NAN;
    rank_magnitudes(d, n, scratch, &ranks);
    if (ranks.n == 0)
        return 1;
    const double doubled_sum = doubled_positive_sum(d, n, &ranks);
    if (ranks.n > HB_WILCOXON_EXACT_MAX)
        return normal_p(&ranks, doubled_sum);
    return exact_p(&ranks, doubled_sum, scratch + 2 * n);
}

/* ---- Walsh averages with the test's own interval ---- */

/* The largest k with P(sum of positive ranks < k) <= P(Z < -z). */
static size_t walsh_rank(size_t n, double z, double *probability)
{
    const double tail = hb_stats_normal_cdf(-z);
    const size_t top = n * (n + 1) / 2;
    double below = 0;
    if (n > HB_WILCOXON_EXACT_MAX) {
        const double all = (double)n, sd = sqrt(all * (all + 1) * (2 * all + 1) / 24);
        const double k = all * (all + 1) / 4 + 0.5 - z * sd;
        return k >= 1 ? (size_t)k : 0;
    }
    memset(probability, 0, (top + 1) * sizeof *probability);
    probability[0] = 1;
    for (size_t rank = 1; rank <= n; rank++) {
        for (size_t s = top + 1; s-- > 0;)
            probability[s] = 0.5 * (probability[s] + (s >= rank ? probability[s - rank] : 0));
    }
    for (size_t s = 0; s <= top; s++) {
        below += probability[s];
        if (below > tail)
            return s;
    }
    return 0;
}

struct hb_located hb_stats_located_pairs_at(const double *d, size_t n, double z, double *scratch)
{
    const size_t count = n * (n + 1) / 2;
    struct hb_located located = {hb_stats_hodges_lehmann(d, n, scratch), no_interval};
    if (isnan(located.estimate))
        return located;
    const size_t rank = walsh_rank(n, z, scratch + count);
    if (rank > 0) {
        located.interval.lo = hb_stats_select(scratch, count, rank - 1);
        located.interval.hi = hb_stats_select(scratch, count, count - rank);
    }
    return located;
}

struct hb_located hb_stats_located_pairs(const double *d, size_t n, double *scratch)
{
    return hb_stats_located_pairs_at(d, n, HB_NORMAL_Z95, scratch);
}
