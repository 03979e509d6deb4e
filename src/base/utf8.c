/* Well-formed UTF-8: see utf8.h. Ranges are those of the Unicode standard, table 3-7. */
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool within(const char *text, size_t i, unsigned low, unsigned high)
{
    const unsigned byte = (unsigned char)text[i];
    return byte >= low && byte <= high;
}

static size_t wanted_length(unsigned lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The second byte's range is what keeps overlong forms, surrogates and U+110000 out. */
static bool second_fits(unsigned lead, const char *text)
{
    switch (lead) {
    case 0xe0:
        return within(text, 1, 0xa0, 0xbf);
    case 0xed:
        return within(text, 1, 0x80, 0x9f);
    case 0xf0:
        return within(text, 1, 0x90, 0xbf);
    case 0xf4:
        return within(text, 1, 0x80, 0x8f);
    default:
        return within(text, 1, 0x80, 0xbf);
    }
}

size_t hb_utf8_length(const char *text, size_t left)
{
    if (left == 0)
        return 0;
    const unsigned lead = (unsigned char)text[0];
    const size_t length = wanted_length(lead);
    if (length > left || (length > 1 && !second_fits(lead, text)))
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (!within(text, i, 0x80, 0xbf))
            return 0;
    }
    return length;
}

bool hb_utf8_is_text(const char *bytes, size_t size)
{
    while (size > 0) {
        const size_t length = hb_utf8_length(bytes, size);
        if (length == 0)
            return false;
        bytes += length;
        size -= length;
    }
    return true;
}

unsigned long hb_utf8_code(const char *text, size_t length)
{
    unsigned long code = (unsigned char)text[0];
    if (length > 1)
        code &= 0x7fu >> length;
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3fu);
    return code;
}

bool hb_utf8_is_control(const char *text, size_t length)
{
    static const struct {
        unsigned long first, last;
    } ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
        {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
    };
    const unsigned long code = hb_utf8_code(text, length);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

void hb_utf8_repair(char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = hb_utf8_length(text, left);
        if (length == 0) {
            *text = '?';
            length = 1;
        }
        text += length;
        left -= length;
    }
}
