/* What a file's summaries claim of each run's speed is what its slices say, and a summary that does
 * not fit its runs claims nothing. */
#include "unit/cmocka.h"

#include "unit/temp_folder.h"

#include "judge/judge.h"
#include "judge/runspeed.h"
#include "result/file.h"
#include "result/session_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REAL "results/reference/2026-11-24T09-03-08Z-mixed.json"

/* Of every timed job, by the slices and by what the file claims. */
static void assert_claims_hold(const struct hb_session *session)
{
    const size_t n = hb_run_slices_max(session);
    struct hb_runspeed_scratch scratch = {
        calloc(n, sizeof(double)),
        calloc(n + HB_CHANGEPOINT_SCRATCH(n), sizeof(double)),
        calloc(n + 1, sizeof(size_t)),
    };
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        enum hb_steady_class class;
        if (job->kind != HB_JOB_TIMED || job->status != HB_STATUS_OK)
            continue;
        assert_true(hb_run_throughput(job, &scratch, &class) ==
                    hb_run_claimed_throughput(job, &scratch));
    }
    free(scratch.values);
    free(scratch.work);
    free(scratch.ends);
}

static size_t count_claims(const struct hb_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->job_count; i++)
        count += isnan(session->jobs[i].claimed_ops_per_s) ? 0 : 1;
    return count;
}

static void a_files_claims_are_what_its_slices_say(void **state)
{
    (void)state;
    struct hb_session session;
    assert_int_equal(hb_session_read(REAL, &session, NULL), 0);
    assert_int_equal(count_claims(&session), 96);
    assert_claims_hold(&session);
    hb_session_free(&session);
}

/* The real file with `from` replaced by `to` wherever it stands. */
static void rewrite(const char *path, const char *from, const char *to)
{
    struct hb_buf text = {0}, out = {0};
    struct hb_err err = {0};
    assert_int_equal(hb_file_read(REAL, HB_RESULT_BYTES_MAX, &text, &err), 0);
    const char *at = hb_buf_string(&text);
    for (const char *next; (next = strstr(at, from)); at = next + strlen(from)) {
        hb_buf_add(&out, at, (size_t)(next - at));
        hb_buf_text(&out, to);
    }
    hb_buf_text(&out, at);
    assert_true(out.size != text.size);
    assert_int_equal(hb_file_write_atomic(path, out.bytes, out.size, &err), 0);
    hb_buf_free(&text);
    hb_buf_free(&out);
}

static void a_summary_that_does_not_fit_claims_nothing(void **state)
{
    static const struct {
        const char *from, *to;
        size_t claims;
    } edits[] = {
        {"\"samples\": [", "\"samples\": [1.5, ", 0},      /* one more, and all of them moved */
        {"\"samples\": [", "\"examples\": [", 0},          /* none */
        {"\"samples\": [", "\"samples\": [\"fast\", ", 0}, /* no number */
        {"\"summaries\": {", "\"summaries\": {\"x\": 1, ", 96}, /* a stranger among them */
    };
    struct temp_folder folder;
    (void)state;
    temp_make(&folder);
    const char *path = temp_path(&folder, "edited.json");
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct hb_session session;
        rewrite(path, edits[i].from, edits[i].to);
        assert_int_equal(hb_session_read(path, &session, NULL), 0);
        assert_int_equal(count_claims(&session), edits[i].claims);
        assert_claims_hold(&session);
        hb_session_free(&session);
    }
    temp_remove(&folder);
}

/* It says the same of speed, and did not search for warm-ups. */
static void a_glance_takes_the_claims(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_judgement brief, glance;
    assert_int_equal(hb_session_read(REAL, &session, NULL), 0);
    assert_int_equal(hb_judge_to(HB_DEPTH_BRIEF, &session, &brief, NULL), 0);
    assert_int_equal(hb_judge_to(HB_DEPTH_GLANCE, &session, &glance, NULL), 0);
    assert_true(glance.aa_noise == brief.aa_noise);
    for (size_t i = 0; i < session.allocator_count; i++) {
        const struct hb_judged *left = &glance.allocators[i], *right = &brief.allocators[i];
        assert_true(left->throughput.median == right->throughput.median);
        assert_int_equal(left->to_reference.verdict.kind, right->to_reference.verdict.kind);
        assert_true(right->steady[HB_STEADY_FLAT] > 0);
        assert_int_equal(left->steady[HB_STEADY_FLAT], 0);
    }
    hb_judgement_free(&brief);
    hb_judgement_free(&glance);
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_files_claims_are_what_its_slices_say),
        cmocka_unit_test(a_summary_that_does_not_fit_claims_nothing),
        cmocka_unit_test(a_glance_takes_the_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
