/* Texts made fit for who shows them: see voice.h. */
#include "report/voice.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char *const ansi[] = {
    [HB_STYLE_PLAIN] = "",      [HB_STYLE_GOOD] = "\033[32m",  [HB_STYLE_BAD] = "\033[31m",
    [HB_STYLE_DIM] = "\033[2m", [HB_STYLE_STRONG] = "\033[1m",
};

const char *hb_style_code(enum hb_style style)
{
    return ansi[style];
}

/* Bytes of one of our styles' codes that text begins with, or 0. */
static size_t style_length(const char *text)
{
    for (int style = 0; style < HB_STYLE_COUNT; style++) {
        const char *code = hb_style_code((enum hb_style)style);
        const size_t length = strlen(code);
        if (length && strncmp(text, code, length) == 0)
            return length;
    }
    return strncmp(text, HB_STYLE_END, sizeof HB_STYLE_END - 1) ? 0 : sizeof HB_STYLE_END - 1;
}

/* "](" is what makes a link or an image; a "<" begins a tag or an address, an "&" an entity. */
static const char *markdown_of(const char *text)
{
    if (*text == '&')
        return "&amp;";
    if (*text == '<')
        return "&lt;";
    return *text == ']' && text[1] == '(' ? "]\\" : NULL;
}

static const char *reference_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Adds the character that text[0..left) begins with, or what the voice has in its place, and
 * returns its bytes. */
static size_t voice_add(struct hb_buf *out, const char *text, size_t left, enum hb_voice voice)
{
    const size_t style = voice == HB_VOICE_COLOUR ? style_length(text) : 0;
    const size_t length = style ? style : hb_utf8_length(text, left);
    const char *other = voice == HB_VOICE_MARKDOWN ? markdown_of(text)
                        : voice == HB_VOICE_PAGE   ? reference_of(*text)
                                                   : NULL;
    const bool is_bad = length == 0 || (!style && *text != '\n' && *text != '\t' &&
                                        hb_utf8_is_control(text, length));
    if (is_bad)
        hb_buf_text(out, voice == HB_VOICE_PAGE ? REPLACEMENT : "?");
    else if (other)
        hb_buf_text(out, other);
    else
        hb_buf_add(out, text, length);
    return length ? length : 1;
}

void hb_voice_apply(struct hb_buf *text, enum hb_voice voice)
{
    struct hb_buf out = {.failed = text->failed};
    const char *bytes = hb_buf_string(text);
    for (size_t at = 0; at < text->size;)
        at += voice_add(&out, bytes + at, text->size - at, voice);
    hb_buf_free(text);
    *text = out;
}

/* ---- pages ---- */

#define ELLIPSIS "\xe2\x80\xa6"

void hb_html_text(struct hb_buf *out, const char *text)
{
    hb_html_short_text(out, text, SIZE_MAX);
}

size_t hb_html_characters(const char *text)
{
    size_t count = 0;
    while (*text) {
        const size_t length = hb_utf8_length(text, strnlen(text, 4));
        text += length ? length : 1;
        count++;
    }
    return count;
}

void hb_html_short_text(struct hb_buf *out, const char *text, size_t most)
{
    const bool is_cut = most != SIZE_MAX && hb_html_characters(text) > most;
    for (size_t left = is_cut ? most - 1 : most; *text && left > 0; left--)
        text += voice_add(out, text, strnlen(text, 4), HB_VOICE_PAGE);
    if (is_cut)
        hb_buf_text(out, ELLIPSIS);
}

static void add_formatted(struct hb_buf *out, const char *format, va_list args)
{
    char text[4096];
    (void)vsnprintf(text, sizeof text, format, args);
    hb_html_text(out, text);
}

void hb_html_textf(struct hb_buf *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_formatted(out, format, args);
    va_end(args);
}

void hb_html_element(struct hb_buf *out, const char *tag, const char *kind, const char *format, ...)
{
    va_list args;
    if (kind)
        hb_buf_printf(out, "<%s class=\"%s\">", tag, kind);
    else
        hb_buf_printf(out, "<%s>", tag);
    va_start(args, format);
    add_formatted(out, format, args);
    va_end(args);
    hb_buf_printf(out, "</%s>", tag);
}
