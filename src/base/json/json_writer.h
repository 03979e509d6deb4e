/* Trees that are built member by member: one failure anywhere fails the whole.
 * Reads nothing and prints nothing.
 * Read next: src/judge/judge_json.c (its plainest user). */
#ifndef HB_BASE_JSON_JSON_WRITER_H
#define HB_BASE_JSON_JSON_WRITER_H

#include "base/json/json.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* cJSON's Add functions return NULL without memory; one failure anywhere fails the whole. */
struct hb_json_writer {
    bool failed;
};

static inline cJSON *hb_json_put_object(struct hb_json_writer *writer, cJSON *parent,
                                        const char *key)
{
    cJSON *object = cJSON_AddObjectToObject(parent, key);
    writer->failed |= !object;
    return object;
}

static inline void hb_json_put_number(struct hb_json_writer *writer, cJSON *parent, const char *key,
                                      double value)
{
    cJSON *item = hb_json_new_double(value);
    if (!item || !cJSON_AddItemToObject(parent, key, item)) {
        cJSON_Delete(item);
        writer->failed = true;
    }
}

static inline void hb_json_put_text(struct hb_json_writer *writer, cJSON *parent, const char *key,
                                    const char *value)
{
    writer->failed |= !cJSON_AddStringToObject(parent, key, value);
}

static inline void hb_json_put_boolean(struct hb_json_writer *writer, cJSON *parent,
                                       const char *key, bool value)
{
    writer->failed |= !cJSON_AddBoolToObject(parent, key, value);
}

static inline cJSON *hb_json_put_array(struct hb_json_writer *writer, cJSON *parent,
                                       const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(parent, key);
    writer->failed |= !array;
    return array;
}

/* A new object at the end of an array; NULL without memory. */
static inline cJSON *hb_json_put_object_at_end(struct hb_json_writer *writer, cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object && cJSON_AddItemToArray(array, object))
        return object;
    cJSON_Delete(object);
    writer->failed = true;
    return NULL;
}

#endif
