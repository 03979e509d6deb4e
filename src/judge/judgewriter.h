/* What the sections of a result that are computed are written with: one failure anywhere fails the
 * whole section. Knows nothing of what is judged.
 * Read next: judge_json.c, soak_json.c, src/report/compare_json.c. */
#ifndef HB_JUDGE_JUDGEWRITER_H
#define HB_JUDGE_JUDGEWRITER_H

#include "result/jsontext.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* cJSON's Add functions return NULL without memory; one failure anywhere fails the whole. */
struct hb_judge_writer {
    bool failed;
};

static inline cJSON *hb_judge_object(struct hb_judge_writer *writer, cJSON *parent, const char *key)
{
    cJSON *object = cJSON_AddObjectToObject(parent, key);
    writer->failed |= !object;
    return object;
}

static inline void hb_judge_number(struct hb_judge_writer *writer, cJSON *parent, const char *key,
                                   double value)
{
    cJSON *item = hb_json_new_double(value);
    if (!item || !cJSON_AddItemToObject(parent, key, item)) {
        cJSON_Delete(item);
        writer->failed = true;
    }
}

static inline void hb_judge_text(struct hb_judge_writer *writer, cJSON *parent, const char *key,
                                 const char *value)
{
    writer->failed |= !cJSON_AddStringToObject(parent, key, value);
}

static inline void hb_judge_boolean(struct hb_judge_writer *writer, cJSON *parent, const char *key,
                                    bool value)
{
    writer->failed |= !cJSON_AddBoolToObject(parent, key, value);
}

static inline cJSON *hb_judge_array(struct hb_judge_writer *writer, cJSON *parent, const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(parent, key);
    writer->failed |= !array;
    return array;
}

/* A new object at the end of an array; NULL without memory. */
static inline cJSON *hb_judge_object_at_end(struct hb_judge_writer *writer, cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object && cJSON_AddItemToArray(array, object))
        return object;
    cJSON_Delete(object);
    writer->failed = true;
    return NULL;
}

#endif
