/* A soak judged: see soak_assessment.h. */
#include "session/soak_assessment.h"

#include "base/exit.h"
#include "result/session_json.h"
#include "run/catalog.h"
#include "session/budget_exit.h"

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

bool hb_soak_is_count(const struct hb_session *session)
{
    return session->kind == HB_KIND_SOAK && session->epoch_count == 0 &&
           session->soak.duration_s <= 0;
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
    return hb_budget_exit_code(&tally, strict);
}
