/* The pieces that every report is made of: headings, lines of text and tables, for a terminal or as
 * Markdown.
 * Read next: table.h. */
#ifndef HB_REPORT_SECTION_H
#define HB_REPORT_SECTION_H

#include "base/buf.h"
#include "report/table.h"

/* How a report is written. */
struct hb_section {
    struct hb_buf *out;
    bool colour, markdown;
};

void hb_section_heading(const struct hb_section *section, const char *text);

/* A line of a paragraph, indented; a bullet in Markdown. */
void hb_section_line(const struct hb_section *section, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the table and frees it. */
void hb_section_table(const struct hb_section *section, struct hb_table *table);

#endif
