/* Aligned tables of short texts, for a terminal or as Markdown. Knows nothing of what they say.
 * Read next: rebase_report.c. */
#ifndef HB_REPORT_TABLE_H
#define HB_REPORT_TABLE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum hb_align { HB_ALIGN_LEFT = 0, HB_ALIGN_RIGHT };
enum hb_style {
    HB_STYLE_PLAIN = 0,
    HB_STYLE_GOOD,
    HB_STYLE_BAD,
    HB_STYLE_DIM,
    HB_STYLE_STRONG,
    HB_STYLE_COUNT
};

struct hb_cell {
    char text[96];
    enum hb_style style;
};

struct hb_table {
    const char *const *headings; /* the caller's */
    const enum hb_align *aligns; /* the caller's */
    size_t column_count;
    struct hb_cell *cells; /* row by row; owned */
    size_t cell_count, cell_capacity;
    bool failed; /* no memory: reported once, by hb_table_write */
};

void hb_table_init(struct hb_table *table, const char *const *headings, const enum hb_align *aligns,
                   size_t column_count);

/* The next cell, from left to right, row by row. */
void hb_table_add(struct hb_table *table, enum hb_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the table to *out: two spaces between columns, a heading and a rule. A column whose cells
 * are all empty is left out. colour: with ANSI styles. -1 when there was no memory. */
int hb_table_write(const struct hb_table *table, bool colour, struct hb_buf *out);

/* The same as a Markdown table. */
int hb_table_write_markdown(const struct hb_table *table, struct hb_buf *out);

void hb_table_free(struct hb_table *table);

/* True when text on this descriptor may be coloured: a terminal, NO_COLOR unset, TERM not dumb. */
bool hb_colour_wanted(int fd);

/* The ANSI code that begins a style, "" of the plain one; HB_STYLE_END ends any. */
const char *hb_style_code(enum hb_style style);
#define HB_STYLE_END "\033[0m"

/* text between the style's ANSI codes when colour, else as it is; its controls are hidden. */
void hb_style_text(struct hb_buf *out, bool colour, enum hb_style style, const char *text);

#endif
