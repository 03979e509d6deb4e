/* Is one side faster? Asked again and again while pairs come in, and wrong in 5 % at most over all
 * the times it is asked: a group-sequential test with repeated confidence intervals. Pure.
 * Read next: paired.h (the interval of one look); src/judge/ab.h (the user).
 * Method: docs/statistics.md, "While it runs". */
#ifndef HB_STATS_SEQUENTIAL_H
#define HB_STATS_SEQUENTIAL_H

#include "stats/paired.h"

#include <stdbool.h>

#define HB_SEQUENTIAL_ALPHA 0.05
#define HB_SEQUENTIAL_FIRST 8u    /* pairs at the first look: fewer say nothing of the spread */
#define HB_SEQUENTIAL_MOST  1000u /* pairs */
#define HB_SEQUENTIAL_GRID  257u  /* odd, for Simpson's rule */

enum hb_sequential_end {
    HB_SEQUENTIAL_OPEN = 0,
    HB_SEQUENTIAL_SAME,   /* the whole interval within the margin */
    HB_SEQUENTIAL_FASTER, /* the whole interval on one side of 0, and not within the margin */
    HB_SEQUENTIAL_SLOWER,
};

/* ---- boundaries ---- */

/* Under no difference the sum of n pairs is a Brownian motion at time n. This is its density there
 * as long as no look has found a difference (Armitage, McPherson and Rowe 1969). Zeroed: no look
 * yet. */
struct hb_sequential_walk {
    size_t looks;
    double time;  /* of the last look: pairs */
    double spent; /* probability of a false difference so far, two-sided */
    double edge;  /* the density lies in -edge..edge */
    double density[HB_SEQUENTIAL_GRID];
};

/* The next look: the z beyond which a difference is found at `time`, so that the probability of
 * having found one where there is none is then `spend` in all (Lan and DeMets 1983). time and spend
 * grow from look to look. With nothing to spend: infinite. */
double hb_sequential_boundary(struct hb_sequential_walk *walk, double time, double spend);

/* What may have been spent at a share t of the planned pairs: 0.95 alpha t up to t = 1 (Kim and
 * DeMets 1987, power family), the last twentieth of alpha beyond it, as 1 - 1/t. */
double hb_sequential_spending(double t);

/* ---- looks ---- */

struct hb_sequential {
    double margin; /* delta = ln(1 + margin): two sides within it are the same */
    size_t most;   /* pairs: the last look is there, or before */
    struct hb_sequential_walk walk;
    size_t pairs, planned;       /* at the last look: there were, and so many are planned in all */
    double z;                    /* of the last look's interval */
    struct hb_located log_ratio; /* Hodges-Lehmann and its repeated confidence interval: all looks'
                                    intervals together hold the true one with 95 % */
    enum hb_sequential_end end;
};

/* margin: a fraction above 0. most: HB_SEQUENTIAL_FIRST to HB_SEQUENTIAL_MOST. */
void hb_sequential_init(struct hb_sequential *test, double margin, size_t most);

/* Whether n pairs are enough for the next look: 8, then a tenth more each time, and at `most`. */
bool hb_sequential_is_due(const struct hb_sequential *test, size_t n);

/* A look at all pairs so far: d[0..n) are logs of ratios, symmetric about the true one, as they are
 * when a coin decides which side of a pair runs first. n above the last look's, and at most `most`.
 * is_last: there will be no other, for a reason that lies outside the values (the time is over):
 * all that is left is spent. After an end nothing more is looked at.
 * n below HB_SEQUENTIAL_FIRST, or a value that is not finite: no look. scratch:
 * HB_SEQUENTIAL_SCRATCH doubles. */
#define HB_SEQUENTIAL_SCRATCH(n) (HB_WALSH_SCRATCH(n) + (n))
enum hb_sequential_end hb_sequential_look(struct hb_sequential *test, const double *d, size_t n,
                                          bool is_last, double *scratch);

/* "open", "same", "faster", "slower". Static text. */
const char *hb_sequential_word(enum hb_sequential_end end);

#endif
