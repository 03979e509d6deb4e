/* Trees that are built member by member: see json_writer.h. */
#include "base/json/json_writer.h"

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
