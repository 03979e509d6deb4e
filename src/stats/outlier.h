/* Which samples lie far from the others? They are reported, never dropped. Pure.
 * Read next: summary.h. Method: docs/statistics.md, "Each figure". */
#ifndef HB_STATS_OUTLIER_H
#define HB_STATS_OUTLIER_H

#include <stdbool.h>
#include <stddef.h>

/* A modified z-score beyond this is an outlier (Iglewicz and Hoaglin 1993). */
#define HB_OUTLIER_LIMIT 3.5

/* The modified z-score of a value: 0.6745 (x - median) / mad (Iglewicz and Hoaglin 1993).
 * A MAD of 0, when more than half of the values are equal, says nothing about the spread: then
 * (x - median) / (1.253314 mean_deviation), the same from the mean absolute deviation from the
 * median (as in IBM's SPSS Modeler). Both 0: 0. */
double hb_stats_modified_z(double x, double median, double mad, double mean_deviation);

/* Marks the values of x[0..n) whose |modified z| is beyond 3.5 and returns their number; out may be
 * NULL. n < 3, or a value that is not finite: none is marked. scratch: n doubles. */
size_t hb_stats_outliers(const double *x, size_t n, bool *out, double *scratch);

#endif
