/* Mann-Whitney's test: see ranktest.h. */
#include "stats/ranktest.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

double hb_stats_mann_whitney_u(const double *a, size_t n, const double *b, size_t m)
{
    double u = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++)
            u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    }
    return u;
}

/* Sum of t^3 - t over the groups of equal values of both samples together. */
static double tie_sum(const double *a, size_t n, const double *b, size_t m, double *scratch)
{
    double ties = 0;
    memcpy(scratch, a, n * sizeof *a);
    memcpy(scratch + n, b, m * sizeof *b);
    hb_stats_sort(scratch, n + m);
    for (size_t i = 0, j; i < n + m; i = j) {
        for (j = i + 1; j < n + m && scratch[j] == scratch[i]; j++)
            ;
        const double t = (double)(j - i);
        ties += t * t * t - t;
    }
    return ties;
}

/* ways[j width + u] of i values against j that give u: w(i, j, u) = w(i-1, j, u-j) + w(i, j-1, u)
 * (Mann and Whitney 1947), kept for one i at a time. Only sums of positive numbers: each is right
 * to about 1e-14, though there are 10^29 of them. */
static void count_ways(size_t n, size_t m, size_t width, double *ways)
{
    memset(ways, 0, (m + 1) * width * sizeof *ways);
    for (size_t j = 0; j <= m; j++)
        ways[j * width] = 1; /* i = 0: one way, u = 0 */
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            double *row = ways + j * width;
            const double *fewer = row - width;
            for (size_t u = i * j + 1; u-- > 0;) /* no more can be reached, and is 0 */
                row[u] = (u >= j ? row[u - j] : 0) + fewer[u];
        }
    }
}

static double exact_p(double u, size_t n, size_t m, double *scratch)
{
    const size_t width = n * m + 1;
    const double *ways = scratch + m * width;
    double at_most = 0, at_least = 0, all = 0;
    count_ways(n, m, width, scratch);
    for (size_t s = 0; s < width; s++) {
        all += ways[s];
        at_most += (double)s <= u ? ways[s] : 0;
        at_least += (double)s >= u ? ways[s] : 0;
    }
    return fmin(1, 2 * fmin(at_most, at_least) / all);
}

const double *hb_stats_mann_whitney_shares(size_t n, size_t m, double *scratch)
{
    const size_t width = n * m + 1;
    double *ways = scratch + m * width, all = 0;
    count_ways(n, m, width, scratch);
    for (size_t u = 0; u < width; u++)
        all += ways[u];
    for (size_t u = 0; u < width; u++)
        ways[u] /= all;
    return ways;
}

static double normal_p(double u, double n, double m, double ties)
{
    const double all = n + m;
    const double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
    const double distance = fmax(0, fabs(u - n * m / 2) - 0.5);
    return variance > 0 ? fmin(1, 2 * hb_stats_normal_cdf(-distance / sqrt(variance))) : 1;
}

double hb_stats_mann_whitney(const double *a, size_t n, const double *b, size_t m, double *scratch)
{
    if (n == 0 || m == 0 || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return (double)NAN;
    const double u = hb_stats_mann_whitney_u(a, n, b, m);
    const double ties = tie_sum(a, n, b, m, scratch);
    const bool small = n <= HB_MANN_WHITNEY_EXACT_MAX && m <= HB_MANN_WHITNEY_EXACT_MAX;
    if (small && ties == 0)
        return exact_p(u, n, m, scratch + n + m);
    return normal_p(u, (double)n, (double)m, ties);
}

double hb_stats_a12(const double *a, size_t n, const double *b, size_t m)
{
    if (n == 0 || m == 0 || !hb_stats_all_finite(a, n) || !hb_stats_all_finite(b, m))
        return (double)NAN;
    return hb_stats_mann_whitney_u(a, n, b, m) / ((double)n * (double)m);
}

const char *hb_stats_a12_word(double a12)
{
    const double slack = 1e-12; /* 0.44 lies a rounding error nearer to 0.5 than 0.56 does */
    const double distance = fabs(a12 - 0.5) + slack;
    if (isnan(a12))
        return "unknown";
    if (distance >= 0.21)
        return "large";
    if (distance >= 0.14)
        return "medium";
    return distance >= 0.06 ? "small" : "negligible";
}

double hb_stats_geometric_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(x[i]);
    return n ? exp(sum / (double)n) : (double)NAN;
}
