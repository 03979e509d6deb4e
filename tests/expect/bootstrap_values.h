/* Bootstrap intervals with the tool's own draws.
 * Made by tests/expect/bootstrap_values.py: never edit, run tests/expect/generate.py.
 * Read next: that script. */
/* clang-format off */
#ifndef HB_TESTS_EXPECT_BOOTSTRAP_VALUES_H
#define HB_TESTS_EXPECT_BOOTSTRAP_VALUES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static const size_t bootstrap_resamples = 2000;
enum { MEAN, VARIANCE };
struct bca_case { const char *name; const double *x; size_t n; int statistic;
                  uint64_t seed; double lo, hi; };
static const double bca_mice[7] = {
    94.0, 197.0, 16.0, 38.0, 99.0, 141.0, 23.0
};
static const double bca_throughput[10] = {
    25311234.5, 25298871.25, 25340112.0, 25287003.75, 25322950.5, 25305111.0, 25119002.25,
    25333333.0, 25291818.5, 25318765.0
};
static const double bca_far[12] = {
    10.1, 10.2, 9.9, 10.0, 10.3, 9.8, 10.1, 17.5, 10.0, 9.9, 10.2, 2.0
};
static const double bca_spatial[26] = {
    48.0, 36.0, 20.0, 29.0, 42.0, 42.0, 20.0, 42.0, 22.0, 41.0, 45.0, 14.0, 6.0, 0.0, 33.0, 28.0,
    34.0, 4.0, 32.0, 24.0, 47.0, 41.0, 24.0, 26.0, 30.0, 41.0
};
static const struct bca_case bca_cases[] = {
    {"mice", bca_mice, 7, MEAN, 1, 46.57142857142857, 137.57142857142858},
    {"throughput", bca_throughput, 10, MEAN, 2, 25228875.401949786, 25316031.75502944},
    {"far", bca_far, 12, MEAN, 3, 8.008333333333335, 11.8389352377549},
    {"spatial", bca_spatial, 26, VARIANCE, 4, 105.40285077529242, 277.20503942359244},
};

#endif
