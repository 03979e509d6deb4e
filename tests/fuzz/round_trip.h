/* A session as JSON reads as the same: what the fuzzers of every other form end in.
 * Read next: fuzz_epochs.c, fuzz_jobs.c, fuzz_import.c. */
#ifndef HB_TESTS_FUZZ_ROUND_TRIP_H
#define HB_TESTS_FUZZ_ROUND_TRIP_H

#include "fuzz.h"

#include "result/session_json.h"

#include <math.h>

static inline char *text_of(const struct hb_session *session)
{
    struct hb_buf text = {0};
    cJSON *root = hb_session_to_json(session, NULL);
    HOLDS(root);
    HOLDS(hb_json_print(root, true, &text, NULL) == 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

static inline void check_round_trip(const struct hb_session *session)
{
    struct hb_session again;
    struct hb_err err = {0};
    char *text = text_of(session);
    HOLDS(hb_session_parse(text, strlen(text), "fuzz.json", &again, &err) == 0);
    char *text_again = text_of(&again);
    HOLDS(strcmp(text, text_again) == 0);
    free(text);
    free(text_again);
    hb_session_free(&again);
}

/* Jobs rise and belong to an allocator; of a rebase, blocks are as many as the session says. */
static inline void check_jobs(const struct hb_session *session)
{
    HOLDS(session->job_count > 0);
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        HOLDS(job->allocator < session->allocator_count);
        HOLDS(job->kind == HB_JOB_COUNTED || job->block < session->blocks);
        HOLDS(i == 0 || job->index > session->jobs[i - 1].index);
        for (size_t m = 0; m < HB_METRIC_COUNT; m++)
            HOLDS(!(job->metric[m] < 0) && !isinf(job->metric[m]));
    }
}

#endif
