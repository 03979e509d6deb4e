/* Budgets and milestones of a profile against a judgement: limit, value, pass or fail.
 * Read next: hakbench-profile(5), "BUDGETS". */
#ifndef HB_JUDGE_BUDGET_H
#define HB_JUDGE_BUDGET_H

#include "judge/judge.h"

enum hb_budget_outcome {
    HB_BUDGET_PASS = 0,
    HB_BUDGET_FAIL,
    HB_BUDGET_UNKNOWN,
    HB_BUDGET_OUTCOMES
};
/* As results have them: "pass", "fail", "unknown". */
extern const char *const hb_budget_words[HB_BUDGET_OUTCOMES];

/* What became of all budgets together. */
struct hb_budget_tally {
    size_t count[HB_BUDGET_OUTCOMES];
    size_t unheld; /* allocators that budgets name and the session does not have */
};

struct hb_budget_result {
    char label[HB_NAME_MAX]; /* allocator */
    char key[HB_NAME_MAX];
    double min, max; /* NaN: none on that side */
    double value;    /* NaN: not known, which is no pass */
    double lo, hi;   /* of a soak: its 95 % interval where there is one, otherwise NaN */
    enum hb_budget_outcome outcome;
    char why[200]; /* of a soak: one line */
};

/* Every budget for every allocator it holds for. *results is the caller's to free(). */
int hb_budgets_judge(const struct hb_profile *profile, const struct hb_judgement *judgement,
                     struct hb_budget_result **results, size_t *count, struct hb_err *err);

/* Whether a budget holds for this label: it names it, or none at all and holds for it by_default.
 */
bool hb_budget_holds_for(const struct hb_profile_budget *budget, const char *label,
                         bool by_default);

/* How many allocators the budgets name that the session does not have. */
size_t hb_budgets_unheld(const struct hb_profile_budget *budgets, size_t count,
                         const struct hb_session *session);

/* The ratio's median to the reference in percent, which milestones speak of. */
double hb_ratio_percent(const struct hb_judgement *judgement, const struct hb_judged *allocator);

/* Adds the section "budgets" to root. -1 when there is no memory. Sections are for readers of the
 * file; our own readers compute them anew. */
int hb_budgets_json(const struct hb_budget_result *results, size_t count, cJSON *root);

#endif
