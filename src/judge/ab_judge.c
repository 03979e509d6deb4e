/* Two allocators, judged while they are measured: see ab_judge.h. */
#include "judge/ab_judge.h"

#include "base/json/json_fields.h"
#include "judge/runspeed.h"

#include <math.h>
#include <stdlib.h>

int hb_ab_open(struct hb_ab *ab, double margin_percent, size_t most, struct hb_err *err)
{
    *ab = (struct hb_ab){.margin_percent = margin_percent};
    hb_sequential_init(&ab->test, margin_percent / 100, most);
    ab->logs = calloc(most, sizeof *ab->logs);
    ab->scratch = calloc(HB_SEQUENTIAL_SCRATCH(most), sizeof *ab->scratch);
    return ab->logs && ab->scratch ? 0 : hb_err_memory(err, NULL);
}

void hb_ab_free(struct hb_ab *ab)
{
    free(ab->logs);
    free(ab->scratch);
    *ab = (struct hb_ab){0};
}

/* ---- pairs ---- */

int hb_ab_a(const struct hb_session *session)
{
    return hb_session_find_role(session, HB_ROLE_REFERENCE);
}

int hb_ab_b(const struct hb_session *session)
{
    return hb_session_find_role(session, HB_ROLE_SUBJECT);
}

const struct hb_job *hb_ab_failure(const struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++) {
        const enum hb_job_status status = session->jobs[i].status;
        if (status != HB_STATUS_OK && status != HB_STATUS_INVALID)
            return &session->jobs[i];
    }
    return NULL;
}

/* The block's throughput of one side; NaN where it has none. */
static int speed_of(const struct hb_session *session, uint32_t block, int side, double *speed,
                    struct hb_err *err)
{
    const size_t slices = hb_run_slices_max(session);
    double *room = calloc(2 * slices + HB_CHANGEPOINT_SCRATCH(slices) + 1, sizeof *room);
    size_t *ends = calloc(slices + 1, sizeof *ends);
    const struct hb_runspeed_scratch scratch = {room, room ? room + slices : NULL, ends};
    enum hb_steady_class class;
    *speed = (double)NAN;
    for (size_t i = 0; room && ends && i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK && job->block == block &&
            (int)job->allocator == side)
            *speed = hb_run_throughput(job, &scratch, &class);
    }
    const bool failed = !room || !ends;
    free(room);
    free(ends);
    return failed ? hb_err_memory(err, NULL) : 0;
}

int hb_ab_take(struct hb_ab *ab, const struct hb_session *session, uint32_t block, bool is_over,
               struct hb_err *err)
{
    const size_t most = ab->test.most;
    double a, b;
    if (hb_ab_failure(session)) {
        ab->reason = HB_AB_FAILED;
        return 0;
    }
    if (speed_of(session, block, hb_ab_a(session), &a, err) != 0 ||
        speed_of(session, block, hb_ab_b(session), &b, err) != 0)
        return -1;
    if (a > 0 && b > 0 && ab->pairs < most)
        ab->logs[ab->pairs++] = log(b / a);
    const bool is_last = is_over || block + 1 >= most;
    if (is_last || hb_sequential_is_due(&ab->test, ab->pairs))
        (void)hb_sequential_look(&ab->test, ab->logs, ab->pairs, is_last, ab->scratch);
    if (ab->test.end != HB_SEQUENTIAL_OPEN)
        ab->reason = HB_AB_DECIDED;
    else if (is_over)
        ab->reason = HB_AB_TIME;
    else if (is_last)
        ab->reason = HB_AB_PAIRS;
    return 0;
}

double hb_ab_seconds_left(const struct hb_ab *ab, double seconds_most)
{
    const double planned = (double)ab->test.planned, pairs = (double)ab->pairs;
    if (ab->test.pairs == 0)
        return (double)NAN;
    const double left = planned > pairs ? ab->seconds / pairs * (planned - pairs) : 0;
    return fmax(0, fmin(left, seconds_most - ab->seconds));
}

/* ---- for programs ---- */

static const char *const reasons[HB_AB_REASONS] = {
    [HB_AB_GOES_ON] = "cut off", [HB_AB_DECIDED] = "decided", [HB_AB_PAIRS] = "pairs",
    [HB_AB_TIME] = "time",       [HB_AB_FAILED] = "failed",
};

int hb_ab_json(const struct hb_ab *ab, const struct hb_session *session, cJSON *root)
{
    struct hb_json_writer writer = {false};
    const struct hb_sequential *test = &ab->test;
    const int a = hb_ab_a(session), b = hb_ab_b(session);
    cJSON *object = hb_json_put_object(&writer, root, "ab");
    hb_json_put_text(&writer, object, "a", a < 0 ? "" : session->allocators[a].label);
    hb_json_put_text(&writer, object, "b", b < 0 ? "" : session->allocators[b].label);
    hb_json_put_text(&writer, object, "verdict", hb_sequential_word(test->end));
    hb_json_put_text(&writer, object, "ended", reasons[ab->reason]);
    hb_json_put_number(&writer, object, "ratio", exp(test->log_ratio.estimate));
    hb_json_put_number(&writer, object, "ci95_lo", exp(test->log_ratio.interval.lo));
    hb_json_put_number(&writer, object, "ci95_hi", exp(test->log_ratio.interval.hi));
    hb_json_put_number(&writer, object, "margin_percent", ab->margin_percent);
    hb_json_put_number(&writer, object, "pairs", (double)ab->pairs);
    hb_json_put_number(&writer, object, "pairs_most", (double)test->most);
    hb_json_put_number(&writer, object, "pairs_planned", (double)test->planned);
    hb_json_put_number(&writer, object, "pairs_looked_at", (double)test->pairs);
    hb_json_put_number(&writer, object, "looks", (double)test->walk.looks);
    hb_json_put_number(&writer, object, "seconds", ab->seconds);
    return writer.failed ? -1 : 0;
}
