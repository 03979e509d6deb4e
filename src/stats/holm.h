/* Many comparisons at once: Holm's correction of their p values. Pure.
 * Read next: verdict.h (judges by the corrected p), docs/statistics.md, "Verdicts". */
#ifndef HB_STATS_HOLM_H
#define HB_STATS_HOLM_H

#include <stddef.h>

/* Replaces p[0..n) by Holm's step-down adjusted values (Holm 1979; as R's p.adjust): the k-th
 * smallest (from 0) of m becomes max over j <= k of (m - j) p_j, at most 1. Order is kept, equal
 * values stay equal. NaN marks what was not compared: it is not counted and stays.
 * scratch: n doubles. */
void hb_stats_holm(double *p, size_t n, double *scratch);

#endif
