/* Text made fit to stand in a page: every word that comes from a file goes through here, as text
 * or as an attribute's value. Never writes a tag that its caller has not named.
 * Read next: write_page.c, chart_svg.c. */
#ifndef HB_REPORT_HTML_TEXT_H
#define HB_REPORT_HTML_TEXT_H

#include "base/buf.h"

#include <stddef.h>

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
