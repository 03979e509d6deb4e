/* What the tests of the statistics share: comparing doubles, drawing samples from a printed seed.
 * Declares nothing of the tool.
 * Read next: any test_stats_*.c; the expected values are made by tests/expect/generate.py. */
#ifndef HB_TESTS_UNIT_TEST_STATS_H
#define HB_TESTS_UNIT_TEST_STATS_H

#include "unit/cmocka.h"

#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

/* got is expected to `tolerance` relative (absolute where 0 is expected); NaN is NaN. */
static inline bool is_near(double got, double expected, double tolerance)
{
    if (isnan(expected) || isnan(got))
        return isnan(expected) && isnan(got);
    if (isinf(expected))
        return got == expected;
    if (expected == 0)
        return fabs(got) <= tolerance;
    return fabs(got - expected) <= tolerance * fabs(expected);
}

static inline void near(const char *what, double got, double expected, double tolerance)
{
    if (!is_near(got, expected, tolerance))
        fail_msg("%s: expected %.17g, got %.17g", what, expected, got);
}

/* A rate found by simulation lies within [lo, hi]. */
static inline void rate_within(const char *what, size_t hits, size_t count, double lo, double hi)
{
    const double rate = (double)hits / (double)count;
    printf("    %s: %.3f of %zu\n", what, rate, count);
    if (rate < lo || rate > hi)
        fail_msg("%s: %.4f is not within [%.3f, %.3f]", what, rate, lo, hi);
}

/* HB_TEST_SEED=n tries another one. Printed, so that a failure can be had again. Rates are found by
 * simulation: with another seed one may leave its band by chance. */
static inline struct hb_rng printed_seed(uint64_t usual)
{
    const char *wanted = getenv("HB_TEST_SEED");
    const uint64_t seed = wanted ? strtoull(wanted, NULL, 0) : usual;
    struct hb_rng rng;
    printf("    seed %llu\n", (unsigned long long)seed);
    hb_rng_seed(&rng, seed);
    return rng;
}

/* Uniform in (0, 1). */
static inline double uniform(struct hb_rng *rng)
{
    return ((double)(hb_rng_next(rng) >> 11) + 0.5) * 0x1p-53;
}

/* Normal, by Box and Muller: not by the quantile function, which is under test. */
static inline double gaussian(struct hb_rng *rng)
{
    const double radius = sqrt(-2 * log(uniform(rng)));
    return radius * cos(2 * M_PI * uniform(rng));
}

static inline void fill_gaussian(struct hb_rng *rng, double *x, size_t n, double mean, double sd)
{
    for (size_t i = 0; i < n; i++)
        x[i] = mean + sd * gaussian(rng);
}

#endif
