/* Epochs of a soak and its settings, to JSON and back: see session_json.h. */
#include "result/session_fields.h"
#include "result/session_json.h"

#include <math.h>
#include <stdlib.h>

static cJSON *done(cJSON *object, int failed)
{
    if (failed == 0)
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* ---- to JSON ---- */

cJSON *hb_soak_to_json(const struct hb_soak *soak)
{
    cJSON *object = cJSON_CreateObject();
    return done(object, hb_json_write_fields(object, hb_json_soak_fields,
                                             HB_TABLE_COUNT(hb_json_soak_fields), soak));
}

static cJSON *metrics_to_json(const struct hb_epoch *epoch)
{
    cJSON *metrics = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT && !failed; i++)
        failed =
            hb_json_add(metrics, hb_epoch_metrics[i].key, hb_json_new_double(epoch->metric[i]));
    return done(metrics, failed);
}

static cJSON *calls_to_json(bool known, const uint64_t *counts)
{
    if (!known)
        return cJSON_CreateNull();
    cJSON *calls = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < HB_SYSCALL_COUNT && !failed; i++)
        failed = hb_json_add(calls, hb_syscall_names[i], hb_json_new_u64(counts[i]));
    return done(calls, failed);
}

static cJSON *latency_to_json(const struct hb_epoch *epoch)
{
    struct hb_buf text = {0};
    cJSON *string = NULL;
    if (epoch->latency_count == 0)
        return cJSON_CreateNull();
    if (hb_latency_text(epoch->latency, epoch->latency_count, &text) == 0)
        string = cJSON_CreateString(hb_buf_string(&text));
    hb_buf_free(&text);
    return string;
}

cJSON *hb_epoch_to_json(const struct hb_session *session, const struct hb_epoch *epoch)
{
    cJSON *object = cJSON_CreateObject();
    const char *label = session->allocators[epoch->allocator].label;
    const int failed =
        hb_json_add(object, "allocator", cJSON_CreateString(label)) ||
        hb_json_write_fields(object, hb_json_epoch_fields, HB_TABLE_COUNT(hb_json_epoch_fields),
                             epoch) ||
        hb_json_add(object, "metrics", metrics_to_json(epoch)) ||
        hb_json_add(object, "calls", calls_to_json(epoch->calls_known, epoch->calls.count)) ||
        hb_json_add(object, "call_bytes", calls_to_json(epoch->calls_known, epoch->calls.bytes)) ||
        hb_json_add(object, "own_calls",
                    calls_to_json(epoch->own_calls_known, epoch->own_calls.count)) ||
        hb_json_add(object, "latency_histogram", latency_to_json(epoch));
    return done(object, failed);
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
    if (hb_json_read_fields(source, node, hb_json_soak_fields, HB_TABLE_COUNT(hb_json_soak_fields),
                            soak, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_TABLE_COUNT(known); i++) {
        if (check_known(source, node, known[i], err) != 0)
            return -1;
    }
    return 0;
}

static int read_metrics(const struct hb_json_source *source, const cJSON *epoch_node,
                        struct hb_epoch *epoch, struct hb_err *err)
{
    const cJSON *metrics = hb_json_require(source, epoch_node, "metrics", err);
    if (!metrics || hb_json_expect_object(source, metrics, err) != 0)
        return -1;
    for (const cJSON *node = metrics->child; node; node = node->next) {
        const enum hb_epoch_metric_id id = hb_epoch_metric_find(node->string);
        if (id == HB_EPOCH_METRIC_COUNT || cJSON_IsNull(node))
            continue;
        if (hb_json_get_double(source, node, -HUGE_VAL, HUGE_VAL, &epoch->metric[id], err) != 0)
            return -1;
    }
    return 0;
}

static int read_calls(const struct hb_json_source *source, const cJSON *epoch_node, const char *key,
                      bool *known, uint64_t *counts, struct hb_err *err)
{
    const cJSON *calls = hb_json_require(source, epoch_node, key, err);
    if (!calls)
        return -1;
    *known = !cJSON_IsNull(calls);
    if (!*known)
        return 0;
    if (hb_json_expect_object(source, calls, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        if (hb_json_require_u64(source, calls, hb_syscall_names[i], UINT64_MAX, &counts[i], err) !=
            0)
            return -1;
    }
    return 0;
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
    if (hb_json_read_fields(source, node, hb_json_epoch_fields,
                            HB_TABLE_COUNT(hb_json_epoch_fields), epoch, err) != 0 ||
        check_known(source, node, "started_s", err) != 0 ||
        hb_json_read_label(source, node, session, &epoch->allocator, err) != 0 ||
        read_metrics(source, node, epoch, err) != 0 ||
        read_calls(source, node, "calls", &epoch->calls_known, epoch->calls.count, err) != 0 ||
        read_calls(source, node, "call_bytes", &bytes_known, epoch->calls.bytes, err) != 0 ||
        read_calls(source, node, "own_calls", &epoch->own_calls_known, epoch->own_calls.count,
                   err) != 0)
        return -1;
    return read_latency(source, node, epoch, err);
}

/* Epochs are in the order they ran; one that is there twice would count twice. */
static int check_order(const struct hb_json_source *source, const cJSON *node,
                       const struct hb_session *session, const struct hb_epoch *epoch,
                       struct hb_err *err)
{
    if (session->epoch_count == 0 || session->epochs[session->epoch_count - 1].index < epoch->index)
        return 0;
    const cJSON *index = hb_json_member(node, "index");
    return hb_json_fault(source, index ? index : node, HB_JSON_AT_VALUE, err,
                         "expected more than the %u of the epoch before, found %u",
                         session->epochs[session->epoch_count - 1].index, epoch->index);
}

int hb_session_read_epoch(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    int result = read_epoch(source, node, session, &epoch, err);
    if (result == 0)
        result = check_order(source, node, session, &epoch, err);
    if (result == 0 && hb_session_append_epoch(session, &epoch) != 0)
        result = hb_err_memory(err, source->path);
    if (result != 0)
        hb_epoch_free(&epoch);
    return result;
}
