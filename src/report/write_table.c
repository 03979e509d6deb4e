/* Tables as text: see write_text.h. What does not fit a screen gives way in this order: columns
 * that may, asides, the width of cells that break; then each row is a block of lines. */
#include "report/write_text.h"

#include <stdlib.h>
#include <string.h>

#define GAP      2u
#define LEAST    60u /* on a narrower screen a table that does not fit is a list */
#define BREAK_AT 14u /* a cell that breaks is no narrower */

/* A table on its way to a screen. */
struct layout {
    const struct hb_table *table;
    const struct hb_screen *screen;
    size_t *widths;     /* [columns]; 0: left out */
    const char **units; /* [columns]: said in the heading; NULL: none is */
    size_t hidden;      /* columns left out for want of room */
    bool without_asides;
    bool *failed; /* set when a text was lost for want of memory */
};

/* cells[0..) of each row that is shown. */
static size_t next_row(const struct hb_table *table, size_t from)
{
    while (from < table->cell_count && hb_table_is_detail(table, from))
        from += table->column_count;
    return from;
}

/* ---- what is in a column ---- */

/* The unit that all numbers of a column have, or NULL. Zero has any. */
static const char *unit_of(const struct hb_table *table, size_t column)
{
    const char *unit = NULL;
    for (size_t i = next_row(table, 0); i < table->cell_count;
         i = next_row(table, i + table->column_count)) {
        const struct hb_cell *cell = &table->cells[i + column];
        if (!cell->unit_at || (cell->unit_at == 1 && cell->text[0] == '0'))
            continue;
        if (unit && strcmp(unit, cell->text + cell->unit_at) != 0)
            return NULL;
        unit = cell->text + cell->unit_at;
    }
    return unit;
}

static void heading_text(const struct layout *layout, size_t column, struct hb_buf *out)
{
    const char *heading = layout->table->columns[column].heading;
    const char *unit = layout->units[column];
    out->size = 0;
    hb_buf_printf(out, "%s%s", heading, unit && !strstr(heading, unit) ? unit : "");
    *layout->failed |= out->failed;
}

static void cell_text(const struct layout *layout, size_t i, struct hb_buf *out)
{
    const struct hb_cell *cell = &layout->table->cells[i];
    const bool is_bare = cell->unit_at && layout->units[i % layout->table->column_count];
    const size_t length = is_bare                                 ? cell->unit_at
                          : layout->without_asides && cell->aside ? cell->aside
                                                                  : strlen(cell->text);
    out->size = 0;
    hb_buf_add(out, cell->text, length);
    *layout->failed |= out->failed;
}

static size_t width_of(const struct layout *layout, size_t column)
{
    const struct hb_table *table = layout->table;
    struct hb_buf text = {0};
    if (!hb_table_has(table, column, false))
        return 0;
    heading_text(layout, column, &text);
    size_t width = hb_screen_characters(hb_buf_string(&text));
    for (size_t i = next_row(table, 0); i < table->cell_count;
         i = next_row(table, i + table->column_count)) {
        cell_text(layout, i + column, &text);
        const size_t length = hb_screen_characters(hb_buf_string(&text));
        width = length > width ? length : width;
    }
    hb_buf_free(&text);
    return width;
}

/* ---- what fits ---- */

static size_t total_of(const struct layout *layout)
{
    size_t total = 0;
    for (size_t c = 0; c < layout->table->column_count; c++)
        total += layout->widths[c] ? layout->widths[c] + (total ? GAP : 0) : 0;
    return total;
}

static void measure(struct layout *layout)
{
    for (size_t c = 0; c < layout->table->column_count; c++)
        layout->widths[c] = width_of(layout, c);
}

/* Leaves out the column that gives way first; false when none does. */
static bool hide_one(struct layout *layout)
{
    size_t first = 0;
    for (size_t c = 1; c < layout->table->column_count; c++) {
        if (layout->widths[c] && layout->table->columns[c].late &&
            (!first || layout->table->columns[c].late >= layout->table->columns[first].late))
            first = c;
    }
    if (first) {
        layout->widths[first] = 0;
        layout->hidden++;
    }
    return first > 0;
}

static void drop_asides(struct layout *layout)
{
    layout->without_asides = true;
    for (size_t c = 0; c < layout->table->column_count; c++)
        layout->widths[c] = layout->widths[c] ? width_of(layout, c) : 0;
}

static bool may_break(const struct hb_column *column)
{
    return column->wraps || column->breaks;
}

/* The widest cells that break, by one character after the other. */
static bool narrow_one(struct layout *layout)
{
    size_t widest = SIZE_MAX;
    for (size_t c = 0; c < layout->table->column_count; c++) {
        if (may_break(&layout->table->columns[c]) && layout->widths[c] > BREAK_AT &&
            (widest == SIZE_MAX || layout->widths[c] > layout->widths[widest]))
            widest = c;
    }
    if (widest != SIZE_MAX)
        layout->widths[widest]--;
    return widest != SIZE_MAX;
}

/* False when the table does not fit as one. */
static bool fit(struct layout *layout)
{
    const size_t width = layout->screen->is_wide ? 0 : layout->screen->width;
    const size_t most = width && width < LEAST ? LEAST : width;
    measure(layout);
    while (most && total_of(layout) > most && hide_one(layout))
        ;
    if (most && total_of(layout) > most)
        drop_asides(layout);
    while (most && total_of(layout) > most && narrow_one(layout))
        ;
    return total_of(layout) <= width || !width;
}

/* ---- rows ---- */

static void repeat(struct hb_buf *out, char c, size_t count)
{
    while (count--)
        hb_buf_char(out, c);
}

/* The next piece of a cell, with its padding; *text is what is left of it. */
static void add_piece(const struct layout *layout, size_t column, const char **text,
                      enum hb_style style, struct hb_buf *out)
{
    const size_t width = layout->widths[column], size = hb_screen_part(*text, width);
    char *piece = strndup(*text, size);
    out->failed |= !piece;
    const size_t padding = piece ? width - hb_screen_characters(piece) : 0;
    const bool is_right = layout->table->columns[column].align == HB_ALIGN_RIGHT;
    repeat(out, ' ', is_right ? padding : 0);
    if (piece && *piece)
        hb_style_text(out, layout->screen->voice == HB_VOICE_COLOUR, style, piece);
    repeat(out, ' ', is_right ? 0 : padding);
    *text += size;
    *text += strspn(*text, " ");
    free(piece);
}

static void trim(struct hb_buf *out)
{
    while (out->size && out->bytes[out->size - 1] == ' ') /* empty cells at the end of a row */
        out->bytes[--out->size] = '\0';
}

/* Lines of headings (first SIZE_MAX) or of a row, as many as its longest cell needs. */
static void write_row(const struct layout *layout, size_t first, struct hb_buf *out)
{
    const struct hb_table *table = layout->table;
    const size_t columns = table->column_count;
    struct hb_buf *texts = calloc(columns + 1, sizeof *texts);
    const char **left = calloc(columns + 1, sizeof *left);
    bool is_more = texts && left;
    out->failed |= !is_more;
    for (size_t c = 0; is_more && c < columns; c++) {
        if (first == SIZE_MAX)
            heading_text(layout, c, &texts[c]);
        else
            cell_text(layout, first + c, &texts[c]);
        left[c] = hb_buf_string(&texts[c]);
    }
    while (is_more) {
        bool is_first = true;
        is_more = false;
        for (size_t c = 0; c < columns; c++) {
            if (!layout->widths[c])
                continue;
            repeat(out, ' ', is_first ? 0 : GAP);
            is_first = false;
            add_piece(layout, c, &left[c],
                      first == SIZE_MAX ? HB_STYLE_STRONG : table->cells[first + c].style, out);
            is_more |= *left[c] != '\0';
        }
        trim(out);
        hb_buf_char(out, '\n');
    }
    for (size_t c = 0; texts && c < columns; c++)
        hb_buf_free(&texts[c]);
    free(texts);
    free(left);
}

/* ---- a block a row, where not even the columns that stay fit ---- */

static void write_item(const struct layout *layout, size_t first, size_t heading_width,
                       struct hb_buf *out)
{
    const struct hb_table *table = layout->table;
    const bool colour = layout->screen->voice == HB_VOICE_COLOUR;
    struct hb_buf heading = {0}, text = {0};
    hb_style_text(out, colour, HB_STYLE_STRONG, table->cells[first].text);
    hb_buf_char(out, '\n');
    for (size_t c = 1; c < table->column_count; c++) {
        cell_text(layout, first + c, &text);
        if (!layout->widths[c] || !text.size)
            continue;
        heading_text(layout, c, &heading);
        hb_buf_printf(out, "  %s", hb_buf_string(&heading));
        repeat(out, ' ', heading_width - hb_screen_characters(hb_buf_string(&heading)) + GAP);
        const struct hb_screen screen = {.width = layout->screen->width, .wraps = true};
        struct hb_buf lines = {0};
        hb_screen_wrap(&screen, hb_buf_string(&text), 2 + heading_width + GAP, 4, &lines);
        hb_buf_text(out, colour ? hb_style_code(table->cells[first + c].style) : "");
        hb_buf_text(out, hb_buf_string(&lines));
        hb_buf_text(out, colour && table->cells[first + c].style ? HB_STYLE_END : "");
        hb_buf_char(out, '\n');
        out->failed |= lines.failed;
        hb_buf_free(&lines);
    }
    hb_buf_free(&heading);
    hb_buf_free(&text);
}

static void write_list(const struct layout *layout, struct hb_buf *out)
{
    const struct hb_table *table = layout->table;
    struct hb_buf heading = {0};
    size_t width = 0;
    for (size_t c = 1; c < table->column_count; c++) {
        if (!layout->widths[c])
            continue;
        heading_text(layout, c, &heading);
        const size_t length = hb_screen_characters(hb_buf_string(&heading));
        width = length > width ? length : width;
    }
    hb_buf_free(&heading);
    for (size_t i = next_row(table, 0); i + table->column_count <= table->cell_count;
         i = next_row(table, i + table->column_count))
        write_item(layout, i, width, out);
}

/* ---- the table ---- */

static void write_table(const struct layout *layout, struct hb_buf *out)
{
    const struct hb_table *table = layout->table;
    write_row(layout, SIZE_MAX, out);
    repeat(out, '-', total_of(layout));
    hb_buf_char(out, '\n');
    for (size_t i = next_row(table, 0); i + table->column_count <= table->cell_count;
         i = next_row(table, i + table->column_count))
        write_row(layout, i, out);
}

/* A character that ends a cell, or a row, is none of the cell's. */
static void markdown_cell(struct hb_buf *out, const char *text)
{
    hb_buf_text(out, "| ");
    for (; *text; text++) {
        if (*text == '|')
            hb_buf_char(out, '\\');
        hb_buf_char(out, *text == '\n' ? '?' : *text);
    }
    hb_buf_char(out, ' ');
}

static void write_markdown(const struct layout *layout, struct hb_buf *out)
{
    const struct hb_table *table = layout->table;
    const size_t columns = table->column_count;
    struct hb_buf text = {0};
    for (size_t c = 0; c < columns; c++) {
        heading_text(layout, c, &text);
        if (layout->widths[c])
            markdown_cell(out, hb_buf_string(&text));
    }
    hb_buf_text(out, "|\n");
    for (size_t c = 0; c < columns; c++) {
        if (layout->widths[c])
            hb_buf_text(out, table->columns[c].align == HB_ALIGN_RIGHT ? "| --: " : "| --- ");
    }
    hb_buf_text(out, "|\n");
    for (size_t i = next_row(table, 0); i + columns <= table->cell_count;
         i = next_row(table, i + columns)) {
        for (size_t c = 0; c < columns; c++) {
            cell_text(layout, i + c, &text);
            if (layout->widths[c])
                markdown_cell(out, hb_buf_string(&text));
        }
        hb_buf_text(out, "|\n");
    }
    hb_buf_free(&text);
}

int hb_table_write(const struct hb_table *table, const struct hb_screen *screen, struct hb_buf *out)
{
    struct layout layout = {.table = table, .screen = screen, .failed = &out->failed};
    layout.widths = calloc(table->column_count + 1, sizeof *layout.widths);
    layout.units = calloc(table->column_count + 1, sizeof *layout.units);
    int hidden = -1;
    if (!table->failed && layout.widths && layout.units) {
        for (size_t c = 0; c < table->column_count; c++)
            layout.units[c] = unit_of(table, c);
        const bool fits = fit(&layout);
        if (screen->voice == HB_VOICE_MARKDOWN)
            write_markdown(&layout, out);
        else if (fits)
            write_table(&layout, out);
        else
            write_list(&layout, out);
        hidden = out->failed ? -1 : (int)layout.hidden;
    }
    free(layout.widths);
    free(layout.units);
    return hidden;
}
