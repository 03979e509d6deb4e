/* Samples in, summaries and verdicts out: the one path by which every command computes what it
 * says of a session. Never prints, never measures; the same session gives the same judgement.
 * Read next: docs/statistics.md, judge.c, budget.h, drift_judge.h. */
#ifndef HB_JUDGE_JUDGE_H
#define HB_JUDGE_JUDGE_H

#include "base/err.h"
#include "judge/family.h"
#include "result/model.h"
#include "result/profile.h"
#include "stats/changepoint.h"
#include "stats/paired.h"
#include "stats/summary.h"
#include "stats/verdict.h"

#define HB_RESAMPLES 10000u

struct hb_judged {
    size_t entry; /* index into the session's allocators */
    uint32_t runs_ok,
        runs_failed;              /* timed jobs; invalid ones that were repeated count as neither */
    const struct hb_job *failure; /* the first job that was not ok, or NULL */
    const struct hb_job *counted; /* the counting pass when it was ok, or NULL */
    const struct hb_job *tallied; /* the pass for instructions, however it came out, or NULL */
    double *by_block;             /* [blocks] throughput after warm-up, NaN where none; owned */
    double *samples;              /* [runs_ok] the same without the gaps; owned */
    struct hb_summary throughput; /* of samples */
    struct hb_summary ns_per_op;
    struct hb_summary metric[HB_METRIC_COUNT]; /* of the jobs' own values; n = 0: none known */
    double above_floor_ns; /* median ns/op less the floor's; NaN without floor */
    double counts_above_floor[HB_METRIC_COUNT]; /* the same of the COUNTS group's; others NaN */
    struct hb_ratio to_reference;
    uint32_t steady[HB_STEADY_CLASSES]; /* runs of each class */
    uint32_t outliers;                  /* modified z beyond 3.5; reported, never dropped */
    bool counters_agree;                /* own counters equal the kernel's, where both are known */
};

struct hb_judgement {
    const struct hb_session *session;
    struct hb_judged *allocators; /* [session->allocator_count], same order; owned */
    int reference, twin, floor;   /* indices, -1 when not there */
    double aa_noise;              /* fraction; NaN when it could not be measured */
    double margin;                /* delta as a fraction: max(profile's margin, 2 x aa_noise) */
    double margin_percent_profile;
    bool is_doubtful;   /* the reference was judged faster or slower than itself: nothing that this
                           session says of speed is to be believed, and its verdicts are withheld */
    size_t comparisons; /* verdicts that share Holm's correction */
    size_t pairs;       /* most that one of them has */
    size_t pairs_least; /* that so many comparisons need to be decided at all */
    size_t *ranking;    /* [ranked_count] indices by median throughput, fastest first; owned */
    size_t ranked_count;
};

/* How much is computed. */
enum hb_depth {
    HB_DEPTH_FULL = 0, /* all, for JSON */
    HB_DEPTH_BRIEF,    /* for people: without the intervals of means (NaN), which JSON alone has and
                          which take most of the time */
    HB_DEPTH_GLANCE,   /* for a line in a table: also without the search for warm-ups, which then
                          takes most of the time: no run is classified (steady), and speeds are
                          those that the file claims, where its slices bear them out */
};

/* Judges a session, in full or to this depth. Free with hb_judgement_free even after -1 (no
 * memory). The session must outlive the judgement. */
int hb_judge(const struct hb_session *session, struct hb_judgement *judgement, struct hb_err *err);
int hb_judge_to(enum hb_depth depth, const struct hb_session *session,
                struct hb_judgement *judgement, struct hb_err *err);
void hb_judgement_free(struct hb_judgement *judgement);

/* "NOT TO BE BELIEVED: mimalloc was judged faster than itself (1.221 [1.092, 2.208]); verdicts on
 * speed are withheld". */
void hb_judge_say_doubt(const char *reference, const struct hb_ratio *twin, char *text,
                        size_t text_bytes);

/* The same of a judgement; false, and nothing said, when there is no doubt. */
bool hb_judgement_doubt(const struct hb_judgement *judgement, char *text, size_t text_bytes);

/* Says so when so few runs cannot decide so many comparisons, whatever they measure. */
bool hb_judgement_too_few(const struct hb_judgement *judgement, char *text, size_t text_bytes);

/* Was a difference of known size found as what it is? For the self-test, whose plant is slower by a
 * known share: direction alone would also praise a harness that doubles every difference. The size
 * may be off by so much, in shares of the time: 3 % may be found as 2 to 4. */
#define HB_KNOWN_TOLERANCE 0.01
enum hb_known {
    HB_KNOWN_FOUND, /* judged slower, and the interval has the known ratio in it, or lies wholly
                       within the tolerance */
    HB_KNOWN_OPEN,  /* the interval says neither: more runs, or a quieter machine */
    HB_KNOWN_WRONG, /* the interval lies wholly outside the tolerance: another size, or direction */
};

/* slower: 0.03 for what takes 3 % more time than the reference. */
enum hb_known hb_judge_known(const struct hb_ratio *ratio, double slower);

/* True when every planned job of every allocator came out ok. */
bool hb_judgement_complete(const struct hb_judgement *judgement);

/* Adds the sections "aa_noise", "comparisons" and "summaries" to root. -1 when there is no memory.
 */
int hb_judge_json(const struct hb_judgement *judgement, cJSON *root);

/* ---- runs without their CPUs ---- */

struct hb_disturbed {
    uint32_t samples;  /* timed runs or epochs that count */
    uint32_t counted;  /* of these: disturbed all the same */
    uint32_t repeated; /* runs that were disturbed and done again */
    char causes[256];  /* of both: "a neighbour on its CPU 3, the CPU quota 1" */
};

/* Timed jobs of a session, epochs of a soak. */
void hb_judge_disturbed(const struct hb_session *session, struct hb_disturbed *disturbed);

#endif
