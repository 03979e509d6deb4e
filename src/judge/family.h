/* One family of comparisons: ratios of a session's allocators to its reference that share Holm's
 * correction, the margin that the twin's noise makes, and what of it is to be believed.
 * Read next: judge.c (throughputs of a rebase), exec_judge.c (each figure of each program). */
#ifndef HB_JUDGE_FAMILY_H
#define HB_JUDGE_FAMILY_H

#include "base/err.h"
#include "result/model.h"
#include "stats/paired.h"
#include "stats/verdict.h"

/* A ratio of throughputs, A over B: 1.05 is 5 % faster. */
struct hb_ratio {
    size_t pairs;            /* blocks in which both have a sample */
    double estimate, lo, hi; /* NaN without pairs; lo and hi NaN with fewer than 6 */
    double p, p_holm; /* of the test of its pairs or samples; and corrected over the session, and
                         over its looks */
    struct hb_verdict verdict;
};

struct hb_family {
    const struct hb_session *session;
    int twin;                  /* index, -1 when not there */
    double least, noise_limit; /* margin, and noise beyond which nothing is the same; fractions */
    bool is_margin_of_sure; /* the margin is twice what of the twin's difference is sure, not twice
                               all of its noise, which each ratio's own interval carries already */
    double share;           /* of 5 % that this look at the session may be wrong by (stats/looks.h),
                               and p is divided by; 0: all of it, as there is no other */
    double unresolved;      /* nothing smaller is decided, as so much was taken away; a fraction */
    struct hb_ratio **ratios; /* [allocators] the caller's, filled but for p_holm and verdict */
    struct hb_located *logs;  /* [allocators] their estimates and intervals as logs */
    /* found: as in struct hb_judgement */
    double aa_noise, margin;
    bool is_doubtful, is_withheld;
    size_t comparisons, pairs, pairs_least;
};

/* Room for ratios and logs; noise unknown, the margin the least there is. Close it also after -1.
 */
int hb_family_open(struct hb_family *family, struct hb_err *err);
void hb_family_close(struct hb_family *family);

/* Corrects, judges, and withholds where the reference differs from itself, or where no less was
 * taken away than is left. scratch: two doubles an
 * allocator. */
void hb_family_judge(struct hb_family *family, double *scratch);

/* Fills estimate, interval, p and pairs of *ratio from n log-ratios, and returns estimate and
 * interval as logs. scratch: HB_WALSH_SCRATCH(n) + HB_WILCOXON_SCRATCH(n) doubles. */
struct hb_located hb_ratio_of_pairs(const double *logs, size_t n, double *scratch,
                                    struct hb_ratio *ratio);

/* The same of two samples of logs of costs that are no pairs: how far a lies above b, and p, by the
 * lower two thirds (stats/lowrank.h), with `tail` on each side of the interval; pairs is the size
 * of the smaller. scratch: HB_LOW_RANK_SCRATCH(n, m). */
struct hb_located hb_ratio_of_samples(const double *a, size_t n, const double *b, size_t m,
                                      double tail, double *scratch, struct hb_ratio *ratio);

/* Nothing is known of it. */
void hb_ratio_unknown(struct hb_ratio *ratio);

#endif
