/* Epochs in, figures and verdicts of a soak out: see soak_judge.h. */
#include "judge/soak_judge.h"

#include "judge/judge.h"
#include "judge/soak_parts.h"
#include "result/profile.h"
#include "stats/changepoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S 3600.0

/* A bootstrap of a day's epochs need not draw a thousand million numbers. */
#define DRAWS_MAX     20000000u
#define RESAMPLES_MIN 1000u

bool hb_soak_is_warmup(const struct hb_session *session, uint32_t position)
{
    return !session->soak.fresh && position < session->soak.warmup_epochs;
}

/* ---- which epochs count ---- */

static void note_epoch(struct hb_soak_judged *judged, const struct hb_epoch *epoch, bool is_warmup)
{
    judged->epochs++;
    if (epoch->status == HB_STATUS_INVALID) {
        judged->invalid++;
        if (!judged->disturbance)
            judged->disturbance = epoch;
    } else if (epoch->status != HB_STATUS_OK) {
        judged->failed++;
        if (!judged->failure)
            judged->failure = epoch;
    } else if (hb_epoch_is_drain(epoch)) {
        judged->drains++;
    } else if (is_warmup) {
        judged->warmup++;
    } else {
        judged->series[judged->counted++] = epoch;
    }
}

static void note_restart(struct hb_soak_judged *judged, const struct hb_epoch *before,
                         const struct hb_epoch *epoch)
{
    judged->restarts[judged->restart_count++] = (struct hb_soak_restart){
        .at_s = epoch->started_s,
        .gap_s = epoch->started_s - hb_epoch_end_s(before),
        .reason = epoch->status == HB_STATUS_OK ? epoch->reason : "",
        .process = epoch->process,
    };
}

static void collect(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    const struct hb_session *session = work->session;
    const struct hb_epoch *before = NULL;
    uint32_t position = 0;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        if (epoch->allocator != judged->entry)
            continue;
        if (before && before->process != epoch->process) {
            position = 0;
            if (!session->soak.fresh)
                note_restart(judged, before, epoch);
        }
        note_epoch(judged, epoch, hb_soak_is_warmup(session, position));
        position += !hb_epoch_is_drain(epoch);
        before = epoch;
    }
}

/* ---- throughput ---- */

static double cv_percent(const double *x, size_t n)
{
    double sum = 0, squares = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(x[i])) {
            sum += x[i];
            known++;
        }
    }
    const double mean = known ? sum / (double)known : (double)NAN;
    for (size_t i = 0; i < n; i++)
        squares += isfinite(x[i]) ? (x[i] - mean) * (x[i] - mean) : 0;
    return known < 2 ? (double)NAN : 100 * sqrt(squares / (double)(known - 1)) / fabs(mean);
}

/* Enough for the mean's interval, but no hours for a soak of days; none where nobody reads it. */
static size_t resamples_for(const struct hb_soak_work *work, size_t n)
{
    const size_t resamples = n ? DRAWS_MAX / n : HB_RESAMPLES;
    if (work->brief)
        return 0;
    return resamples < RESAMPLES_MIN  ? RESAMPLES_MIN
           : resamples > HB_RESAMPLES ? HB_RESAMPLES
                                      : resamples;
}

static void summarise(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    size_t n = 0;
    for (size_t i = 0; i < judged->counted; i++) {
        const double throughput = judged->series[i]->metric[HB_EPOCH_THROUGHPUT];
        if (isfinite(throughput))
            work->y[n++] = throughput;
    }
    hb_stats_summary(work->y, n, resamples_for(work, n), work->session->seed, work->scratch,
                     &judged->throughput);
}

static void set_hours(struct hb_soak_work *work, const struct hb_soak_judged *judged)
{
    for (size_t i = 0; i < judged->counted; i++)
        work->x[i] = hb_soak_hours(judged->series[i]);
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* Segments whose means differ by no more than HB_STEADY_TOLERANCE are one level. */
static void find_changes(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    double *raw = work->pick, *filtered = work->y;
    size_t n = 0, start = 0;
    for (size_t i = 0; i < judged->counted; i++) {
        if (!isfinite(judged->ratio[i]))
            continue;
        work->x[n] = judged->series[i]->started_s;
        raw[n++] = judged->ratio[i];
    }
    hb_stats_hampel(raw, n, filtered);
    const size_t segments = hb_stats_pelt(filtered, n, work->ends, work->scratch);
    double level = (double)NAN;
    for (size_t s = 0; s < segments; start = work->ends[s++]) {
        const double mean = mean_of(filtered + start, work->ends[s] - start);
        if (s > 0 && fabs(mean / level - 1) <= HB_STEADY_TOLERANCE)
            continue;
        if (s > 0)
            judged->changes[judged->change_count++] =
                (struct hb_soak_change){work->x[start], 100 * (mean / level - 1)};
        level = mean;
    }
}

static void judge_speed(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    summarise(work, judged);
    hb_soak_ratios(work, judged->series, judged->counted, HB_SOAK_VALUE(THROUGHPUT), judged->ratio);
    judged->cv_percent = cv_percent(judged->ratio, judged->counted);
    set_hours(work, judged);
    if (judged->counted)
        memcpy(work->y, judged->ratio, judged->counted * sizeof *work->y);
    hb_soak_measure_drift(work, judged->counted, false, &judged->speed);
    find_changes(work, judged);
}

/* ---- against the control ---- */

/* The control's last epoch of this round, looked for from *at on, as rounds only rise; NaN when it
 * has none. */
static double control_ratio(const struct hb_soak_judged *control, uint32_t round, size_t *at)
{
    double ratio = (double)NAN;
    for (; *at < control->counted && control->series[*at]->round <= round; (*at)++) {
        if (control->series[*at]->round == round)
            ratio = control->ratio[*at];
    }
    return ratio;
}

/* Machine and allocator part: what both meet in the same round cancels out. */
static void judge_against_control(struct hb_soak_work *work, struct hb_soak_judged *judged)
{
    const struct hb_soak_judged *control = &work->out->allocators[work->out->control];
    size_t at = 0;
    for (size_t i = 0; i < judged->counted; i++)
        work->y[i] = judged->ratio[i] / control_ratio(control, judged->series[i]->round, &at);
    judged->cv_control_percent = cv_percent(work->y, judged->counted);
    for (size_t i = 0; i < judged->counted; i++)
        work->y[i] = log(work->y[i]);
    set_hours(work, judged);
    hb_soak_measure_drift(work, judged->counted, true, &judged->speed_to_control);
}

/* ---- the whole ---- */

static int open_judged(struct hb_soak_work *work, struct hb_soak_judged *judged, size_t entry,
                       struct hb_err *err)
{
    const struct hb_session *session = work->session;
    const enum hb_role role = session->allocators[entry].role;
    *judged = (struct hb_soak_judged){
        .entry = entry,
        .is_judged = role != HB_ROLE_FLOOR && (int)entry != work->out->control,
        .cv_percent = (double)NAN,
        .cv_control_percent = (double)NAN,
        .speed_to_control = hb_soak_no_drift(),
    };
    judged->series = calloc(work->room, sizeof *judged->series);
    judged->ratio = calloc(work->room, sizeof *judged->ratio);
    judged->changes = calloc(work->room, sizeof *judged->changes);
    judged->restarts = calloc(work->room, sizeof *judged->restarts);
    if (!judged->series || !judged->ratio || !judged->changes || !judged->restarts)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to judge %zu epochs", work->room);
    return 0;
}

static int judge_allocator(struct hb_soak_work *work, size_t entry, struct hb_err *err)
{
    struct hb_soak_judged *judged = &work->out->allocators[entry];
    if (open_judged(work, judged, entry, err) != 0)
        return -1;
    collect(work, judged);
    judge_speed(work, judged);
    hb_soak_judge_memory(work, judged);
    if (hb_soak_judge_latency(work, judged, err) != 0)
        return -1;
    return hb_soak_judge_calls(work, judged, err);
}

static void judge_all_against_control(struct hb_soak_work *work)
{
    if (work->out->control < 0)
        return;
    for (size_t i = 0; i < work->session->allocator_count; i++) {
        if ((int)i != work->out->control)
            judge_against_control(work, &work->out->allocators[i]);
    }
}

static double duration_of(const struct hb_session *session)
{
    double end = 0;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const double own = hb_epoch_end_s(&session->epochs[i]);
        end = own > end ? own : end;
    }
    return end;
}

/* Most epochs of one allocator; at least 1, so that no array is empty. */
static size_t most_epochs(const struct hb_session *session)
{
    size_t most = 1;
    for (size_t a = 0; a < session->allocator_count; a++) {
        size_t own = 0;
        for (size_t i = 0; i < session->epoch_count; i++)
            own += session->epochs[i].allocator == a;
        most = own > most ? own : most;
    }
    return most;
}

static int open_work(struct hb_soak_work *work, struct hb_err *err)
{
    const size_t allocators = work->session->allocator_count;
    const size_t n = work->room = most_epochs(work->session);
    work->x = calloc(n, sizeof *work->x);
    work->y = calloc(n, sizeof *work->y);
    work->pick = calloc(n, sizeof *work->pick);
    work->ends = calloc(n / 5 + 1, sizeof *work->ends);
    work->scratch = calloc(HB_TREND_SCRATCH(n) + HB_CHANGEPOINT_SCRATCH(n) +
                               HB_SUMMARY_SCRATCH(n, HB_RESAMPLES),
                           sizeof *work->scratch);
    work->out->allocators = calloc(allocators ? allocators : 1, sizeof *work->out->allocators);
    if (!work->x || !work->y || !work->pick || !work->ends || !work->scratch ||
        !work->out->allocators)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to judge a soak of %zu epochs",
                          work->session->epoch_count);
    return 0;
}

static void close_work(struct hb_soak_work *work)
{
    free(work->x);
    free(work->y);
    free(work->pick);
    free(work->ends);
    free(work->scratch);
}

int hb_soak_judge(enum hb_depth depth, const struct hb_session *session,
                  const struct hb_profile *profile, struct hb_soak_judgement *judgement,
                  struct hb_err *err)
{
    struct hb_soak_work work = {
        .session = session, .out = judgement, .brief = depth != HB_DEPTH_FULL};
    *judgement = (struct hb_soak_judgement){.session = session, .control = -1};
    judgement->duration_s = duration_of(session);
    judgement->scale_s = judgement->duration_s > HOUR_S ? judgement->duration_s : HOUR_S;
    judgement->margin_percent =
        profile->margin_percent > 0 ? profile->margin_percent : hb_profile_default.margin_percent;
    if (session->soak.control[0])
        judgement->control = hb_session_find(session, session->soak.control);
    int status = open_work(&work, err);
    for (size_t i = 0; status == 0 && i < session->allocator_count; i++)
        status = judge_allocator(&work, i, err);
    if (status == 0) {
        judge_all_against_control(&work);
        status = hb_soak_judge_budgets(profile, judgement, err);
    }
    close_work(&work);
    return status;
}

void hb_soak_judgement_free(struct hb_soak_judgement *judgement)
{
    for (size_t i = 0; judgement->allocators && i < judgement->session->allocator_count; i++) {
        struct hb_soak_judged *judged = &judgement->allocators[i];
        free(judged->series);
        free(judged->ratio);
        free(judged->changes);
        free(judged->restarts);
        free(judged->calls);
    }
    free(judgement->allocators);
    free(judgement->budgets);
    *judgement = (struct hb_soak_judgement){0};
}

bool hb_soak_stood_still(const struct hb_soak_judged *judged)
{
    return judged->throughput.n > 0 && !(judged->throughput.max > 0);
}

bool hb_soak_complete(const struct hb_soak_judgement *judgement)
{
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        if (judged->counted == 0 || judged->failed > 0 || hb_soak_stood_still(judged))
            return false;
    }
    return !judgement->session->partial;
}

struct hb_budget_tally hb_soak_tally(const struct hb_soak_judgement *judgement)
{
    struct hb_budget_tally tally = {.unheld = judgement->budgets_unheld};
    for (size_t i = 0; i < judgement->budget_count; i++)
        tally.count[judgement->budgets[i].outcome]++;
    return tally;
}

const char *hb_soak_word(enum hb_soak_course word)
{
    static const char *const words[HB_SOAK_WORDS] = {[HB_SOAK_UNCLEAR] = "unclear",
                                                     [HB_SOAK_FLAT] = "flat",
                                                     [HB_SOAK_FALLING] = "falling",
                                                     [HB_SOAK_RISING] = "rising"};
    return words[word];
}
