/* Summaries: see summary.h. */
#include "stats/summary.h"

#include "stats/bootstrap.h"
#include "stats/order.h"

#include <math.h>
#include <string.h>

#define MAD_TO_SIGMA 1.4826
#define LEVEL_TAIL   0.025

static double mean_of(const double *x, size_t n)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += (x[i] - mean) / (double)(i + 1); /* does not overflow, loses little */
    return mean;
}

/* Two passes: the one-pass formula loses everything when sd is far below the mean. */
static double sd_of(const double *x, size_t n, double mean)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return n < 2 ? (double)NAN : sqrt(squares / (double)(n - 1));
}

static double mean_statistic(double *x, size_t n, void *work)
{
    (void)work;
    return mean_of(x, n);
}

/* In logs: 2^-n is no double from n = 1075 on. */
size_t hb_stats_median_interval_rank(size_t n)
{
    double tail = 0, log_term = -(double)n * M_LN2; /* ln P(B = 0), B ~ Binomial(n, 1/2) */
    for (size_t k = 0; k < n / 2; k++) {
        tail += exp(log_term); /* P(B <= k): what x_(k+1) leaves out on its side */
        if (tail > LEVEL_TAIL)
            return k;
        log_term += log((double)(n - k) / (double)(k + 1));
    }
    return 0;
}

static void set_order_statistics(const double *sorted, struct hb_summary *summary)
{
    const size_t n = summary->n, rank = hb_stats_median_interval_rank(n);
    summary->min = sorted[0];
    summary->max = sorted[n - 1];
    summary->median = hb_stats_quantile_sorted(sorted, n, 0.5);
    summary->p05 = hb_stats_quantile_sorted(sorted, n, 0.05);
    summary->p25 = hb_stats_quantile_sorted(sorted, n, 0.25);
    summary->p75 = hb_stats_quantile_sorted(sorted, n, 0.75);
    summary->p95 = hb_stats_quantile_sorted(sorted, n, 0.95);
    summary->median_ci_valid = rank > 0;
    if (rank) {
        summary->ci_median_lo = sorted[rank - 1];
        summary->ci_median_hi = sorted[n - rank];
    }
}

static struct hb_summary unknown(size_t n)
{
    const double nan = (double)NAN;
    return (struct hb_summary){
        .n = n,
        .mean = nan,
        .median = nan,
        .min = nan,
        .max = nan,
        .sd = nan,
        .cv = nan,
        .mad = nan,
        .robust_cv = nan,
        .p05 = nan,
        .p25 = nan,
        .p75 = nan,
        .p95 = nan,
        .ci_mean_lo = nan,
        .ci_mean_hi = nan,
        .ci_median_lo = nan,
        .ci_median_hi = nan,
    };
}

/* Spread over location; a location of 0 has no such share. */
static double share(double spread, double location)
{
    return location != 0 ? spread / fabs(location) : (double)NAN;
}

void hb_stats_summary(const double *x, size_t n, size_t resamples, uint64_t seed, double *scratch,
                      struct hb_summary *summary)
{
    *summary = unknown(n);
    if (n == 0 || !hb_stats_all_finite(x, n))
        return;
    memcpy(scratch, x, n * sizeof *x);
    hb_stats_sort(scratch, n);
    set_order_statistics(scratch, summary);
    summary->mean = mean_of(x, n);
    summary->sd = sd_of(x, n, summary->mean);
    summary->cv = share(summary->sd, summary->mean);
    summary->mad = hb_stats_mad(x, n, scratch);
    summary->robust_cv = share(MAD_TO_SIGMA * summary->mad, summary->median);
    if (resamples == 0)
        return;
    const struct hb_interval interval =
        hb_stats_bca(x, n, mean_statistic, NULL, resamples, seed, scratch);
    summary->ci_mean_lo = interval.lo;
    summary->ci_mean_hi = interval.hi;
}
