/* What a page is made of: see html_parts.h. */
#include "report/html_parts.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hb_html_section(struct hb_html *page, const char *key, const char *title)
{
    hb_buf_printf(page->out, "<section class=\"part\">\n<h%u id=\"s%u-%s\">", page->level,
                  page->session, key);
    hb_html_text(page->out, title);
    hb_buf_printf(page->out, "</h%u>\n", page->level);
}

void hb_html_section_end(struct hb_html *page)
{
    hb_buf_text(page->out, "</section>\n");
}

static void add_formatted(struct hb_buf *out, const char *format, va_list args)
{
    char text[4096];
    (void)vsnprintf(text, sizeof text, format, args);
    hb_html_text(out, text);
}

void hb_html_says(struct hb_html *page, const char *format, ...)
{
    va_list args;
    hb_buf_text(page->out, "<p class=\"says\">");
    va_start(args, format);
    add_formatted(page->out, format, args);
    va_end(args);
    hb_buf_text(page->out, "</p>\n");
}

void hb_html_fact(struct hb_html *page, const char *term, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!text[0])
        return;
    hb_buf_text(page->out, "<div>");
    hb_html_element(page->out, "dt", NULL, "%s", term);
    hb_html_element(page->out, "dd", NULL, "%s", text);
    hb_buf_text(page->out, "</div>\n");
}

/* ---- lists ---- */

void hb_html_list_of_markdown(struct hb_html *page, const char *markdown)
{
    bool is_open = false;
    while (*markdown) {
        const size_t length = strcspn(markdown, "\n");
        if (length > 2 && strncmp(markdown, "- ", 2) == 0) {
            if (!is_open)
                hb_buf_text(page->out, "<ul class=\"notes\">\n");
            is_open = true;
            hb_html_element(page->out, "li", NULL, "%.*s", (int)length - 2, markdown + 2);
            hb_buf_char(page->out, '\n');
        }
        markdown += length + (markdown[length] == '\n');
    }
    if (is_open)
        hb_buf_text(page->out, "</ul>\n");
}

/* ---- tables ---- */

static bool is_empty_column(const struct hb_table *table, size_t column)
{
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        if (table->cells[i].text[0])
            return false;
    }
    return true;
}

/* Bytes of a sign that is followed by a space and a word; 0 when there is none. */
static size_t sign_length(const char *text)
{
    const size_t length = hb_utf8_length(text, strnlen(text, 4));
    if (length == 0 || text[length] != ' ' || !text[length + 1])
        return 0;
    return length == 1 && (isalnum((unsigned char)*text) || strchr("-+<>", *text)) ? 0 : length;
}

/* The word says what the sign shows: a screen reader need not read the sign. */
static void add_cell_text(struct hb_buf *out, const struct hb_cell *cell)
{
    static const char *const kinds[] = {[HB_STYLE_GOOD] = "good",
                                        [HB_STYLE_BAD] = "bad",
                                        [HB_STYLE_DIM] = "dim",
                                        [HB_STYLE_PLAIN] = "",
                                        [HB_STYLE_STRONG] = ""};
    const size_t sign = kinds[cell->style][0] ? sign_length(cell->text) : 0;
    if (!sign) {
        hb_html_text(out, cell->text);
        return;
    }
    hb_buf_printf(out, "<span class=\"chip %s\"><span aria-hidden=\"true\">%.*s</span> ",
                  kinds[cell->style], (int)sign, cell->text);
    hb_html_text(out, cell->text + sign + 1);
    hb_buf_text(out, "</span>");
}

/* How many rows from this one on have the same heading; 0 when the row before has it already. */
static size_t rows_headed(const struct hb_table *table, size_t first)
{
    const struct hb_cell *cell = &table->cells[first];
    size_t rows = 1;
    if (cell->style != HB_STYLE_STRONG)
        return 1;
    if (first >= table->column_count &&
        strcmp(table->cells[first - table->column_count].text, cell->text) == 0)
        return 0;
    for (size_t i = first + table->column_count; i + table->column_count <= table->cell_count;
         i += table->column_count, rows++) {
        if (strcmp(table->cells[i].text, cell->text) != 0)
            break;
    }
    return rows;
}

static void add_heading(struct hb_buf *out, const struct hb_cell *cell, size_t rows)
{
    if (rows > 1)
        hb_buf_printf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">", rows);
    else
        hb_buf_text(out, "<th scope=\"row\">");
    hb_html_text(out, cell->text);
    hb_buf_text(out, "</th>");
}

static void add_cell(struct hb_buf *out, const struct hb_cell *cell, enum hb_align align)
{
    const bool right = align == HB_ALIGN_RIGHT, dim = cell->style == HB_STYLE_DIM;
    hb_buf_text(out, right && dim ? "<td class=\"n dim\">"
                     : right      ? "<td class=\"n\">"
                     : dim        ? "<td class=\"dim\">"
                                  : "<td>");
    add_cell_text(out, cell);
    hb_buf_text(out, "</td>");
}

static void add_row(struct hb_buf *out, const struct hb_table *table, size_t first)
{
    const size_t rows = rows_headed(table, first);
    hb_buf_text(out, rows > 1 ? "<tr class=\"first\">" : "<tr>");
    for (size_t c = 0; c < table->column_count; c++) {
        const struct hb_cell *cell = &table->cells[first + c];
        if (is_empty_column(table, c) || (c == 0 && rows == 0))
            continue;
        if (cell->style == HB_STYLE_STRONG)
            add_heading(out, cell, c == 0 ? rows : 1);
        else
            add_cell(out, cell, table->aligns[c]);
    }
    hb_buf_text(out, "</tr>\n");
}

static void add_head(struct hb_buf *out, const struct hb_table *table)
{
    hb_buf_text(out, "<thead><tr>");
    for (size_t c = 0; c < table->column_count; c++) {
        if (is_empty_column(table, c))
            continue;
        hb_buf_text(out, table->aligns[c] == HB_ALIGN_RIGHT ? "<th scope=\"col\" class=\"n\">"
                                                            : "<th scope=\"col\">");
        hb_html_text(out, table->headings[c]);
        hb_buf_text(out, "</th>");
    }
    hb_buf_text(out, "</tr></thead>\n<tbody>\n");
}

void hb_html_table(struct hb_html *page, struct hb_table *table, const char *caption)
{
    struct hb_buf *out = page->out;
    out->failed |= table->failed;
    hb_buf_text(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
    hb_html_text(out, caption);
    hb_buf_text(out, "\"><table><caption>");
    hb_html_text(out, caption);
    hb_buf_text(out, "</caption>\n");
    add_head(out, table);
    for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
        add_row(out, table, i);
    hb_buf_text(out, "</tbody></table></div>\n");
    hb_table_free(table);
}
