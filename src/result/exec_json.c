/* Programs and their runs as JSON and back: see session_json.h and hakbench-result(5), "EXEC". */
#include "base/json/json_fields.h"
#include "result/model.h"
#include "result/session_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM(kind, field) HB_FIELD(kind, struct hb_exec_program, field)
static const struct hb_json_field program_fields[] = {
    PROGRAM(TEXT, name),
    PROGRAM(TEXT_OR_NULL, path),
    PROGRAM(TEXT_OR_NULL, sha256),
    PROGRAM(TEXT_OR_NULL, missing_reason),
};

#define RUN(kind, field) HB_FIELD(kind, struct hb_exec_run, field)
static const struct hb_json_field run_fields[] = {
    RUN(U32, index),
    RUN(U32, block),
    RUN(U32, attempt),
    HB_FIELD_NAMED(struct hb_exec_run, kind, hb_exec_kind_names, HB_EXEC_KIND_COUNT),
    RUN(TEXT_OR_NULL, started_at),
    HB_FIELD_NAMED(struct hb_exec_run, status, hb_job_status_names, HB_STATUS_COUNT),
    RUN(TEXT_OR_NULL, reason),
    RUN(INT_OR_NULL, exit_status),
    RUN(TEXT_OR_NULL, output_digest),
    RUN(TEXT_OR_NULL, errors_digest),
    RUN(TEXT_OR_NULL, not_in_effect),
    RUN(TEXT_OR_NULL, left),
    RUN(TEXT_OR_NULL, unknown),
};

/* ---- programs ---- */

cJSON *hb_exec_programs_to_json(const struct hb_session *session)
{
    struct hb_json_writer writer = {0};
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < session->program_count; i++)
        hb_json_put_fields(&writer, hb_json_put_object_at_end(&writer, array), program_fields,
                           HB_TABLE_COUNT(program_fields), &session->programs[i]);
    return hb_json_built(&writer, array);
}

/* One for each of the profile's, which says what they are. */
static int check_programs(const struct hb_json_source *source, const cJSON *array,
                          const struct hb_session *session, struct hb_err *err)
{
    const size_t count = (size_t)cJSON_GetArraySize(array);
    const size_t described =
        session->profile && session->profile->is_exec ? session->profile->exec.count : 0;
    if (count == described)
        return 0;
    return hb_json_fault(source, array, HB_JSON_AT_VALUE, err,
                         "expected %zu items, one for each program of the profile, found %zu",
                         described, count);
}

int hb_exec_programs_from_json(const struct hb_json_source *source, const cJSON *array,
                               struct hb_session *session, struct hb_err *err)
{
    if (hb_json_expect_array(source, array, err) != 0 ||
        check_programs(source, array, session, err) != 0)
        return -1;
    session->programs = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *session->programs);
    if (!session->programs)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = array->child; node; node = node->next) {
        if (hb_json_read_fields(source, node, program_fields, HB_TABLE_COUNT(program_fields),
                                &session->programs[session->program_count++], err) != 0)
            return -1;
    }
    return 0;
}

/* ---- runs ---- */

static void put_own(struct hb_json_writer *writer, cJSON *object, const struct hb_session *session,
                    const struct hb_exec_run *run)
{
    const struct hb_profile_program *program = hb_exec_described(session, run->program);
    cJSON *own = hb_json_put_object(writer, object, "own");
    for (size_t i = 0; run->kind != HB_EXEC_KIND_LOADING && i < program->metric_count; i++)
        hb_json_put_number(writer, own, program->metrics[i].name, run->own[i]);
}

/* Memory over time as two texts would be hard to read: pairs of seconds and bytes. */
static void put_memory(struct hb_json_writer *writer, cJSON *object, const struct hb_exec_run *run)
{
    cJSON *array = hb_json_put_array(writer, object, "memory");
    for (size_t i = 0; i < run->memory_count; i++) {
        const double pair[] = {run->memory[i].at_s, run->memory[i].bytes};
        hb_json_put_at_end(writer, array, cJSON_CreateDoubleArray(pair, 2));
    }
}

cJSON *hb_exec_run_to_json(const struct hb_session *session, const struct hb_exec_run *run)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    if (run->kind != HB_EXEC_KIND_LOADING)
        hb_json_put_text(&writer, object, "program", session->programs[run->program].name);
    else
        hb_json_put_null(&writer, object, "program");
    hb_json_put_text(&writer, object, "allocator", session->allocators[run->allocator].label);
    hb_json_put_fields(&writer, object, run_fields, HB_TABLE_COUNT(run_fields), run);
    hb_sample_put_metrics(&writer, object, hb_exec_metrics, HB_EXEC_METRIC_COUNT, run->metric);
    put_own(&writer, object, session, run);
    if (run->calls_known) {
        hb_sample_put_calls(&writer, object, "calls", run->calls.count);
        hb_sample_put_calls(&writer, object, "call_bytes", run->calls.bytes);
    }
    put_memory(&writer, object, run);
    return hb_json_built(&writer, object);
}

static int read_program(const struct hb_json_source *source, const cJSON *object,
                        const struct hb_session *session, struct hb_exec_run *run,
                        struct hb_err *err)
{
    const cJSON *node = hb_json_require(source, object, "program", err);
    if (!node)
        return -1;
    if (cJSON_IsNull(node) && run->kind == HB_EXEC_KIND_LOADING)
        return 0;
    for (size_t i = 0; cJSON_IsString(node) && i < session->program_count; i++) {
        if (strcmp(session->programs[i].name, node->valuestring) != 0)
            continue;
        run->program = (uint32_t)i;
        return 0;
    }
    return hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "expected a name of \"programs\"");
}

static int read_own(const struct hb_json_source *source, const cJSON *object,
                    const struct hb_session *session, struct hb_exec_run *run, struct hb_err *err)
{
    const struct hb_profile_program *program = hb_exec_described(session, run->program);
    const cJSON *own = hb_json_require(source, object, "own", err);
    if (!own || hb_json_expect_object(source, own, err) != 0)
        return -1;
    for (size_t i = 0; i < program->metric_count; i++) {
        const cJSON *node = hb_json_member(own, program->metrics[i].name);
        if (node && !cJSON_IsNull(node) &&
            hb_json_get_double(source, node, -HUGE_VAL, HUGE_VAL, &run->own[i], err) != 0)
            return -1;
    }
    return 0;
}

static int read_calls(const struct hb_json_source *source, const cJSON *object,
                      struct hb_exec_run *run, struct hb_err *err)
{
    const cJSON *count = hb_json_member(object, "calls");
    run->calls_known = count != NULL;
    if (!count)
        return 0;
    const cJSON *bytes = hb_json_require(source, object, "call_bytes", err);
    return bytes && hb_sample_read_calls(source, count, run->calls.count, err) == 0
               ? hb_sample_read_calls(source, bytes, run->calls.bytes, err)
               : -1;
}

static int read_memory(const struct hb_json_source *source, const cJSON *object,
                       struct hb_exec_run *run, struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, object, "memory", err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    run->memory = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *run->memory);
    if (!run->memory)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = array->child; node; node = node->next) {
        struct hb_exec_sample *sample = &run->memory[run->memory_count];
        if (hb_json_expect_array(source, node, err) != 0)
            return -1;
        if (cJSON_GetArraySize(node) != 2)
            return hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "expected seconds and bytes");
        if (hb_json_get_double(source, node->child, 0, HUGE_VAL, &sample->at_s, err) != 0 ||
            hb_json_get_double(source, node->child->next, 0, HUGE_VAL, &sample->bytes, err) != 0)
            return -1;
        run->memory_count++;
    }
    return 0;
}

static int read_run(const struct hb_json_source *source, const cJSON *node,
                    const struct hb_session *session, struct hb_exec_run *run, struct hb_err *err)
{
    const size_t count = session->run_count;
    if (hb_json_read_fields(source, node, run_fields, HB_TABLE_COUNT(run_fields), run, err) != 0 ||
        hb_sample_read_label(source, node, session, &run->allocator, err) != 0 ||
        read_program(source, node, session, run, err) != 0 ||
        hb_sample_check_order(source, node, run->index,
                              count ? &session->runs[count - 1].index : NULL, "run", err) != 0)
        return -1;
    if (hb_sample_read_metrics(source, node, hb_exec_metrics, HB_EXEC_METRIC_COUNT, 0, run->metric,
                               err) != 0 ||
        read_own(source, node, session, run, err) != 0)
        return -1;
    return read_calls(source, node, run, err) == 0 ? read_memory(source, node, run, err) : -1;
}

int hb_session_read_run(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err)
{
    struct hb_exec_run run;
    hb_exec_run_init(&run);
    if (hb_json_expect_object(source, node, err) == 0 &&
        read_run(source, node, session, &run, err) == 0) {
        if (hb_session_append_run(session, &run) == 0)
            return 0;
        (void)hb_err_memory(err, source->path);
    }
    hb_exec_run_free(&run);
    return -1;
}
