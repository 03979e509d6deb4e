/* Words of a command: see words.h. */
#include "base/words.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

int hb_words_add(struct hb_words *words, const char *word)
{
    char **grown = reallocarray(words->items, words->count + 2, sizeof *grown);
    char *copy = strdup(word);
    if (grown)
        words->items = grown;
    if (!grown || !copy) {
        free(copy);
        return -1;
    }
    grown[words->count++] = copy;
    grown[words->count] = NULL;
    return 0;
}

int hb_words_copy(struct hb_words *words, const struct hb_words *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (hb_words_add(words, from->items[i]) != 0)
            return -1;
    }
    return 0;
}

/* ---- cut from a text ---- */

static const char blanks[] = " \t\r\n";

/* What follows an opening quote, into *word; where it goes on, or NULL when it is never closed. */
static const char *take_quoted(const char *at, char quote, struct hb_buf *word)
{
    for (; *at != quote; at++) {
        if (quote == '"' && *at == '\\' && at[1] && strchr("\"\\$`", at[1]))
            at++;
        if (!*at)
            return NULL;
        (void)hb_buf_char(word, *at);
    }
    return at + 1;
}

/* One word, which begins here; where it ends, or NULL. */
static const char *take_word(const char *at, struct hb_buf *word)
{
    while (at && *at && !strchr(blanks, *at)) {
        if (*at == '"' || *at == '\'') {
            at = take_quoted(at + 1, *at, word);
            continue;
        }
        at += *at == '\\' && at[1];
        (void)hb_buf_char(word, *at++);
    }
    return at;
}

int hb_words_split(struct hb_words *words, const char *text, struct hb_err *err)
{
    for (const char *at = text + strspn(text, blanks); *at; at += strspn(at, blanks)) {
        struct hb_buf word = {0};
        int status = 0;
        at = take_word(at, &word);
        if (!at)
            status = hb_err_set(err, HB_ERR_USAGE, "%s: a quote is left open", hb_quote(text).text);
        else if (word.failed || hb_words_add(words, hb_buf_string(&word)) != 0)
            status = hb_err_memory(err, NULL);
        hb_buf_free(&word);
        if (status != 0 || !at)
            return -1;
    }
    return 0;
}

/* ---- and back ---- */

void hb_word_quoted(const char *word, struct hb_buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=,.:/+@% ";
    const size_t safe = strspn(word, plain);
    if (word[0] && !word[safe] && !strchr(word, ' ')) {
        hb_buf_text(out, word);
        return;
    }
    hb_buf_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            hb_buf_text(out, "'\\''");
        else
            hb_buf_char(out, *word);
    }
    hb_buf_char(out, '\'');
}

void hb_words_text(const struct hb_words *words, struct hb_buf *out)
{
    for (size_t i = 0; i < words->count; i++) {
        if (i)
            hb_buf_char(out, ' ');
        hb_word_quoted(words->items[i], out);
    }
}

void hb_words_free(struct hb_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
    *words = (struct hb_words){0};
}
