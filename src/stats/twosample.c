/* Two unpaired samples: see twosample.h. */
#include "stats/twosample.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <string.h>

#define TAIL    0.025 /* of 95 % */
#define RHO_MAX 0.95
#define LAG_MIN 6u

static const struct hb_located nowhere = {(double)NAN, {(double)NAN, (double)NAN}};

/* P(U <= k - 1) about Phi((k - 1/2 - mean) / sd). */
static size_t normal_rank(double n, double m)
{
    const double k = n * m / 2 + 0.5 - HB_NORMAL_Z95 * sqrt(n * m * (n + m + 1) / 12);
    return k >= 1 ? (size_t)k : 0;
}

size_t hb_stats_shift_rank(size_t n, size_t m, double *scratch)
{
    double below = 0;
    if (n == 0 || m == 0)
        return 0;
    if (n > HB_MANN_WHITNEY_EXACT_MAX || m > HB_MANN_WHITNEY_EXACT_MAX)
        return normal_rank((double)n, (double)m);
    const double *share = hb_stats_mann_whitney_shares(n, m, scratch);
    for (size_t u = 0; u <= n * m; u++) {
        below += share[u];
        if (below > TAIL * (1 + 1e-12))
            return u;
    }
    return 0;
}

struct hb_located hb_stats_located_shift(const double *a, size_t n, const double *b, size_t m,
                                         size_t rank, double *scratch)
{
    const size_t count = n * m;
    struct hb_located located = nowhere;
    size_t at = 0;
    if (count == 0 || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return nowhere;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++)
            scratch[at++] = a[i] - b[j];
    }
    located.estimate = hb_stats_median_in_place(scratch, count);
    if (rank > 0 && rank <= count) {
        located.interval.lo = hb_stats_select(scratch, count, rank - 1);
        located.interval.hi = hb_stats_select(scratch, count, count - rank);
    }
    return located;
}

/* Midranks of x[0..n) into ranks. sorted: n doubles. */
static void rank_values(const double *x, size_t n, double *sorted, double *ranks)
{
    memcpy(sorted, x, n * sizeof *x);
    hb_stats_sort(sorted, n);
    for (size_t i = 0; i < n; i++) {
        size_t below = 0, upto = 0;
        for (size_t low = 0, high = n; low < high;) { /* first place not below x */
            const size_t middle = low + (high - low) / 2;
            if (sorted[middle] < x[i])
                low = middle + 1;
            else
                high = middle;
            below = low;
        }
        for (upto = below; upto < n && sorted[upto] <= x[i]; upto++)
            ;
        ranks[i] = ((double)(below + 1) + (double)upto) / 2;
    }
}

double hb_stats_lag1(const double *x, size_t n, double *scratch)
{
    double *const ranks = scratch + n;
    const double mean = ((double)n + 1) / 2;
    double products = 0, squares = 0;
    if (n < LAG_MIN || !hb_stats_all_finite(x, n))
        return 0;
    rank_values(x, n, scratch, ranks);
    for (size_t i = 0; i < n; i++) {
        squares += (ranks[i] - mean) * (ranks[i] - mean);
        if (i > 0)
            products += (ranks[i] - mean) * (ranks[i - 1] - mean);
    }
    if (squares <= 0)
        return 0;
    const double rho = ((double)n * products / squares + 1) / ((double)n - 4);
    return fmin(fmax(rho, -1), RHO_MAX);
}

double hb_stats_widening(double rho)
{
    const double held = fmin(rho, RHO_MAX);
    return rho > 0 ? sqrt((1 + held) / (1 - held)) : 1;
}

struct hb_interval hb_stats_widened(struct hb_located located, double factor)
{
    return (struct hb_interval){
        located.estimate - factor * (located.estimate - located.interval.lo),
        located.estimate + factor * (located.interval.hi - located.estimate),
    };
}
