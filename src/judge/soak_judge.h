/* Epochs in, figures and verdicts of a soak out: the one path for `soak` and `analyze`. Never
 * prints, never measures; the same session and profile give the same judgement.
 * Read next: docs/statistics.md, "Verdicts of a soak"; soak_whole.c, soak_budget.c. */
#ifndef HB_JUDGE_SOAK_JUDGE_H
#define HB_JUDGE_SOAK_JUDGE_H

#include "base/err.h"
#include "judge/budget.h"
#include "result/model.h"
#include "result/profile.h"
#include "stats/summary.h"
#include "stats/trend.h"

#include <cjson/cJSON.h>

/* What a series does over time, for people. */
enum hb_soak_course {
    HB_SOAK_UNCLEAR = 0, /* too few epochs, or too noisy */
    HB_SOAK_FLAT,        /* the whole interval within the profile's margin_percent */
    HB_SOAK_FALLING,     /* the whole interval below 0, and not within the margin */
    HB_SOAK_RISING,      /* the whole interval above 0, and not within the margin */
    HB_SOAK_WORDS
};

/* A drift in percent of the series' own level, over the judgement's scale_s. NaN: not known. */
struct hb_soak_drift {
    size_t n;                     /* epochs behind it */
    double percent, lo, hi;       /* Theil-Sen slope x scale, 95 % interval */
    double first_to_last_percent; /* medians of the first and the last tenth */
    double tau, p, p_plain;       /* Mann-Kendall: with autocorrelation handled, and without */
    double last_quarter_percent;  /* the last quarter's slope x scale; where it has too few epochs,
                                     the slope from the third quarter's median to the last's */
    double last_quarter_p;        /* Mann-Kendall over it; NaN where it has too few epochs */
    enum hb_soak_course word;
};

/* Whether an interval of a drift says nothing: it has 0 in it, and is wider than the level itself.
 * A short soak that is put at an hour has such ones; their figures are noise. */
bool hb_soak_is_too_short(double lo, double hi);

/* The throughput's level changed between two epochs. */
struct hb_soak_change {
    double at_s;    /* start of the first epoch on the new level, since the session's start */
    double percent; /* of the level before */
};

/* A new process of the same allocator: a resume, or a worker that died. */
struct hb_soak_restart {
    double at_s;        /* start of its first epoch */
    double gap_s;       /* since the end of the last epoch before it, on the soak's own clock */
    const char *reason; /* its first epoch's, which names the gap in the world's time, or "" */
    uint32_t process;
};

/* Percentiles in ns. NaN without samples. */
struct hb_soak_latency {
    bool merged; /* of all samples; false: medians of the epochs' own, for want of histograms */
    double samples, p50, p90, p99, p999, p9999, max;
    struct hb_soak_drift p999_drift;
};

struct hb_soak_memory {
    double first, last, peak; /* resident bytes: first and last counted epoch, peak of all */
    double live;              /* median of the last phase's live bytes */
    double fragmentation;     /* median of heap / live over the counted epochs */
    struct hb_soak_drift rss, live_drift;
    struct hb_soak_drift rss_to_live;             /* resident / live; n = 0 without live bytes */
    double drained_100ms, drained_1s, drained_5s; /* largest over the drains; NaN: no drain */
};

/* Memory system calls of some epochs of one phase, or of a phase of the counting pass. */
struct hb_soak_calls {
    char phase[32];
    uint32_t epochs;   /* 0 for the counting pass */
    double operations; /* NaN: not known */
    struct hb_epoch_calls calls, own;
    bool bytes_known, own_known;
    bool agree; /* own counts equal the kernel's, where both are known */
};

struct hb_soak_judged {
    size_t entry;                       /* index into the session's allocators */
    bool is_judged;                     /* false for the floor and for the control: no budgets */
    uint32_t epochs;                    /* all of them */
    uint32_t counted, warmup, drains;   /* ok: judged, left out at the start, looks after a drain */
    uint32_t invalid, failed;           /* disturbed from outside; crashed, killed, hung, ... */
    const struct hb_epoch *failure;     /* first failed one, or NULL */
    const struct hb_epoch *disturbance; /* first invalid one, or NULL */
    const struct hb_epoch **series;     /* [counted] the judged epochs, by time; owned */
    double *ratio;                      /* [counted] throughput over its phase's median; owned */
    struct hb_summary throughput;       /* operations a second */
    double cv_percent;                  /* of ratio */
    double cv_control_percent;          /* of ratio over the control's in the same round */
    struct hb_soak_drift speed;         /* of ratio */
    struct hb_soak_drift speed_to_control; /* n = 0: no control, or this is the control */
    struct hb_soak_change *changes;        /* owned */
    size_t change_count;
    struct hb_soak_restart *restarts; /* owned; none of a fresh-process soak */
    size_t restart_count;
    struct hb_soak_latency latency;
    struct hb_soak_memory memory;
    double syscalls_per_op;     /* NaN: not known */
    bool syscalls_counted_pass; /* syscalls_per_op is from the counting pass, not from the epochs */
    struct hb_soak_calls calls_judged; /* of the judged epochs together, phase ""; or of the
                                          counting pass's measured phase */
    struct hb_soak_calls *calls; /* warm-up, each phase, drain; or the counting pass's; owned */
    size_t calls_count;
};

struct hb_soak_judgement {
    const struct hb_session *session;
    double duration_s; /* from the session's start to the end of the last epoch */
    double scale_s;    /* what drifts are per: an hour, or duration_s when that is longer */
    double margin_percent;
    int control;                       /* index of the control allocator, or -1 */
    struct hb_soak_judged *allocators; /* [session->allocator_count], same order; owned */
    struct hb_budget_result *budgets;  /* owned */
    size_t budget_count;
    size_t budgets_unheld; /* allocators that budgets name and the session does not have */
};

/* Judges a soak's epochs by the profile's limits, to this depth (a glance is as brief). Free with
 * hb_soak_judgement_free even after -1 (no memory). The session must outlive the judgement; the
 * profile need not. */
int hb_soak_judge(enum hb_depth depth, const struct hb_session *session,
                  const struct hb_profile *profile, struct hb_soak_judgement *judgement,
                  struct hb_err *err);
void hb_soak_judgement_free(struct hb_soak_judgement *judgement);

/* True when there were judged epochs, and no operation in any. */
bool hb_soak_stood_still(const struct hb_soak_judged *judged);

/* True when the session is not partial and every allocator has judged epochs and no failed one, and
 * did something in them. */
bool hb_soak_complete(const struct hb_soak_judgement *judgement);

struct hb_budget_tally hb_soak_tally(const struct hb_soak_judgement *judgement);

/* "flat", "falling", "rising", "unclear". Static text. */
const char *hb_soak_word(enum hb_soak_course word);

/* Adds the section "soak_summary" to root. -1 when there is no memory. */
int hb_soak_json(const struct hb_soak_judgement *judgement, cJSON *root);

#endif
