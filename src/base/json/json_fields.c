/* Struct fields to JSON members and back: see json_fields.h. */
#include "base/json/json_fields.h"

#include "base/quote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int hb_json_add(cJSON *object, const char *key, cJSON *item)
{
    if (item && object && cJSON_AddItemToObject(object, key, item))
        return 0;
    cJSON_Delete(item);
    return -1;
}

int hb_json_add_item(cJSON *array, cJSON *item)
{
    if (item && array && cJSON_AddItemToArray(array, item))
        return 0;
    cJSON_Delete(item);
    return -1;
}

/* --- writing --------------------------------------------------------------------------------- */

static cJSON *text_or_null(const char *text)
{
    return text && *text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *owned_text(const char *text)
{
    return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *int_or_null(int value)
{
    return value < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(value);
}

static cJSON *to_node(const struct hb_json_field *field, const void *at)
{
    switch (field->kind) {
    case HB_FIELD_TEXT:
        return cJSON_CreateString(at);
    case HB_FIELD_TEXT_OR_NULL:
        return text_or_null(at);
    case HB_FIELD_OWNED_TEXT:
        return owned_text(*(char *const *)at);
    case HB_FIELD_U32:
        return cJSON_CreateNumber(*(const uint32_t *)at);
    case HB_FIELD_U64:
        return hb_json_new_u64(*(const uint64_t *)at);
    case HB_FIELD_INT_OR_NULL:
        return int_or_null(*(const int *)at);
    case HB_FIELD_DOUBLE:
        return hb_json_new_double(*(const double *)at);
    case HB_FIELD_BOOL:
        return cJSON_CreateBool(*(const bool *)at);
    case HB_FIELD_NAME:
        return cJSON_CreateString(field->names[*(const unsigned *)at]);
    }
    return NULL;
}

int hb_json_write_fields(cJSON *object, const struct hb_json_field *fields, size_t count,
                         const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)from + fields[i].offset;
        if (hb_json_add(object, fields[i].key, to_node(&fields[i], at)) != 0)
            return -1;
    }
    return 0;
}

/* --- reading --------------------------------------------------------------------------------- */

static int unknown_name(const struct hb_json_source *source, const cJSON *node,
                        const char *const *names, size_t count, struct hb_err *err)
{
    struct hb_buf known = {0};
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(&known, "%s\"%s\"", i ? ", " : "", names[i]);
    (void)hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "expected one of %s, found %s",
                        hb_buf_string(&known), hb_quote(node->valuestring).text);
    hb_buf_free(&known);
    return -1;
}

int hb_json_get_name(const struct hb_json_source *source, const cJSON *node,
                     const char *const *names, size_t count, unsigned *value, struct hb_err *err)
{
    if (!cJSON_IsString(node))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "expected a string, found %s",
                             hb_json_kind(node));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], node->valuestring) != 0)
            continue;
        *value = (unsigned)i;
        return 0;
    }
    return unknown_name(source, node, names, count, err);
}

static int get_text_or_null(const struct hb_json_source *source, const cJSON *node, char *text,
                            size_t text_bytes, struct hb_err *err)
{
    text[0] = '\0';
    return cJSON_IsNull(node) ? 0 : hb_json_get_text(source, node, text, text_bytes, err);
}

static int get_owned_text(const struct hb_json_source *source, const cJSON *node, char **text,
                          struct hb_err *err)
{
    *text = NULL;
    if (cJSON_IsNull(node))
        return 0;
    if (!cJSON_IsString(node))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "expected a string or null, found %s", hb_json_kind(node));
    *text = strdup(node->valuestring);
    return *text ? 0 : hb_err_memory(err, source->path);
}

static int get_u32(const struct hb_json_source *source, const cJSON *node, uint32_t *value,
                   struct hb_err *err)
{
    uint64_t wide = 0;
    const int result = hb_json_get_u64(source, node, 0, UINT32_MAX, &wide, err);
    *value = (uint32_t)wide;
    return result;
}

static int get_int_or_null(const struct hb_json_source *source, const cJSON *node, int *value,
                           struct hb_err *err)
{
    uint64_t wide = 0;
    *value = -1;
    if (cJSON_IsNull(node))
        return 0;
    if (hb_json_get_u64(source, node, 0, INT32_MAX, &wide, err) != 0)
        return -1;
    *value = (int)wide;
    return 0;
}

static int get_double_or_null(const struct hb_json_source *source, const cJSON *node, double *value,
                              struct hb_err *err)
{
    *value = NAN;
    return cJSON_IsNull(node) ? 0
                              : hb_json_get_double(source, node, -HUGE_VAL, HUGE_VAL, value, err);
}

static int from_node(const struct hb_json_source *source, const cJSON *node,
                     const struct hb_json_field *field, void *at, struct hb_err *err)
{
    switch (field->kind) {
    case HB_FIELD_TEXT:
        return hb_json_get_text(source, node, at, field->size, err);
    case HB_FIELD_TEXT_OR_NULL:
        return get_text_or_null(source, node, at, field->size, err);
    case HB_FIELD_OWNED_TEXT:
        return get_owned_text(source, node, at, err);
    case HB_FIELD_U32:
        return get_u32(source, node, at, err);
    case HB_FIELD_U64:
        return hb_json_get_u64(source, node, 0, UINT64_MAX, at, err);
    case HB_FIELD_INT_OR_NULL:
        return get_int_or_null(source, node, at, err);
    case HB_FIELD_DOUBLE:
        return get_double_or_null(source, node, at, err);
    case HB_FIELD_BOOL:
        return hb_json_get_bool(source, node, at, err);
    case HB_FIELD_NAME:
        return hb_json_get_name(source, node, field->names, field->size, at, err);
    }
    return -1;
}

int hb_json_read_fields(const struct hb_json_source *source, const cJSON *object,
                        const struct hb_json_field *fields, size_t count, void *to,
                        struct hb_err *err)
{
    if (hb_json_expect_object(source, object, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const cJSON *node = hb_json_member(object, fields[i].key);
        if (!node && fields[i].optional)
            continue;
        if (!node)
            node = hb_json_require(source, object, fields[i].key, err);
        if (!node || from_node(source, node, &fields[i], (char *)to + fields[i].offset, err) != 0)
            return -1;
    }
    return 0;
}
