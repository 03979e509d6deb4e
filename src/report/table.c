/* Aligned tables: see table.h. Widths are counted in characters, so that UTF-8 lines up. */
#include "report/table.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const ansi[] = {
    [HB_STYLE_PLAIN] = "",      [HB_STYLE_GOOD] = "\033[32m",  [HB_STYLE_BAD] = "\033[31m",
    [HB_STYLE_DIM] = "\033[2m", [HB_STYLE_STRONG] = "\033[1m",
};

void hb_table_init(struct hb_table *table, const char *const *headings, const enum hb_align *aligns,
                   size_t column_count)
{
    *table =
        (struct hb_table){.headings = headings, .aligns = aligns, .column_count = column_count};
}

void hb_table_add(struct hb_table *table, enum hb_style style, const char *format, ...)
{
    if (table->cell_count == table->cell_capacity) {
        const size_t capacity = table->cell_capacity ? 2 * table->cell_capacity : 64;
        struct hb_cell *larger = realloc(table->cells, capacity * sizeof *larger);
        if (!larger) {
            table->failed = true;
            return;
        }
        table->cells = larger;
        table->cell_capacity = capacity;
    }
    struct hb_cell *cell = &table->cells[table->cell_count++];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(cell->text, sizeof cell->text, format, args);
    va_end(args);
    hb_hide_controls(cell->text);
    cell->style = style;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* 0 for a column to leave out. */
static size_t column_width(const struct hb_table *table, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        const size_t length = characters(table->cells[i].text);
        width = length > width ? length : width;
    }
    const size_t heading = characters(table->headings[column]);
    if (width == 0)
        return 0;
    return heading > width ? heading : width;
}

static void spaces(struct hb_buf *out, size_t count)
{
    while (count--)
        hb_buf_char(out, ' ');
}

const char *hb_style_code(enum hb_style style)
{
    return ansi[style];
}

void hb_style_text(struct hb_buf *out, bool colour, enum hb_style style, const char *text)
{
    const bool styled = colour && style != HB_STYLE_PLAIN;
    if (styled)
        hb_buf_text(out, ansi[style]);
    const size_t start = out->size;
    hb_buf_text(out, text);
    hb_hide_controls_from(out, start);
    if (styled)
        hb_buf_text(out, HB_STYLE_END);
}

static void write_cell(struct hb_buf *out, const char *text, size_t width, enum hb_align align,
                       bool is_last, bool colour, enum hb_style style)
{
    const size_t padding = width - characters(text);
    if (align == HB_ALIGN_RIGHT)
        spaces(out, padding);
    hb_style_text(out, colour, style, text);
    if (align == HB_ALIGN_LEFT && !is_last)
        spaces(out, padding);
}

static size_t last_column(const struct hb_table *table)
{
    size_t last = 0;
    for (size_t c = 0; c < table->column_count; c++)
        last = column_width(table, c) ? c : last;
    return last;
}

/* One line of headings (cells NULL) or of a row. */
static void write_line(const struct hb_table *table, const struct hb_cell *cells, bool colour,
                       struct hb_buf *out)
{
    const size_t last = last_column(table);
    bool first = true;
    for (size_t c = 0; c < table->column_count; c++) {
        const size_t width = column_width(table, c);
        if (!width)
            continue;
        if (!first)
            spaces(out, 2);
        first = false;
        write_cell(out, cells ? cells[c].text : table->headings[c], width, table->aligns[c],
                   c == last, colour, cells ? cells[c].style : HB_STYLE_STRONG);
    }
    while (out->size && out->bytes[out->size - 1] == ' ') /* empty cells at the end of a row */
        out->bytes[--out->size] = '\0';
    hb_buf_char(out, '\n');
}

static void write_rule(const struct hb_table *table, struct hb_buf *out)
{
    size_t total = 0;
    for (size_t c = 0; c < table->column_count; c++) {
        const size_t width = column_width(table, c);
        total += width ? width + (total ? 2 : 0) : 0;
    }
    while (total--)
        hb_buf_text(out, "-");
    hb_buf_char(out, '\n');
}

int hb_table_write(const struct hb_table *table, bool colour, struct hb_buf *out)
{
    if (table->failed)
        return -1;
    write_line(table, NULL, colour, out);
    write_rule(table, out);
    for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
        write_line(table, &table->cells[i], colour, out);
    return out->failed ? -1 : 0;
}

static void markdown_text(struct hb_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            hb_buf_char(out, '\\');
        hb_buf_char(out, *text == '\n' ? '?' : *text);
    }
}

int hb_table_write_markdown(const struct hb_table *table, struct hb_buf *out)
{
    if (table->failed)
        return -1;
    for (size_t c = 0; c < table->column_count; c++) {
        if (!column_width(table, c))
            continue;
        hb_buf_text(out, "| ");
        markdown_text(out, table->headings[c]);
        hb_buf_char(out, ' ');
    }
    hb_buf_text(out, "|\n");
    for (size_t c = 0; c < table->column_count; c++) {
        if (column_width(table, c))
            hb_buf_text(out, table->aligns[c] == HB_ALIGN_RIGHT ? "| --: " : "| --- ");
    }
    hb_buf_text(out, "|\n");
    for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count) {
        for (size_t c = 0; c < table->column_count; c++) {
            if (!column_width(table, c))
                continue;
            hb_buf_text(out, "| ");
            markdown_text(out, table->cells[i + c].text);
            hb_buf_char(out, ' ');
        }
        hb_buf_text(out, "|\n");
    }
    return out->failed ? -1 : 0;
}

void hb_table_free(struct hb_table *table)
{
    free(table->cells);
    *table = (struct hb_table){0};
}

bool hb_colour_wanted(int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color && no_color[0])
        return false;
    if (!term || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fd) == 1;
}
