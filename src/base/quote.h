/* Foreign text made fit to stand in a one-line message, and "did you mean": the known word nearest
 * to a mistyped one. Never allocates. */
#ifndef HB_BASE_QUOTE_H
#define HB_BASE_QUOTE_H

#include <stddef.h>

struct hb_quoted {
    char text[88];
};

/* The text in double quotes, cut at 80 bytes with "..." (never inside a UTF-8 character), every
 * control character a '?'. By value, so that the call can stand in an argument list. */
struct hb_quoted hb_quote(const char *text);

/* Puts '?' in place of every control character (hb_utf8_is_control) and every byte that is not
 * UTF-8, so that text of a file can go to a terminal. */
void hb_hide_controls(char *text);

/* The nearest of known[0..count), by edits (a swap of neighbours is one), or NULL when none is
 * nearer than a third of the word's length (at least one edit is always allowed). */
const char *hb_suggest(const char *word, const char *const *known, size_t count);

/* Writes " (did you mean \"x\"?)", or "" when nothing is near; returns text. */
const char *hb_suggest_text(const char *word, const char *const *known, size_t count, char *text,
                            size_t text_bytes);

/* The same for a list as people read it, "a, b, c"; of its first 4 KiB and 64 names. */
const char *hb_suggest_listed(const char *word, const char *list, char *text, size_t text_bytes);

#endif
