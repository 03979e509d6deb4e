/* Is B faster than A? A session of two allocators, judged while it runs: the pairs so far, the
 * looks at them, and why it ended. Never prints, never measures. Read next: src/stats/sequential.h
 * (the rule); src/commands/ab.c (the user). */
#ifndef HB_JUDGE_AB_JUDGE_H
#define HB_JUDGE_AB_JUDGE_H

#include "base/err.h"
#include "base/json/json.h"
#include "result/model.h"
#include "stats/sequential.h"

/* Why no more pairs were taken. */
enum hb_ab_reason {
    HB_AB_GOES_ON = 0, /* cut off, or still running */
    HB_AB_DECIDED,
    HB_AB_PAIRS,  /* as many as there may be */
    HB_AB_TIME,   /* the time was over */
    HB_AB_FAILED, /* a side crashed, is missing, ... */
    HB_AB_REASONS
};

/* Zeroed is valid to free. */
struct hb_ab {
    struct hb_sequential test;
    double margin_percent;
    double *logs; /* [pairs] ln(B / A) of the throughputs of one block; owned, room for most */
    size_t pairs;
    enum hb_ab_reason reason;
    double seconds;  /* since the first block began; the caller's */
    double *scratch; /* owned */
};

/* margin_percent above 0; most as hb_sequential_init has it. -1 without memory. */
int hb_ab_open(struct hb_ab *ab, double margin_percent, size_t most, struct hb_err *err);
void hb_ab_free(struct hb_ab *ab);

/* The indices of both sides: A is the reference, B the other. -1 where it is not there. */
int hb_ab_a(const struct hb_session *session);
int hb_ab_b(const struct hb_session *session);

/* Takes the pair of this block, where both runs have a throughput, and looks at all so far when a
 * look is due. is_over: the time is up, and this is the last look. After it ab->reason says whether
 * it goes on. -1 without memory. */
int hb_ab_take(struct hb_ab *ab, const struct hb_session *session, uint32_t block, bool is_over,
               struct hb_err *err);

/* The first job of either side that came out neither ok nor disturbed, or NULL. */
const struct hb_job *hb_ab_failure(const struct hb_session *session);

/* Seconds until the planned number of pairs, or until the time is over; NaN before the first look.
 */
double hb_ab_seconds_left(const struct hb_ab *ab, double seconds_most);

/* Adds the section "ab". -1 when there is no memory. */
int hb_ab_json(const struct hb_ab *ab, const struct hb_session *session, cJSON *root);

#endif
