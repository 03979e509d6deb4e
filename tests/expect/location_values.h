/* Intervals by enumeration and from the published definitions.
 * Made by tests/expect/location_values.py: never edit, run tests/expect/generate.py.
 * Read next: that script. */
/* clang-format off */
#ifndef HB_TESTS_EXPECT_LOCATION_VALUES_H
#define HB_TESTS_EXPECT_LOCATION_VALUES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

struct located_two { const char *name; const double *a; size_t n; const double *b; size_t m;
                     double lo, hi, cv_ratio, cv_lo, cv_hi; };
static const double two_permeability_a[10] = {
    0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46
};
static const double two_permeability_b[5] = {
    1.15, 0.88, 0.9, 0.74, 1.21
};
static const double two_ten_a[10] = {
    99.932695, 101.094816, 98.383145, 101.57065, 100.114937, 98.630546, 100.04751, 100.270171,
    99.981719, 101.010623
};
static const double two_ten_b[10] = {
    102.653553, 100.48391, 102.732198, 104.096001, 103.879493, 100.928048, 99.756902, 102.949256,
    103.873082, 102.158532
};
static const double two_uneven_a[6] = {
    46.224792, 55.113933, 49.530623, 48.937374, 49.105932, 51.591934
};
static const double two_uneven_b[9] = {
    48.780142, 49.616028, 47.514423, 45.478903, 54.574616, 43.613817, 40.518055, 52.281128,
    47.742445
};
static const double two_least_a[4] = {
    4.431657, 6.779531, 5.39565, 5.579359
};
static const double two_least_b[4] = {
    4.353721, 4.095145, 5.125179, 5.720347
};
static const double two_few_a[3] = {
    4.677372, 5.196105, 5.652624
};
static const double two_few_b[3] = {
    5.579844, 2.927362, 5.387202
};
static const struct located_two located_two_cases[] = {
    {"permeability", two_permeability_a, 10, two_permeability_b, 5, -0.15000000000000002, 0.7599999999999999, (double)NAN, (double)NAN, (double)NAN},
    {"ten", two_ten_a, 10, two_ten_b, 10, -3.775386999999995, -0.9463290000000057, -0.3821621390573334, -1.0335897677005619, 0.2692654895858949},
    {"uneven", two_uneven_a, 6, two_uneven_b, 9, -2.555349999999997, 6.333791000000005, -0.40071307284799895, -1.1741290310743346, 0.5225974566082849},
    {"least", two_least_a, 4, two_least_b, 4, -1.28869, 2.684386000000001, (double)NAN, (double)NAN, (double)NAN},
    {"few", two_few_a, 3, two_few_b, 3, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN},
};
struct located_one { const char *name; const double *d; size_t n;
                     double lo, hi, lag1, cv_lo, cv_hi; };
static const double one_depression[9] = {
    -0.9520000000000001, 0.14700000000000002, -1.0220000000000002, -0.43000000000000016,
    -0.6199999999999999, -0.5899999999999999, -0.49, 0.08000000000000007, -0.010000000000000009
};
static const double one_six[6] = {
    1.118645, 2.13342, 2.531525, 1.065483, 1.324649, 1.421171
};
static const double one_five[5] = {
    0.866504, -0.771509, 0.718022, 0.537782, 0.109218
};
static const double one_walk[12] = {
    98.475601, 98.683312, 98.984387, 98.847126, 99.309256, 98.600295, 99.056292, 100.377295,
    101.351827, 99.91964, 99.395245, 100.870525
};
static const double one_ties[10] = {
    3.0, 3.0, 4.0, 5.0, 5.0, 5.0, 6.0, 2.0, 2.0, 7.0
};
static const struct located_one located_one_cases[] = {
    {"depression", one_depression, 9, -0.786, -0.010000000000000009, -0.5800000000000001, (double)NAN, (double)NAN},
    {"six", one_six, 6, 1.065483, 2.531525, -0.1428571428571428, 0.13255482505232785, 1.5574980890944738},
    {"five", one_five, 5, (double)NAN, (double)NAN, 0.0, (double)NAN, (double)NAN},
    {"walk", one_walk, 12, 98.8338495, 100.132885, 0.8461538461538461, 0.005943842213981719, 0.017940636266130485},
    {"ties", one_ties, 10, 3.0, 5.5, 0.12473794549266248, 0.28659820622930665, 0.699789485794206},
};
struct levels_case { const char *name; const double *x; size_t n; double noise;
                     size_t shortest, count; const size_t *ends; };
static const double levels_one_step[12] = {
    -0.391914, -0.685603, -0.274818, -1.200224, 1.031335, -0.452464, 4.813473, 4.746024, 4.784083,
    6.296506, 5.865488, 5.49859
};
static const size_t levels_one_step_ends[2] = {
    6, 12
};
static const double levels_flat[12] = {
    -0.456858, -0.306212, 0.250513, -1.235942, 0.412824, -0.159546, -0.58575, -0.034892, -0.803619,
    1.431375, -0.109746, -0.530574
};
static const size_t levels_flat_ends[1] = {
    12
};
static const double levels_two_steps[14] = {
    -0.540973, -0.734468, 0.268102, 0.01015, -0.307747, 4.46414, 6.440254, 5.9387, 4.771805,
    0.376603, 2.377184, 1.385254, 3.124059, 0.967908
};
static const size_t levels_two_steps_ends[3] = {
    5, 9, 14
};
static const double levels_short_last[11] = {
    0.536543, 0.200115, 1.542517, -0.618262, -0.443168, -1.902174, 0.343867, -0.124819, -0.728494,
    -1.868748, 8.274026
};
static const size_t levels_short_last_ends[2] = {
    9, 11
};
static const double levels_short_two[12] = {
    -0.394762, -0.419278, 1.562228, -2.211686, 0.924707, -0.768068, 0.1812, 0.232799, -0.336708,
    1.051978, 9.084124, 7.937389
};
static const size_t levels_short_two_ends[2] = {
    10, 12
};
static const double levels_ones[9] = {
    -0.872285, -0.501447, -0.111544, 1.104621, 8.187724, -0.121551, -0.610425, 0.850096, 0.227013
};
static const size_t levels_ones_ends[3] = {
    4, 5, 9
};
static const struct levels_case levels_cases[] = {
    {"one_step", levels_one_step, 12, 1.0, 2, 2, levels_one_step_ends},
    {"flat", levels_flat, 12, 1.0, 2, 1, levels_flat_ends},
    {"two_steps", levels_two_steps, 14, 1.0, 2, 3, levels_two_steps_ends},
    {"short_last", levels_short_last, 11, 1.0, 2, 2, levels_short_last_ends},
    {"short_two", levels_short_two, 12, 1.0, 2, 2, levels_short_two_ends},
    {"ones", levels_ones, 9, 1.0, 1, 3, levels_ones_ends},
};

#endif
