/* A table of short texts before it is written: columns, and cells row by row. The first column says
 * whose row it is. Knows nothing of what the cells say, and of no voice.
 * Read next: document.h (where tables stand), write_text.h, write_page.h (how they look). */
#ifndef HB_REPORT_TABLE_H
#define HB_REPORT_TABLE_H

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

struct hb_column {
    const char *heading;
    enum hb_align align;
    const char *unit; /* what its values are, where heading and cells do not say it; or NULL */
    bool wraps;       /* paths and sums are long: they break anywhere */
    bool breaks;      /* words are many: on a narrow screen they break at blanks */
    bool leads;       /* a page shows it first, after the row's name: what a phone has room for */
    unsigned late;    /* what gives way first on a narrow screen: the highest; 0: never */
};

/* HB_RIGHT("mean", .unit = "operations a second") */
#define HB_LEFT(...)                                                                               \
    {                                                                                              \
        .align = HB_ALIGN_LEFT, .heading = __VA_ARGS__                                             \
    }
#define HB_RIGHT(...)                                                                              \
    {                                                                                              \
        .align = HB_ALIGN_RIGHT, .heading = __VA_ARGS__                                            \
    }

struct hb_cell {
    char *text;       /* owned */
    const char *sign; /* a page sets the text off, with this before it; static text, or NULL */
    enum hb_style style;
    unsigned unit_at; /* where in the text its unit begins; 0: it has none of its own */
    unsigned aside;   /* where an aside begins, which a narrow screen leaves out; 0: none does */
};

struct hb_table {
    struct hb_column *columns; /* owned */
    char *headings;            /* copies, which columns point to; owned */
    size_t column_count;
    struct hb_cell *cells; /* row by row; owned */
    size_t cell_count, cell_capacity;
    size_t *details; /* [detail_count] first cells of rows that a page alone shows; owned */
    size_t detail_count;
    bool failed; /* no memory: reported once, by who writes it */
};

/* columns: copied; their units must be static texts. */
void hb_table_init(struct hb_table *table, const struct hb_column *columns, size_t column_count);
void hb_table_free(struct hb_table *table);

/* The next cell, from left to right, row by row. */
void hb_table_add(struct hb_table *table, enum hb_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hb_table_text(struct hb_table *table, const char *text);

/* A number with its unit behind the last blank. Where all numbers of a column have one unit, text
 * says it once, in the heading. */
void hb_table_number(struct hb_table *table, enum hb_style style, const char *text);

/* The last cell is set off on a page by this sign (static text; NULL: not). */
void hb_table_set_sign(struct hb_table *table, const char *sign);

/* The last cell's text goes on with an aside: " (86 runs?)". */
void hb_table_aside(struct hb_table *table, const char *text);

/* The same with a sign. */
void hb_table_sign(struct hb_table *table, enum hb_style style, const char *sign,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The row that begins with the next cell is a detail: a page has room for it, a terminal has not.
 */
void hb_table_detail(struct hb_table *table);
bool hb_table_is_detail(const struct hb_table *table, size_t first_cell);

/* True when some row, details counted or not, has a text in this column: only then it is shown. */
bool hb_table_has(const struct hb_table *table, size_t column, bool with_details);

/* Rows; those that are details counted or not. */
size_t hb_table_rows(const struct hb_table *table, bool with_details);

#endif
