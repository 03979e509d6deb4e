/* What a text is seen on: see screen.h. */
#include "report/screen.h"

#include "base/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct hb_screen_wish hb_screen_wish;

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

static bool has_colour(int fd)
{
    const char *term = getenv("TERM");
    if (hb_screen_wish.colour != HB_COLOUR_AUTO)
        return hb_screen_wish.colour == HB_COLOUR_ALWAYS;
    return !is_set("NO_COLOR") && term && strcmp(term, "dumb") != 0 && isatty(fd) == 1;
}

/* 0: nobody says. */
static size_t width_of(int fd)
{
    const char *columns = getenv("COLUMNS");
    uint64_t width = 0;
    struct winsize window;
    const char *end = columns ? hb_unit_read_digits(columns, &width) : NULL;
    if (end && !*end && width > 0)
        return (size_t)width;
    return isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

static bool has_utf8(void)
{
    const char *locale = getenv(is_set("LC_ALL")     ? "LC_ALL"
                                : is_set("LC_CTYPE") ? "LC_CTYPE"
                                                     : "LANG");
    return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8"));
}

struct hb_screen hb_screen_of(int fd)
{
    const size_t width = width_of(fd);
    return (struct hb_screen){
        .voice = has_colour(fd) ? HB_VOICE_COLOUR : HB_VOICE_PLAIN,
        .width = width ? width : HB_SCREEN_WIDTH,
        .is_wide = hb_screen_wish.wide,
        .wraps = width > 0,
        .ascii = !has_utf8(),
    };
}

struct hb_screen hb_screen_markdown(void)
{
    return (struct hb_screen){.voice = HB_VOICE_MARKDOWN, .is_wide = true};
}

/* ---- ASCII ---- */

/* Every sign of ours that a text may have; those of one length or less in ASCII, so that tables
 * still line up. */
static const struct {
    const char *sign, *ascii;
} signs[] = {
    {"\xc3\x97", "x"},     /* times */
    {"\xc2\xb1", "~"},     /* plus-minus */
    {"\xc2\xb5", "u"},     /* micro */
    {"\xc2\xb7", "."},     /* middle dot: one run */
    {"\xe2\x80\xa2", "o"}, /* bullet: some */
    {"\xe2\x97\x8f", "@"}, /* circle: many */
    {"\xe2\x94\x83", "|"}, /* heavy line: a median */
    {"\xe2\x94\x80", "-"}, /* rule */
    {"\xe2\x80\xa6", "~"}, /* ellipsis */
    {"\xe2\x86\x92", ">"}, /* arrows */
    {"\xe2\x86\x97", "/"}, {"\xe2\x86\x98", "\\"}, {"\xe2\x96\xb2", "^"}, {"\xe2\x96\xbc", "v"},
    {"\xe2\x96\x81", "_"}, /* bars, from the lowest */
    {"\xe2\x96\x82", "."}, {"\xe2\x96\x83", ","},  {"\xe2\x96\x84", "-"}, {"\xe2\x96\x85", "="},
    {"\xe2\x96\x86", "+"}, {"\xe2\x96\x87", "*"},  {"\xe2\x96\x88", "#"},
};

static const char *ascii_of(const char *text, size_t *length)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        *length = strlen(signs[i].sign);
        if (strncmp(text, signs[i].sign, *length) == 0)
            return signs[i].ascii;
    }
    return NULL;
}

static void apply_ascii(struct hb_buf *text)
{
    struct hb_buf out = {.failed = text->failed};
    for (const char *at = hb_buf_string(text); *at;) {
        size_t length;
        const char *ascii = (*at & 0x80) ? ascii_of(at, &length) : NULL;
        if (ascii)
            hb_buf_text(&out, ascii);
        else
            hb_buf_char(&out, *at);
        at += ascii ? length : 1;
    }
    hb_buf_free(text);
    *text = out;
}

void hb_screen_apply(const struct hb_screen *screen, struct hb_buf *text)
{
    hb_voice_apply(text, screen->voice);
    if (screen->ascii)
        apply_ascii(text);
}

/* ---- lines ---- */

size_t hb_screen_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

size_t hb_screen_part(const char *text, size_t most)
{
    size_t count = 0, i = 0, blank = 0;
    for (; text[i]; i++) {
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (count > most)
            return text[i] != ' ' && blank ? blank : i;
        if (text[i] == ' ' && i && text[i - 1] != ' ')
            blank = i;
    }
    return i;
}

void hb_screen_wrap(const struct hb_screen *screen, const char *text, size_t at, size_t indent,
                    struct hb_buf *out)
{
    const size_t width = screen->wraps ? screen->width : 0;
    while (width > at + 4 && width > indent + 4) {
        const size_t part = hb_screen_part(text, width - at);
        hb_buf_add(out, text, part);
        text += part;
        text += strspn(text, " ");
        if (!*text)
            return;
        hb_buf_printf(out, "\n%*s", (int)indent, "");
        at = indent;
    }
    hb_buf_text(out, text);
}
