/* JSON trees as text: hb_json_print of json.h.
 * cJSON's own printer takes 15 digits when they are "near enough", which loses the last bits of a
 * double and makes 2^53 - 1 another number; and it would put 400 slices on 400 lines. */
#include "base/json/json.h"
#include "base/unit.h"
#include "base/utf8.h"

#include <string.h>

struct printer {
    struct hb_buf *out;
    bool pretty;
};

static void print_value(const struct printer *p, const cJSON *node, unsigned level);

static void print_control(struct hb_buf *out, char c)
{
    static const char names[] = "\b\t\n\f\r", letters[] = "btnfr";
    const char *name = strchr(names, c);
    if (name && c)
        (void)hb_buf_printf(out, "\\%c", letters[name - names]);
    else
        (void)hb_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

static void print_character(struct hb_buf *out, const char *text, size_t length)
{
    const unsigned char c = (unsigned char)*text;
    if (length == 0)
        (void)hb_buf_char(out, '?');
    else if (c < 0x20)
        print_control(out, *text);
    else if (hb_utf8_is_control(text, length)) /* nothing that a terminal would obey */
        (void)hb_buf_printf(out, "\\u%04lx", hb_utf8_code(text, length));
    else {
        if (c == '"' || c == '\\')
            (void)hb_buf_char(out, '\\');
        (void)hb_buf_add(out, text, length);
    }
}

static void print_string(struct hb_buf *out, const char *text)
{
    (void)hb_buf_char(out, '"');
    for (size_t left = strlen(text); left > 0;) {
        const size_t length = hb_utf8_length(text, left);
        const size_t step = length ? length : 1;
        print_character(out, text, length);
        text += step;
        left -= step;
    }
    (void)hb_buf_char(out, '"');
}

static void new_line(const struct printer *p, unsigned level)
{
    if (p->pretty)
        (void)hb_buf_printf(p->out, "\n%*s", (int)(2 * level), "");
}

/* Of nothing but numbers and strings. */
static bool is_flat_array(const cJSON *node)
{
    if (!cJSON_IsArray(node))
        return false;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (!cJSON_IsNumber(child) && !cJSON_IsString(child))
            return false;
    }
    return true;
}

static void print_flat(const struct printer *p, const cJSON *node)
{
    (void)hb_buf_char(p->out, '[');
    for (const cJSON *child = node->child; child; child = child->next) {
        print_value(p, child, 0);
        if (child->next)
            (void)hb_buf_text(p->out, p->pretty ? ", " : ",");
    }
    (void)hb_buf_char(p->out, ']');
}

static void print_children(const struct printer *p, const cJSON *node, unsigned level,
                           const char brackets[2])
{
    (void)hb_buf_char(p->out, brackets[0]);
    for (const cJSON *child = node->child; child; child = child->next) {
        new_line(p, level + 1);
        if (cJSON_IsObject(node)) {
            print_string(p->out, child->string);
            (void)hb_buf_text(p->out, p->pretty ? ": " : ":");
        }
        print_value(p, child, level + 1);
        if (child->next)
            (void)hb_buf_char(p->out, ',');
    }
    if (node->child)
        new_line(p, level);
    (void)hb_buf_char(p->out, brackets[1]);
}

static void print_value(const struct printer *p, const cJSON *node, unsigned level)
{
    if (cJSON_IsNumber(node))
        (void)hb_buf_text(p->out, hb_format_double(node->valuedouble).text);
    else if (cJSON_IsString(node))
        print_string(p->out, node->valuestring);
    else if (cJSON_IsBool(node))
        (void)hb_buf_text(p->out, cJSON_IsTrue(node) ? "true" : "false");
    else if (is_flat_array(node))
        print_flat(p, node);
    else if (cJSON_IsArray(node))
        print_children(p, node, level, "[]");
    else if (cJSON_IsObject(node))
        print_children(p, node, level, "{}");
    else
        (void)hb_buf_text(p->out, "null");
}

int hb_json_print(const cJSON *root, bool pretty, struct hb_buf *out, struct hb_err *err)
{
    const struct printer p = {.out = out, .pretty = pretty};
    print_value(&p, root, 0);
    if (pretty)
        (void)hb_buf_char(out, '\n');
    return hb_buf_check(out, err);
}

int hb_json_finish(cJSON *root, bool failed, struct hb_buf *out, struct hb_err *err)
{
    const int status = failed || !root
                           ? hb_err_set(err, HB_ERR_SYSTEM, "no memory for the result as JSON")
                           : hb_json_print(root, true, out, err);
    cJSON_Delete(root);
    return status;
}
