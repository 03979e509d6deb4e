/* Documents as text: see write_text.h. Widths are counted in characters, so that UTF-8 lines up. */
#include "report/write_text.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hb_style_text(struct hb_buf *out, bool colour, enum hb_style style, const char *text)
{
    const bool styled = colour && style != HB_STYLE_PLAIN;
    if (styled)
        hb_buf_text(out, hb_style_code(style));
    const size_t start = out->size;
    hb_buf_text(out, text);
    hb_hide_controls_from(out, start);
    if (styled)
        hb_buf_text(out, HB_STYLE_END);
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

/* ---- tables ---- */

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
    size_t width = characters(table->columns[column].heading);
    if (!hb_table_has(table, column, false))
        return 0;
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        const size_t length = characters(table->cells[i].text);
        if (length > width && !hb_table_is_detail(table, i - column))
            width = length;
    }
    return width;
}

static void repeat(struct hb_buf *out, char c, size_t count)
{
    while (count--)
        hb_buf_char(out, c);
}

static void write_cell(struct hb_buf *out, const char *text, size_t width, enum hb_align align,
                       bool colour, enum hb_style style)
{
    const size_t padding = width - characters(text);
    if (align == HB_ALIGN_RIGHT)
        repeat(out, ' ', padding);
    hb_style_text(out, colour, style, text);
    if (align == HB_ALIGN_LEFT)
        repeat(out, ' ', padding);
}

/* One line of headings (cells NULL) or of a row. */
static void write_row(const struct hb_table *table, const size_t *widths,
                      const struct hb_cell *cells, bool colour, struct hb_buf *out)
{
    bool first = true;
    for (size_t c = 0; c < table->column_count; c++) {
        if (!widths[c])
            continue;
        repeat(out, ' ', first ? 0 : 2);
        first = false;
        write_cell(out, cells ? cells[c].text : table->columns[c].heading, widths[c],
                   table->columns[c].align, colour, cells ? cells[c].style : HB_STYLE_STRONG);
    }
    while (out->size && out->bytes[out->size - 1] == ' ') /* empty cells at the end of a row */
        out->bytes[--out->size] = '\0';
    hb_buf_char(out, '\n');
}

/* cells[0..) of each row that is shown. */
static size_t next_row(const struct hb_table *table, size_t from)
{
    while (from < table->cell_count && hb_table_is_detail(table, from))
        from += table->column_count;
    return from;
}

int hb_table_write(const struct hb_table *table, bool colour, struct hb_buf *out)
{
    const size_t columns = table->column_count;
    size_t total = 0, *widths = calloc(columns + 1, sizeof *widths);
    if (table->failed || !widths) {
        free(widths);
        return -1;
    }
    for (size_t c = 0; c < columns; c++) {
        widths[c] = column_width(table, c);
        total += widths[c] ? widths[c] + (total ? 2 : 0) : 0;
    }
    write_row(table, widths, NULL, colour, out);
    repeat(out, '-', total);
    hb_buf_char(out, '\n');
    for (size_t i = next_row(table, 0); i + columns <= table->cell_count;
         i = next_row(table, i + columns))
        write_row(table, widths, &table->cells[i], colour, out);
    free(widths);
    return out->failed ? -1 : 0;
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

static void markdown_row(const struct hb_table *table, const struct hb_cell *cells,
                         struct hb_buf *out)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (hb_table_has(table, c, false))
            markdown_cell(out, cells ? cells[c].text : table->columns[c].heading);
    }
    hb_buf_text(out, "|\n");
}

int hb_table_write_markdown(const struct hb_table *table, struct hb_buf *out)
{
    const size_t columns = table->column_count;
    if (table->failed)
        return -1;
    markdown_row(table, NULL, out);
    for (size_t c = 0; c < columns; c++) {
        if (hb_table_has(table, c, false))
            hb_buf_text(out, table->columns[c].align == HB_ALIGN_RIGHT ? "| --: " : "| --- ");
    }
    hb_buf_text(out, "|\n");
    for (size_t i = next_row(table, 0); i + columns <= table->cell_count;
         i = next_row(table, i + columns))
        markdown_row(table, &table->cells[i], out);
    return out->failed ? -1 : 0;
}

/* ---- documents ---- */

static void write_line(struct hb_buf *out, bool markdown, const char *text)
{
    const size_t start = out->size;
    hb_buf_printf(out, "%s%s", markdown ? "- " : "  ", text);
    hb_hide_controls_from(out, start);
    hb_buf_char(out, '\n');
}

static void write_section(struct hb_buf *out, enum hb_voice voice, const struct hb_block *block)
{
    struct hb_buf heading = {0};
    hb_buf_text(&heading, block->text);
    if (block->more[0])
        hb_buf_printf(&heading, " (%s)", block->more);
    hb_buf_char(out, '\n');
    if (voice == HB_VOICE_MARKDOWN)
        hb_buf_printf(out, "### %s\n", hb_buf_string(&heading));
    else
        hb_style_text(out, voice == HB_VOICE_COLOUR, HB_STYLE_STRONG, hb_buf_string(&heading));
    hb_buf_char(out, '\n');
    out->failed |= heading.failed;
    hb_buf_free(&heading);
}

static void write_head(struct hb_buf *out, enum hb_voice voice, const struct hb_block *block)
{
    if (voice != HB_VOICE_MARKDOWN && block->name) {
        hb_style_text(out, voice == HB_VOICE_COLOUR, HB_STYLE_STRONG, block->name);
        hb_buf_text(out, block->name[0] ? "  " : "");
    }
    hb_buf_printf(out, voice == HB_VOICE_MARKDOWN ? "%s\n\n" : "%s\n", block->text);
}

/* True when an empty line is to come before a heading: there is something, and none yet. */
static bool ends_open(const struct hb_buf *out)
{
    return out->size > 1 &&
           !(out->bytes[out->size - 1] == '\n' && out->bytes[out->size - 2] == '\n');
}

static void write_block(struct hb_buf *out, enum hb_voice voice, const struct hb_block *block)
{
    const bool markdown = voice == HB_VOICE_MARKDOWN;
    switch (block->kind) {
    case HB_BLOCK_TITLE:
        hb_buf_printf(out, "%s%s\n\n", markdown ? "# " : "", block->text);
        return;
    case HB_BLOCK_TEXT:
        hb_buf_printf(out, "%s\n", block->text);
        return;
    case HB_BLOCK_PART:
        hb_buf_printf(out, "%s%s%s\n\n", ends_open(out) ? "\n" : "", markdown ? "## " : "",
                      block->name);
        return;
    case HB_BLOCK_SECTION:
        write_section(out, voice, block);
        return;
    case HB_BLOCK_HEAD:
        write_head(out, voice, block);
        return;
    case HB_BLOCK_TABLE:
        out->failed |=
            (markdown ? hb_table_write_markdown(block->table, out)
                      : hb_table_write(block->table, voice == HB_VOICE_COLOUR, out)) != 0;
        return;
    default:
        write_line(out, markdown, block->text);
    }
}

/* An empty line parts two tables; in Markdown also a table and a list, else one ends the other. */
static bool are_parted(const struct hb_block *before, const struct hb_block *block, bool markdown)
{
    const bool was_table = before->kind == HB_BLOCK_TABLE, is_table = block->kind == HB_BLOCK_TABLE;
    const bool was_line = before->kind == HB_BLOCK_LINE, is_line = block->kind == HB_BLOCK_LINE;
    return was_table ? is_table || (markdown && is_line) : was_line && is_table && markdown;
}

int hb_doc_write(const struct hb_doc *doc, enum hb_voice voice, struct hb_buf *out,
                 struct hb_err *err)
{
    const struct hb_block *before = NULL;
    struct hb_buf text = {0};
    if (hb_doc_check(doc, err) != 0)
        return -1;
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_block *block = &doc->blocks[i];
        if (!hb_doc_shows(doc, i, false))
            continue;
        if (before && are_parted(before, block, voice == HB_VOICE_MARKDOWN))
            hb_buf_char(&text, '\n');
        write_block(&text, voice, block);
        before = block;
    }
    hb_voice_apply(&text, voice);
    hb_buf_add(out, hb_buf_string(&text), text.size);
    out->failed |= text.failed;
    hb_buf_free(&text);
    return hb_buf_check(out, err);
}

int hb_text_print(struct hb_buf *text, bool colour, FILE *to, struct hb_err *err)
{
    hb_voice_apply(text, colour ? HB_VOICE_COLOUR : HB_VOICE_PLAIN);
    const int status = hb_buf_check(text, err);
    if (status == 0)
        (void)fputs(hb_buf_string(text), to);
    hb_buf_free(text);
    return status;
}

int hb_doc_print(const struct hb_doc *doc, bool markdown, FILE *to, struct hb_err *err)
{
    struct hb_buf out = {0};
    const enum hb_voice voice = markdown                       ? HB_VOICE_MARKDOWN
                                : hb_colour_wanted(fileno(to)) ? HB_VOICE_COLOUR
                                                               : HB_VOICE_PLAIN;
    const int status = hb_doc_write(doc, voice, &out, err);
    if (status == 0)
        (void)fputs(hb_buf_string(&out), to);
    hb_buf_free(&out);
    return status;
}
