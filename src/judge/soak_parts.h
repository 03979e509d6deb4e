/* What the files of the soak's judgement share: one workspace, series of epochs, and drifts.
 * Read next: soak_judge.h (what comes out), soak_whole.c. */
#ifndef HB_JUDGE_SOAK_PARTS_H
#define HB_JUDGE_SOAK_PARTS_H

#include "judge/soak_judge.h"

/* Room for any statistic over the epochs of one allocator. */
struct hb_soak_work {
    const struct hb_session *session;
    struct hb_soak_judgement *out;
    bool brief;      /* no intervals of means */
    size_t room;     /* points that x, y and pick hold */
    double *x, *y;   /* [room] hours, values */
    double *pick;    /* [room] for medians */
    double *scratch; /* of stats */
    size_t *ends;    /* of change points */
};

/* A metric of an epoch, or that over its live bytes. */
struct hb_soak_value {
    enum hb_epoch_metric_id metric;
    bool is_per_live;
};
#define HB_SOAK_VALUE(metric)    ((struct hb_soak_value){HB_EPOCH_##metric, false})
#define HB_SOAK_PER_LIVE(metric) ((struct hb_soak_value){HB_EPOCH_##metric, true})

/* NaN when not known. */
double hb_soak_value_of(const struct hb_epoch *epoch, struct hb_soak_value value);

/* Hours since the session's start. */
double hb_soak_hours(const struct hb_epoch *epoch);

/* to[i] = value of series[i] over the median of its own phase, so that phases become comparable;
 * NaN where the value is not known, the median is not above 0, or the phase has fewer than 3 epochs
 * among those of others. to may be work->y. */
void hb_soak_ratios(struct hb_soak_work *work, const struct hb_epoch *const *series, size_t n,
                    struct hb_soak_value value, double *to);

/* The drift of work->y[0..n) over work->x; points that are not known are passed over. logs: y are
 * logarithms. Changes x and y. */
void hb_soak_measure_drift(struct hb_soak_work *work, size_t n, bool logs,
                           struct hb_soak_drift *drift);

/* A drift of which nothing is known. */
struct hb_soak_drift hb_soak_no_drift(void);

/* Median of x[0..n), which may hold NaN (passed over); NaN when there is none. */
double hb_soak_median(struct hb_soak_work *work, const double *x, size_t n);

/* Each fills its part of *judged, whose series is there. -1 when there is no memory. */
void hb_soak_judge_memory(struct hb_soak_work *work, struct hb_soak_judged *judged);
int hb_soak_judge_latency(struct hb_soak_work *work, struct hb_soak_judged *judged,
                          struct hb_err *err);
int hb_soak_judge_calls(struct hb_soak_work *work, struct hb_soak_judged *judged,
                        struct hb_err *err);

/* Whether an epoch is among the first ones of its process that are not judged. Position: how many
 * of the same process came before it, drains left out. */
bool hb_soak_is_warmup(const struct hb_session *session, uint32_t position);

/* Budgets of the profile against what was judged. */
int hb_soak_judge_budgets(const struct hb_profile *profile, struct hb_soak_judgement *judgement,
                          struct hb_err *err);

#endif
