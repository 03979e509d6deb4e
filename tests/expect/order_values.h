/* Order statistics by NumPy and SciPy.
 * Made by tests/expect/order_values.py: never edit, run tests/expect/generate.py.
 * Read next: that script. */
/* clang-format off */
#ifndef HB_TESTS_EXPECT_ORDER_VALUES_H
#define HB_TESTS_EXPECT_ORDER_VALUES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static const double levels[11] = {
    0.0, 0.05, 0.1, 0.25, 0.3333333333333333, 0.5, 0.75, 0.9, 0.95, 0.975, 1.0
};

static const double x_throughput[10] = {
    25311234.5, 25298871.25, 25340112.0, 25287003.75, 25322950.5, 25305111.0, 25119002.25,
    25333333.0, 25291818.5, 25318765.0
};
static const double quantiles_throughput[11] = {
    25119002.25, 25194602.925, 25270203.6, 25293581.6875, 25298871.25, 25308172.75, 25321904.125,
    25334010.9, 25337061.45, 25338586.725, 25340112.0
};
static const double median_throughput = 25308172.75;
static const double mad_throughput = 15566.0;
static const double mean_throughput = 25292820.175;
static const double sd_throughput = 63449.935283332066;
static const double cv_throughput = 0.0025086144939284955;
static const double robust_cv_throughput = 0.000911885335538497;
static const double geometric_mean_throughput = 25292748.284629498;

static const double x_ties[7] = {
    3.0, 1.0, 2.0, 2.0, 3.0, 3.0, 7.0
};
static const double quantiles_ties[11] = {
    1.0, 1.3, 1.6, 2.0, 2.0, 3.0, 3.0, 4.600000000000001, 5.799999999999997, 6.399999999999999,
    7.0
};
static const double median_ties = 3.0;
static const double mad_ties = 1.0;
static const double mean_ties = 3.0;
static const double sd_ties = 1.9148542155126762;
static const double cv_ties = 0.6382847385042254;
static const double robust_cv_ties = 0.4942;
static const double geometric_mean_ties = 2.577611136027687;

static const double x_far[12] = {
    10.1, 10.2, 9.9, 10.0, 10.3, 9.8, 10.1, 17.5, 10.0, 9.9, 10.2, 2.0
};
static const double quantiles_far[11] = {
    2.0, 6.290000000000001, 9.81, 9.9, 9.966666666666667, 10.05, 10.2, 10.290000000000001,
    13.539999999999996, 15.519999999999998, 17.5
};
static const double median_far = 10.05;
static const double mad_far = 0.14999999999999947;
static const double mean_far = 10.0;
static const double sd_far = 3.309765166072278;
static const double cv_far = 0.33097651660722777;
static const double robust_cv_far = 0.022128358208955142;
static const double geometric_mean_far = 9.199630874490957;

static const double x_two[2] = {
    4.0, 9.0
};
static const double quantiles_two[11] = {
    4.0, 4.25, 4.5, 5.25, 5.666666666666666, 6.5, 7.75, 8.5, 8.75, 8.875, 9.0
};
static const double median_two = 6.5;
static const double mad_two = 2.5;
static const double mean_two = 6.5;
static const double sd_two = 3.5355339059327378;
static const double cv_two = 0.5439282932204212;
static const double robust_cv_two = 0.5702307692307692;
static const double geometric_mean_two = 6.0;

static const double x_one[1] = {
    6.5
};
static const double quantiles_one[11] = {
    6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5
};
static const double median_one = 6.5;
static const double mad_one = 0.0;
static const double mean_one = 6.5;
static const double geometric_mean_one = 6.499999999999999;

static const double x_wide[5] = {
    1e-300, 1.0, 1e+300, 2.5, 1e+150
};
static const double quantiles_wide[11] = {
    1e-300, 0.2, 0.4, 1.0, 1.5, 2.5, 1e+150, 6.000000000000001e+299, 7.999999999999999e+299,
    8.999999999999999e+299, 1e+300
};
static const double median_wide = 2.5;
static const double mad_wide = 2.5;

static const double x_negative[7] = {
    -3.5, -1.25, -8.0, -2.0, -2.5, -4.75, -0.5
};
static const double quantiles_negative[11] = {
    -8.0, -7.025, -6.05, -4.125, -3.5, -2.5, -1.625, -0.9499999999999997, -0.7250000000000005,
    -0.6125000000000003, -0.5
};
static const double median_negative = -2.5;
static const double mad_negative = 1.25;
static const double mean_negative = -3.2142857142857144;
static const double sd_negative = 2.534875783563218;
static const double cv_negative = 0.788628021553001;
static const double robust_cv_negative = 0.7413;

/* rank of the order statistics about the median, 95 %, for n of 0 to 200 */
static const size_t median_ranks[201] = {
    0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 8, 8, 8, 9, 9, 10,
    10, 10, 11, 11, 12, 12, 13, 13, 13, 14, 14, 15, 15, 16, 16, 16, 17, 17, 18, 18, 19, 19, 19, 20,
    20, 21, 21, 22, 22, 22, 23, 23, 24, 24, 25, 25, 26, 26, 26, 27, 27, 28, 28, 29, 29, 29, 30, 30,
    31, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37, 38, 38, 38, 39, 39, 40, 40, 41, 41,
    42, 42, 42, 43, 43, 44, 44, 45, 45, 46, 46, 47, 47, 47, 48, 48, 49, 49, 50, 50, 51, 51, 52, 52,
    52, 53, 53, 54, 54, 55, 55, 56, 56, 57, 57, 58, 58, 58, 59, 59, 60, 60, 61, 61, 62, 62, 63, 63,
    63, 64, 64, 65, 65, 66, 66, 67, 67, 68, 68, 69, 69, 69, 70, 70, 71, 71, 72, 72, 73, 73, 74, 74,
    75, 75, 75, 76, 76, 77, 77, 78, 78, 79, 79, 80, 80, 81, 81, 82, 82, 82, 83, 83, 84, 84, 85, 85,
    86, 86
};
static const size_t median_rank_large_n[6] = {
    500, 1000, 1074, 1075, 2000, 10000
};
static const size_t median_rank_large[6] = {
    228, 469, 505, 505, 956, 4902
};

static const double modified_z_far[12] = {
    0.22483333333332936, 0.674499999999996, -0.674500000000004, -0.2248333333333373,
    1.1241666666666705, -1.1241666666666705, 0.22483333333332936, 33.50016666666678,
    -0.2248333333333373, -0.674500000000004, 0.674499999999996, -36.1981666666668
};
static const size_t outliers_far = 2;

static const double normal_z[15] = {
    -38.0, -10.0, -5.5, -3.0, -1.96, -1.0, -0.3, 0.0, 1e-08, 0.5, 1.0, 1.644853, 2.5, 6.0, 9.0
};
static const double normal_cdf[15] = {
    0.0, 7.61985302416047e-24, 1.898956246588768e-08, 0.0013498980316300933, 0.024997895148220435,
    0.15865525393145707, 0.3820885778110474, 0.5, 0.5000000039894228, 0.6914624612740131,
    0.8413447460685429, 0.949999935338925, 0.9937903346742238, 0.9999999990134123, 1.0
};
static const double normal_p[20] = {
    1e-300, 1e-100, 1e-20, 1e-09, 0.0001, 0.0013, 0.02424, 0.02425, 0.02426, 0.1, 0.25, 0.4999,
    0.5, 0.7, 0.95, 0.975, 0.97575, 0.999, 0.999999999, 0.999999999999999
};
static const double normal_quantile[20] = {
    -37.0470962993612, -21.273453560965322, -9.262340089798409, -5.9978070150076865,
    -3.7190164854556804, -3.0114537584997843, -1.9731366119445441, -1.972961051311885,
    -1.9727855514678603, -1.2815515655446004, -0.6744897501960817, -0.0002506628300880075, 0.0,
    0.5244005127080407, 1.6448536269514722, 1.959963984540054, 1.972961051311885,
    3.090232306167813, 5.997807019601637, 7.941444487415979
};

#endif
