/* Quoting foreign text: see quote.h. */
#include "base/quote.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
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

#define WORD_MAX 64u
#define LIST_MAX 64u

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned cell(const char *a, const char *b, size_t i, size_t j,
                     unsigned rows[3][WORD_MAX + 1])
{
    const unsigned *two_up = rows[0], *up = rows[1], *here = rows[2];
    const unsigned changed = a[i - 1] == b[j - 1] ? 0 : 1;
    unsigned best = min2(up[j - 1] + changed, min2(up[j], here[j - 1]) + 1);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = min2(best, two_up[j - 2] + 1);
    return best;
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
static unsigned distance(const char *a, const char *b)
{
    const size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return WORD_MAX;
    unsigned rows[3][WORD_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b_length; j++)
        rows[2][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        memmove(rows[0], rows[1], 2 * sizeof rows[0]);
        rows[2][0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++)
            rows[2][j] = cell(a, b, i, j, rows);
    }
    return rows[2][b_length];
}

const char *hb_suggest(const char *word, const char *const *known, size_t count)
{
    const size_t length = strlen(word);
    unsigned nearest = (unsigned)(length < 3 ? 1 : min2((unsigned)length / 3, WORD_MAX)) + 1;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const unsigned d = distance(word, known[i]);
        if (d < nearest) {
            nearest = d;
            found = known[i];
        }
    }
    return found;
}

const char *hb_suggest_text(const char *word, const char *const *known, size_t count, char *text,
                            size_t text_bytes)
{
    const char *found = hb_suggest(word, known, count);
    text[0] = '\0';
    if (found)
        (void)snprintf(text, text_bytes, " (did you mean \"%s\"?)", found);
    return text;
}

const char *hb_suggest_listed(const char *word, const char *list, char *text, size_t text_bytes)
{
    const char *known[LIST_MAX];
    char copy[LIST_MAX * WORD_MAX], *rest = copy, *name;
    size_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", list);
    while (count < LIST_MAX && (name = strsep(&rest, ",")) != NULL)
        known[count++] = name + strspn(name, " ");
    return hb_suggest_text(word, known, count, text, text_bytes);
}
