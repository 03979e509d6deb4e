/* Messages about places in a JSON text: hb_json_fault and hb_json_line of json.h. Every node knows
 * where its value begins (json_parse.c); line and column are counted when a message asks. */
#include "base/json/json.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Back over white space, the colon and the key, whose own quotes all have a backslash before. */
static size_t key_offset(const char *text, size_t value)
{
    size_t at = value - 1;
    while (is_space(text[at]) || text[at] == ':')
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
