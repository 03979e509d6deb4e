/* Order statistics of samples, and which of them lie far from the others. Pure: no I/O, no
 * allocation; callers own every array. Values are finite unless a function says what it does with
 * others. Read next: summary.h. Method: docs/statistics.md, "Each figure". */
#ifndef HB_STATS_ORDER_H
#define HB_STATS_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* True when no value of x[0..n) is a NaN or an infinity; so also for n = 0. */
bool hb_stats_all_finite(const double *x, size_t n);

/* Copies those of x[0..n) that are no NaN to known, which has room for n, in their order. How many.
 */
size_t hb_stats_known(const double *x, size_t n, double *known);

/* Sorts x[0..n) ascending, in place (heapsort: qsort may allocate, this never does). */
void hb_stats_sort(double *x, size_t n);

/* The k-th smallest (from 0) of x[0..n); x is reordered so that those before k are no larger and
 * those after it no smaller. O(n) on average (Hoare 1961, FIND). k < n. */
double hb_stats_select(double *x, size_t n, size_t k);

/* Median of x[0..n); x is reordered. n = 0: NaN. */
double hb_stats_median_in_place(double *x, size_t n);

/* Median, x unchanged; scratch: n doubles. n = 0, or a value that is not finite: NaN. */
double hb_stats_median(const double *x, size_t n, double *scratch);

/* Quantile q of sorted[0..n), linear between order statistics (Hyndman and Fan 1996, type 7: the
 * default of R and NumPy). q is cut to [0, 1]. n = 0 or q NaN: NaN. */
double hb_stats_quantile_sorted(const double *sorted, size_t n, double q);

/* The same of values in any order, O(n) on average; x is reordered. */
double hb_stats_quantile_in_place(double *x, size_t n, double q);

/* Median absolute deviation from the median, unscaled (1.4826 MAD estimates a normal's standard
 * deviation). scratch: n doubles. n = 0, or a value that is not finite: NaN. */
double hb_stats_mad(const double *x, size_t n, double *scratch);

/* ---- which samples lie far from the others? ---- */

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
