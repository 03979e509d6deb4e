/* CSV in: see csv.h. Cells are decoded one after another into one text, which the table owns. */
#include "base/quote.h"
#include "base/utf8.h"
#include "result/csv.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 4096u

struct reader {
    struct hb_csv_table *table;
    const char *path;
    struct hb_err *err;
    const char *at, *end; /* of the text */
    char *to;             /* where the next cell's bytes go */
    unsigned long line;   /* of the last byte taken */
    bool is_line_over;    /* the next byte is on another */
};

static int fail(struct reader *r, const char *problem)
{
    return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: %s", r->path, r->line ? r->line : 1, problem);
}

/* --- bytes ----------------------------------------------------------------------------------- */

/* -1 at the end. */
static int peek(const struct reader *r)
{
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

/* LF, CR LF and CR each end a line. */
static int take(struct reader *r)
{
    const int c = peek(r);
    if (c < 0)
        return c;
    r->line += r->is_line_over;
    r->at++;
    r->is_line_over = c == '\n' || (c == '\r' && peek(r) != '\n');
    return c;
}

static bool is_line_end(int c)
{
    return c == '\n' || c == '\r';
}

static bool is_cell_end(int c)
{
    return c == ',' || c < 0 || is_line_end(c);
}

/* --- cells ----------------------------------------------------------------------------------- */

static int stray_quote(struct reader *r)
{
    return fail(r, "a quote inside a cell that is not quoted, or text after the closing quote");
}

/* Of two quotes in a row one is meant. */
static int read_quoted(struct reader *r)
{
    int c;
    (void)take(r);
    while ((c = take(r)) != '"' || peek(r) == '"') {
        if (c < 0)
            return fail(r, "the text ends inside a quoted cell");
        if (c == '"')
            (void)take(r);
        *r->to++ = (char)c;
    }
    return is_cell_end(peek(r)) ? 0 : stray_quote(r);
}

static int read_plain(struct reader *r)
{
    while (!is_cell_end(peek(r))) {
        const int c = take(r);
        if (c == '"')
            return stray_quote(r);
        *r->to++ = (char)c;
    }
    return 0;
}

static int read_cell(struct reader *r, char **cell)
{
    *cell = r->to;
    if ((peek(r) == '"' ? read_quoted(r) : read_plain(r)) != 0)
        return -1;
    const size_t size = (size_t)(r->to - *cell);
    if (memchr(*cell, '\0', size))
        return fail(r, "a NUL byte");
    if (!hb_utf8_is_text(*cell, size))
        return fail(r, "not UTF-8");
    *r->to++ = '\0'; /* there is room: a comma or a line end was passed over */
    return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static int add_column(struct reader *r, const char *name)
{
    struct hb_csv_table *table = r->table;
    if (table->column_count == COLUMNS_MAX)
        return fail(r, "more than 4096 columns");
    const char **columns = reallocarray(table->columns, table->column_count + 1, sizeof *columns);
    if (!columns)
        return hb_err_memory(r->err, r->path);
    table->columns = columns;
    columns[table->column_count++] = name;
    return 0;
}

static int check_columns(struct reader *r)
{
    const struct hb_csv_table *table = r->table;
    for (size_t i = 1; i < table->column_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(table->columns[i], table->columns[j]) != 0)
                continue;
            return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: the column %s is there twice", r->path,
                              r->line, hb_quote(table->columns[i]).text);
        }
    }
    return 0;
}

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

/* The cell at this place in its row. Those beyond the heading's are counted, for the message, and
 * not kept. */
static int add_cell(struct reader *r, char *cell, size_t place)
{
    struct hb_csv_table *table = r->table;
    if (place >= table->column_count)
        return 0;
    if (table->row_count == table->row_capacity && grow(table) != 0)
        return hb_err_memory(r->err, r->path);
    table->cells[table->row_count * table->column_count + place] = cell;
    return 0;
}

static int end_row(struct reader *r, size_t count)
{
    struct hb_csv_table *table = r->table;
    if (count != table->column_count)
        return hb_err_set(r->err, HB_ERR_USAGE,
                          "%s:%lu: expected %zu cells, as in the heading, found %zu", r->path,
                          r->line, table->column_count, count);
    table->lines[table->row_count++] = r->line;
    return 0;
}

static int read_row(struct reader *r, bool is_heading)
{
    size_t count = 0;
    do {
        char *cell;
        if (read_cell(r, &cell) != 0 ||
            (is_heading ? add_column(r, cell) : add_cell(r, cell, count)) != 0)
            return -1;
        count++;
    } while (peek(r) == ',' && take(r) == ',');
    return is_heading ? check_columns(r) : end_row(r, count);
}

static int read_rows(struct reader *r, bool is_heading)
{
    for (;;) {
        while (is_line_end(peek(r)))
            (void)take(r);
        if (peek(r) < 0)
            return is_heading ? fail(r, "expected a heading, found nothing") : 0;
        if (read_row(r, is_heading) != 0)
            return -1;
        is_heading = false;
    }
}

int hb_csv_parse_bare(const char *text, size_t size, const char *path, const char *const *columns,
                      size_t column_count, struct hb_csv_table *table, struct hb_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    *table = (struct hb_csv_table){.text = malloc(size + 1)};
    if (!table->text)
        return hb_err_memory(err, path);
    struct reader r = {.table = table,
                       .path = path,
                       .err = err,
                       .at = size >= 3 && memcmp(text, mark, 3) == 0 ? text + 3 : text,
                       .end = text + size,
                       .to = table->text,
                       .is_line_over = true};
    int status = 0;
    for (size_t i = 0; status == 0 && i < column_count; i++)
        status = add_column(&r, columns[i]);
    if (status == 0 && read_rows(&r, column_count == 0) == 0)
        return 0;
    hb_csv_free(table);
    return -1;
}

int hb_csv_parse(const char *text, size_t size, const char *path, struct hb_csv_table *table,
                 struct hb_err *err)
{
    return hb_csv_parse_bare(text, size, path, NULL, 0, table, err);
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
    free(table->text);
    free(table->cells);
    free(table->columns);
    free(table->lines);
    *table = (struct hb_csv_table){0};
}
