/* Everything that is said of a session: see assessment.h. */
#include "session/assessment.h"

#include "judge/judge_json.h"
#include "result/session_json.h"

#include <stdio.h>
#include <stdlib.h>

/* The session carries its own budgets, in the profile as used; without one it has none. */
static int judge_budgets(const struct hb_session *session, struct hb_assessment *assessment,
                         struct hb_err *err)
{
    const struct hb_profile *profile = hb_session_profile(session);
    assessment->budgets_unheld =
        hb_budgets_unheld(profile->budgets, profile->budget_count, session);
    return hb_budgets_judge(profile, &assessment->judgement, &assessment->budgets,
                            &assessment->budget_count, err);
}

static int judge_drift(const struct hb_session *baseline, struct hb_assessment *assessment,
                       struct hb_err *err)
{
    struct hb_judgement then;
    struct hb_err apart = {0};
    if (!baseline) {
        (void)snprintf(assessment->drift_reason, sizeof assessment->drift_reason,
                       "no earlier baseline of this profile: nothing to compare with");
        return 0;
    }
    int status = hb_judge_brief(baseline, &then, err);
    if (status == 0 &&
        hb_drift_judge(&assessment->judgement, &then, &assessment->drift, &apart) == 0)
        assessment->has_drift = true;
    hb_judgement_free(&then);
    if (apart.kind == HB_ERR_INCOMPARABLE)
        (void)snprintf(assessment->drift_reason, sizeof assessment->drift_reason, "%.500s",
                       apart.message);
    else if (apart.kind)
        status = hb_err_set(err, apart.kind, "%s", apart.message);
    return status;
}

int hb_assess(const struct hb_session *session, const struct hb_session *baseline,
              struct hb_assessment *assessment, struct hb_err *err)
{
    *assessment = (struct hb_assessment){0};
    if (hb_judge(session, &assessment->judgement, err) != 0 ||
        judge_budgets(session, assessment, err) != 0 ||
        judge_drift(baseline, assessment, err) != 0) {
        hb_assessment_free(assessment);
        return -1;
    }
    return 0;
}

void hb_assessment_free(struct hb_assessment *assessment)
{
    hb_judgement_free(&assessment->judgement);
    hb_drift_judgement_free(&assessment->drift);
    free(assessment->budgets);
    *assessment = (struct hb_assessment){0};
}

struct hb_report_view hb_assessment_view(const struct hb_assessment *assessment)
{
    return (struct hb_report_view){
        .judgement = &assessment->judgement,
        .budgets = assessment->budgets,
        .budget_count = assessment->budget_count,
        .drift = assessment->has_drift ? &assessment->drift : NULL,
        .drift_reason = assessment->drift_reason,
    };
}

int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err)
{
    cJSON *root = hb_session_to_json(assessment->judgement.session, err);
    const bool failed =
        root && (hb_judge_json(&assessment->judgement, root) != 0 ||
                 hb_budgets_json(assessment->budgets, assessment->budget_count, root) != 0 ||
                 (assessment->has_drift && hb_drift_json(&assessment->drift, root) != 0));
    return hb_json_finish(root, failed, out, err);
}

struct hb_budget_tally hb_assessment_tally(const struct hb_assessment *assessment)
{
    struct hb_budget_tally tally = {.unheld = assessment->budgets_unheld};
    for (size_t i = 0; i < assessment->budget_count; i++)
        tally.count[assessment->budgets[i].outcome]++;
    return tally;
}
