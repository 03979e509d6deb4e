/* Lifetime of sessions and jobs, and the names of their enumerations: see model.h. */
#include "result/model.h"

#include "result/ownclock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const hb_syscall_names[HB_SYSCALL_COUNT] = {
#define HB_SYSCALL_NAME(name) [HB_SYSCALL_##name] = #name,
    HB_SYSCALLS(HB_SYSCALL_NAME)
#undef HB_SYSCALL_NAME
};

const char *const hb_count_phase_names[HB_COUNT_PHASES] = {
    [HB_COUNT_STARTUP] = "startup",
    [HB_COUNT_WARMUP] = "warmup",
    [HB_COUNT_MEASURED] = "measured",
    [HB_COUNT_TEARDOWN] = "teardown",
};

const char *const hb_role_names[HB_ROLE_COUNT] = {
    [HB_ROLE_SUBJECT] = "subject",
    [HB_ROLE_REFERENCE] = "reference",
    [HB_ROLE_TWIN] = "twin",
    [HB_ROLE_FLOOR] = "floor",
};

const char *const hb_job_kind_names[HB_JOB_KIND_COUNT] = {
    [HB_JOB_TIMED] = "timed",
    [HB_JOB_COUNTED] = "counted",
};

const char *const hb_job_status_names[HB_STATUS_COUNT] = {
    [HB_STATUS_OK] = "ok",           [HB_STATUS_MISSING] = "missing",
    [HB_STATUS_REFUSED] = "refused", [HB_STATUS_CRASHED] = "crashed",
    [HB_STATUS_KILLED] = "killed",   [HB_STATUS_HUNG] = "hung",
    [HB_STATUS_EXITED] = "exited",   [HB_STATUS_FAILED] = "failed",
    [HB_STATUS_INVALID] = "invalid",
};

void hb_session_free(struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++)
        hb_job_free(&session->jobs[i]);
    free(session->jobs);
    hb_session_drop_epochs(session);
    free(session->allocators);
    free(session->parameters);
    free(session->command_line);
    cJSON_Delete(session->profile);
    *session = (struct hb_session){0};
}

void hb_job_init(struct hb_job *job)
{
    *job = (struct hb_job){0};
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        job->metric[i] = NAN;
    job->steady_ops_per_s = NAN;
}

void hb_job_drop_slices(struct hb_job *job)
{
    free(job->slice_ns);
    free(job->start_ns);
    job->slice_ns = job->start_ns = NULL;
}

void hb_job_free(struct hb_job *job)
{
    hb_job_drop_slices(job);
    *job = (struct hb_job){0};
}

static int grow(struct hb_session *session)
{
    const size_t capacity = session->job_capacity ? session->job_capacity * 2 : 64;
    struct hb_job *jobs = reallocarray(session->jobs, capacity, sizeof *jobs);
    if (!jobs)
        return -1;
    session->jobs = jobs;
    session->job_capacity = capacity;
    return 0;
}

int hb_session_append(struct hb_session *session, struct hb_job *job)
{
    if (session->job_count == session->job_capacity && grow(session) != 0)
        return -1;
    (void)hb_ownclock_check_job(job);
    session->jobs[session->job_count++] = *job;
    *job = (struct hb_job){0};
    return 0;
}

void hb_epoch_init(struct hb_epoch *epoch)
{
    *epoch = (struct hb_epoch){0};
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++)
        epoch->metric[i] = NAN;
}

void hb_epoch_free(struct hb_epoch *epoch)
{
    free(epoch->latency);
    *epoch = (struct hb_epoch){0};
}

static int grow_epochs(struct hb_session *session)
{
    const size_t capacity = session->epoch_capacity ? session->epoch_capacity * 2 : 64;
    struct hb_epoch *epochs = reallocarray(session->epochs, capacity, sizeof *epochs);
    if (!epochs)
        return -1;
    session->epochs = epochs;
    session->epoch_capacity = capacity;
    return 0;
}

void hb_session_drop_epochs(struct hb_session *session)
{
    for (size_t i = 0; i < session->epoch_count; i++)
        hb_epoch_free(&session->epochs[i]);
    free(session->epochs);
    session->epochs = NULL;
    session->epoch_count = session->epoch_capacity = 0;
}

int hb_session_append_epoch(struct hb_session *session, struct hb_epoch *epoch)
{
    if (session->epoch_count == session->epoch_capacity && grow_epochs(session) != 0)
        return -1;
    (void)hb_ownclock_check_epoch(epoch);
    session->epochs[session->epoch_count++] = *epoch;
    *epoch = (struct hb_epoch){0};
    return 0;
}

bool hb_session_was_repeated(const struct hb_session *session, const struct hb_job *job)
{
    const struct hb_job *end = session->jobs + session->job_count;
    for (const struct hb_job *later = job + 1; later < end; later++) {
        if (later->allocator == job->allocator && later->block == job->block &&
            later->kind == job->kind)
            return true;
    }
    return false;
}

int hb_session_find(const struct hb_session *session, const char *label)
{
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (strcmp(session->allocators[i].label, label) == 0)
            return (int)i;
    }
    return -1;
}
