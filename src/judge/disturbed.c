/* Runs that did not have their CPUs: see disturbed.h. */
#include "judge/disturbed.h"

#include <stdio.h>
#include <string.h>

#define CAUSES_MAX 8u

/* A cause is what a reason says before its first ": ". */
struct causes {
    struct {
        const char *text;
        size_t length;
        uint32_t count;
    } cause[CAUSES_MAX];
    size_t count;
};

static void count_cause(struct causes *causes, const char *reason)
{
    const char *colon = strstr(reason, ": ");
    const size_t length = colon ? (size_t)(colon - reason) : strlen(reason);
    size_t i = 0;
    while (i < causes->count && (causes->cause[i].length != length ||
                                 strncmp(causes->cause[i].text, reason, length) != 0))
        i++;
    if (i == CAUSES_MAX)
        return;
    causes->cause[i].text = reason;
    causes->cause[i].length = length;
    causes->cause[i].count++;
    if (i == causes->count)
        causes->count++;
}

static void write_causes(const struct causes *causes, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < causes->count && used + 1 < text_bytes; i++) {
        const int more =
            snprintf(text + used, text_bytes - used, "%s%.*s %u", i ? ", " : "",
                     (int)(causes->cause[i].length < 60 ? causes->cause[i].length : 60),
                     causes->cause[i].text, causes->cause[i].count);
        used += more > 0 ? (size_t)more : 0;
    }
}

static void note(enum hb_job_status status, const char *reason, bool is_epoch,
                 struct hb_disturbed *disturbed, struct causes *causes)
{
    const bool counts = status == HB_STATUS_OK && strstr(reason, HB_REASON_SHARE) != NULL;
    const bool again = status == HB_STATUS_INVALID && !is_epoch; /* epochs are listed one by one */
    disturbed->samples += status == HB_STATUS_OK;
    disturbed->counted += counts;
    disturbed->repeated += again;
    if (counts || again)
        count_cause(causes, reason);
}

void hb_judge_disturbed(const struct hb_session *session, struct hb_disturbed *disturbed)
{
    struct causes causes = {.count = 0};
    *disturbed = (struct hb_disturbed){0};
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->kind == HB_JOB_TIMED)
            note(job->status, job->reason, false, disturbed, &causes);
    }
    for (size_t i = 0; i < session->epoch_count; i++)
        note(session->epochs[i].status, session->epochs[i].reason, true, disturbed, &causes);
    write_causes(&causes, disturbed->causes, sizeof disturbed->causes);
}
