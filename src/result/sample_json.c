/* What a job and an epoch have in common as JSON: see sample_json.h. */
#include "result/sample_json.h"

#include "base/quote.h"

#include <math.h>
#include <string.h>

int hb_sample_read_label(const struct hb_json_source *source, const cJSON *object,
                         const struct hb_session *session, uint32_t *allocator, struct hb_err *err)
{
    char label[HB_NAME_MAX];
    const cJSON *node = hb_json_require(source, object, "allocator", err);
    if (!node || hb_json_get_text(source, node, label, sizeof label, err) != 0)
        return -1;
    const int index = hb_session_find(session, label);
    if (index < 0)
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "%s is no label of \"allocators\"", hb_quote(label).text);
    *allocator = (uint32_t)index;
    return 0;
}

int hb_sample_check_order(const struct hb_json_source *source, const cJSON *object, uint32_t index,
                          const uint32_t *before, const char *of, struct hb_err *err)
{
    if (!before || *before < index)
        return 0;
    return hb_json_fault(source, hb_json_member(object, "index"), HB_JSON_AT_VALUE, err,
                         "expected more than the %u of the %s before, found %u", *before, of,
                         index);
}

void hb_sample_put_metrics(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_metric *metrics, size_t count, const double *values)
{
    cJSON *members = hb_json_put_object(writer, object, "metrics");
    for (size_t i = 0; i < count; i++)
        hb_json_put_number(writer, members, metrics[i].key, values[i]);
}

int hb_sample_read_metrics(const struct hb_json_source *source, const cJSON *object,
                           const struct hb_metric *metrics, size_t count, double least,
                           double *values, struct hb_err *err)
{
    const cJSON *members = hb_json_require(source, object, "metrics", err);
    if (!members || hb_json_expect_object(source, members, err) != 0)
        return -1;
    size_t next = 0; /* this tool writes them in the table's order */
    for (const cJSON *node = members->child; node; node = node->next) {
        const bool is_next = next < count && strcmp(metrics[next].key, node->string) == 0;
        const size_t i = is_next ? next : hb_metric_index(metrics, count, node->string);
        next = i + 1;
        if (i == count || cJSON_IsNull(node))
            continue;
        if (hb_json_get_double(source, node, least, HUGE_VAL, &values[i], err) != 0)
            return -1;
    }
    return 0;
}

void hb_sample_put_calls(struct hb_json_writer *writer, cJSON *object, const char *key,
                         const uint64_t counts[HB_SYSCALL_COUNT])
{
    cJSON *calls = hb_json_put_object(writer, object, key);
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++)
        hb_json_put_u64(writer, calls, hb_syscall_names[i], counts[i]);
}

int hb_sample_read_calls(const struct hb_json_source *source, const cJSON *node,
                         uint64_t counts[HB_SYSCALL_COUNT], struct hb_err *err)
{
    if (hb_json_expect_object(source, node, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        if (hb_json_require_u64(source, node, hb_syscall_names[i], UINT64_MAX, &counts[i], err) !=
            0)
            return -1;
    }
    return 0;
}
