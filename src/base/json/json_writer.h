/* Trees that are built member by member. One failure anywhere fails the whole, so that only its end
 * asks: cJSON's own functions refuse a NULL parent, and so do these.
 * Read next: json_fields.h (a struct's fields at once), src/judge/judge_json.c (a user). */
#ifndef HB_BASE_JSON_JSON_WRITER_H
#define HB_BASE_JSON_JSON_WRITER_H

#include "base/json/json.h"

struct hb_json_writer {
    bool failed; /* there was no memory */
};

/* Takes item over, also on failure, which a NULL item or parent is. */
void hb_json_put(struct hb_json_writer *writer, cJSON *object, const char *key, cJSON *item);
void hb_json_put_at_end(struct hb_json_writer *writer, cJSON *array, cJSON *item);

/* A new member, or item; NULL without memory. */
cJSON *hb_json_put_object(struct hb_json_writer *writer, cJSON *object, const char *key);
cJSON *hb_json_put_array(struct hb_json_writer *writer, cJSON *object, const char *key);
cJSON *hb_json_put_object_at_end(struct hb_json_writer *writer, cJSON *array);

void hb_json_put_number(struct hb_json_writer *writer, cJSON *object, const char *key,
                        double value); /* null when not finite */
void hb_json_put_u64(struct hb_json_writer *writer, cJSON *object, const char *key, uint64_t value);
void hb_json_put_text(struct hb_json_writer *writer, cJSON *object, const char *key,
                      const char *value);
void hb_json_put_text_or_null(struct hb_json_writer *writer, cJSON *object, const char *key,
                              const char *value); /* "" is null */
void hb_json_put_null(struct hb_json_writer *writer, cJSON *object, const char *key);
void hb_json_put_boolean(struct hb_json_writer *writer, cJSON *object, const char *key, bool value);

/* The root, or NULL when something failed: it is deleted then. */
cJSON *hb_json_built(const struct hb_json_writer *writer, cJSON *root);

#endif
