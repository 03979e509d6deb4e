/* A session against the baseline of the same comparison key: did the machine drift, or did one
 * allocator change?
 * Read next: src/stats/verdict.h (the rules), docs/statistics.md, "Environment drift". */
#ifndef HB_JUDGE_DRIFT_JUDGE_H
#define HB_JUDGE_DRIFT_JUDGE_H

#include "judge/judge.h"

struct hb_drift_row {
    char label[HB_NAME_MAX];
    double median_then, median_now; /* operations a second */
    double ratio, lo, hi;           /* now over then, with its 95 % interval */
    double residual_ratio;          /* the same without the machine's common drift */
    const char *word;               /* static text */
    bool is_own_change;
};

struct hb_drift_judgement {
    char baseline_started_at[32];
    double common_ratio;      /* now over then, of the machine as a whole; NaN below 3 allocators */
    const char *machine_word; /* static text */
    struct hb_drift_row *rows; /* owned */
    size_t count;
    char baseline_name[HB_NAME_MAX]; /* or "" */
};

/* Compares by label. -1 with HB_ERR_INCOMPARABLE when the two were not measured alike: another
 * host class, workload, parameter or way in; the message says which. */
int hb_drift_judge(const struct hb_judgement *now, const struct hb_judgement *baseline,
                   struct hb_drift_judgement *drift, struct hb_err *err);
void hb_drift_judgement_free(struct hb_drift_judgement *drift);

/* Adds the section "drift" to root. -1 when there is no memory. */
int hb_drift_json(const struct hb_drift_judgement *drift, cJSON *root);

#endif
