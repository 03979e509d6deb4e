/* The grammar of JSON over text alone: see json_scan.h.
 * Recursion is bounded by HB_JSON_DEPTH_MAX, so a text of brackets cannot end the stack. */
#include "base/json/json_scan.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

struct scanner {
    struct hb_json_scan *out;
    const char *text;
    size_t at, size;
    unsigned depth;
};

static int scan_value(struct scanner *s, size_t key);

/* -1 when nothing is left, which no test for a character matches. */
static int peek(const struct scanner *s)
{
    return s->at < s->size ? (unsigned char)s->text[s->at] : -1;
}

static int fault_at(struct scanner *s, size_t offset, const char *problem)
{
    s->out->fault = offset;
    s->out->problem = problem;
    return -1;
}

static int fault(struct scanner *s, const char *problem)
{
    return fault_at(s, s->at, problem);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_space(struct scanner *s)
{
    while (s->at < s->size && is_space(s->text[s->at]))
        s->at++;
}

static bool accept(struct scanner *s, char c)
{
    const bool there = peek(s) == c;
    s->at += there;
    return there;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int scan_digits(struct scanner *s)
{
    if (!is_digit(peek(s)))
        return fault(s, "expected a digit");
    while (is_digit(peek(s)))
        s->at++;
    return 0;
}

static int scan_exponent(struct scanner *s)
{
    s->at++;
    if (!accept(s, '+'))
        (void)accept(s, '-');
    return scan_digits(s);
}

static int scan_number(struct scanner *s)
{
    const size_t start = s->at;
    (void)accept(s, '-');
    if (accept(s, '0')) {
        if (is_digit(peek(s)))
            return fault(s, "a number cannot begin with a zero and go on");
    } else if (scan_digits(s) != 0) {
        return -1;
    }
    if (accept(s, '.') && scan_digits(s) != 0)
        return -1;
    if ((peek(s) == 'e' || peek(s) == 'E') && scan_exponent(s) != 0)
        return -1;
    if (s->at - start > HB_JSON_NUMBER_MAX)
        return fault_at(s, start, "a number has more than 63 characters");
    return 0;
}

static int hex_value(int c)
{
    if (is_digit(c))
        return c - '0';
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hex digits after "\u"; their value, or -1. */
static int scan_unit(struct scanner *s)
{
    int unit = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        const int digit = hex_value(peek(s));
        if (digit < 0)
            return fault(s, "expected four hexadecimal digits after \\u");
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

/* After "\u". */
static int scan_unicode(struct scanner *s)
{
    const size_t start = s->at - 2;
    const int unit = scan_unit(s);
    if (unit < 0)
        return -1;
    if (unit == 0)
        return fault_at(s, start, "\\u0000 cannot stand in a text");
    if (is_low_surrogate(unit))
        return fault_at(s, start, "half of a surrogate pair");
    if (!is_high_surrogate(unit))
        return 0;
    if (!accept(s, '\\') || !accept(s, 'u'))
        return fault_at(s, start, "half of a surrogate pair");
    const int low = scan_unit(s);
    if (low < 0)
        return -1;
    return is_low_surrogate(low) ? 0 : fault_at(s, start, "half of a surrogate pair");
}

static int scan_escape(struct scanner *s)
{
    s->at++;
    if (accept(s, 'u'))
        return scan_unicode(s);
    const int c = peek(s);
    if (c <= 0 || !strchr("\"\\/bfnrt", c))
        return fault(s, "expected one of \" \\ / b f n r t u after a backslash");
    s->at++;
    return 0;
}

static int scan_character(struct scanner *s)
{
    const int c = peek(s);
    if (c < 0)
        return fault(s, "the text ends inside a string");
    if (c == '\\')
        return scan_escape(s);
    if (c < 0x20)
        return fault(s, "a control character in a string; expected an escape such as \\n");
    const size_t length = hb_utf8_length(s->text + s->at, s->size - s->at);
    if (length == 0)
        return fault(s, "not UTF-8");
    s->at += length;
    return 0;
}

/* What most texts are made of, and needs no second look. */
static void skip_plain(struct scanner *s)
{
    while (s->at < s->size && s->text[s->at] >= 0x20 && s->text[s->at] < 0x7f &&
           s->text[s->at] != '"' && s->text[s->at] != '\\')
        s->at++;
}

static int scan_string(struct scanner *s)
{
    s->at++;
    for (skip_plain(s); !accept(s, '"'); skip_plain(s)) {
        if (scan_character(s) != 0)
            return -1;
    }
    return 0;
}

static int scan_word(struct scanner *s, const char *word)
{
    const size_t length = strlen(word);
    if (s->size - s->at < length || memcmp(s->text + s->at, word, length) != 0)
        return fault(s, "expected a value");
    s->at += length;
    return 0;
}

static int scan_items(struct scanner *s)
{
    s->at++;
    skip_space(s);
    if (accept(s, ']'))
        return 0;
    for (;;) {
        if (scan_value(s, HB_JSON_NOWHERE) != 0)
            return -1;
        if (accept(s, ']'))
            return 0;
        if (!accept(s, ','))
            return fault(s, "expected ',' or ']'");
        skip_space(s);
    }
}

static int scan_member(struct scanner *s)
{
    const size_t key = s->at;
    if (peek(s) != '"')
        return fault(s, "expected a key in double quotes");
    if (scan_string(s) != 0)
        return -1;
    skip_space(s);
    if (!accept(s, ':'))
        return fault(s, "expected ':' after a key");
    skip_space(s);
    const size_t value = s->at;
    if (scan_value(s, key) != 0)
        return -1;
    if (s->out->member)
        s->out->member(s->out->user, key, value, s->at);
    return 0;
}

static int scan_members(struct scanner *s)
{
    s->at++;
    skip_space(s);
    if (accept(s, '}'))
        return 0;
    for (;;) {
        if (scan_member(s) != 0)
            return -1;
        if (accept(s, '}'))
            return 0;
        if (!accept(s, ','))
            return fault(s, "expected ',' or '}'");
        skip_space(s);
    }
}

static int scan_container(struct scanner *s, int (*scan)(struct scanner *))
{
    if (s->depth == HB_JSON_DEPTH_MAX)
        return fault(s, "more than 64 levels of nesting");
    s->depth++;
    const int result = scan(s);
    s->depth--;
    return result;
}

static int scan_by_first_byte(struct scanner *s)
{
    switch (peek(s)) {
    case -1:
        return fault(s, "the text ends where a value is expected");
    case '{':
        return scan_container(s, scan_members);
    case '[':
        return scan_container(s, scan_items);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return is_digit(peek(s)) || peek(s) == '-' ? scan_number(s) : fault(s, "expected a value");
    }
}

/* A value and the white space after it. */
static int scan_value(struct scanner *s, size_t key)
{
    struct hb_json_scan *out = s->out;
    if (out->values == out->wanted)
        out->spot = (struct hb_json_spot){.key = key, .value = s->at};
    if (++out->values > HB_JSON_VALUES_MAX)
        return fault(s, "more than 32 Mi values");
    if (scan_by_first_byte(s) != 0)
        return -1;
    skip_space(s);
    return 0;
}

int hb_json_scan(struct hb_json_scan *scan)
{
    struct scanner s = {.out = scan, .text = scan->text, .size = scan->size};
    scan->spot = (struct hb_json_spot){HB_JSON_NOWHERE, HB_JSON_NOWHERE};
    scan->values = 0;
    scan->fault = 0;
    scan->problem = NULL;
    skip_space(&s);
    if (scan_value(&s, HB_JSON_NOWHERE) != 0)
        return -1;
    return s.at == s.size ? 0 : fault(&s, "expected nothing more after the value");
}

void hb_json_line_column(const char *text, size_t offset, unsigned long *line,
                         unsigned long *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xc0u) != 0x80u) {
            ++*column;
        }
    }
}
