/* The last pass over a text before it leaves: whatever words of files are in it, it says nothing to
 * whoever shows it but what we meant. One pass a voice, but for pages, whose words are made fit one
 * by one (html_text.h); JSON has hb_json_print. A session's own CSV is data, and keeps its words as
 * they are. Read next: base/utf8.h (what a control is). */
#ifndef HB_REPORT_VOICE_H
#define HB_REPORT_VOICE_H

#include "base/buf.h"
#include "report/table.h"

enum hb_voice {
    HB_VOICE_PLAIN = 0, /* no control but line feed and tab */
    HB_VOICE_COLOUR,    /* nor but the codes of our own styles */
    HB_VOICE_MARKDOWN,  /* as plain; and no character begins a tag, an entity, a link or an image.
                           What makes it Markdown (headings, tables, lists) stays */
    HB_VOICE_PAGE,      /* text in an element, in a quoted attribute and in SVG: see html_text.h */
};

/* The ANSI code that begins a style, "" of the plain one; HB_STYLE_END ends any. */
const char *hb_style_code(enum hb_style style);
#define HB_STYLE_END "\033[0m"

/* Adds the character that text[0..left) begins with, or what the voice has in its place, and
 * returns its bytes. */
size_t hb_voice_add(struct hb_buf *out, const char *text, size_t left, enum hb_voice voice);

/* Makes the text fit for the voice, in place. A second time changes a Markdown's references again:
 * once, at the end. */
void hb_voice_apply(struct hb_buf *text, enum hb_voice voice);

#endif
