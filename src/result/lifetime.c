/* Lifetime of sessions and jobs, and the names of their enumerations: see model.h. */
#include "result/model.h"

#include "base/array.h"
#include "result/ownclock.h"
#include "result/profile_defaults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const hb_syscall_names[HB_SYSCALL_COUNT] = {
#define HB_SYSCALL_NAME(name) [HB_SYSCALL_##name] = #name,
    HB_SYSCALLS(HB_SYSCALL_NAME)
#undef HB_SYSCALL_NAME
};

const char *const hb_session_kind_names[HB_KIND_COUNT] = {
    [HB_KIND_REBASE] = "rebase",
    [HB_KIND_SOAK] = "soak",
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

const struct hb_profile *hb_session_profile(const struct hb_session *session)
{
    return session->profile ? session->profile : &hb_profile_default;
}

const struct hb_parameter_value *hb_session_find_parameter(const struct hb_session *session,
                                                           const char *name)
{
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (strcmp(session->parameters[i].name, name) == 0)
            return &session->parameters[i];
    }
    return NULL;
}

void hb_session_free(struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++)
        hb_job_free(&session->jobs[i]);
    free(session->jobs);
    hb_session_drop_epochs(session);
    free(session->allocators);
    free(session->parameters);
    free(session->command_line);
    if (session->profile)
        hb_profile_free(session->profile);
    free(session->profile);
    *session = (struct hb_session){0};
}

void hb_job_init(struct hb_job *job)
{
    *job = (struct hb_job){0};
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        job->metric[i] = NAN;
    job->claimed_ops_per_s = NAN;
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

int hb_session_append(struct hb_session *session, struct hb_job *job)
{
    struct hb_job *jobs =
        hb_array_grown(session->jobs, session->job_count, &session->job_capacity, sizeof *jobs);
    if (!jobs)
        return -1;
    session->jobs = jobs;
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

bool hb_epoch_is_drain(const struct hb_epoch *epoch)
{
    return strcmp(epoch->phase, HB_PHASE_DRAIN) == 0;
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
    struct hb_epoch *epochs = hb_array_grown(session->epochs, session->epoch_count,
                                             &session->epoch_capacity, sizeof *epochs);
    if (!epochs)
        return -1;
    session->epochs = epochs;
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

bool hb_session_is_of_times(const struct hb_session *session)
{
    bool is_any = false;
    for (size_t i = 0; i < session->job_count; i++) {
        const double operations = session->jobs[i].metric[HB_METRIC_OPERATIONS];
        if (!isnan(operations) && operations != 1)
            return false;
        is_any |= !isnan(operations);
    }
    return is_any && session->imported_from[0];
}

int hb_session_find(const struct hb_session *session, const char *label)
{
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (strcmp(session->allocators[i].label, label) == 0)
            return (int)i;
    }
    return -1;
}
