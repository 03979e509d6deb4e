/* Stored values of other programs: see selfcheck.h. */
#include "stats/selfcheck.h"

#include "base/rng.h"
#include "stats/changepoint.h"
#include "stats/normal.h"
#include "stats/paired.h"
#include "stats/ranktest.h"
#include "stats/selfcheck_values.h"
#include "stats/summary.h"
#include "stats/verdict.h"

#include <math.h>
#include <string.h>

#define COUNT(x)  (sizeof(x) / sizeof((x)[0]))
#define TOLERANCE 1e-12 /* relative */

struct selfcheck {
    hb_stats_check_report *report;
    void *self;
    int failed;
};

static void check(struct selfcheck *s, const char *name, double expected, double got)
{
    const bool ok = fabs(got - expected) <= TOLERANCE * fabs(expected);
    s->failed += !ok;
    s->report(s->self, name, expected, got, ok);
}

static void check_random(struct selfcheck *s)
{
    struct hb_rng rng;
    hb_rng_seed(&rng, 42);
    (void)hb_rng_next(&rng);
    (void)hb_rng_next(&rng);
    check(s, "random draw, third of seed 42", expected_draw, (double)(hb_rng_next(&rng) >> 32));
}

static void check_summary(struct selfcheck *s)
{
    double scratch[HB_SUMMARY_SCRATCH(COUNT(check_hakmem), CHECK_RESAMPLES)];
    struct hb_summary got;
    hb_stats_summary(check_hakmem, COUNT(check_hakmem), CHECK_RESAMPLES, CHECK_SEED, scratch, &got);
    check(s, "mean", expected_mean, got.mean);
    check(s, "median", expected_median, got.median);
    check(s, "standard deviation", expected_sd, got.sd);
    check(s, "median absolute deviation", expected_mad, got.mad);
    check(s, "robust coefficient of variation", expected_robust_cv, got.robust_cv);
    check(s, "first quartile", expected_p25, got.p25);
    check(s, "95th percentile", expected_p95, got.p95);
    check(s, "interval of the mean, low", expected_mean_lo, got.ci_mean_lo);
    check(s, "interval of the mean, high", expected_mean_hi, got.ci_mean_hi);
    check(s, "interval of the median, low", expected_median_lo, got.ci_median_lo);
    check(s, "interval of the median, high", expected_median_hi, got.ci_median_hi);
    hb_stats_summary(check_jemalloc, COUNT(check_jemalloc), CHECK_RESAMPLES, CHECK_SEED, scratch,
                     &got);
    check(s, "coefficient of variation", expected_cv, got.cv);
    check(s, "geometric mean", expected_geometric_mean,
          hb_stats_geometric_mean(check_jemalloc, COUNT(check_jemalloc)));
}

static void check_paired(struct selfcheck *s)
{
    enum { N = COUNT(check_jemalloc), M = COUNT(check_p_values) };
    static double scratch[HB_WALSH_SCRATCH(N) + HB_WILCOXON_SCRATCH(N)];
    double d[N], p[M];
    for (size_t i = 0; i < N; i++)
        d[i] = log(check_jemalloc[i] / check_mimalloc[i]);
    const struct hb_located located = hb_stats_located_pairs(d, N, scratch);
    check(s, "Hodges-Lehmann", expected_hodges_lehmann, located.estimate);
    check(s, "its interval, low", expected_hodges_lehmann_lo, located.interval.lo);
    check(s, "its interval, high", expected_hodges_lehmann_hi, located.interval.hi);
    check(s, "Wilcoxon, all of one sign", expected_wilcoxon, hb_stats_wilcoxon(d, N, scratch));
    check(s, "Wilcoxon, ties and a zero", expected_wilcoxon_tied,
          hb_stats_wilcoxon(check_tied, COUNT(check_tied), scratch));
    memcpy(p, check_p_values, sizeof p);
    hb_stats_holm(p, M, scratch);
    check(s, "Holm, smallest", expected_holm_smallest, p[3]);
    check(s, "Holm, largest", expected_holm_largest, p[1]);
}

static void check_two_samples(struct selfcheck *s)
{
    enum { N = COUNT(check_apart_a), M = COUNT(check_apart_b) };
    static double scratch[HB_MANN_WHITNEY_SCRATCH(10, 10)];
    const double *a = check_apart_a, *b = check_apart_b;
    check(s, "Mann-Whitney, apart", expected_mann_whitney_apart,
          hb_stats_mann_whitney(check_jemalloc, COUNT(check_jemalloc), check_mimalloc,
                                COUNT(check_mimalloc), scratch));
    check(s, "Mann-Whitney, mixed", expected_mann_whitney,
          hb_stats_mann_whitney(a, N, b, M, scratch));
    check(s, "Mann-Whitney, ties", expected_mann_whitney_tied,
          hb_stats_mann_whitney(check_tied, COUNT(check_tied), a, N, scratch));
    check(s, "Vargha-Delaney", expected_a12, hb_stats_a12(a, N, b, M));
    const struct hb_located located =
        hb_stats_located_shift(a, N, b, M, hb_stats_shift_rank(N, M, scratch), scratch);
    check(s, "two-sample shift", expected_shift, located.estimate);
    check(s, "its interval, low", expected_shift_lo, located.interval.lo);
    check(s, "its interval, high", expected_shift_hi, located.interval.hi);
}

static void check_normal(struct selfcheck *s)
{
    check(s, "normal quantile 0.975", expected_quantile_0975, hb_stats_normal_quantile(0.975));
    check(s, "normal quantile 1e-6", expected_quantile_1e6, hb_stats_normal_quantile(1e-6));
    check(s, "normal distribution at -1.5", expected_normal_minus_15, hb_stats_normal_cdf(-1.5));
}

/* A step of 10 % after a third of the slices must be found where it is. */
static void check_changepoint(struct selfcheck *s)
{
    enum { N = COUNT(check_slices) };
    double scratch[N + HB_CHANGEPOINT_SCRATCH(N)];
    size_t ends[N / HB_CHANGEPOINT_SEGMENT_MIN + 1];
    const struct hb_steady steady = hb_stats_steady(check_slices, N, ends, scratch);
    check(s, "change point of a warm-up", expected_step, (double)steady.start);
    check(s, "class of a warm-up", HB_STEADY_WARMUP, (double)steady.class);
}

int hb_stats_selfcheck(hb_stats_check_report *report, void *self)
{
    struct selfcheck s = {report, self, 0};
    check_random(&s);
    check_summary(&s);
    check_paired(&s);
    check_two_samples(&s);
    check_normal(&s);
    check_changepoint(&s);
    return s.failed;
}
