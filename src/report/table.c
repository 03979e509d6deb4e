/* A table before it is written: see table.h. */
#include "report/table.h"

#include "base/buf.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hb_table_init(struct hb_table *table, const struct hb_column *columns, size_t column_count)
{
    size_t bytes = 1;
    for (size_t c = 0; c < column_count; c++)
        bytes += strlen(columns[c].heading) + 1;
    *table = (struct hb_table){.columns = calloc(column_count + 1, sizeof *columns),
                               .headings = malloc(bytes)};
    table->failed = !table->columns || !table->headings;
    if (table->failed)
        return;
    table->column_count = column_count;
    char *heading = table->headings;
    for (size_t c = 0; c < column_count; c++) {
        const size_t length = strlen(columns[c].heading) + 1;
        table->columns[c] = columns[c];
        table->columns[c].heading = memcpy(heading, columns[c].heading, length);
        heading += length;
    }
}

void hb_table_free(struct hb_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table->columns);
    free(table->headings);
    free(table->details);
    *table = (struct hb_table){0};
}

static void add(struct hb_table *table, enum hb_style style, const char *sign, const char *format,
                va_list args)
{
    struct hb_cell cell = {.sign = sign, .style = style};
    struct hb_cell *cells = table->failed ? NULL
                                          : hb_array_grown(table->cells, table->cell_count,
                                                           &table->cell_capacity, sizeof *cells);
    if (!cells) {
        table->failed = true;
        return;
    }
    table->cells = cells;
    if (vasprintf(&cell.text, format, args) < 0) {
        table->failed = true;
        return;
    }
    hb_hide_controls(cell.text);
    table->cells[table->cell_count++] = cell;
}

void hb_table_add(struct hb_table *table, enum hb_style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(table, style, NULL, format, args);
    va_end(args);
}

void hb_table_sign(struct hb_table *table, enum hb_style style, const char *sign,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(table, style, sign, format, args);
    va_end(args);
}

void hb_table_text(struct hb_table *table, const char *text)
{
    hb_table_add(table, HB_STYLE_PLAIN, "%s", text);
}

void hb_table_number(struct hb_table *table, enum hb_style style, const char *text)
{
    const char *blank = strrchr(text, ' ');
    hb_table_add(table, style, "%s", text);
    if (blank && !table->failed)
        table->cells[table->cell_count - 1].unit_at = (unsigned)(blank - text);
}

void hb_table_set_sign(struct hb_table *table, const char *sign)
{
    if (!table->failed && table->cell_count)
        table->cells[table->cell_count - 1].sign = sign;
}

void hb_table_aside(struct hb_table *table, const char *text)
{
    char *longer;
    if (table->failed || !text[0])
        return;
    struct hb_cell *cell = &table->cells[table->cell_count - 1];
    const size_t length = strlen(cell->text);
    if (asprintf(&longer, "%s%s", cell->text, text) < 0) {
        table->failed = true;
        return;
    }
    free(cell->text);
    cell->text = longer;
    cell->aside = (unsigned)length;
}

void hb_table_detail(struct hb_table *table)
{
    size_t *larger = realloc(table->details, (table->detail_count + 1) * sizeof *larger);
    if (larger) {
        table->details = larger;
        table->details[table->detail_count++] = table->cell_count;
    }
    table->failed |= !larger;
}

bool hb_table_is_detail(const struct hb_table *table, size_t first_cell)
{
    for (size_t i = 0; i < table->detail_count; i++) {
        if (table->details[i] == first_cell)
            return true;
    }
    return false;
}

bool hb_table_has(const struct hb_table *table, size_t column, bool with_details)
{
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        if (table->cells[i].text[0] && (with_details || !hb_table_is_detail(table, i - column)))
            return true;
    }
    return false;
}

size_t hb_table_rows(const struct hb_table *table, bool with_details)
{
    const size_t all = table->column_count ? table->cell_count / table->column_count : 0;
    return with_details ? all : all - table->detail_count;
}
