/* Trees that are built member by member, and one description of a struct's fields for both
 * directions, so that what is written is what is read: tables of key, kind and place.
 * Read next: src/result/session_json.c (tables), src/judge/judge_json.c (members). */
#ifndef HB_BASE_JSON_JSON_FIELDS_H
#define HB_BASE_JSON_JSON_FIELDS_H

#include "base/json/json.h"

#include <stddef.h>

/* One failure anywhere fails the whole, so that only its end asks: cJSON's own functions refuse a
 * NULL parent, and so do these. */
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
cJSON *hb_json_put_numbers(struct hb_json_writer *writer, cJSON *object, const char *key,
                           const double *values, size_t count); /* an array of them */

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

/* ---- structs ---- */

enum hb_json_field_kind {
    HB_FIELD_TEXT,         /* char[size] */
    HB_FIELD_TEXT_OR_NULL, /* the same; "" is null */
    HB_FIELD_OWNED_TEXT,   /* char *; NULL is null; a const char * is written only */
    HB_FIELD_U32,
    HB_FIELD_U64,
    HB_FIELD_SIZE,        /* size_t; written only */
    HB_FIELD_INT_OR_NULL, /* int >= 0; -1 is null */
    HB_FIELD_DOUBLE,      /* NaN is null */
    HB_FIELD_BOOL,
    HB_FIELD_NAME, /* an enum, by names[0..size) */
};

struct hb_json_field {
    const char *key;
    enum hb_json_field_kind kind;
    size_t offset, size;
    const char *const *names;
    bool optional; /* may be missing: it came after the first release; stays what it was */
};

#define HB_FIELD_AS(kind_, type, field, key_)                                                      \
    {                                                                                              \
        .key = (key_), .kind = HB_FIELD_##kind_, .offset = offsetof(type, field),                  \
        .size = sizeof(((type *)0)->field)                                                         \
    }
#define HB_FIELD(kind_, type, field) HB_FIELD_AS(kind_, type, field, #field)
/* One that came after the first release. */
#define HB_FIELD_LATER(kind_, type, field)                                                         \
    {                                                                                              \
        .key = #field, .kind = HB_FIELD_##kind_, .offset = offsetof(type, field),                  \
        .size = sizeof(((type *)0)->field), .optional = true                                       \
    }
#define HB_FIELD_NAMED(type, field, names_, count)                                                 \
    {                                                                                              \
        .key = #field, .kind = HB_FIELD_NAME, .offset = offsetof(type, field), .size = (count),    \
        .names = (names_)                                                                          \
    }

#define HB_TABLE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Adds every field of *from to object. */
void hb_json_put_fields(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_json_field *fields, size_t count, const void *from);

/* Fills *to from a node, which must be an object. -1 with a message; *to is then half filled. */
int hb_json_read_fields(const struct hb_json_source *source, const cJSON *object,
                        const struct hb_json_field *fields, size_t count, void *to,
                        struct hb_err *err);

/* The table's index of a node's text, among names[0..count). -1 with the names listed. */
int hb_json_get_name(const struct hb_json_source *source, const cJSON *node,
                     const char *const *names, size_t count, unsigned *value, struct hb_err *err);

#endif
