/* A session as JSON and back: see session_json.h. Reading is strict about what it knows, and blind
 * to what it does not: keys of later versions are passed over. A key, once released, is never
 * renamed; a new one may be missing. Every builder gives NULL, all that it made freed, without
 * memory. Read next: sample_json.c. */
#include "result/session_json.h"

#include "base/quote.h"
#include "result/model.h"
#include "result/promise_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SESSION(kind, field)       HB_FIELD(kind, struct hb_session, field)
#define SESSION_LATER(kind, field) HB_FIELD_LATER(kind, struct hb_session, field)
static const struct hb_json_field session_fields[] = {
    HB_FIELD_NAMED(struct hb_session, kind, hb_session_kind_names, HB_KIND_COUNT),
    SESSION_LATER(TEXT_OR_NULL, imported_from),
    SESSION_LATER(TEXT_OR_NULL, name),
    SESSION_LATER(OWNED_TEXT, note),
    SESSION(BOOL, partial),
    SESSION(TEXT, tool_version),
    SESSION(TEXT_OR_NULL, tool_commit),
    SESSION(OWNED_TEXT, command_line),
    SESSION(TEXT, started_at),
    SESSION(TEXT_OR_NULL, ended_at),
    SESSION(DOUBLE, harness_s),
    SESSION(DOUBLE, workers_s),
    SESSION(U64, seed),
    SESSION(TEXT_OR_NULL, plan_key),
    SESSION(U32, blocks),
    SESSION(U32, jobs_planned),
    SESSION(TEXT, workload),
    SESSION(TEXT_OR_NULL, workload_sha256),
    SESSION_LATER(TEXT_OR_NULL, count_source),
};

/* Those from cpus_before on came after the first results. */
#define HOST(kind, field)       HB_FIELD(kind, struct hb_host_info, field)
#define HOST_LATER(kind, field) HB_FIELD_LATER(kind, struct hb_host_info, field)
static const struct hb_json_field host_fields[] = {
    HOST(TEXT_OR_NULL, hostname),
    HOST(TEXT_OR_NULL, machine_id_hash),
    HOST(TEXT_OR_NULL, class_key),
    HOST(TEXT_OR_NULL, os),
    HOST(TEXT_OR_NULL, kernel),
    HOST(TEXT_OR_NULL, arch),
    HOST(TEXT_OR_NULL, libc),
    HOST(TEXT_OR_NULL, hypervisor),
    HOST(TEXT_OR_NULL, cpu_model),
    HOST(U32, cpu_count),
    HOST(TEXT_OR_NULL, cpus_used),
    HOST(TEXT_OR_NULL, cpu_governor),
    HOST(TEXT_OR_NULL, turbo),
    HOST(TEXT_OR_NULL, clocksource),
    HOST(U64, memory_bytes),
    HOST(U64, page_bytes),
    HOST(TEXT_OR_NULL, thp_enabled),
    HOST(TEXT_OR_NULL, thp_defrag),
    HOST(INT_OR_NULL, aslr),
    HOST(INT_OR_NULL, overcommit),
    HOST(DOUBLE, load1_start),
    HOST(DOUBLE, load1_end),
    HOST_LATER(TEXT_OR_NULL, cpus_before),
    HOST_LATER(TEXT_OR_NULL, others),
    HOST_LATER(TEXT_OR_NULL, refused),
    HOST_LATER(DOUBLE, cpu_quota),
    HOST_LATER(U64, memory_limit_bytes),
    HOST_LATER(U64, throttled_ns),
};

#define ALLOCATOR(kind, field) HB_FIELD(kind, struct hb_allocator_entry, field)
static const struct hb_json_field allocator_fields[] = {
    ALLOCATOR(TEXT, label),
    ALLOCATOR(TEXT, name),
    ALLOCATOR(TEXT_OR_NULL, variant),
    ALLOCATOR(TEXT_OR_NULL, environment),
    HB_FIELD_NAMED(struct hb_allocator_entry, role, hb_role_names, HB_ROLE_COUNT),
    ALLOCATOR(TEXT, via),
    ALLOCATOR(TEXT_OR_NULL, plugin_path),
    ALLOCATOR(TEXT_OR_NULL, plugin_sha256),
    HB_FIELD_LATER(TEXT_OR_NULL, struct hb_allocator_entry, preload_path),
    ALLOCATOR(TEXT_OR_NULL, library_path),
    ALLOCATOR(TEXT_OR_NULL, library_version),
    ALLOCATOR(TEXT_OR_NULL, library_sha256),
    ALLOCATOR(TEXT_OR_NULL, licence),
    ALLOCATOR(TEXT_OR_NULL, missing_reason),
};

/* ---- to JSON ---- */

cJSON *hb_allocator_to_json(const struct hb_allocator_entry *entry)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_fields(&writer, object, allocator_fields, HB_TABLE_COUNT(allocator_fields), entry);
    return hb_json_built(&writer, object);
}

cJSON *hb_host_to_json(const struct hb_host_info *host)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_fields(&writer, object, host_fields, HB_TABLE_COUNT(host_fields), host);
    return hb_json_built(&writer, object);
}

static void put_parameters(struct hb_json_writer *writer, cJSON *root,
                           const struct hb_session *session)
{
    cJSON *object = hb_json_put_object(writer, root, "parameters");
    for (size_t i = 0; i < session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        cJSON *member = hb_json_put_object(writer, object, parameter->name);
        hb_json_put_u64(writer, member, "value", parameter->value);
        hb_json_put_text(writer, member, "text", parameter->text);
    }
}

/* Of a sweep: its parameter and the values of its points. */
static void put_points(struct hb_json_writer *writer, cJSON *root, const struct hb_session *session)
{
    if (session->point_count == 0)
        return;
    cJSON *object = hb_json_put_object(writer, root, "sweep");
    hb_json_put_text(writer, object, "parameter", session->points[0].name);
    cJSON *array = hb_json_put_array(writer, object, "points");
    for (size_t i = 0; i < session->point_count; i++) {
        cJSON *point = hb_json_put_object_at_end(writer, array);
        hb_json_put_u64(writer, point, "value", session->points[i].value);
        hb_json_put_text(writer, point, "text", session->points[i].text);
    }
}

cJSON *hb_session_header_to_json(const struct hb_session *session)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "schema", HB_RESULT_SCHEMA);
    hb_json_put_fields(&writer, root, session_fields, HB_TABLE_COUNT(session_fields), session);
    put_parameters(&writer, root, session);
    put_points(&writer, root, session);
    hb_json_put_text(&writer, root, "profile_name", session->profile_name);
    hb_json_put(&writer, root, "profile",
                session->profile ? hb_profile_to_json(session->profile) : cJSON_CreateNull());
    hb_json_put(&writer, root, "host", hb_host_to_json(&session->host));
    cJSON *allocators = hb_json_put_array(&writer, root, "allocators");
    for (size_t i = 0; i < session->allocator_count; i++)
        hb_json_put_at_end(&writer, allocators, hb_allocator_to_json(&session->allocators[i]));
    if (session->kind == HB_KIND_SOAK)
        hb_json_put(&writer, root, "soak", hb_soak_to_json(&session->soak));
    if (session->kind == HB_KIND_EXEC)
        hb_json_put(&writer, root, "programs", hb_exec_programs_to_json(session));
    if (session->kind == HB_KIND_CHECK)
        hb_json_put(&writer, root, "promises", hb_promises_to_json(session));
    return hb_json_built(&writer, root);
}

cJSON *hb_session_to_json(const struct hb_session *session, struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = hb_session_header_to_json(session);
    cJSON *jobs = hb_json_put_array(&writer, root, "jobs");
    for (size_t i = 0; i < session->job_count; i++)
        hb_json_put_at_end(&writer, jobs, hb_job_to_json(session, &session->jobs[i]));
    cJSON *epochs =
        session->kind == HB_KIND_SOAK ? hb_json_put_array(&writer, root, "epochs") : NULL;
    for (size_t i = 0; epochs && i < session->epoch_count; i++)
        hb_json_put_at_end(&writer, epochs, hb_epoch_to_json(session, &session->epochs[i]));
    cJSON *runs = session->kind == HB_KIND_EXEC ? hb_json_put_array(&writer, root, "runs") : NULL;
    for (size_t i = 0; runs && i < session->run_count; i++)
        hb_json_put_at_end(&writer, runs, hb_exec_run_to_json(session, &session->runs[i]));
    if (session->kind == HB_KIND_CHECK)
        hb_json_put(&writer, root, "answers", hb_answers_to_json(session));
    root = hb_json_built(&writer, root);
    if (!root)
        (void)hb_err_set(err, HB_ERR_SYSTEM, "no memory for the result");
    return root;
}

/* ---- the header from JSON ---- */

/* A file of either version; a journal may have been begun by the one and ended by the other. */
static int check_schema(const struct hb_json_source *source, struct hb_err *err)
{
    if (hb_json_expect_object(source, source->root, err) != 0)
        return -1;
    const cJSON *schema = hb_json_require(source, source->root, "schema", err);
    if (!schema)
        return -1;
    if (!cJSON_IsString(schema))
        return hb_json_fault(source, schema, HB_JSON_AT_VALUE, err,
                             "expected \"" HB_RESULT_SCHEMA "\", found %s", hb_json_kind(schema));
    if (strcmp(schema->valuestring, HB_RESULT_SCHEMA) == 0 ||
        strcmp(schema->valuestring, HB_RESULT_SCHEMA_1) == 0)
        return 0;
    return hb_json_fault(source, schema, HB_JSON_AT_VALUE, err,
                         "the file is %s, but this hakbench reads \"" HB_RESULT_SCHEMA_1
                         "\" and \"" HB_RESULT_SCHEMA "\"",
                         hb_quote(schema->valuestring).text);
}

int hb_allocator_from_json(const struct hb_json_source *source, const cJSON *node,
                           struct hb_allocator_entry *entry, struct hb_err *err)
{
    *entry = (struct hb_allocator_entry){0};
    return hb_json_read_fields(source, node, allocator_fields, HB_TABLE_COUNT(allocator_fields),
                               entry, err);
}

static int read_allocator(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err)
{
    struct hb_allocator_entry entry;
    if (hb_allocator_from_json(source, node, &entry, err) != 0)
        return -1;
    if (hb_session_find(session, entry.label) >= 0)
        return hb_json_fault(source, hb_json_member(node, "label"), HB_JSON_AT_VALUE, err,
                             "the label %s is there twice", hb_quote(entry.label).text);
    session->allocators[session->allocator_count++] = entry;
    return 0;
}

static int read_allocators(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, source->root, "allocators", err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    session->allocators =
        calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *session->allocators);
    if (!session->allocators)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = array->child; node; node = node->next) {
        if (read_allocator(source, node, session, err) != 0)
            return -1;
    }
    return 0;
}

static int read_parameter(const struct hb_json_source *source, const cJSON *node,
                          struct hb_parameter_value *parameter, struct hb_err *err)
{
    if (hb_json_expect_object(source, node, err) != 0 ||
        hb_json_require_u64(source, node, "value", UINT64_MAX, &parameter->value, err) != 0)
        return -1;
    const size_t length = strlen(node->string);
    if (length >= sizeof parameter->name)
        return hb_json_fault(source, node, HB_JSON_AT_KEY, err, "the name is longer than %zu bytes",
                             sizeof parameter->name - 1);
    memcpy(parameter->name, node->string, length + 1);
    const cJSON *text = hb_json_require(source, node, "text", err);
    return text ? hb_json_get_text(source, text, parameter->text, sizeof parameter->text, err) : -1;
}

static int read_parameters(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    const cJSON *object = hb_json_require(source, source->root, "parameters", err);
    if (!object || hb_json_expect_object(source, object, err) != 0)
        return -1;
    session->parameters =
        calloc((size_t)cJSON_GetArraySize(object) + 1, sizeof *session->parameters);
    if (!session->parameters)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = object->child; node; node = node->next) {
        if (read_parameter(source, node, &session->parameters[session->parameter_count++], err))
            return -1;
    }
    return 0;
}

static int read_point(const struct hb_json_source *source, const cJSON *node, const char *name,
                      struct hb_parameter_value *point, struct hb_err *err)
{
    if (hb_json_expect_object(source, node, err) != 0 ||
        hb_json_require_u64(source, node, "value", UINT64_MAX, &point->value, err) != 0)
        return -1;
    hb_copy_text(point->name, sizeof point->name, name);
    const cJSON *text = hb_json_require(source, node, "text", err);
    return text ? hb_json_get_text(source, text, point->text, sizeof point->text, err) : -1;
}

/* Absent without a sweep. */
static int read_points(const struct hb_json_source *source, struct hb_session *session,
                       struct hb_err *err)
{
    const cJSON *sweep = hb_json_member(source->root, "sweep");
    char name[HB_NAME_MAX];
    if (!sweep)
        return 0;
    const cJSON *parameter = hb_json_require(source, sweep, "parameter", err);
    const cJSON *points = parameter ? hb_json_require(source, sweep, "points", err) : NULL;
    if (!points || hb_json_get_text(source, parameter, name, sizeof name, err) != 0 ||
        hb_json_expect_array(source, points, err) != 0)
        return -1;
    const size_t count = (size_t)cJSON_GetArraySize(points);
    if (count < 2 || count > HB_POINTS_MAX)
        return hb_json_fault(source, points, HB_JSON_AT_VALUE, err,
                             "expected 2 to %u points, found %zu", HB_POINTS_MAX, count);
    session->points = calloc(count, sizeof *session->points);
    if (!session->points)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = points->child; node; node = node->next) {
        if (read_point(source, node, name, &session->points[session->point_count++], err) != 0)
            return -1;
    }
    return 0;
}

static int read_profile(const struct hb_json_source *source, struct hb_session *session,
                        struct hb_err *err)
{
    const cJSON *name = hb_json_require(source, source->root, "profile_name", err);
    if (!name || hb_json_get_text(source, name, session->profile_name, sizeof session->profile_name,
                                  err) != 0)
        return -1;
    const cJSON *profile = hb_json_require(source, source->root, "profile", err);
    if (!profile)
        return -1;
    if (cJSON_IsNull(profile))
        return 0;
    session->profile = calloc(1, sizeof *session->profile);
    if (!session->profile)
        return hb_err_memory(err, source->path);
    return hb_profile_from_json(source, profile, session->profile, err);
}

int hb_host_from_json(const struct hb_json_source *source, const cJSON *node,
                      struct hb_host_info *host, struct hb_err *err)
{
    return hb_json_read_fields(source, node, host_fields, HB_TABLE_COUNT(host_fields), host, err);
}

static int read_host(const struct hb_json_source *source, struct hb_session *session,
                     struct hb_err *err)
{
    const cJSON *host = hb_json_require(source, source->root, "host", err);
    if (!host)
        return -1;
    return hb_host_from_json(source, host, &session->host, err);
}

static int read_soak(const struct hb_json_source *source, struct hb_session *session,
                     struct hb_err *err)
{
    if (session->kind != HB_KIND_SOAK)
        return 0;
    const cJSON *soak = hb_json_require(source, source->root, "soak", err);
    return soak ? hb_soak_from_json(source, soak, &session->soak, err) : -1;
}

static int read_programs(const struct hb_json_source *source, struct hb_session *session,
                         struct hb_err *err)
{
    if (session->kind != HB_KIND_EXEC)
        return 0;
    const cJSON *programs = hb_json_require(source, source->root, "programs", err);
    return programs ? hb_exec_programs_from_json(source, programs, session, err) : -1;
}

static int read_promises(const struct hb_json_source *source, struct hb_session *session,
                         struct hb_err *err)
{
    return session->kind == HB_KIND_CHECK ? hb_promises_from_json(source, session, err) : 0;
}

static int check_control(const struct hb_json_source *source, const struct hb_session *session,
                         struct hb_err *err)
{
    const char *control = session->soak.control;
    if (!control[0] || hb_session_find(session, control) >= 0)
        return 0;
    const cJSON *soak = hb_json_member(source->root, "soak");
    return hb_json_fault(source, hb_json_member(soak, "control"), HB_JSON_AT_VALUE, err,
                         "%s is no label of \"allocators\"", hb_quote(control).text);
}

static int read_header(const struct hb_json_source *source, struct hb_session *session,
                       struct hb_err *err)
{
    if (check_schema(source, err) != 0 ||
        hb_json_read_fields(source, source->root, session_fields, HB_TABLE_COUNT(session_fields),
                            session, err) != 0 ||
        read_parameters(source, session, err) != 0 || read_points(source, session, err) != 0 ||
        read_profile(source, session, err) != 0 || read_host(source, session, err) != 0 ||
        read_soak(source, session, err) != 0 || read_programs(source, session, err) != 0 ||
        read_promises(source, session, err) != 0 || read_allocators(source, session, err) != 0)
        return -1;
    return check_control(source, session, err);
}

int hb_session_header_from_source(const struct hb_json_source *source, struct hb_session *session,
                                  struct hb_err *err)
{
    *session = (struct hb_session){0};
    if (read_header(source, session, err) == 0)
        return 0;
    hb_session_free(session);
    return -1;
}

/* ---- what the file says of each run's speed ---- */

static const cJSON *find_samples(const cJSON *root, const char *label)
{
    const char *const path[] = {"summaries", label, "throughput_ops_per_s", "samples"};
    for (size_t i = 0; root && i < HB_TABLE_COUNT(path); i++)
        root = hb_json_member(root, path[i]);
    return root;
}

/* The samples of a summary are in the order of blocks, one for each run that has a throughput: what
 * else there is speaks of other runs. by_block: [blocks]. */
static bool take_samples(const cJSON *root, struct hb_session *session, uint32_t allocator,
                         struct hb_job **by_block)
{
    const cJSON *samples = find_samples(root, session->allocators[allocator].label);
    const cJSON *sample = samples ? samples->child : NULL;
    memset(by_block, 0, session->blocks * sizeof(struct hb_job *));
    for (size_t i = 0; i < session->job_count; i++) {
        struct hb_job *job = &session->jobs[i];
        if (job->allocator == allocator && job->kind == HB_JOB_TIMED &&
            job->status == HB_STATUS_OK && job->block < session->blocks)
            by_block[job->block] = job;
    }
    for (uint32_t b = 0; b < session->blocks; b++) {
        if (!by_block[b] || isnan(by_block[b]->metric[HB_METRIC_THROUGHPUT]))
            continue;
        if (!sample || !cJSON_IsNumber(sample))
            return false;
        by_block[b]->claimed_ops_per_s = sample->valuedouble;
        sample = sample->next;
    }
    return !sample;
}

/* All of them, or none where one does not fit. */
static int take_all_samples(const struct hb_json_source *source, struct hb_session *session,
                            struct hb_err *err)
{
    if (session->blocks == 0 || session->blocks > session->job_count || session->point_count)
        return 0;
    struct hb_job **by_block = calloc(session->blocks, sizeof *by_block);
    if (!by_block)
        return hb_err_memory(err, source->path);
    bool fits = true;
    for (size_t a = 0; fits && a < session->allocator_count; a++)
        fits = take_samples(source->root, session, (uint32_t)a, by_block);
    for (size_t i = 0; !fits && i < session->job_count; i++)
        session->jobs[i].claimed_ops_per_s = (double)NAN;
    free(by_block);
    return 0;
}

/* ---- the whole from JSON ---- */

/* Jobs or epochs, each by its own reader. */
static int read_each(const struct hb_json_source *source, const char *key,
                     struct hb_session *session,
                     int (*read)(const struct hb_json_source *, const cJSON *, struct hb_session *,
                                 struct hb_err *),
                     struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, source->root, key, err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    for (const cJSON *node = array->child; node; node = node->next) {
        if (read(source, node, session, err) != 0)
            return -1;
    }
    return 0;
}

static int read_answers(const struct hb_json_source *source, struct hb_session *session,
                        struct hb_err *err)
{
    return hb_answers_make(session, err) == 0
               ? read_each(source, "answers", session, hb_session_read_answer, err)
               : -1;
}

static int read_samples(const struct hb_json_source *source, struct hb_session *session,
                        struct hb_err *err)
{
    if (read_each(source, "jobs", session, hb_session_read_job, err) != 0)
        return -1;
    if (session->kind == HB_KIND_SOAK)
        return read_each(source, "epochs", session, hb_session_read_epoch, err);
    if (session->kind == HB_KIND_EXEC)
        return read_each(source, "runs", session, hb_session_read_run, err);
    if (session->kind == HB_KIND_CHECK)
        return read_answers(source, session, err);
    return take_all_samples(source, session, err);
}

int hb_session_from_source(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    if (hb_session_header_from_source(source, session, err) != 0)
        return -1;
    if (read_samples(source, session, err) == 0)
        return 0;
    hb_session_free(session);
    return -1;
}
