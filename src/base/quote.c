/* Quoting foreign text: see quote.h. */
#include "base/quote.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SHOWN_MAX 80u

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

struct hb_quoted hb_quote(const char *text)
{
    struct hb_quoted out;
    const bool cut = strnlen(text, SHOWN_MAX + 1) > SHOWN_MAX;
    size_t shown = cut ? SHOWN_MAX : strlen(text);
    while (cut && shown > 0 && is_continuation(text[shown]))
        shown--;
    out.text[0] = '"';
    memcpy(out.text + 1, text, shown);
    out.text[shown + 1] = '\0';
    hb_hide_controls(out.text + 1);
    const size_t size = strlen(out.text);
    memcpy(out.text + size, cut ? "...\"" : "\"", cut ? 5 : 2);
    return out;
}

void hb_hide_controls(char *text)
{
    char *to = text;
    for (size_t left = strlen(text); left > 0;) {
        const size_t length = hb_utf8_length(text, left), step = length ? length : 1;
        if (length == 0 || hb_utf8_is_control(text, length)) {
            *to++ = '?';
        } else {
            memmove(to, text, length);
            to += length;
        }
        text += step;
        left -= step;
    }
    *to = '\0';
}
