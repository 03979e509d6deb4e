/* A session read without its slices says the same of every run as one read in full, and a summary
 * that tells another story than the samples is not believed. */
#include "unit/cmocka.h"

#include "unit/temp_folder.h"

#include "judge/runspeed.h"
#include "result/file.h"
#include "result/session_brief.h"
#include "result/session_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REAL "results/reference/2026-11-24T09-03-08Z-mixed.json"

/* The throughput of every timed job, NaN for others. */
static double *speeds(const struct hb_session *session)
{
    const size_t n = hb_run_slices_max(session);
    struct hb_runspeed_scratch scratch = {
        calloc(n, sizeof(double)),
        calloc(n + HB_CHANGEPOINT_SCRATCH(n), sizeof(double)),
        calloc(n + 1, sizeof(size_t)),
    };
    double *speed = calloc(session->job_count, sizeof *speed);
    for (size_t i = 0; i < session->job_count; i++) {
        enum hb_steady_class class;
        const bool timed = session->jobs[i].kind == HB_JOB_TIMED;
        speed[i] = timed ? hb_run_throughput(&session->jobs[i], &scratch, &class) : (double)NAN;
    }
    free(scratch.values);
    free(scratch.work);
    free(scratch.ends);
    return speed;
}

static void read_both(const char *path, struct hb_session *full, struct hb_session *brief)
{
    struct hb_err err = {0};
    if (hb_session_read(path, full, &err) != 0 || hb_session_read_brief(path, brief, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(full->job_count, brief->job_count);
    double *a = speeds(full), *b = speeds(brief);
    for (size_t i = 0; i < full->job_count; i++) {
        assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
        assert_int_equal(full->jobs[i].status, brief->jobs[i].status);
    }
    free(a);
    free(b);
}

static size_t with_slices(const struct hb_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->job_count; i++)
        count += session->jobs[i].slice_ns != NULL;
    return count;
}

static void every_run_is_as_fast_as_in_full(void **state)
{
    (void)state;
    struct hb_session full, brief;
    read_both(REAL, &full, &brief);
    assert_int_equal(with_slices(&full), 96);
    assert_int_equal(with_slices(&brief), 14); /* the runs with a warm-up */
    hb_session_free(&full);
    hb_session_free(&brief);
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

static void a_summary_that_does_not_fit_is_not_believed(void **state)
{
    static const char *const edits[][2] = {
        {"\"samples\": [", "\"samples\": [1.5, "},          /* one more, and all of them moved */
        {"\"samples\": [", "\"examples\": ["},              /* none */
        {"\"summaries\": {", "\"summaries\": {\"x\": 1, "}, /* a stranger among them */
        {"\"operations\": 20000000", "\"operations\": 2"},  /* above what the clock allows */
        {"\"ns\": [", "\"ns\": [[7], "},                    /* hurts: neither reader takes it */
    };
    struct temp_folder folder;
    (void)state;
    temp_make(&folder);
    const char *path = temp_path(&folder, "edited.json");
    for (size_t i = 0; i < 4; i++) {
        struct hb_session full, brief;
        rewrite(path, edits[i][0], edits[i][1]);
        read_both(path, &full, &brief);
        hb_session_free(&full);
        hb_session_free(&brief);
    }
    struct hb_session session;
    struct hb_err full = {0}, brief = {0};
    rewrite(path, edits[4][0], edits[4][1]);
    assert_int_equal(hb_session_read(path, &session, &full), -1);
    assert_int_equal(hb_session_read_brief(path, &session, &brief), -1);
    assert_string_equal(full.message, brief.message);
    temp_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_is_as_fast_as_in_full),
        cmocka_unit_test(a_summary_that_does_not_fit_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
