/* Values of JSON nodes, checked, and messages about their places: the functions of json.h about a
 * node. Every node knows where its value begins (json_parse.c); line and column are counted when a
 * message asks. */
#include "base/json/json.h"
#include "base/quote.h"
#include "base/unit.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hb_json_kind(const cJSON *node)
{
    if (cJSON_IsNull(node))
        return "null";
    if (cJSON_IsBool(node))
        return "true or false";
    if (cJSON_IsNumber(node))
        return "a number";
    if (cJSON_IsString(node))
        return "a string";
    return cJSON_IsArray(node) ? "an array" : "an object";
}

static int wrong_kind(const struct hb_json_source *source, const cJSON *node, const char *expected,
                      struct hb_err *err)
{
    return hb_json_fault(source, node, HB_JSON_AT_VALUE, err, "expected %s, found %s", expected,
                         hb_json_kind(node));
}

int hb_json_expect_object(const struct hb_json_source *source, const cJSON *node,
                          struct hb_err *err)
{
    return cJSON_IsObject(node) ? 0 : wrong_kind(source, node, "an object", err);
}

int hb_json_expect_array(const struct hb_json_source *source, const cJSON *node, struct hb_err *err)
{
    return cJSON_IsArray(node) ? 0 : wrong_kind(source, node, "an array", err);
}

static bool whole_number(const cJSON *node, uint64_t *value)
{
    const double number = node->valuedouble;
    if (!(number >= 0 && number <= HB_JSON_WHOLE_MAX) || number != floor(number))
        return false;
    *value = (uint64_t)number;
    return true;
}

static bool is_digits(const char *text, uint64_t *value)
{
    const char *end = hb_unit_read_digits(text, value);
    return end && *end == '\0';
}

int hb_json_get_u64(const struct hb_json_source *source, const cJSON *node, uint64_t min,
                    uint64_t max, uint64_t *value, struct hb_err *err)
{
    uint64_t read = 0;
    bool fits = false;
    if (cJSON_IsNumber(node))
        fits = whole_number(node, &read);
    else if (cJSON_IsString(node))
        fits = is_digits(node->valuestring, &read);
    else
        return wrong_kind(source, node, "a whole number", err);
    if (!fits || read < min || read > max)
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "expected a whole number from %" PRIu64 " to %" PRIu64 ", found %s",
                             min, max,
                             cJSON_IsString(node) ? hb_quote(node->valuestring).text
                                                  : hb_format_double(node->valuedouble).text);
    *value = read;
    return 0;
}

int hb_json_get_double(const struct hb_json_source *source, const cJSON *node, double min,
                       double max, double *value, struct hb_err *err)
{
    if (!cJSON_IsNumber(node))
        return wrong_kind(source, node, "a number", err);
    if (node->valuedouble < min && isinf(max))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "expected a number of at least %s, found %s",
                             hb_format_double(min).text, hb_format_double(node->valuedouble).text);
    if (!(node->valuedouble >= min && node->valuedouble <= max))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "expected a number from %s to %s, found %s",
                             hb_format_double(min).text, hb_format_double(max).text,
                             hb_format_double(node->valuedouble).text);
    *value = node->valuedouble;
    return 0;
}

int hb_json_get_bool(const struct hb_json_source *source, const cJSON *node, bool *value,
                     struct hb_err *err)
{
    if (!cJSON_IsBool(node))
        return wrong_kind(source, node, "true or false", err);
    *value = cJSON_IsTrue(node);
    return 0;
}

int hb_json_get_text(const struct hb_json_source *source, const cJSON *node, char *text,
                     size_t text_bytes, struct hb_err *err)
{
    if (!cJSON_IsString(node))
        return wrong_kind(source, node, "a string", err);
    const size_t size = strlen(node->valuestring);
    if (size >= text_bytes)
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "the text has %zu bytes; expected at most %zu", size, text_bytes - 1);
    memcpy(text, node->valuestring, size + 1);
    return 0;
}

const cJSON *hb_json_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const cJSON *hb_json_require(const struct hb_json_source *source, const cJSON *object,
                             const char *key, struct hb_err *err)
{
    const cJSON *member = hb_json_member(object, key);
    if (!member)
        (void)hb_json_fault(source, object, HB_JSON_AT_VALUE, err, "the key \"%s\" is missing",
                            key);
    return member;
}

int hb_json_require_u64(const struct hb_json_source *source, const cJSON *object, const char *key,
                        uint64_t max, uint64_t *value, struct hb_err *err)
{
    const cJSON *node = hb_json_require(source, object, key, err);
    return node ? hb_json_get_u64(source, node, 0, max, value, err) : -1;
}

cJSON *hb_json_new_u64(uint64_t value)
{
    if ((double)value <= HB_JSON_WHOLE_MAX)
        return cJSON_CreateNumber((double)value);
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    return cJSON_CreateString(digits);
}

cJSON *hb_json_new_double(double value)
{
    return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

#define WHERE_BYTES 320 /* of a path such as jobs[3].metrics.ns_per_op in a message */

void hb_json_line_column(const struct hb_json_source *source, size_t offset, unsigned long *line,
                         unsigned long *column)
{
    *line = source->first_line > 1 ? source->first_line : 1;
    *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (source->text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)source->text[i] & 0xc0u) != 0x80u) {
            ++*column;
        }
    }
}

/* Back over white space, the colon and the key, whose own quotes all have a backslash before. */
static size_t key_offset(const char *text, size_t value)
{
    size_t at = value - 1;
    while (strchr(" \n\t\r:", text[at]))
        at--;
    do
        at--;
    while (text[at] != '"' || text[at - 1] == '\\');
    return at;
}

/* False where the text is not known. */
static bool find_place(const struct hb_json_source *source, const cJSON *node, enum hb_json_at at,
                       unsigned long *line, unsigned long *column)
{
    if (!source->text || !source->root)
        return false;
    const size_t value = (size_t)node->valueint;
    const bool is_key = at == HB_JSON_AT_KEY && node->string;
    hb_json_line_column(source, is_key ? key_offset(source->text, value) : value, line, column);
    return true;
}

unsigned long hb_json_line(const struct hb_json_source *source, const cJSON *node,
                           enum hb_json_at at)
{
    unsigned long line, column;
    return find_place(source, node, at, &line, &column) ? line : 0;
}

static int step_text(const cJSON *parent, const cJSON *child, size_t index, bool first, char *text,
                     size_t text_bytes)
{
    if (cJSON_IsArray(parent))
        return snprintf(text, text_bytes, "[%zu]", index);
    return snprintf(text, text_bytes, "%s%s", first ? "" : ".", child->string);
}

/* Writes the path from node down to wanted; true when it is there. What does not fit is cut. */
static bool write_where(const cJSON *node, const cJSON *wanted, char *text, size_t text_bytes,
                        size_t at)
{
    if (node == wanted)
        return true;
    size_t index = 0;
    for (const cJSON *child = node->child; child; child = child->next, index++) {
        const int length = step_text(node, child, index, at == 0, text + at, text_bytes - at);
        const size_t next = at + (length > 0 ? (size_t)length : 0);
        if (write_where(child, wanted, text, text_bytes, next < text_bytes ? next : text_bytes - 1))
            return true;
    }
    text[at] = '\0';
    return false;
}

/* "path:line:column: where: ", as much of it as is known. */
static void write_place(const struct hb_json_source *source, const cJSON *node, enum hb_json_at at,
                        struct hb_buf *out)
{
    char where[WHERE_BYTES] = "";
    unsigned long line, column;
    (void)hb_buf_printf(out, "%s:", source->path);
    if (find_place(source, node, at, &line, &column))
        (void)hb_buf_printf(out, "%lu:%lu:", line, column);
    if (source->root && write_where(source->root, node, where, sizeof where, 0) && where[0])
        (void)hb_buf_printf(out, " %s:", where);
}

int hb_json_fault(const struct hb_json_source *source, const cJSON *node, enum hb_json_at at,
                  struct hb_err *err, const char *format, ...)
{
    char text[900];
    struct hb_buf message = {0};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_place(source, node, at, &message);
    (void)hb_buf_printf(&message, " %s", text);
    if (message.bytes) /* keys and paths are foreign text; a message is one line */
        hb_hide_controls_from(&message, 0);
    (void)hb_err_set(err, HB_ERR_USAGE, "%s", hb_buf_string(&message));
    hb_buf_free(&message);
    return -1;
}
