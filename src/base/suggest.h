/* "did you mean": the known word nearest to a mistyped one.
 * Pure: no allocation, no output. */
#ifndef HB_BASE_SUGGEST_H
#define HB_BASE_SUGGEST_H

#include <stddef.h>

/* The nearest of known[0..count), by edits (a swap of neighbours is one), or NULL when none is
 * nearer than a third of the word's length (at least one edit is always allowed). */
const char *hb_suggest(const char *word, const char *const *known, size_t count);

/* Writes " (did you mean \"x\"?)", or "" when nothing is near; returns text. */
const char *hb_suggest_text(const char *word, const char *const *known, size_t count, char *text,
                            size_t text_bytes);

/* The same for a list as people read it, "a, b, c"; of its first 4 KiB and 64 names. */
const char *hb_suggest_listed(const char *word, const char *names, char *text, size_t text_bytes);

#endif
