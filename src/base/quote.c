/* Quoting foreign text: see quote.h. */
#include "base/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SHOWN_MAX 80u

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

static char printable(char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte < 0x20 || byte == 0x7f ? '?' : c;
}

struct hb_quote hb_quote(const char *text)
{
    struct hb_quote out;
    const bool cut = strnlen(text, SHOWN_MAX + 1) > SHOWN_MAX;
    size_t shown = cut ? SHOWN_MAX : strlen(text);
    while (cut && shown > 0 && is_continuation(text[shown]))
        shown--;
    size_t size = 0;
    out.text[size++] = '"';
    for (size_t i = 0; i < shown; i++)
        out.text[size++] = printable(text[i]);
    memcpy(out.text + size, cut ? "...\"" : "\"", cut ? 5 : 2);
    return out;
}

void hb_hide_controls(char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            *text = '?';
    }
}
