/* What a command makes of a session: see conclusion.h. */
#include "session/conclusion.h"

#include "base/log.h"
#include "judge/check_judge.h"
#include "report/session_report.h"
#include "session/output.h"

/* ---- what comes out of measuring ---- */

static int print_report(const struct hb_session_files *files,
                        const struct hb_assessment *assessment, struct hb_err *err)
{
    struct hb_doc doc = {0};
    hb_session_report(assessment, &doc);
    return hb_session_files_print(files, &doc, err);
}

int hb_conclusion_write(struct hb_session_files *files, const struct hb_assessment *assessment,
                        bool whole, struct hb_buf *json, struct hb_err *err)
{
    const bool has_result = whole || assessment->session->kind == HB_KIND_SOAK;
    int status = print_report(files, assessment, err);
    if (has_result && status == 0)
        status = hb_assessment_json(assessment, json, err);
    if (has_result && status == 0)
        status =
            hb_session_files_result(files, json, whole ? HB_RESULT_WHOLE : HB_RESULT_CUT_OFF, err);
    if (has_result && status == 0)
        hb_session_files_say(files);
    else if (whole && files->journal)
        hb_session_files_say_kept(files, assessment->session);
    return status;
}

int hb_conclusion_json(const struct hb_assessment *assessment, const char *path, struct hb_err *err)
{
    struct hb_buf json = {0};
    int status = hb_assessment_json(assessment, &json, err);
    if (status == 0)
        status = hb_output_write(path, &json, err);
    hb_buf_free(&json);
    return status;
}

/* ---- exit codes ---- */

static bool breaks_promises(const struct hb_session *session)
{
    size_t broken = 0;
    for (size_t a = 0; session->kind == HB_KIND_CHECK && a < session->allocator_count; a++)
        broken += hb_check_count(session, a, HB_PROMISE_GROUPS).broken;
    return broken > 0;
}

static struct hb_budget_tally tally_of(const struct hb_assessment *assessment)
{
    struct hb_budget_tally tally = {.unheld = assessment->budgets_unheld};
    if (assessment->session->kind == HB_KIND_SOAK)
        return hb_soak_tally(&assessment->soak);
    for (size_t i = 0; i < assessment->budget_count; i++)
        tally.count[assessment->budgets[i].outcome]++;
    return tally;
}

static int code_of_budgets(const struct hb_budget_tally *tally, bool strict)
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

/* It has no budgets; of an exec nothing is judged as a session. */
static int code_of_sweep(const struct hb_curves *curves, bool strict)
{
    const size_t points = curves->session->point_count;
    size_t doubtful = 0;
    for (size_t k = 0; curves->points && k < points; k++)
        doubtful += curves->points[k].is_doubtful;
    if (!strict || doubtful == 0)
        return HB_EXIT_OK;
    hb_say("--strict: %zu of %zu points are not to be believed", doubtful, points);
    return HB_EXIT_INCONCLUSIVE;
}

int hb_conclusion_exit_code(const struct hb_assessment *assessment, bool strict)
{
    const struct hb_session *session = assessment->session;
    if (strict && breaks_promises(session))
        return HB_EXIT_GATE;
    if (!hb_assessment_complete(assessment))
        return HB_EXIT_INCOMPLETE;
    if (assessment->curves.session)
        return code_of_sweep(&assessment->curves, strict);
    if (session->kind == HB_KIND_EXEC || session->kind == HB_KIND_CHECK ||
        hb_soak_is_count(session))
        return HB_EXIT_OK;
    const struct hb_budget_tally tally = tally_of(assessment);
    const int code = code_of_budgets(&tally, strict);
    if (!strict || code != HB_EXIT_OK || !assessment->judgement.is_doubtful)
        return code;
    hb_say("--strict: the session is not to be believed");
    return HB_EXIT_INCONCLUSIVE;
}
