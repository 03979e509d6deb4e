/* CSV in: see csv.h. libcsv splits, this file keeps the lines and refuses what is not a table.
 * The text goes to libcsv line by line, so that its callbacks know where they are. */
#include "base/quote.h"
#include "base/utf8.h"
#include "result/csv.h"
#include "result/file.h"
#include "result/session_json.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 4096u

struct reader {
    struct hb_csv_table *table;
    const char *path;
    struct hb_err *err;
    unsigned long line;
    size_t in_row; /* cells of the row so far */
    bool heading_read, failed;
};

static void fail(struct reader *r, const char *problem)
{
    r->failed = true;
    (void)hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: %s", r->path, r->line, problem);
}

static void out_of_memory(struct reader *r)
{
    r->failed = true;
    (void)hb_err_memory(r->err, r->path);
}

static char *copy_cell(struct reader *r, const char *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy) {
        out_of_memory(r);
        return NULL;
    }
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

/* --- heading --------------------------------------------------------------------------------- */

static void add_column(struct reader *r, char *name)
{
    struct hb_csv_table *table = r->table;
    if (table->column_count == COLUMNS_MAX) {
        free(name);
        fail(r, "more than 4096 columns");
        return;
    }
    char **columns = reallocarray(table->columns, table->column_count + 1, sizeof *columns);
    if (!columns) {
        free(name);
        out_of_memory(r);
        return;
    }
    table->columns = columns;
    columns[table->column_count++] = name;
}

static void check_columns(struct reader *r)
{
    const struct hb_csv_table *table = r->table;
    for (size_t i = 1; i < table->column_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(table->columns[i], table->columns[j]) != 0)
                continue;
            r->failed = true;
            (void)hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: the column %s is there twice", r->path,
                             r->line, hb_quote(table->columns[i]).text);
            return;
        }
    }
}

/* --- rows ------------------------------------------------------------------------------------ */

static int grow(struct hb_csv_table *table)
{
    const size_t capacity = table->row_capacity ? table->row_capacity * 2 : 16;
    char **cells = reallocarray(table->cells, capacity * table->column_count, sizeof *cells);
    if (cells)
        table->cells = cells;
    unsigned long *lines = reallocarray(table->lines, capacity, sizeof *lines);
    if (lines)
        table->lines = lines;
    if (!cells || !lines)
        return -1;
    table->row_capacity = capacity;
    return 0;
}

/* Cells beyond the heading's are counted, for the message, and not kept. */
static void add_cell(struct reader *r, char *cell)
{
    struct hb_csv_table *table = r->table;
    if (r->in_row >= table->column_count) {
        free(cell);
    } else if (table->row_count == table->row_capacity && grow(table) != 0) {
        free(cell);
        out_of_memory(r);
        return;
    } else {
        table->cells[table->row_count * table->column_count + r->in_row] = cell;
    }
    r->in_row++;
}

static void end_row(struct reader *r)
{
    struct hb_csv_table *table = r->table;
    if (r->in_row != table->column_count) {
        r->failed = true;
        (void)hb_err_set(r->err, HB_ERR_USAGE,
                         "%s:%lu: expected %zu cells, as in the heading, found %zu", r->path,
                         r->line, table->column_count, r->in_row);
        return;
    }
    table->lines[table->row_count++] = r->line;
    r->in_row = 0;
}

/* --- libcsv ---------------------------------------------------------------------------------- */

static void on_cell(void *bytes, size_t size, void *data)
{
    struct reader *r = data;
    if (r->failed)
        return;
    if (!hb_utf8_is_text(bytes, size)) {
        fail(r, "not UTF-8");
        return;
    }
    char *cell = copy_cell(r, bytes, size);
    if (!cell)
        return;
    if (r->heading_read)
        add_cell(r, cell);
    else
        add_column(r, cell);
}

static void on_row(int ended_by, void *data)
{
    struct reader *r = data;
    (void)ended_by;
    if (r->failed)
        return;
    if (r->heading_read) {
        end_row(r);
        return;
    }
    r->heading_read = true;
    check_columns(r);
}

static int no_space(unsigned char c)
{
    (void)c;
    return 0; /* libcsv would trim spaces that somebody wrote */
}

/* Bytes up to the end of the line: LF, CR LF or CR. */
static size_t line_size(const char *text, size_t left)
{
    size_t i = 0;
    while (i < left && text[i] != '\n' && text[i] != '\r')
        i++;
    if (i + 1 < left && text[i] == '\r' && text[i + 1] == '\n')
        i++;
    return i < left ? i + 1 : left;
}

static void parser_fault(struct reader *r, struct csv_parser *parser)
{
    if (csv_error(parser) == CSV_EPARSE)
        fail(r, "a quote inside a cell that is not quoted, or text after the closing quote");
    else
        out_of_memory(r);
}

static void read_lines(struct reader *r, struct csv_parser *parser, const char *text, size_t size)
{
    while (size > 0 && !r->failed) {
        const size_t length = line_size(text, size);
        r->line++;
        if (memchr(text, '\0', length))
            fail(r, "a NUL byte");
        else if (csv_parse(parser, text, length, on_cell, on_row, r) != length)
            parser_fault(r, parser);
        text += length;
        size -= length;
    }
    if (!r->failed && csv_fini(parser, on_cell, on_row, r) != 0)
        fail(r, "the text ends inside a quoted cell");
    if (!r->failed && !r->heading_read)
        fail(r, "expected a heading, found nothing");
}

static void free_partial_row(struct reader *r)
{
    struct hb_csv_table *table = r->table;
    for (size_t i = 0; i < r->in_row && i < table->column_count; i++)
        free(table->cells[table->row_count * table->column_count + i]);
}

int hb_csv_parse(const char *text, size_t size, const char *path, struct hb_csv_table *table,
                 struct hb_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct reader r = {.table = table, .path = path, .err = err};
    struct csv_parser parser;
    *table = (struct hb_csv_table){0};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return hb_err_set(err, HB_ERR_SYSTEM, "%s: cannot start the CSV reader", path);
    csv_set_space_func(&parser, no_space);
    const size_t skipped = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    read_lines(&r, &parser, text + skipped, size - skipped);
    csv_free(&parser);
    if (!r.failed)
        return 0;
    free_partial_row(&r);
    hb_csv_free(table);
    return -1;
}

const char *hb_csv_cell(const struct hb_csv_table *table, size_t row, const char *column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], column) == 0)
            return table->cells[row * table->column_count + i];
    }
    return NULL;
}

void hb_csv_free(struct hb_csv_table *table)
{
    for (size_t i = 0; i < table->row_count * table->column_count; i++)
        free(table->cells[i]);
    for (size_t i = 0; i < table->column_count; i++)
        free(table->columns[i]);
    free(table->cells);
    free(table->columns);
    free(table->lines);
    *table = (struct hb_csv_table){0};
}
