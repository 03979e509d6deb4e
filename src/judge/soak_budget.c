/* The limits of a profile's soak section against what was judged: see soak_judge.h. A drift is over
 * its limit only when its whole interval is, and only while it goes on: docs/statistics.md,
 * "Verdicts of a soak". */
#include "judge/soak_parts.h"

#include "base/copy.h"
#include "base/unit.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0.05

/* An interval that is this many times wider than the limit says nothing of it. */
#define WIDTH_MAX 20

static void settle(struct hb_budget_result *budget, enum hb_budget_outcome outcome,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

static void settle(struct hb_budget_result *budget, enum hb_budget_outcome outcome,
                   const char *format, ...)
{
    va_list args;
    budget->outcome = outcome;
    va_start(args, format);
    (void)vsnprintf(budget->why, sizeof budget->why, format, args);
    va_end(args);
}

static bool is_over(const struct hb_budget_result *budget, double value)
{
    return (!isnan(budget->max) && value > budget->max) ||
           (!isnan(budget->min) && value < budget->min);
}

/* ---- a single value ---- */

static void judge_value(struct hb_budget_result *budget, double value, const char *unknown)
{
    budget->value = value;
    if (isnan(value))
        settle(budget, HB_BUDGET_UNKNOWN, "%s", unknown);
    else if (is_over(budget, value))
        settle(budget, HB_BUDGET_FAIL, "over the limit");
    else
        settle(budget, HB_BUDGET_PASS, "within the limit");
}

/* ---- a drift ---- */

static bool is_wholly_over(const struct hb_budget_result *budget, const struct hb_soak_drift *drift)
{
    return (!isnan(budget->max) && drift->lo > budget->max) ||
           (!isnan(budget->min) && drift->hi < budget->min);
}

/* The estimate within, or the whole interval: the first is a pass, the second a sure one. */
static void judge_within(struct hb_budget_result *budget, const struct hb_soak_drift *drift,
                         const char *of)
{
    if (is_over(budget, drift->percent))
        settle(budget, HB_BUDGET_UNKNOWN,
               "%s: its interval reaches to both sides of the limit: a longer soak would decide",
               of);
    else if (drift->hi - drift->lo > WIDTH_MAX * fmax(fabs(budget->min), fabs(budget->max)))
        settle(budget, HB_BUDGET_UNKNOWN,
               "%s: its interval is too wide: a longer soak would decide", of);
    else if (is_over(budget, drift->lo) || is_over(budget, drift->hi))
        settle(budget, HB_BUDGET_PASS, "%s: within the limit, though its interval reaches beyond",
               of);
    else
        settle(budget, HB_BUDGET_PASS, "%s: the whole interval is within the limit", of);
}

/* False, and settled, when there is no interval to go by. */
static bool has_interval(struct hb_budget_result *budget, const struct hb_soak_drift *drift)
{
    budget->value = drift->percent;
    budget->lo = drift->lo;
    budget->hi = drift->hi;
    if (isfinite(drift->percent) && isfinite(drift->lo) && isfinite(drift->hi))
        return true;
    settle(budget, HB_BUDGET_UNKNOWN, "%zu epochs with a value carry no trend: %u are needed",
           drift->n, HB_TREND_N_MIN);
    return false;
}

static void judge_drift(struct hb_budget_result *budget, const struct hb_soak_drift *drift,
                        const char *of)
{
    if (!has_interval(budget, drift))
        return;
    if (is_wholly_over(budget, drift))
        settle(budget, HB_BUDGET_FAIL, "%s: the whole interval is beyond the limit", of);
    else
        judge_within(budget, drift, of);
}

/* ---- throughput ---- */

/* Where there is a control, what the machine did to both is taken out. */
static void judge_throughput_drift(struct hb_budget_result *budget,
                                   const struct hb_soak_judged *judged)
{
    if (judged->speed_to_control.n >= HB_TREND_N_MIN)
        judge_drift(budget, &judged->speed_to_control, "against the control");
    else
        judge_drift(budget, &judged->speed, "by itself");
}

static void judge_cv(struct hb_budget_result *budget, const struct hb_soak_judged *judged)
{
    const bool few = judged->throughput.n < HB_SUMMARY_N_MIN;
    judge_value(budget, few ? (double)NAN : judged->cv_percent,
                "fewer than 6 epochs carry no spread");
    if (budget->outcome == HB_BUDGET_FAIL && !isnan(judged->cv_control_percent))
        settle(budget, HB_BUDGET_FAIL, "over the limit; against the control it is %s",
               hb_format_percent(judged->cv_control_percent).text);
}

/* ---- memory ---- */

static bool is_trend(const struct hb_soak_drift *drift, double sign)
{
    return isfinite(drift->lo) && drift->p < ALPHA && (sign > 0 ? drift->lo > 0 : drift->hi < 0);
}

/* What grew in the first half and then stopped is no leak: the last quarter must go on the same
 * way, by its own test or by so much that it would break the limit alone. */
static bool goes_on(const struct hb_budget_result *budget, const struct hb_soak_drift *drift)
{
    const double late = drift->last_quarter_percent;
    if (isnan(late))
        return true;
    const bool same_way = drift->percent > 0 ? late > 0 : late < 0;
    return same_way && (drift->last_quarter_p < ALPHA || is_over(budget, late));
}

static void judge_rss_drift(struct hb_budget_result *budget, const struct hb_soak_judged *judged)
{
    const struct hb_soak_memory *memory = &judged->memory;
    const struct hb_soak_drift *drift = &memory->rss;
    const char *of = "resident";
    /* An excuse, never a charge: what is within the limit by itself is not asked for one. */
    if (is_over(budget, drift->percent) && is_trend(&memory->live_drift, drift->percent) &&
        isfinite(memory->rss_to_live.lo)) {
        drift = &memory->rss_to_live;
        of = "resident / live, as live bytes drift too";
    }
    if (!has_interval(budget, drift))
        return;
    if (!is_wholly_over(budget, drift))
        judge_within(budget, drift, of);
    else if (!goes_on(budget, drift))
        settle(budget, HB_BUDGET_PASS, "%s: went beyond the limit and stopped: flat since", of);
    else
        settle(budget, HB_BUDGET_FAIL, "%s: the whole interval is beyond the limit, and it goes on",
               of);
}

static void judge_drained(struct hb_budget_result *budget, const struct hb_soak_judged *judged)
{
    judge_value(budget, judged->memory.drained_5s, "no drain was looked at");
    if (budget->outcome != HB_BUDGET_UNKNOWN)
        settle(budget, budget->outcome, "%s 5 s after the drain, the worker's own memory in it",
               budget->outcome == HB_BUDGET_FAIL ? "over the limit" : "within the limit");
}

/* ---- all of them ---- */

static void judge_syscalls(struct hb_budget_result *budget, const struct hb_soak_judged *judged)
{
    judge_value(budget, judged->syscalls_per_op, "the memory system calls were not counted");
    if (judged->syscalls_counted_pass && budget->outcome != HB_BUDGET_UNKNOWN)
        settle(budget, budget->outcome, "%s, by the counting pass",
               budget->outcome == HB_BUDGET_FAIL ? "over the limit" : "within the limit");
}

static void judge_latency_drift(struct hb_budget_result *budget,
                                const struct hb_soak_judged *judged)
{
    judge_drift(budget, &judged->latency.p999_drift, "p99.9");
}

struct rule {
    const char *key;
    void (*judge)(struct hb_budget_result *budget, const struct hb_soak_judged *judged);
};

static const struct rule rules[] = {
    {"rss_drift_percent", judge_rss_drift},
    {"throughput_drift_percent", judge_throughput_drift},
    {"cv_percent", judge_cv},
    {"latency_p999_drift_percent", judge_latency_drift},
    {"memory_syscalls_per_op", judge_syscalls},
    {"rss_drained_bytes", judge_drained},
};

static void judge_one(struct hb_budget_result *budget, const struct hb_soak_judged *judged)
{
    budget->value = budget->lo = budget->hi = (double)NAN;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].key, budget->key) == 0) {
            rules[i].judge(budget, judged);
            return;
        }
    }
    settle(budget, HB_BUDGET_UNKNOWN, "no such figure of a soak");
}

int hb_soak_judge_budgets(const struct hb_profile *profile, struct hb_soak_judgement *judgement,
                          struct hb_err *err)
{
    const struct hb_session *session = judgement->session;
    const struct hb_profile_soak *soak = &profile->soak;
    const size_t most = soak->budget_count * session->allocator_count;
    judgement->budgets = calloc(most ? most : 1, sizeof *judgement->budgets);
    if (!judgement->budgets)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu budgets", most);
    judgement->budgets_unheld = hb_budgets_unheld(soak->budgets, soak->budget_count, session);
    for (size_t i = 0; i < session->allocator_count; i++) {
        const char *label = session->allocators[i].label;
        for (size_t b = 0; judgement->allocators[i].is_judged && b < soak->budget_count; b++) {
            if (!hb_budget_holds_for(&soak->budgets[b], label, true))
                continue;
            struct hb_budget_result *budget = &judgement->budgets[judgement->budget_count++];
            HB_COPY(budget->label, label);
            HB_COPY(budget->key, soak->budgets[b].key);
            budget->min = soak->budgets[b].min;
            budget->max = soak->budgets[b].max;
            judge_one(budget, &judgement->allocators[i]);
        }
    }
    return 0;
}
