/* Budgets and milestones: see budget.h. */
#include "judge/budget.h"

#include "base/copy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const hb_budget_words[HB_BUDGET_OUTCOMES] = {
    [HB_BUDGET_PASS] = "pass", [HB_BUDGET_FAIL] = "fail", [HB_BUDGET_UNKNOWN] = "unknown"};

double hb_ratio_percent(const struct hb_judgement *judgement, const struct hb_judged *allocator)
{
    if (judgement->reference < 0)
        return (double)NAN;
    if (allocator == &judgement->allocators[judgement->reference])
        return 100.0;
    return 100.0 * allocator->to_reference.estimate;
}

/* What a budget's key speaks of: a metric's median, "cv_percent" of the throughput, or
 * "ratio_percent" to the reference. NaN when not known. */
static double value_of(const struct hb_judgement *judgement, const struct hb_judged *allocator,
                       const char *key)
{
    const enum hb_metric_id metric = hb_metric_find(key);
    if (strcmp(key, "cv_percent") == 0)
        return 100.0 * allocator->throughput.cv;
    if (strcmp(key, "ratio_percent") == 0)
        return hb_ratio_percent(judgement, allocator);
    if (metric == HB_METRIC_COUNT || allocator->metric[metric].n == 0)
        return (double)NAN;
    return allocator->metric[metric].median;
}

static bool is_of_speed(const char *key)
{
    const enum hb_metric_id metric = hb_metric_find(key);
    return metric == HB_METRIC_COUNT || hb_metrics[metric].group == HB_GROUP_TIME;
}

static enum hb_budget_outcome outcome_of(const struct hb_judgement *judgement,
                                         const struct hb_budget_result *result)
{
    if (isnan(result->value) || (judgement->is_doubtful && is_of_speed(result->key)))
        return HB_BUDGET_UNKNOWN;
    if (!isnan(result->min) && result->value < result->min)
        return HB_BUDGET_FAIL;
    if (!isnan(result->max) && result->value > result->max)
        return HB_BUDGET_FAIL;
    return HB_BUDGET_PASS;
}

bool hb_budget_holds_for(const struct hb_profile_budget *budget, const char *label, bool by_default)
{
    for (size_t i = 0; i < budget->allocator_count; i++) {
        if (strcmp(budget->allocators[i], label) == 0)
            return true;
    }
    return budget->allocator_count == 0 && by_default;
}

size_t hb_budgets_unheld(const struct hb_profile_budget *budgets, size_t count,
                         const struct hb_session *session)
{
    size_t unheld = 0;
    for (size_t b = 0; b < count; b++) {
        for (size_t i = 0; i < budgets[b].allocator_count; i++)
            unheld += hb_session_find(session, budgets[b].allocators[i]) < 0;
    }
    return unheld;
}

int hb_budgets_judge(const struct hb_profile *profile, const struct hb_judgement *judgement,
                     struct hb_budget_result **results, size_t *count, struct hb_err *err)
{
    const struct hb_session *session = judgement->session;
    const size_t most = profile->budget_count * session->allocator_count;
    *count = 0;
    *results = calloc(most ? most : 1, sizeof **results);
    if (!*results)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu budgets", most);
    for (size_t b = 0; b < profile->budget_count; b++) {
        const struct hb_profile_budget *budget = &profile->budgets[b];
        for (size_t i = 0; i < session->allocator_count; i++) {
            if (!hb_budget_holds_for(budget, session->allocators[i].label,
                                     hb_role_competes(session->allocators[i].role)))
                continue;
            struct hb_budget_result *result = &(*results)[(*count)++];
            HB_COPY(result->label, session->allocators[i].label);
            HB_COPY(result->key, budget->key);
            result->min = budget->min;
            result->max = budget->max;
            result->value = value_of(judgement, &judgement->allocators[i], budget->key);
            result->lo = result->hi = (double)NAN;
            result->outcome = outcome_of(judgement, result);
        }
    }
    return 0;
}
