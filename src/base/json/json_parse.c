/* Strict reading of JSON (RFC 8259) into cJSON's trees: hb_json_parse_source of json.h. cJSON's own
 * parser is too lenient (control characters, leading zeros, duplicate keys, broken UTF-8) and keeps
 * its last error in a variable of all threads. Recursion is bounded by DEPTH_MAX, so a text of
 * brackets cannot end the stack.
 * Read next: json_value.c (messages about places in the text). */
#include "base/json/json.h"

#include "base/utf8.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX    64
#define NUMBER_MAX   63                 /* characters */
#define VALUES_MAX   ((size_t)32 << 20) /* each costs 64 bytes of memory */
#define EXACT_DIGITS 15                 /* so many a double holds */

struct parser {
    const char *text;
    size_t at, size, values;
    unsigned depth;
    size_t fault;        /* offset of the first byte that is not JSON */
    const char *problem; /* what is wrong there; NULL after a failure: no memory */
};

static int parse_value(struct parser *p, cJSON *node);

/* --- bytes ----------------------------------------------------------------------------------- */

/* -1 when nothing is left, which no test for a character matches. */
static int peek(const struct parser *p)
{
    return p->at < p->size ? (unsigned char)p->text[p->at] : -1;
}

static int fault_at(struct parser *p, size_t offset, const char *problem)
{
    p->fault = offset;
    p->problem = problem;
    return -1;
}

static int fault(struct parser *p, const char *problem)
{
    return fault_at(p, p->at, problem);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_space(struct parser *p)
{
    while (p->at < p->size && is_space(p->text[p->at]))
        p->at++;
}

static bool accept(struct parser *p, char c)
{
    const bool there = peek(p) == c;
    p->at += there;
    return there;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* --- numbers --------------------------------------------------------------------------------- */

static int scan_digits(struct parser *p)
{
    if (!is_digit(peek(p)))
        return fault(p, "expected a digit");
    while (is_digit(peek(p)))
        p->at++;
    return 0;
}

static int scan_exponent(struct parser *p)
{
    p->at++;
    if (!accept(p, '+'))
        (void)accept(p, '-');
    return scan_digits(p);
}

static int scan_number(struct parser *p)
{
    (void)accept(p, '-');
    if (accept(p, '0')) {
        if (is_digit(peek(p)))
            return fault(p, "a number cannot begin with a zero and go on");
    } else if (scan_digits(p) != 0) {
        return -1;
    }
    if (accept(p, '.') && scan_digits(p) != 0)
        return -1;
    return peek(p) == 'e' || peek(p) == 'E' ? scan_exponent(p) : 0;
}

/* Most numbers are whole and short: their digits are their value. */
static double number_of(const char *text, size_t length)
{
    char copy[NUMBER_MAX + 1];
    uint64_t whole = 0;
    size_t digits = 0;
    for (; digits < length && digits < EXACT_DIGITS && is_digit(text[digits]); digits++)
        whole = 10 * whole + (uint64_t)(text[digits] - '0');
    if (digits == length)
        return (double)whole;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *point = strchr(copy, '.');
    if (point)
        *point = *localeconv()->decimal_point; /* strtod's */
    return strtod(copy, NULL);
}

static int parse_number(struct parser *p, cJSON *node)
{
    const size_t start = p->at;
    if (scan_number(p) != 0)
        return -1;
    if (p->at - start > NUMBER_MAX)
        return fault_at(p, start, "a number has more than 63 characters");
    node->type = cJSON_Number;
    node->valuedouble = number_of(p->text + start, p->at - start);
    return 0;
}

/* --- strings --------------------------------------------------------------------------------- */

static int hex_value(int c)
{
    if (is_digit(c))
        return c - '0';
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hex digits after "\u"; their value, or -1. */
static int parse_unit(struct parser *p)
{
    int unit = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        const int digit = hex_value(peek(p));
        if (digit < 0)
            return fault(p, "expected four hexadecimal digits after \\u");
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Code point as UTF-8. */
static void put_code(unsigned long code, char **to)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; code >>= 6)
        (*to)[i] = (char)(0x80 | (code & 0x3f));
    (*to)[0] = (char)(leads[length] | code);
    *to += length;
}

/* After "\u". */
static int parse_unicode(struct parser *p, char **to)
{
    const size_t start = p->at - 2;
    const int unit = parse_unit(p);
    if (unit < 0)
        return -1;
    if (unit == 0)
        return fault_at(p, start, "\\u0000 cannot stand in a text");
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
        put_code((unsigned long)unit, to);
        return 0;
    }
    if (is_low_surrogate(unit) || !accept(p, '\\') || !accept(p, 'u'))
        return fault_at(p, start, "half of a surrogate pair");
    const int low = parse_unit(p);
    if (low < 0)
        return -1;
    if (!is_low_surrogate(low))
        return fault_at(p, start, "half of a surrogate pair");
    put_code(0x10000ul + ((unsigned long)(unit - 0xd800) << 10) + (unsigned long)(low - 0xdc00),
             to);
    return 0;
}

static int parse_escape(struct parser *p, char **to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    p->at++;
    if (accept(p, 'u'))
        return parse_unicode(p, to);
    const int c = peek(p);
    const char *letter = c > 0 ? strchr(letters, c) : NULL;
    if (!letter)
        return fault(p, "expected one of \" \\ / b f n r t u after a backslash");
    *(*to)++ = meanings[letter - letters];
    p->at++;
    return 0;
}

static void copy(struct parser *p, size_t length, char **to)
{
    memcpy(*to, p->text + p->at, length);
    *to += length;
    p->at += length;
}

static int parse_character(struct parser *p, char **to)
{
    const int c = peek(p);
    if (c < 0)
        return fault(p, "the text ends inside a string");
    if (c == '\\')
        return parse_escape(p, to);
    if (c < 0x20)
        return fault(p, "a control character in a string; expected an escape such as \\n");
    const size_t length = hb_utf8_length(p->text + p->at, p->size - p->at);
    if (length == 0)
        return fault(p, "not UTF-8");
    copy(p, length, to);
    return 0;
}

/* What most texts are made of, and needs no second look. */
static size_t plain_length(const struct parser *p)
{
    size_t end = p->at;
    while (end < p->size && p->text[end] >= 0x20 && p->text[end] < 0x7f && p->text[end] != '"' &&
           p->text[end] != '\\')
        end++;
    return end - p->at;
}

/* Bytes up to the closing quote, or to the end of the text: no escape stands for more than it has.
 */
static size_t room_for_string(const struct parser *p)
{
    size_t end = p->at;
    while (end < p->size && p->text[end] != '"')
        end += p->text[end] == '\\' ? 2 : 1;
    return end - p->at;
}

/* *string is the tree's as soon as it is there. */
static int parse_string(struct parser *p, char **string)
{
    p->at++;
    const size_t plain = plain_length(p);
    const bool is_plain = p->at + plain < p->size && p->text[p->at + plain] == '"';
    char *to = *string = cJSON_malloc((is_plain ? plain : room_for_string(p)) + 1);
    if (!to)
        return -1;
    *to = '\0';
    for (copy(p, plain, &to); !accept(p, '"'); copy(p, plain_length(p), &to)) {
        if (parse_character(p, &to) != 0)
            return -1;
    }
    *to = '\0';
    return 0;
}

/* --- values ---------------------------------------------------------------------------------- */

/* A child of parent after `last`, part of the tree before it has a value: what was read of a text
 * that ends in a fault goes with the root. */
static cJSON *add_child(cJSON *parent, cJSON *last)
{
    cJSON *node = cJSON_malloc(sizeof *node);
    if (!node)
        return NULL;
    *node = (cJSON){.prev = last};
    if (last)
        last->next = node;
    else
        parent->child = node;
    parent->child->prev = node; /* cJSON's: the end of the list */
    return node;
}

static int parse_key(struct parser *p, cJSON *node)
{
    if (peek(p) != '"')
        return fault(p, "expected a key in double quotes");
    if (parse_string(p, &node->string) != 0)
        return -1;
    skip_space(p);
    if (!accept(p, ':'))
        return fault(p, "expected ':' after a key");
    skip_space(p);
    return 0;
}

static int parse_children(struct parser *p, cJSON *parent, char end)
{
    const bool is_object = end == '}';
    cJSON *node = NULL;
    p->at++;
    skip_space(p);
    if (accept(p, end))
        return 0;
    for (;;) {
        node = add_child(parent, node);
        if (!node || (is_object && parse_key(p, node) != 0) || parse_value(p, node) != 0)
            return -1;
        if (accept(p, end))
            return 0;
        if (!accept(p, ','))
            return fault(p, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
        skip_space(p);
    }
}

static int parse_container(struct parser *p, cJSON *node, int type, char end)
{
    node->type = type;
    if (p->depth == DEPTH_MAX)
        return fault(p, "more than 64 levels of nesting");
    p->depth++;
    const int result = parse_children(p, node, end);
    p->depth--;
    return result;
}

static int parse_word(struct parser *p, cJSON *node, const char *word, int type)
{
    const size_t length = strlen(word);
    if (p->size - p->at < length || memcmp(p->text + p->at, word, length) != 0)
        return fault(p, "expected a value");
    p->at += length;
    node->type = type;
    return 0;
}

static int parse_by_first_byte(struct parser *p, cJSON *node)
{
    switch (peek(p)) {
    case -1:
        return fault(p, "the text ends where a value is expected");
    case '{':
        return parse_container(p, node, cJSON_Object, '}');
    case '[':
        return parse_container(p, node, cJSON_Array, ']');
    case '"':
        node->type = cJSON_String;
        return parse_string(p, &node->valuestring);
    case 't':
        return parse_word(p, node, "true", cJSON_True);
    case 'f':
        return parse_word(p, node, "false", cJSON_False);
    case 'n':
        return parse_word(p, node, "null", cJSON_NULL);
    default:
        return is_digit(peek(p)) || peek(p) == '-' ? parse_number(p, node)
                                                   : fault(p, "expected a value");
    }
}

/* A value and the white space after it. Where it begins is kept for messages, in the place of
 * cJSON that nothing else uses. */
static int parse_value(struct parser *p, cJSON *node)
{
    node->valueint = (int)p->at;
    if (++p->values > VALUES_MAX)
        return fault(p, "more than 32 Mi values");
    if (parse_by_first_byte(p, node) != 0)
        return -1;
    skip_space(p);
    return 0;
}

/* --- what the grammar alone does not forbid -------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const cJSON *const *left = a, *const *right = b;
    return strcmp((*left)->string, (*right)->string);
}

/* Members sorted by key, to be freed; NULL when there is no memory. */
static const cJSON **sorted_members(const cJSON *object, size_t *count)
{
    *count = (size_t)cJSON_GetArraySize(object);
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

/* --- the whole ------------------------------------------------------------------------------- */

static int parse_text(struct parser *p, cJSON *root)
{
    skip_space(p);
    if (parse_value(p, root) != 0)
        return -1;
    return p->at == p->size ? 0 : fault(p, "expected nothing more after the value");
}

static int syntax_fault(const struct hb_json_source *source, const struct parser *p,
                        struct hb_err *err)
{
    unsigned long line, column;
    if (!p->problem)
        return hb_err_memory(err, source->path);
    hb_json_line_column(source, p->fault, &line, &column);
    return hb_err_set(err, HB_ERR_USAGE, "%s:%lu:%lu: not JSON: %s", source->path, line, column,
                      p->problem);
}

cJSON *hb_json_parse_source(struct hb_json_source *source, struct hb_err *err)
{
    struct parser p = {.text = source->text, .size = source->size};
    cJSON *root = cJSON_CreateNull();
    source->root = NULL;
    int result = root ? parse_text(&p, root) : -1;
    if (result != 0)
        (void)syntax_fault(source, &p, err);
    source->root = result == 0 ? root : NULL;
    if (result == 0)
        result = check_tree(source, root, err);
    if (result == 0)
        return root;
    source->root = NULL;
    cJSON_Delete(root);
    return NULL;
}
