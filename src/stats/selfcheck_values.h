/* What selfcheck.c computes and what it must get.
 * Made by tests/expect/selfcheck_values.py: never edit, run tests/expect/generate.py.
 * Read next: that script. */
/* clang-format off */
#ifndef HB_STATS_SELFCHECK_VALUES_H
#define HB_STATS_SELFCHECK_VALUES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static const double check_hakmem[10] = {
    59684554.0, 58880328.0, 59690908.0, 58495824.0, 58259601.0, 58774789.0, 59610982.0, 60019364.0,
    58121109.0, 59972820.0
};
static const double check_mimalloc[10] = {
    122686212.0, 121523154.0, 119555988.0, 121274983.0, 121823390.0, 119737669.0, 118624338.0,
    121572269.0, 120727011.0, 122599103.0
};
static const double check_jemalloc[10] = {
    97455130.0, 96590190.0, 96707985.0, 98665518.0, 99086144.0, 91259911.0, 93851442.0, 91658437.0,
    97294171.0, 97999230.0
};
static const double check_tied[9] = {
    2.0, -1.0, 2.0, 3.0, -2.0, 1.0, 4.0, 0.0, 3.0
};
static const double check_apart_a[5] = {
    1.1, 2.2, 3.3, 4.4, 5.0
};
static const double check_apart_b[6] = {
    2.5, 3.1, 4.8, 6.0, 7.0, 8.0
};
static const double check_p_values[4] = {
    0.01, 0.04, 0.03, 0.005
};
static const double check_slices[120] = {
    109.375, 109.875, 110.375, 109.5, 110.0, 110.5, 109.625, 110.125, 110.625, 109.75, 110.25,
    109.375, 109.875, 110.375, 109.5, 110.0, 110.5, 109.625, 110.125, 110.625, 109.75, 110.25,
    109.375, 109.875, 110.375, 109.5, 110.0, 110.5, 109.625, 110.125, 110.625, 109.75, 110.25,
    109.375, 109.875, 110.375, 109.5, 110.0, 110.5, 109.625, 100.125, 100.625, 99.75, 100.25,
    99.375, 99.875, 100.375, 99.5, 100.0, 100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375,
    99.875, 100.375, 99.5, 100.0, 100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375, 99.875,
    100.375, 99.5, 100.0, 100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375, 99.875, 100.375,
    99.5, 100.0, 100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375, 99.875, 100.375, 99.5,
    100.0, 100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375, 99.875, 100.375, 99.5, 100.0,
    100.5, 99.625, 100.125, 100.625, 99.75, 100.25, 99.375, 99.875, 100.375, 99.5, 100.0, 100.5,
    99.625, 100.125, 100.625, 99.75
};
enum { CHECK_RESAMPLES = 1000, CHECK_SEED = 1 };

static const double expected_draw = 2920764210.0;
static const double expected_mean = 59151027.9;
static const double expected_median = 59245655.0;
static const double expected_sd = 723919.0707514588;
static const double expected_cv = 0.029275077224226353;
static const double expected_mad = 599015.5;
static const double expected_robust_cv = 0.014990135231013987;
static const double expected_p25 = 58565565.25;
static const double expected_p95 = 59998419.2;
static const double expected_mean_lo = 58731025.3021054;
static const double expected_mean_hi = 59569942.82519974;
static const double expected_median_lo = 58259601;
static const double expected_median_hi = 59972820;
static const double expected_geometric_mean = 96019210.58828545;
static const double expected_hodges_lehmann = -0.22679385738081348;
static const double expected_hodges_lehmann_lo = -0.25091478234074105;
static const double expected_hodges_lehmann_hi = -0.21394080793708925;
static const double expected_wilcoxon = 0.001953125;
static const double expected_wilcoxon_tied = 0.1015625;
static const double expected_holm_smallest = 0.02;
static const double expected_holm_largest = 0.06;
static const double expected_mann_whitney_apart = 1.082508822446903e-05;
static const double expected_mann_whitney = 0.17748917748917747;
static const double expected_mann_whitney_tied = 0.0823597338909624;
static const double expected_a12 = 0.23333333333333334;
static const double expected_shift = -2.0;
static const double expected_shift_lo = -4.9;
static const double expected_shift_hi = 1.3000000000000003;
static const double expected_quantile_0975 = 1.959963984540054;
static const double expected_quantile_1e6 = -4.753424308822899;
static const double expected_normal_minus_15 = 0.06680720126885807;
static const double expected_step = 40.0;

#endif
