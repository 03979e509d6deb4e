/* Documents and tables as text: for a terminal, plain or with colours, and as Markdown.
 * Read next: document.h, voice.h. */
#ifndef HB_REPORT_WRITE_TEXT_H
#define HB_REPORT_WRITE_TEXT_H

#include "base/buf.h"
#include "report/document.h"
#include "report/voice.h"

#include <stdio.h>

/* Adds the document, fit for the voice. -1 when there is no memory. */
int hb_doc_write(const struct hb_doc *doc, enum hb_voice voice, struct hb_buf *out,
                 struct hb_err *err);

/* Writes it to a stream, as Markdown or with the colours that the stream wants. */
int hb_doc_print(const struct hb_doc *doc, bool markdown, FILE *to, struct hb_err *err);

/* Prints a text that was made, fit for its stream, and frees it. */
int hb_text_print(struct hb_buf *text, bool colour, FILE *to, struct hb_err *err);

/* Adds the table to *out: two spaces between columns, headings and a rule. A column whose cells are
 * all empty is left out, and so are details. colour: with ANSI styles. -1 without memory. */
int hb_table_write(const struct hb_table *table, bool colour, struct hb_buf *out);
int hb_table_write_markdown(const struct hb_table *table, struct hb_buf *out);

/* True when text on this descriptor may be coloured: a terminal, NO_COLOR unset, TERM not dumb. */
bool hb_colour_wanted(int fd);

/* text between the style's ANSI codes when colour, else as it is; its controls are hidden. */
void hb_style_text(struct hb_buf *out, bool colour, enum hb_style style, const char *text);

#endif
