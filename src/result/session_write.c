/* A session as JSON: see session_json.h. Reading it back: session_read.c.
 * Every builder returns NULL, and everything it made is freed, when there is no memory. */
#include "result/session_json.h"

#include "result/file.h"
#include "result/session_fields.h"

#include <math.h>
#include <string.h>

/* Passes a finished object on, or frees it when some addition failed. */
static cJSON *done(cJSON *object, int failed)
{
    if (failed == 0)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *metrics_to_json(const struct hb_job *job)
{
    cJSON *metrics = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_METRIC_COUNT && !failed; i++)
        failed = hb_json_add(metrics, hb_metrics[i].key, hb_json_new_double(job->metric[i]));
    return done(metrics, failed);
}

static cJSON *null_reasons_to_json(const struct hb_job *job)
{
    cJSON *reasons = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_GROUP_COUNT && !failed; i++) {
        if (job->null_reason[i][0])
            failed = hb_json_add(reasons, hb_metric_group_names[i],
                                 cJSON_CreateString(job->null_reason[i]));
    }
    return done(reasons, failed);
}

static cJSON *durations_to_json(const uint64_t *ns, size_t count)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = hb_json_add_item(array, hb_json_new_u64(ns[i]));
    return done(array, failed);
}

static cJSON *slice_ns_to_json(const struct hb_job *job)
{
    if (!job->slice_ns)
        return cJSON_CreateNull();
    cJSON *threads = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < job->threads && !failed; i++)
        failed = hb_json_add_item(threads,
                                  durations_to_json(job->slice_ns + i * job->slices, job->slices));
    return done(threads, failed);
}

/* Not there in files from before it was known, and where there are no slices. */
static int add_starts(cJSON *slices, const struct hb_job *job)
{
    return job->start_ns
               ? hb_json_add(slices, "start_ns", durations_to_json(job->start_ns, job->threads))
               : 0;
}

static cJSON *slices_to_json(const struct hb_job *job)
{
    cJSON *slices = cJSON_CreateObject();
    const int failed = hb_json_add(slices, "threads", cJSON_CreateNumber(job->threads)) ||
                       hb_json_add(slices, "count", cJSON_CreateNumber(job->slices)) ||
                       hb_json_add(slices, "operations", hb_json_new_u64(job->slice_operations)) ||
                       add_starts(slices, job) || hb_json_add(slices, "ns", slice_ns_to_json(job));
    return done(slices, failed);
}

static cJSON *phase_to_json(const uint64_t *counts)
{
    cJSON *phase = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_SYSCALL_COUNT && !failed; i++)
        failed = hb_json_add(phase, hb_syscall_names[i], hb_json_new_u64(counts[i]));
    return done(phase, failed);
}

static cJSON *counts_to_json(bool known, const uint64_t counts[][HB_SYSCALL_COUNT])
{
    if (!known)
        return cJSON_CreateNull();
    cJSON *phases = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_COUNT_PHASES && !failed; i++)
        failed = hb_json_add(phases, hb_count_phase_names[i], phase_to_json(counts[i]));
    return done(phases, failed);
}

cJSON *hb_job_to_json(const struct hb_session *session, const struct hb_job *job)
{
    cJSON *object = cJSON_CreateObject();
    const char *label = session->allocators[job->allocator].label;
    const int failed =
        hb_json_add(object, "allocator", cJSON_CreateString(label)) ||
        hb_json_write_fields(object, hb_json_job_fields, HB_TABLE_COUNT(hb_json_job_fields), job) ||
        hb_json_add(object, "metrics", metrics_to_json(job)) ||
        hb_json_add(object, "null_reasons", null_reasons_to_json(job)) ||
        hb_json_add(object, "syscalls", counts_to_json(job->syscalls_known, job->syscalls.count)) ||
        hb_json_add(object, "syscall_bytes",
                    counts_to_json(job->syscalls_known, job->syscalls.bytes)) ||
        hb_json_add(object, "own_counters",
                    counts_to_json(job->own_counters_known, job->own_counters.count)) ||
        hb_json_add(object, "slices", slices_to_json(job));
    return done(object, failed);
}

cJSON *hb_allocator_to_json(const struct hb_allocator_entry *entry)
{
    cJSON *object = cJSON_CreateObject();
    return done(object, hb_json_write_fields(object, hb_json_allocator_fields,
                                             HB_TABLE_COUNT(hb_json_allocator_fields), entry));
}

static cJSON *allocators_to_json(const struct hb_session *session)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < session->allocator_count && !failed; i++)
        failed = hb_json_add_item(array, hb_allocator_to_json(&session->allocators[i]));
    return done(array, failed);
}

static cJSON *parameter_to_json(const struct hb_parameter_value *parameter)
{
    cJSON *object = cJSON_CreateObject();
    const int failed = hb_json_add(object, "value", hb_json_new_u64(parameter->value)) ||
                       hb_json_add(object, "text", cJSON_CreateString(parameter->text));
    return done(object, failed);
}

static cJSON *parameters_to_json(const struct hb_session *session)
{
    cJSON *object = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < session->parameter_count && !failed; i++)
        failed = hb_json_add(object, session->parameters[i].name,
                             parameter_to_json(&session->parameters[i]));
    return done(object, failed);
}

cJSON *hb_host_to_json(const struct hb_host_info *host)
{
    cJSON *object = cJSON_CreateObject();
    return done(object, hb_json_write_fields(object, hb_json_host_fields,
                                             HB_TABLE_COUNT(hb_json_host_fields), host) ||
                            hb_json_write_fields(object, hb_json_host_later_fields,
                                                 HB_TABLE_COUNT(hb_json_host_later_fields), host));
}

static cJSON *profile_to_json(const struct hb_session *session)
{
    return session->profile ? hb_profile_to_json(session->profile) : cJSON_CreateNull();
}

static cJSON *jobs_to_json(const struct hb_session *session)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < session->job_count && !failed; i++)
        failed = hb_json_add_item(array, hb_job_to_json(session, &session->jobs[i]));
    return done(array, failed);
}

cJSON *hb_session_header_to_json(const struct hb_session *session)
{
    cJSON *object = cJSON_CreateObject();
    const int failed =
        hb_json_add(object, "schema", cJSON_CreateString(HB_RESULT_SCHEMA)) ||
        hb_json_write_fields(object, hb_json_session_fields, HB_TABLE_COUNT(hb_json_session_fields),
                             session) ||
        hb_json_add(object, "parameters", parameters_to_json(session)) ||
        hb_json_add(object, "profile_name", cJSON_CreateString(session->profile_name)) ||
        hb_json_add(object, "profile", profile_to_json(session)) ||
        hb_json_add(object, "host", hb_host_to_json(&session->host)) ||
        hb_json_add(object, "allocators", allocators_to_json(session)) ||
        (session->kind == HB_KIND_SOAK &&
         hb_json_add(object, "soak", hb_soak_to_json(&session->soak)));
    return done(object, failed);
}

static cJSON *epochs_to_json(const struct hb_session *session)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < session->epoch_count && !failed; i++)
        failed = hb_json_add_item(array, hb_epoch_to_json(session, &session->epochs[i]));
    return done(array, failed);
}

cJSON *hb_session_to_json(const struct hb_session *session, struct hb_err *err)
{
    cJSON *object = hb_session_header_to_json(session);
    object = done(object, hb_json_add(object, "jobs", jobs_to_json(session)) ||
                              (session->kind == HB_KIND_SOAK &&
                               hb_json_add(object, "epochs", epochs_to_json(session))));
    if (!object)
        (void)hb_err_set(err, HB_ERR_SYSTEM, "no memory for the result");
    return object;
}
