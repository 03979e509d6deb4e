/* When samples are looked at that grow until a verdict is found, and what each look may be wrong
 * by, so that all looks together are no more often wrong than one would be. Pure.
 * Read next: sequential.h (the walk behind the boundary); src/judge/exec_judge.h (the user).
 * Method: docs/statistics.md, "Until it is decided". */
#ifndef HB_STATS_LOOKS_H
#define HB_STATS_LOOKS_H

#include <stddef.h>

/* Looks are at fixed numbers of runs: the first, then two fifths more each time, and the last; one
 * that would come within a fifth of the last is the last. 20, 80: 20, 28, 40, 56, 80. */
struct hb_looks {
    size_t first, most; /* runs; 1 <= first <= most. first = most: one look */
};

/* Of a session of so many runs, and of at most so many (0, or fewer than runs: no more). Fewer than
 * 6 runs carry no verdict, and are not looked at while there may be more. */
struct hb_looks hb_looks_of(size_t runs, size_t most);

/* The look after the one at `at` runs; most at the last. */
size_t hb_looks_next(const struct hb_looks *looks, size_t at);

/* The last look at up to `at` runs has this number among all, from 1; 0 before the first. */
size_t hb_looks_number(const struct hb_looks *looks, size_t at);

/* What one look may be wrong by. */
struct hb_looks_level {
    double tail;  /* on each side of its interval: 2.5 % of a look that is the only one */
    double share; /* p is held against this part of 5 %: 1 of a look that is the only one */
};

/* The look at `at` runs (beyond most: at most; none: as of one look), after all that come before
 * it; one that is not planned, as the session was cut off there, is the last so far. With t = at /
 * most, alpha sqrt(t) may have been spent until here (Kim and DeMets 1987, power family with an
 * exponent of 1/2; Lan and DeMets 1983). Intervals: by the joint distribution of all looks
 * (Armitage, McPherson and Rowe 1969), so that all together hold the truth with 95 % (Jennison and
 * Turnbull 1989). p, which is corrected for several comparisons as well: by its own part alone,
 * whatever looks have to do with each other (Bonferroni). */
struct hb_looks_level hb_looks_at(const struct hb_looks *looks, size_t at);

#endif
