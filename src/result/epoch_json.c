/* Epochs of a soak and its settings, to JSON and back: see session_json.h. */
#include "result/sample_json.h"
#include "result/session_json.h"

#include <math.h>

#define SOAK(kind, field) HB_FIELD(kind, struct hb_soak, field)
static const struct hb_json_field soak_fields[] = {
    SOAK(DOUBLE, duration_s),    SOAK(DOUBLE, epoch_s),
    SOAK(U64, epoch_operations), SOAK(U32, warmup_epochs),
    SOAK(BOOL, fresh),           SOAK(U32, rounds),
    SOAK(TEXT, control),         SOAK(U64, memory_limit_bytes),
    SOAK(DOUBLE, timer_ns),
};

#define EPOCH(kind, field) HB_FIELD(kind, struct hb_epoch, field)
static const struct hb_json_field epoch_fields[] = {
    EPOCH(U32, index),
    EPOCH(U32, round),
    EPOCH(U32, process),
    EPOCH(TEXT_OR_NULL, phase),
    EPOCH(DOUBLE, started_s),
    HB_FIELD_NAMED(struct hb_epoch, status, hb_job_status_names, HB_STATUS_COUNT),
    EPOCH(TEXT_OR_NULL, reason),
};

/* ---- to JSON ---- */

cJSON *hb_soak_to_json(const struct hb_soak *soak)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_fields(&writer, object, soak_fields, HB_TABLE_COUNT(soak_fields), soak);
    return hb_json_built(&writer, object);
}

static void put_calls(struct hb_json_writer *writer, cJSON *object, const char *key, bool known,
                      const uint64_t *counts)
{
    if (known)
        hb_sample_put_calls(writer, object, key, counts);
    else
        hb_json_put_null(writer, object, key);
}

static void put_latency(struct hb_json_writer *writer, cJSON *object, const struct hb_epoch *epoch)
{
    struct hb_buf text = {0};
    writer->failed |= hb_latency_text(epoch->latency, epoch->latency_count, &text) != 0;
    hb_json_put_text_or_null(writer, object, "latency_histogram", hb_buf_string(&text));
    hb_buf_free(&text);
}

cJSON *hb_epoch_to_json(const struct hb_session *session, const struct hb_epoch *epoch)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_text(&writer, object, "allocator", session->allocators[epoch->allocator].label);
    hb_json_put_fields(&writer, object, epoch_fields, HB_TABLE_COUNT(epoch_fields), epoch);
    hb_sample_put_metrics(&writer, object, hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, epoch->metric);
    put_calls(&writer, object, "calls", epoch->calls_known, epoch->calls.count);
    put_calls(&writer, object, "call_bytes", epoch->calls_known, epoch->calls.bytes);
    put_calls(&writer, object, "own_calls", epoch->own_calls_known, epoch->own_calls.count);
    put_latency(&writer, object, epoch);
    return hb_json_built(&writer, object);
}

/* ---- from JSON ---- */

/* A number that is always there, 0 or more: the tables take null for unknown. */
static int check_known(const struct hb_json_source *source, const cJSON *object, const char *key,
                       struct hb_err *err)
{
    double value;
    return hb_json_get_double(source, hb_json_member(object, key), 0, HUGE_VAL, &value, err);
}

int hb_soak_from_json(const struct hb_json_source *source, const cJSON *node, struct hb_soak *soak,
                      struct hb_err *err)
{
    static const char *const known[] = {"duration_s", "epoch_s", "timer_ns"};
    *soak = (struct hb_soak){0};
    if (hb_json_read_fields(source, node, soak_fields, HB_TABLE_COUNT(soak_fields), soak, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_TABLE_COUNT(known); i++) {
        if (check_known(source, node, known[i], err) != 0)
            return -1;
    }
    return 0;
}

/* Null where they are not known. */
static int read_calls(const struct hb_json_source *source, const cJSON *epoch_node, const char *key,
                      bool *known, uint64_t *counts, struct hb_err *err)
{
    const cJSON *calls = hb_json_require(source, epoch_node, key, err);
    if (!calls)
        return -1;
    *known = !cJSON_IsNull(calls);
    return *known ? hb_sample_read_calls(source, calls, counts, err) : 0;
}

static int read_latency(const struct hb_json_source *source, const cJSON *epoch_node,
                        struct hb_epoch *epoch, struct hb_err *err)
{
    const cJSON *node = hb_json_require(source, epoch_node, "latency_histogram", err);
    if (!node || cJSON_IsNull(node))
        return node ? 0 : -1;
    if (cJSON_IsString(node) &&
        hb_latency_parse(node->valuestring, &epoch->latency, &epoch->latency_count) == 0)
        return 0;
    return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                         "expected rising buckets and their counts, such as \"27:1203 28:44\"");
}

static int read_epoch(const struct hb_json_source *source, const cJSON *node,
                      const struct hb_session *session, struct hb_epoch *epoch, struct hb_err *err)
{
    bool bytes_known;
    if (hb_json_read_fields(source, node, epoch_fields, HB_TABLE_COUNT(epoch_fields), epoch, err) !=
            0 ||
        check_known(source, node, "started_s", err) != 0 ||
        hb_sample_read_label(source, node, session, &epoch->allocator, err) != 0 ||
        hb_sample_read_metrics(source, node, hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, -HUGE_VAL,
                               epoch->metric, err) != 0 ||
        read_calls(source, node, "calls", &epoch->calls_known, epoch->calls.count, err) != 0 ||
        read_calls(source, node, "call_bytes", &bytes_known, epoch->calls.bytes, err) != 0 ||
        read_calls(source, node, "own_calls", &epoch->own_calls_known, epoch->own_calls.count,
                   err) != 0 ||
        read_latency(source, node, epoch, err) != 0)
        return -1;
    const struct hb_epoch *before =
        session->epoch_count ? &session->epochs[session->epoch_count - 1] : NULL;
    return hb_sample_check_order(source, node, epoch->index, before ? &before->index : NULL,
                                 "epoch", err);
}

int hb_session_read_epoch(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    int result = read_epoch(source, node, session, &epoch, err);
    if (result == 0 && hb_session_append_epoch(session, &epoch) != 0)
        result = hb_err_memory(err, source->path);
    if (result != 0)
        hb_epoch_free(&epoch);
    return result;
}
