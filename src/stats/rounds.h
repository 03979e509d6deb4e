/* Which of several things that are measured in blocks gets the next block, while there is time: the
 * fewest blocks first until all have a few, then the one whose widest interval shrinks most for a
 * second of measuring. Pure. Read next: src/suite/suite.h (the user). Method: docs/suite.md. */
#ifndef HB_STATS_ROUNDS_H
#define HB_STATS_ROUNDS_H

#include <stddef.h>

struct hb_round {
    size_t blocks, most; /* that it has; that it shall have at most */
    double sd;           /* of its most scattered log-ratio between blocks; NaN below two */
    double block_s;      /* what one more costs */
};

/* How many blocks all get before any gets more: the first of wanted[0..count_wanted) that all can
 * reach within left_s, else the last. */
size_t hb_stats_first_blocks(const struct hb_round *rounds, size_t count, const size_t *wanted,
                             size_t count_wanted, double left_s);

/* The index of the one to go on with, or count when none is to. first: blocks that all get before
 * any gets more, fewest first and in order. Then the largest fall of the squared half-width, h(n)^2
 * less h(n + 1)^2 with h(n) = t(n - 1) sd / sqrt(n), a second. What would not end within left_s is
 * passed over, and after the first blocks what is narrower than `narrow` (a log). */
size_t hb_stats_next_round(const struct hb_round *rounds, size_t count, size_t first, double left_s,
                           double narrow);

#endif
