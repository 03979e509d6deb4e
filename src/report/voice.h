/* The last pass over a text before it leaves: whatever words of files are in it, it says nothing to
 * whoever shows it but what we meant. One pass a voice, but for pages, whose words are made fit one
 * by one; JSON has hb_json_print. A session's own CSV is data, and keeps its words as
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
    HB_VOICE_PAGE,      /* text in an element, in a quoted attribute and in SVG */
};

/* The ANSI code that begins a style, "" of the plain one; HB_STYLE_END ends any. */
const char *hb_style_code(enum hb_style style);
#define HB_STYLE_END "\033[0m"

/* Makes the text fit for the voice, in place. A second time changes a Markdown's references again:
 * once, at the end. */
void hb_voice_apply(struct hb_buf *text, enum hb_voice voice);

/* ---- pages: every word that comes from a file goes through here ---- */

/* Adds text with & < > " ' as character references, so that it is text in an element, in a quoted
 * attribute and in SVG; control characters but tab and line feed, and bytes that are not UTF-8,
 * become U+FFFD. */
void hb_html_text(struct hb_buf *out, const char *text);

/* The same of at most `most` characters (1 at least): a longer text ends in an ellipsis. */
void hb_html_short_text(struct hb_buf *out, const char *text, size_t most);

/* Characters of a text; a byte that is not UTF-8 counts as one. */
size_t hb_html_characters(const char *text);

/* Formats (cut at 4 KiB), then adds as hb_html_text does. */
void hb_html_textf(struct hb_buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* <tag class="kind">text</tag>, the text as by hb_html_textf; kind may be NULL. tag and kind are
 * the caller's own words. */
void hb_html_element(struct hb_buf *out, const char *tag, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
