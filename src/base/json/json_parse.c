/* Strict reading of JSON into cJSON's trees, and messages about places in them: see json.h.
 * cJSON alone is too lenient (control characters, leading zeros, duplicate keys, broken UTF-8), so
 * the scanner judges the text first. Positions are not stored: the n-th value of the text is the
 * n-th node of the tree, and only messages ask. */
#include "base/json/json.h"

#include "base/json/json_scan.h"
#include "base/quote.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE_BYTES 320 /* of a path such as jobs[3].metrics.ns_per_op in a message */

static void place(const struct hb_json_source *source, size_t offset, unsigned long *line,
                  unsigned long *column)
{
    hb_json_line_column(source->text, offset, line, column);
    if (source->first_line > 1)
        *line += source->first_line - 1;
}

static int syntax_fault(const struct hb_json_source *source, const struct hb_json_scan *scan,
                        struct hb_err *err)
{
    unsigned long line, column;
    place(source, scan->fault, &line, &column);
    return hb_err_set(err, HB_ERR_USAGE, "%s:%lu:%lu: not JSON: %s", source->path, line, column,
                      scan->problem);
}

/* --- where a node is ------------------------------------------------------------------------- */

/* Counts nodes in the order their text begins; true when wanted was met, *ordinal is then its. */
static bool find_ordinal(const cJSON *node, const cJSON *wanted, size_t *ordinal)
{
    if (node == wanted)
        return true;
    ++*ordinal;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (find_ordinal(child, wanted, ordinal))
            return true;
    }
    return false;
}

static bool find_offset(const struct hb_json_source *source, const cJSON *node, enum hb_json_at at,
                        size_t *offset)
{
    struct hb_json_scan scan = {.text = source->text, .size = source->size};
    if (!source->text || !source->root || !find_ordinal(source->root, node, &scan.wanted) ||
        hb_json_scan(&scan) != 0)
        return false;
    const bool key = at == HB_JSON_AT_KEY && scan.spot.key != HB_JSON_NOWHERE;
    *offset = key ? scan.spot.key : scan.spot.value;
    return *offset != HB_JSON_NOWHERE;
}

unsigned long hb_json_line(const struct hb_json_source *source, const cJSON *node,
                           enum hb_json_at at)
{
    size_t offset;
    unsigned long line, column;
    if (!find_offset(source, node, at, &offset))
        return 0;
    place(source, offset, &line, &column);
    return line;
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
    size_t offset;
    unsigned long line, column;
    (void)hb_buf_printf(out, "%s:", source->path);
    if (find_offset(source, node, at, &offset)) {
        place(source, offset, &line, &column);
        (void)hb_buf_printf(out, "%lu:%lu:", line, column);
    }
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

/* --- parsing --------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const cJSON *const *left = a, *const *right = b;
    return strcmp((*left)->string, (*right)->string);
}

/* Members sorted by key, to be freed; NULL when there is no memory. */
static const cJSON **sorted_members(const cJSON *object, size_t *count)
{
    *count = 0;
    for (const cJSON *child = object->child; child; child = child->next)
        ++*count;
    const cJSON **members = calloc(*count ? *count : 1, sizeof *members);
    if (!members)
        return NULL;
    size_t i = 0;
    for (const cJSON *child = object->child; child; child = child->next)
        members[i++] = child;
    qsort(members, *count, sizeof *members, by_key);
    return members;
}

static int check_duplicates(const struct hb_json_source *source, const cJSON *object,
                            struct hb_err *err)
{
    size_t count;
    const cJSON **members = sorted_members(object, &count);
    if (!members)
        return hb_err_memory(err, source->path);
    int result = 0;
    for (size_t i = 1; i < count && result == 0; i++) {
        if (strcmp(members[i - 1]->string, members[i]->string) == 0)
            result =
                hb_json_fault(source, members[i], HB_JSON_AT_KEY, err, "the key is there twice");
    }
    free(members);
    return result;
}

/* What the grammar alone does not forbid. */
static int check_tree(const struct hb_json_source *source, const cJSON *node, struct hb_err *err)
{
    if (cJSON_IsNumber(node) && !isfinite(node->valuedouble))
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "the number is out of range (a double holds up to 1.8e308)");
    if (cJSON_IsObject(node) && check_duplicates(source, node, err) != 0)
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (check_tree(source, child, err) != 0)
            return -1;
    }
    return 0;
}

cJSON *hb_json_parse_source(struct hb_json_source *source, struct hb_err *err)
{
    struct hb_json_scan scan = {.text = source->text, .size = source->size};
    scan.wanted = HB_JSON_NOWHERE;
    source->root = NULL;
    if (hb_json_scan(&scan) != 0) {
        (void)syntax_fault(source, &scan, err);
        return NULL;
    }
    cJSON *root = cJSON_ParseWithLength(source->text, source->size);
    if (!root) {
        (void)hb_err_memory(err, source->path);
        return NULL;
    }
    source->root = root;
    if (check_tree(source, root, err) == 0)
        return root;
    source->root = NULL;
    cJSON_Delete(root);
    return NULL;
}
