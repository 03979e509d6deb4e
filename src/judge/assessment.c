/* Everything that is said of a session: see assessment.h. */
#include "judge/assessment.h"

#include "judge/check_judge.h"
#include "result/session_json.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- a rebase ---- */

/* The session carries its own budgets, in the profile as used; without one it has none. */
static int judge_budgets(struct hb_assessment *assessment, struct hb_err *err)
{
    const struct hb_profile *profile = hb_session_profile(assessment->session);
    assessment->budgets_unheld =
        hb_budgets_unheld(profile->budgets, profile->budget_count, assessment->session);
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
    int status = hb_judge_to(HB_DEPTH_BRIEF, baseline, &then, err);
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

static int assess_rebase(const struct hb_assess_by *by, struct hb_assessment *assessment,
                         struct hb_err *err)
{
    if (hb_judge_to(by->depth, assessment->session, &assessment->judgement, err) != 0 ||
        judge_budgets(assessment, err) != 0)
        return -1;
    return judge_drift(by->baseline, assessment, err);
}

/* ---- of any kind ---- */

static int assess_exec(struct hb_assessment *assessment, struct hb_err *err)
{
    if (hb_exec_judge(assessment->session, &assessment->exec, err) != 0)
        return -1;
    return assessment->session->point_count
               ? hb_curves_of_exec(&assessment->exec, &assessment->curves, err)
               : 0;
}

int hb_assess(const struct hb_session *session, const struct hb_assess_by *by,
              struct hb_assessment *assessment, struct hb_err *err)
{
    int status = 0;
    *assessment = (struct hb_assessment){.session = session};
    if (session->kind == HB_KIND_REBASE && session->point_count)
        status = hb_curves_of_rebase(session, &assessment->curves, err);
    else if (session->kind == HB_KIND_REBASE || (session->kind == HB_KIND_EXEC && by->of_jobs))
        status = assess_rebase(by, assessment, err);
    else if (session->kind == HB_KIND_EXEC)
        status = assess_exec(assessment, err);
    else if (session->kind == HB_KIND_SOAK)
        status = hb_soak_judge(by->depth, session,
                               by->profile ? by->profile : hb_session_profile(session),
                               &assessment->soak, err);
    if (status != 0)
        hb_assessment_free(assessment);
    return status;
}

void hb_assessment_say_unreadable(struct hb_assessment *assessment, const struct hb_err *why)
{
    (void)snprintf(assessment->drift_reason, sizeof assessment->drift_reason,
                   "the earlier baseline is unreadable: %.450s", why->message);
}

void hb_assessment_free(struct hb_assessment *assessment)
{
    hb_curves_free(&assessment->curves);
    hb_judgement_free(&assessment->judgement);
    hb_drift_judgement_free(&assessment->drift);
    free(assessment->budgets);
    hb_soak_judgement_free(&assessment->soak);
    hb_exec_judgement_free(&assessment->exec);
    *assessment = (struct hb_assessment){0};
}

bool hb_soak_is_count(const struct hb_session *session)
{
    return session->kind == HB_KIND_SOAK && session->epoch_count == 0 &&
           session->soak.duration_s <= 0;
}

/* A count is complete when every pass was counted. */
static bool is_counted(const struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].status != HB_STATUS_OK || !session->jobs[i].syscalls_known)
            return false;
    }
    return session->job_count > 0;
}

bool hb_assessment_complete(const struct hb_assessment *assessment)
{
    const struct hb_session *session = assessment->session;
    if (session->kind == HB_KIND_CHECK)
        return hb_check_complete(session);
    if (session->kind == HB_KIND_EXEC)
        return hb_exec_complete(&assessment->exec);
    if (session->kind == HB_KIND_REBASE)
        return assessment->curves.session ? hb_curves_complete(&assessment->curves)
                                          : hb_judgement_complete(&assessment->judgement);
    return hb_soak_is_count(session) ? is_counted(session) : hb_soak_complete(&assessment->soak);
}

static int put_rebase(const struct hb_assessment *assessment, cJSON *root)
{
    if (hb_judge_json(&assessment->judgement, root) != 0 ||
        hb_budgets_json(assessment->budgets, assessment->budget_count, root) != 0)
        return -1;
    return assessment->has_drift ? hb_drift_json(&assessment->drift, root) : 0;
}

static int put_judged(const struct hb_assessment *assessment, cJSON *root)
{
    const enum hb_session_kind kind = assessment->session->kind;
    if (kind == HB_KIND_CHECK)
        return hb_check_judge_json(assessment->session, root);
    if (kind == HB_KIND_SOAK)
        return hb_soak_json(&assessment->soak, root);
    if (kind == HB_KIND_EXEC && hb_exec_judge_json(&assessment->exec, root) != 0)
        return -1;
    if (assessment->curves.session)
        return hb_curves_json(&assessment->curves, root);
    return kind == HB_KIND_EXEC ? 0 : put_rebase(assessment, root);
}

int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err)
{
    cJSON *root = hb_session_to_json(assessment->session, err);
    return hb_json_finish(root, root && put_judged(assessment, root) != 0, out, err);
}
