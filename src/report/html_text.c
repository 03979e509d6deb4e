/* Text made fit for a page: see html_text.h. */
#include "report/html_text.h"

#include "base/utf8.h"
#include "report/voice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
        text += hb_voice_add(out, text, strnlen(text, 4), HB_VOICE_PAGE);
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
