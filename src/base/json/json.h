/* JSON text to cJSON trees and back, strictly: what is read is RFC 8259 and nothing else, what is
 * written gives every number back to the last bit. Knows nothing of results or profiles.
 * Read next: json_fields.h (structs), src/result/session_json.h (its user). */
#ifndef HB_BASE_JSON_JSON_H
#define HB_BASE_JSON_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_JSON_WHOLE_MAX 9007199254740991.0 /* 2^53 - 1: beyond it doubles have holes */

/* A text and the tree that was read from it: what messages about a value need.
 * text may be NULL (a tree that was built): messages then have no line. */
struct hb_json_source {
    const char *path; /* for messages */
    const char *text;
    size_t size;              /* below 2 GiB */
    unsigned long first_line; /* of text in its file; 0 is taken as 1 */
    const cJSON *root;
};

/* The tree of the source's text, or NULL; source->root is it as well. Refused, with
 * file:line:column and what was expected: anything but one value with white space around it, NUL
 * bytes and \u0000, invalid UTF-8, lone surrogates, numbers out of a double's range or longer than
 * 63 characters, a key given twice, more than 64 levels, more than 32 Mi values. Free with
 * cJSON_Delete. */
cJSON *hb_json_parse_source(struct hb_json_source *source, struct hb_err *err);

enum hb_json_at { HB_JSON_AT_VALUE = 0, HB_JSON_AT_KEY };

/* Sets an HB_ERR_USAGE "path:line:column: jobs[3].metrics.ns_per_op: ..." about a node of
 * source->root and returns -1. */
int hb_json_fault(const struct hb_json_source *source, const cJSON *node, enum hb_json_at at,
                  struct hb_err *err, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Line of a node in its file, from 1; 0 when source has no text. Costs a walk over the text. */
unsigned long hb_json_line(const struct hb_json_source *source, const cJSON *node,
                           enum hb_json_at at);

/* Line in its file and column (in characters, both from 1) of a byte of the source's text. */
void hb_json_line_column(const struct hb_json_source *source, size_t offset, unsigned long *line,
                         unsigned long *column);

/* "a string", "a number", ...: what a node is. */
const char *hb_json_kind(const cJSON *node);

/* Values of nodes. 0, or -1 with what was expected and found. Integers beyond 2^53 - 1 are
 * strings of decimal digits in our files, and both forms are accepted. */
int hb_json_get_u64(const struct hb_json_source *source, const cJSON *node, uint64_t min,
                    uint64_t max, uint64_t *value, struct hb_err *err);
int hb_json_get_double(const struct hb_json_source *source, const cJSON *node, double min,
                       double max, double *value, struct hb_err *err);
int hb_json_get_bool(const struct hb_json_source *source, const cJSON *node, bool *value,
                     struct hb_err *err);
/* Copies; refuses text longer than text_bytes - 1 bytes. */
int hb_json_get_text(const struct hb_json_source *source, const cJSON *node, char *text,
                     size_t text_bytes, struct hb_err *err);
int hb_json_expect_object(const struct hb_json_source *source, const cJSON *node,
                          struct hb_err *err);
int hb_json_expect_array(const struct hb_json_source *source, const cJSON *node,
                         struct hb_err *err);

/* The member with this key, case and all, or NULL; with a message when required. */
const cJSON *hb_json_member(const cJSON *object, const char *key);
const cJSON *hb_json_require(const struct hb_json_source *source, const cJSON *object,
                             const char *key, struct hb_err *err);

/* The two in one: a required whole number from 0 to max. */
int hb_json_require_u64(const struct hb_json_source *source, const cJSON *object, const char *key,
                        uint64_t max, uint64_t *value, struct hb_err *err);

/* A number when every JSON reader holds it exactly, else a string of digits. NULL: no memory. */
cJSON *hb_json_new_u64(uint64_t value);
/* null when not finite. NULL: no memory. */
cJSON *hb_json_new_double(double value);

/* Adds the text of a tree to *out. pretty: two spaces a level, arrays of numbers and strings on one
 * line, a newline at the end; else all on one line, without one. Numbers as hb_format_double; bytes
 * that are not UTF-8 become '?'. 0, or -1 when there is no memory. */
int hb_json_print(const cJSON *root, bool pretty, struct hb_buf *out, struct hb_err *err);

/* Prints a tree that was built, pretty, and deletes it. -1 when building failed for want of memory,
 * which a NULL root is taken for too. */
int hb_json_finish(cJSON *root, bool failed, struct hb_buf *out, struct hb_err *err);

#endif
