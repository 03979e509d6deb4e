/* Everything that is said of a session: see assessment.h. */
#include "session/assessment.h"

#include "base/err.h"
#include "base/log.h"
#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "result/session_json.h"
#include "run/catalog.h"

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

static int assess(int (*judge)(const struct hb_session *, struct hb_judgement *, struct hb_err *),
                  const struct hb_session *session, const struct hb_session *baseline,
                  struct hb_assessment *assessment, struct hb_err *err)
{
    *assessment = (struct hb_assessment){.session = session};
    if (session->point_count) {
        const int status = hb_curves_of_rebase(session, &assessment->curves, err);
        if (status != 0)
            hb_assessment_free(assessment);
        return status;
    }
    if (judge(session, &assessment->judgement, err) != 0 ||
        judge_budgets(session, assessment, err) != 0 ||
        judge_drift(baseline, assessment, err) != 0) {
        hb_assessment_free(assessment);
        return -1;
    }
    return 0;
}

int hb_assess(const struct hb_session *session, const struct hb_session *baseline,
              struct hb_assessment *assessment, struct hb_err *err)
{
    return assess(hb_judge, session, baseline, assessment, err);
}

int hb_assess_glance(const struct hb_session *session, struct hb_assessment *assessment,
                     struct hb_err *err)
{
    return assess(hb_judge_glance, session, NULL, assessment, err);
}

int hb_assess_brief(const struct hb_session *session, const struct hb_session *baseline,
                    struct hb_assessment *assessment, struct hb_err *err)
{
    return assess(hb_judge_brief, session, baseline, assessment, err);
}

void hb_assessment_say_unreadable(struct hb_assessment *assessment, const struct hb_err *why)
{
    (void)snprintf(assessment->drift_reason, sizeof assessment->drift_reason,
                   "the earlier baseline is unreadable: %.450s", why->message);
}

void hb_assessment_free(struct hb_assessment *assessment)
{
    if (assessment->curves.session)
        hb_curves_free(&assessment->curves);
    if (assessment->judgement.session)
        hb_judgement_free(&assessment->judgement);
    hb_drift_judgement_free(&assessment->drift);
    free(assessment->budgets);
    *assessment = (struct hb_assessment){0};
}

struct hb_report_view hb_assessment_view(const struct hb_assessment *assessment)
{
    return (struct hb_report_view){
        .judgement = &assessment->judgement,
        .curves = assessment->curves.session ? &assessment->curves : NULL,
        .budgets = assessment->budgets,
        .budget_count = assessment->budget_count,
        .drift = assessment->has_drift ? &assessment->drift : NULL,
        .drift_reason = assessment->drift_reason,
    };
}

int hb_assessment_json(const struct hb_assessment *assessment, struct hb_buf *out,
                       struct hb_err *err)
{
    cJSON *root = hb_session_to_json(assessment->session, err);
    if (assessment->curves.session)
        return hb_json_finish(root, root && hb_curves_json(&assessment->curves, root) != 0, out,
                              err);
    const bool failed =
        root && (hb_judge_json(&assessment->judgement, root) != 0 ||
                 hb_budgets_json(assessment->budgets, assessment->budget_count, root) != 0 ||
                 (assessment->has_drift && hb_drift_json(&assessment->drift, root) != 0));
    return hb_json_finish(root, failed, out, err);
}

/* ---- soaks ---- */

int hb_soak_assess(const struct hb_session *session, const struct hb_profile *profile, bool brief,
                   struct hb_soak_judgement *judgement, struct hb_err *err)
{
    const struct hb_profile *by = profile ? profile : hb_session_profile(session);
    return brief ? hb_soak_judge_brief(session, by, judgement, err)
                 : hb_soak_judge(session, by, judgement, err);
}

int hb_soak_assess_own(struct hb_session *session, struct hb_soak_judgement *judgement,
                       bool *is_default, struct hb_err *err)
{
    struct hb_places places;
    struct hb_profile profile = {0};
    *judgement = (struct hb_soak_judgement){0};
    *is_default = !session->profile;
    if (session->profile)
        return hb_soak_assess(session, NULL, true, judgement, err);
    if (hb_places_find(&places, err) != 0)
        return -1;
    const char *const folders[] = {places.profiles};
    int status = hb_profile_load(HB_SOAK_PROFILE_DEFAULT, folders, 1, &profile, err);
    if (status == 0) {
        session->soak.warmup_epochs = profile.soak.warmup_epochs;
        status = hb_soak_assess(session, &profile, true, judgement, err);
    }
    hb_profile_free(&profile);
    return status;
}

int hb_soak_assessment_json(const struct hb_soak_judgement *judgement, struct hb_buf *out,
                            struct hb_err *err)
{
    cJSON *root = hb_session_to_json(judgement->session, err);
    return hb_json_finish(root, root && hb_soak_json(judgement, root) != 0, out, err);
}

int hb_exec_assessment_json(const struct hb_exec_judgement *judgement, struct hb_buf *out,
                            struct hb_err *err)
{
    cJSON *root = hb_session_to_json(judgement->session, err);
    bool failed = root && hb_exec_judge_json(judgement, root) != 0;
    if (root && judgement->session->point_count) {
        struct hb_curves curves;
        failed |=
            hb_curves_of_exec(judgement, &curves, err) != 0 || hb_curves_json(&curves, root) != 0;
        hb_curves_free(&curves);
    }
    return hb_json_finish(root, failed, out, err);
}

bool hb_soak_is_count(const struct hb_session *session)
{
    return session->kind == HB_KIND_SOAK && session->epoch_count == 0 &&
           session->soak.duration_s <= 0;
}

/* ---- exit codes ---- */

static int exit_code_of(const struct hb_budget_tally *tally, bool strict)
{
    const size_t passed = tally->count[HB_BUDGET_PASS], unknown = tally->count[HB_BUDGET_UNKNOWN];
    if (tally->count[HB_BUDGET_FAIL])
        return HB_EXIT_GATE;
    if (passed && !(strict && (unknown || tally->unheld)))
        return HB_EXIT_OK;
    if (!unknown && !strict)
        return HB_EXIT_OK;
    if (unknown)
        hb_say("%zu of %zu budgets are not known", unknown, passed + unknown);
    if (strict && tally->unheld)
        hb_say("budgets name %zu allocators that were not measured", tally->unheld);
    if (!unknown && !tally->unheld)
        hb_say("--strict: there is no budget");
    return HB_EXIT_INCONCLUSIVE;
}

int hb_assessment_exit_code(const struct hb_assessment *assessment, bool strict)
{
    struct hb_budget_tally tally = {.unheld = assessment->budgets_unheld};
    if (assessment->curves.session) /* budgets are of the profile's own parameters */
        return hb_curves_complete(&assessment->curves) ? HB_EXIT_OK : HB_EXIT_INCOMPLETE;
    if (!hb_judgement_complete(&assessment->judgement))
        return HB_EXIT_INCOMPLETE;
    for (size_t i = 0; i < assessment->budget_count; i++)
        tally.count[assessment->budgets[i].outcome]++;
    const int code = exit_code_of(&tally, strict);
    if (!strict || code != HB_EXIT_OK || !assessment->judgement.is_doubtful)
        return code;
    hb_say("--strict: the session is not to be believed");
    return HB_EXIT_INCONCLUSIVE;
}

static bool is_counted(const struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].status != HB_STATUS_OK || !session->jobs[i].syscalls_known)
            return false;
    }
    return session->job_count > 0;
}

int hb_soak_exit_code(const struct hb_soak_judgement *judgement, bool strict)
{
    if (hb_soak_is_count(judgement->session))
        return is_counted(judgement->session) ? HB_EXIT_OK : HB_EXIT_INCOMPLETE;
    if (!hb_soak_complete(judgement))
        return HB_EXIT_INCOMPLETE;
    const struct hb_budget_tally tally = hb_soak_tally(judgement);
    return exit_code_of(&tally, strict);
}
