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
struct low_rank_case { const char *name; const double *a; size_t n; const double *b; size_t m;
                       double estimate, lo, hi, p; };
static const double low_permeability_a[10] = {
    0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46
};
static const double low_permeability_b[5] = {
    1.15, 0.88, 0.9, 0.74, 1.21
};
static const double low_ten_a[10] = {
    99.589225, 101.119707, 100.94249, 99.754175, 101.04797, 98.921311, 99.881893, 101.092523,
    99.070823, 101.332657
};
static const double low_ten_b[10] = {
    102.070166, 99.307856, 104.182264, 97.930454, 103.392095, 103.858293, 101.918423, 100.696627,
    103.108182, 100.552539
};
static const double low_uneven_a[6] = {
    48.841864, 45.78378, 46.881486, 51.815182, 47.842751, 50.054982
};
static const double low_uneven_b[9] = {
    51.797398, 48.344753, 49.340685, 52.592471, 50.043178, 51.810783, 46.271049, 46.043445,
    46.929852
};
static const double low_least_a[4] = {
    4.741486, 4.261293, 3.813417, 6.390572
};
static const double low_least_b[4] = {
    4.220486, 4.631326, 4.161706, 4.463123
};
static const double low_few_a[3] = {
    5.936558, 7.139731, 5.369134
};
static const double low_few_b[3] = {
    5.828005, 4.889369, 4.798198
};
static const double low_ties_a[5] = {
    3.0, 5.0, 5.0, 8.0, 2.0
};
static const double low_ties_b[7] = {
    1.0, 3.0, 3.0, 2.0, 7.0, 4.0, 1.0
};
static const double low_alike_a[5] = {
    4.0, 4.0, 4.0, 4.0, 4.0
};
static const double low_alike_b[6] = {
    4.0, 4.0, 4.0, 4.0, 4.0, 4.0
};
static const double low_twenty_a[20] = {
    0.030566, 0.106277, 0.032565, 0.045403, 0.061037, 0.042037, 0.043536, 0.025793, 0.053715,
    0.065634, 0.055503, 0.054455, 0.030176, 0.018676, 0.068588, 0.055937, 0.057104, 0.081421,
    0.055026, 0.052945
};
static const double low_twenty_b[40] = {
    -0.009656, 0.049309, 0.019585, -0.036192, -0.006287, -0.002884, 0.03052, 0.005455, 0.004521,
    0.019355, 0.019413, -0.011149, 0.045685, 0.001407, 0.004296, -0.042511, -0.023382, 0.007572,
    0.003934, 0.030811, 0.023536, 0.011351, 0.007058, 0.015234, 0.018545, -0.019769, 0.002316,
    -0.035859, 0.010318, -0.017241, -0.015144, -0.000286, 0.003359, -0.028024, -0.015205, 0.00304,
    -0.029107, -0.026576, -0.007608, -0.028549
};
static const double low_slowed_a[40] = {
    0.006345, -0.013519, 0.01903, -0.007805, 0.379645, -0.003591, -0.018774, 0.002311, -0.017423,
    0.002689, 0.003973, 0.303729, 0.303945, 0.008054, -0.020724, 0.027649, 0.118922, 0.002072,
    0.383926, 0.005937, -0.02072, -0.011637, 0.030807, 0.019359, -0.022102, 0.001146, 0.172304,
    0.035729, -0.024882, 0.049662, 0.021426, -0.00571, 0.011013, 0.681437, -0.008463, 0.175045,
    0.018409, 0.153383, -0.003249, -0.010137
};
static const double low_slowed_b[20] = {
    0.037922, 0.079957, 0.019829, 0.040737, 0.083649, 0.09011, 0.063128, 0.071808, 0.047701,
    0.069134, 0.064656, 0.064679, 0.048975, 0.084981, 0.07733, 0.045273, 0.066965, 0.052568,
    0.070169, 0.027169
};
static const double low_most_a[44] = {
    2.212221, -0.046054, -0.202728, 0.290003, -1.83188, 0.191453, 0.76388, -0.016416, -0.236408,
    1.190963, 0.629551, 0.466571, -0.84067, 0.491184, -0.518824, -0.17303, -0.481877, 1.057755,
    1.484854, -0.305721, 1.839544, 0.845854, 1.128477, -1.114428, -0.819377, -0.561028, 0.522915,
    -1.334694, 0.274068, -0.820343, 2.24318, -0.209711, 0.828733, 0.817268, 1.443289, -0.734204,
    0.681266, 0.411942, -0.336892, -0.171587, -1.330613, 0.30093, -0.125376, 0.364489
};
static const double low_most_b[20] = {
    1.118165, 0.556131, 1.145147, 0.620153, 0.060319, -0.307916, 1.341418, 1.182675, 0.797572,
    -0.431022, 1.803726, 0.977986, 2.024372, 2.023306, 1.659607, -0.977221, 0.908388, 1.358193,
    0.852507, 1.255317
};
static const double low_beyond_a[33] = {
    -0.79734, -0.600481, 2.356909, -1.107398, 0.495995, -0.817797, -0.889921, 0.394649, -1.172927,
    -1.408051, -0.461886, -0.411424, 0.445632, -0.095103, -0.689989, 2.066627, 0.789363, -0.483518,
    0.570204, 0.188408, 1.576172, 0.988064, 1.459648, 0.667694, 1.033961, 0.142669, -0.606964,
    -0.724495, 0.207574, 0.729034, -0.745631, -0.816163, -0.353856
};
static const double low_beyond_b[32] = {
    -0.807941, -1.236295, -0.486377, 1.27438, 0.577433, 1.895982, 1.60299, 0.828956, -0.085764,
    1.505935, 0.057629, 1.321544, 1.748333, -0.973113, 1.576913, -0.625232, -0.033713, -0.449109,
    0.569989, 1.243183, -0.333658, -0.016589, 0.581098, 0.139427, -0.298336, -0.131504, -0.384173,
    0.39645, 0.661999, -1.178662, -0.342055, -0.101359
};
static const struct low_rank_case low_rank_cases[] = {
    {"permeability", low_permeability_a, 10, low_permeability_b, 5, 0.22999999999999998, -0.15000000000000002, 0.7399999999999999, 0.38161838161838163},
    {"ten", low_ten_a, 10, low_ten_b, 10, -0.9759329999999977, -3.1488549999999975, 0.5671680000000094, 0.32214380047197383},
    {"uneven", low_uneven_a, 6, low_uneven_b, 9, -0.4930449999999986, -3.968032000000001, 2.4744969999999995, 0.6805194805194805},
    {"least", low_least_a, 4, low_least_b, 4, 0.04080700000000004, -0.8179089999999998, 2.228866, 1.0},
    {"few", low_few_a, 3, low_few_b, 3, 0.8090624999999996, (double)NAN, (double)NAN, 0.2},
    {"ties", low_ties_a, 5, low_ties_b, 7, 2.0, -1.0, 4.0, 0.23020068213617695},
    {"alike", low_alike_a, 5, low_alike_b, 6, 0.0, 0.0, 0.0, 1.0},
    {"twenty", low_twenty_a, 20, low_twenty_b, 40, 0.052308, 0.04122, 0.063318, 3.587728499750279e-11},
    {"slowed", low_slowed_a, 40, low_slowed_b, 20, -0.053411, -0.066475, -0.038928000000000004, 1.2298416233856386e-06},
    {"most", low_most_a, 44, low_most_b, 20, -0.8710789999999999, -1.354858, -0.329592, 0.0033787401444197226},
    {"beyond", low_beyond_a, 33, low_beyond_b, 32, -0.27992, -0.6862870000000001, 0.244028, 0.25769481987156173},
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
