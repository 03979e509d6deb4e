/* Trees, and struct fields to JSON members and back: see json_fields.h. */
#include "base/json/json_fields.h"

#include "base/quote.h"

#include <math.h>
#include <string.h>

/* --- writing --------------------------------------------------------------------------------- */

static void put_field(struct hb_json_writer *writer, cJSON *object,
                      const struct hb_json_field *field, const void *at)
{
    const char *key = field->key;
    switch (field->kind) {
    case HB_FIELD_TEXT:
        hb_json_put_text(writer, object, key, at);
        break;
    case HB_FIELD_TEXT_OR_NULL:
        hb_json_put_text_or_null(writer, object, key, at);
        break;
    case HB_FIELD_OWNED_TEXT:
        hb_json_put(writer, object, key,
                    *(char *const *)at ? cJSON_CreateString(*(char *const *)at)
                                       : cJSON_CreateNull());
        break;
    case HB_FIELD_U32:
        hb_json_put_u64(writer, object, key, *(const uint32_t *)at);
        break;
    case HB_FIELD_U64:
        hb_json_put_u64(writer, object, key, *(const uint64_t *)at);
        break;
    case HB_FIELD_SIZE:
        hb_json_put_u64(writer, object, key, *(const size_t *)at);
        break;
    case HB_FIELD_INT_OR_NULL:
        hb_json_put_number(writer, object, key,
                           *(const int *)at < 0 ? (double)NAN : *(const int *)at);
        break;
    case HB_FIELD_DOUBLE:
        hb_json_put_number(writer, object, key, *(const double *)at);
        break;
    case HB_FIELD_BOOL:
        hb_json_put_boolean(writer, object, key, *(const bool *)at);
        break;
    case HB_FIELD_NAME:
        hb_json_put_text(writer, object, key, field->names[*(const unsigned *)at]);
        break;
    }
}

void hb_json_put_fields(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_json_field *fields, size_t count, const void *from)
{
    for (size_t i = 0; i < count; i++)
        put_field(writer, object, &fields[i], (const char *)from + fields[i].offset);
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

/* Whether null stands for something in this field; *at is then that. */
static bool take_null(const struct hb_json_field *field, void *at)
{
    switch (field->kind) {
    case HB_FIELD_TEXT_OR_NULL:
        *(char *)at = '\0';
        return true;
    case HB_FIELD_OWNED_TEXT:
        *(char **)at = NULL;
        return true;
    case HB_FIELD_INT_OR_NULL:
        *(int *)at = -1;
        return true;
    case HB_FIELD_DOUBLE:
        *(double *)at = (double)NAN;
        return true;
    default:
        return false;
    }
}

static int get_owned_text(const struct hb_json_source *source, const cJSON *node, char **text,
                          struct hb_err *err)
{
    if (!cJSON_IsString(node))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "expected a string or null, found %s", hb_json_kind(node));
    *text = strdup(node->valuestring);
    return *text ? 0 : hb_err_memory(err, source->path);
}

static int get_u32(const struct hb_json_source *source, const cJSON *node, uint32_t max, void *at,
                   struct hb_err *err)
{
    uint64_t wide = 0;
    const int result = hb_json_get_u64(source, node, 0, max, &wide, err);
    const uint32_t value = (uint32_t)wide;
    memcpy(at, &value, sizeof value);
    return result;
}

static int from_node(const struct hb_json_source *source, const cJSON *node,
                     const struct hb_json_field *field, void *at, struct hb_err *err)
{
    if (cJSON_IsNull(node) && take_null(field, at))
        return 0;
    switch (field->kind) {
    case HB_FIELD_TEXT:
    case HB_FIELD_TEXT_OR_NULL:
        return hb_json_get_text(source, node, at, field->size, err);
    case HB_FIELD_OWNED_TEXT:
        return get_owned_text(source, node, at, err);
    case HB_FIELD_U32:
        return get_u32(source, node, UINT32_MAX, at, err);
    case HB_FIELD_U64:
        return hb_json_get_u64(source, node, 0, UINT64_MAX, at, err);
    case HB_FIELD_INT_OR_NULL:
        return get_u32(source, node, INT32_MAX, at, err);
    case HB_FIELD_DOUBLE:
        return hb_json_get_double(source, node, -HUGE_VAL, HUGE_VAL, at, err);
    case HB_FIELD_BOOL:
        return hb_json_get_bool(source, node, at, err);
    case HB_FIELD_NAME:
        return hb_json_get_name(source, node, field->names, field->size, at, err);
    case HB_FIELD_SIZE:
        break;
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

void hb_json_put(struct hb_json_writer *writer, cJSON *object, const char *key, cJSON *item)
{
    if (item && object && cJSON_AddItemToObject(object, key, item))
        return;
    cJSON_Delete(item);
    writer->failed = true;
}

void hb_json_put_at_end(struct hb_json_writer *writer, cJSON *array, cJSON *item)
{
    if (item && array && cJSON_AddItemToArray(array, item))
        return;
    cJSON_Delete(item);
    writer->failed = true;
}

cJSON *hb_json_put_object(struct hb_json_writer *writer, cJSON *object, const char *key)
{
    cJSON *member = cJSON_AddObjectToObject(object, key);
    writer->failed |= !member;
    return member;
}

cJSON *hb_json_put_array(struct hb_json_writer *writer, cJSON *object, const char *key)
{
    cJSON *member = cJSON_AddArrayToObject(object, key);
    writer->failed |= !member;
    return member;
}

cJSON *hb_json_put_object_at_end(struct hb_json_writer *writer, cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object && array && cJSON_AddItemToArray(array, object))
        return object;
    cJSON_Delete(object);
    writer->failed = true;
    return NULL;
}

cJSON *hb_json_put_numbers(struct hb_json_writer *writer, cJSON *object, const char *key,
                           const double *values, size_t count)
{
    cJSON *array = hb_json_put_array(writer, object, key);
    for (size_t i = 0; i < count; i++)
        hb_json_put_at_end(writer, array, hb_json_new_double(values[i]));
    return array;
}

void hb_json_put_number(struct hb_json_writer *writer, cJSON *object, const char *key, double value)
{
    hb_json_put(writer, object, key, hb_json_new_double(value));
}

void hb_json_put_u64(struct hb_json_writer *writer, cJSON *object, const char *key, uint64_t value)
{
    hb_json_put(writer, object, key, hb_json_new_u64(value));
}

void hb_json_put_text(struct hb_json_writer *writer, cJSON *object, const char *key,
                      const char *value)
{
    writer->failed |= !cJSON_AddStringToObject(object, key, value);
}

void hb_json_put_text_or_null(struct hb_json_writer *writer, cJSON *object, const char *key,
                              const char *value)
{
    if (value[0])
        hb_json_put_text(writer, object, key, value);
    else
        hb_json_put_null(writer, object, key);
}

void hb_json_put_null(struct hb_json_writer *writer, cJSON *object, const char *key)
{
    writer->failed |= !cJSON_AddNullToObject(object, key);
}

void hb_json_put_boolean(struct hb_json_writer *writer, cJSON *object, const char *key, bool value)
{
    writer->failed |= !cJSON_AddBoolToObject(object, key, value);
}

cJSON *hb_json_built(const struct hb_json_writer *writer, cJSON *root)
{
    if (!writer->failed)
        return root;
    cJSON_Delete(root);
    return NULL;
}
