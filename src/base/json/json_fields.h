/* One description of a struct's fields for both directions, so that what is written is what is
 * read: tables of key, kind and place.
 * Read next: src/result/session_json.c (a table). */
#ifndef HB_BASE_JSON_JSON_FIELDS_H
#define HB_BASE_JSON_JSON_FIELDS_H

#include "base/json/json_writer.h"

#include <stddef.h>

enum hb_json_field_kind {
    HB_FIELD_TEXT,         /* char[size] */
    HB_FIELD_TEXT_OR_NULL, /* the same; "" is null */
    HB_FIELD_OWNED_TEXT,   /* char *; NULL is null */
    HB_FIELD_U32,
    HB_FIELD_U64,
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
