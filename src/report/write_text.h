/* Documents and tables as text: for a terminal, plain or with colours, and as Markdown.
 * Read next: document.h, screen.h. */
#ifndef HB_REPORT_WRITE_TEXT_H
#define HB_REPORT_WRITE_TEXT_H

#include "base/buf.h"
#include "report/document.h"
#include "report/screen.h"

#include <stdio.h>

/* Adds the document, fit for the screen; a brief one is at most 20 lines and, as Markdown, the
 * whole folded under them. -1 when there is no memory. */
int hb_doc_write(const struct hb_doc *doc, const struct hb_screen *screen, struct hb_buf *out,
                 struct hb_err *err);

/* Writes it to a stream, as Markdown or as the stream shows it. */
int hb_doc_print(const struct hb_doc *doc, bool markdown, FILE *to, struct hb_err *err);

/* Prints a text that was made, fit for its screen, and frees it. */
int hb_text_print(struct hb_buf *text, const struct hb_screen *screen, FILE *to,
                  struct hb_err *err);

/* Adds the table to *out: two spaces between columns, headings and a rule, or as Markdown. A column
 * whose cells are all empty is left out, and so are details; what does not fit gives way (table.h).
 * Returns how many columns had no room; -1 without memory. */
int hb_table_write(const struct hb_table *table, const struct hb_screen *screen,
                   struct hb_buf *out);

/* Adds a chart of dots, no wider than the screen: thicker where several runs fall together, and the
 * median marked. Outliers are dots like any other. */
void hb_strip_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out);

/* Adds a chart of a plane or of a curve over few points, no wider than the screen: a letter a point
 * or an allocator. Of a plane intervals have no room, and points that dashed lines go through have
 * capitals. Of a curve intervals stand upright, and several in one place are a star. */
void hb_plane_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out);

/* text between the style's ANSI codes when colour, else as it is; its controls are hidden. */
void hb_style_text(struct hb_buf *out, bool colour, enum hb_style style, const char *text);

#endif
