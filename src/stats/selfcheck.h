/* The statistics against stored values of other programs (SciPy, NumPy, Python's statistics), run
 * where the tool runs: a broken compiler or libm shows here. Pure; prints nothing.
 * Read next: selfcheck_values.h, tests/expect/selfcheck_values.py (makes it). */
#ifndef HB_STATS_SELFCHECK_H
#define HB_STATS_SELFCHECK_H

#include <stdbool.h>

/* What one check found. name: static text. */
typedef void hb_stats_check_report(void *self, const char *name, double expected, double got,
                                   bool ok);

/* Reports each check (ok: to 1e-12 relative) and returns how many failed. 1 MB of static scratch:
 * not for two threads at once. */
int hb_stats_selfcheck(hb_stats_check_report *report, void *self);

#endif
