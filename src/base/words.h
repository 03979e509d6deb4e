/* Words: what a command is made of. A list that is ended by NULL, as execve wants it, and cut from
 * one text as a shell cuts it: by blanks, with quotes and backslashes, without variables, patterns
 * or redirection. A zeroed one is empty and valid to free. */
#ifndef HB_BASE_WORDS_H
#define HB_BASE_WORDS_H

#include "base/buf.h"

#include <stddef.h>

struct hb_words {
    char **items; /* [count], then NULL; owned; NULL until there is one */
    size_t count;
};

/* Each adds words at the end. 0, or -1 when there is no memory. */
int hb_words_add(struct hb_words *words, const char *word);
int hb_words_copy(struct hb_words *words, const struct hb_words *from);

/* Adds the words of a text. HB_ERR_USAGE when a quote is left open. */
int hb_words_split(struct hb_words *words, const char *text, struct hb_err *err);

/* Adds a word, quoted where a shell would need it. */
void hb_word_quoted(const char *word, struct hb_buf *out);

/* Adds all of them as one text that a shell, or hb_words_split, cuts into the same words. */
void hb_words_text(const struct hb_words *words, struct hb_buf *out);

void hb_words_free(struct hb_words *words);

#endif
