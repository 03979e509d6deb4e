/* A document as a page: see write_page.h. */
#include "report/write_page.h"

#include "report/chart_svg.h"
#include "report/page_style.h"
#include "report/voice.h"

#include <stdio.h>
#include <string.h>

/* Nothing may be fetched, nothing run: what a file says cannot change that. */
#define POLICY                                                                                     \
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "              \
    "form-action 'none'"

struct page {
    const struct hb_doc *doc;
    const struct hb_page_options *options;
    struct hb_buf *out;
    unsigned part;     /* number of the part that is being written, from 1; in every id */
    unsigned figures;  /* written so far; in every id */
    bool in_part;      /* under a part's own heading */
    const char *open;  /* what closes the group of blocks that is open; NULL: none is */
    const char *close; /* what closes the section that is open; NULL: none is */
};

/* ---- tables ---- */

/* Columns in the order in which a page shows them: the row's name, those that lead from the last
 * on, as verdicts stand at the end of a line of text, and the others. */
static size_t column_at(const struct hb_table *table, size_t place)
{
    size_t seen = 1;
    if (place == 0)
        return 0;
    for (size_t c = table->column_count; --c > 0;) {
        if (table->columns[c].leads && seen++ == place)
            return c;
    }
    for (size_t c = 1; c < table->column_count; c++) {
        if (!table->columns[c].leads && seen++ == place)
            return c;
    }
    return 0;
}

/* The word says what the sign shows: a screen reader need not read the sign. */
static void add_cell(struct hb_buf *out, const struct hb_cell *cell, const struct hb_column *column)
{
    static const char *const kinds[HB_STYLE_COUNT] = {[HB_STYLE_GOOD] = "good",
                                                      [HB_STYLE_BAD] = "bad",
                                                      [HB_STYLE_DIM] = "dim",
                                                      [HB_STYLE_PLAIN] = "dim",
                                                      [HB_STYLE_STRONG] = "dim"};
    const bool dim = cell->style == HB_STYLE_DIM && !cell->sign;
    if (column->align == HB_ALIGN_RIGHT)
        hb_buf_text(out, dim ? "<td class=\"n dim\">" : "<td class=\"n\">");
    else
        hb_buf_text(out, column->wraps    ? "<td class=\"long\">"
                         : column->breaks ? "<td class=\"words\">"
                         : dim            ? "<td class=\"dim\">"
                                          : "<td>");
    if (cell->sign)
        hb_buf_printf(out, "<span class=\"chip %s\"><span aria-hidden=\"true\">%s</span> ",
                      kinds[cell->style], cell->sign);
    hb_html_text(out, cell->text);
    hb_buf_text(out, cell->sign ? "</span></td>" : "</td>");
}

/* How many rows from this one on have the same name; 0 when the row before has it already. */
static size_t rows_named(const struct hb_table *table, size_t first)
{
    const char *name = table->cells[first].text;
    size_t rows = 1;
    if (first && strcmp(table->cells[first - table->column_count].text, name) == 0)
        return 0;
    for (size_t i = first + table->column_count; i + table->column_count <= table->cell_count;
         i += table->column_count, rows++) {
        if (strcmp(table->cells[i].text, name) != 0)
            break;
    }
    return rows;
}

static void add_name(struct hb_buf *out, const char *name, size_t rows)
{
    if (rows > 1)
        hb_buf_printf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">", rows);
    else
        hb_buf_text(out, name[0] ? "<th scope=\"row\">" : "<td>");
    hb_html_text(out, name);
    hb_buf_text(out, name[0] || rows > 1 ? "</th>" : "</td>");
}

static void add_row(struct hb_buf *out, const struct hb_table *table, size_t first)
{
    const size_t rows = rows_named(table, first);
    hb_buf_text(out, rows > 1 ? "<tr class=\"first\">" : "<tr>");
    if (rows)
        add_name(out, table->cells[first].text, rows);
    for (size_t place = 1; place < table->column_count; place++) {
        const size_t c = column_at(table, place);
        if (hb_table_has(table, c, true))
            add_cell(out, &table->cells[first + c], &table->columns[c]);
    }
    hb_buf_text(out, "</tr>\n");
}

/* A column without a word has no heading to be read out. */
static void add_heading(struct hb_buf *out, const struct hb_column *column)
{
    if (!column->heading[0]) {
        hb_buf_text(out, "<td></td>");
        return;
    }
    hb_buf_text(out, column->align == HB_ALIGN_RIGHT ? "<th scope=\"col\" class=\"n\""
                                                     : "<th scope=\"col\"");
    if (column->unit)
        hb_buf_printf(out, " title=\"%s\"", column->unit);
    hb_buf_char(out, '>');
    hb_html_text(out, column->heading);
    hb_buf_text(out, "</th>");
}

static void add_table(struct hb_buf *out, const struct hb_table *table, const char *caption,
                      const char *box, const char *kind)
{
    out->failed |= table->failed;
    hb_buf_printf(out, "<div class=\"%s\" tabindex=\"0\" role=\"group\" aria-label=\"", box);
    hb_html_text(out, caption);
    hb_buf_printf(out, "\"><table%s><caption>", kind);
    hb_html_text(out, caption);
    hb_buf_text(out, "</caption>\n<thead><tr>");
    for (size_t place = 0; place < table->column_count; place++) {
        const size_t c = column_at(table, place);
        if (place == 0 || hb_table_has(table, c, true))
            add_heading(out, &table->columns[c]);
    }
    hb_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i + table->column_count <= table->cell_count && !table->failed;
         i += table->column_count)
        add_row(out, table, i);
    hb_buf_text(out, "</tbody></table></div>\n");
}

/* ---- charts ---- */

static void add_key(struct hb_buf *out, const char *kind, unsigned shape, const char *label)
{
    hb_buf_printf(out,
                  "<li><svg class=\"key %s\" viewBox=\"-1.7 -1.7 3.4 3.4\" aria-hidden=\"true\" "
                  "focusable=\"false\"><use href=\"#m%u\"/></svg>",
                  kind, shape);
    hb_html_text(out, label);
    hb_buf_text(out, "</li>");
}

static void add_legend(struct hb_buf *out, const struct hb_chart *chart)
{
    const bool lines = hb_chart_has_axes(chart), bars = chart->kind == HB_CHART_BARS;
    char kind[8];
    if (!lines && !bars && !chart->far_says[0])
        return;
    hb_buf_text(out, "<ul class=\"legend\">");
    for (size_t i = 0; lines && i < chart->line_count; i++) {
        const struct hb_chart_line *line = &chart->lines[i];
        char label[HB_NAME_MAX + 24];
        (void)snprintf(label, sizeof label, "%s%s", line->label,
                       line->is_dashed ? " (dashed)" : "");
        (void)snprintf(kind, sizeof kind, "k%u", line->slot % HB_CHART_SLOTS);
        if (line->count)
            add_key(out, kind, line->slot, label);
    }
    for (unsigned i = 0; bars && i < chart->column_count; i++) {
        (void)snprintf(kind, sizeof kind, "k%u", i % HB_CHART_SLOTS);
        add_key(out, kind, HB_CHART_SHAPE_BAR, chart->columns[i]);
    }
    if (chart->far_says[0])
        add_key(out, "c-far", HB_CHART_SHAPE_RING, chart->far_says);
    hb_buf_text(out, "</ul>\n");
}

/* The numbers of a chart, folded where there are pictures. */
static void add_numbers(const struct page *page, const struct hb_chart *chart)
{
    struct hb_table table;
    hb_chart_numbers(chart, &table);
    hb_buf_text(page->out, page->options->charts ? "<details><summary>Numbers: "
                                                 : "<details open><summary>Numbers: ");
    hb_html_text(page->out, chart->title);
    hb_buf_text(page->out, "</summary>\n");
    add_table(page->out, &table, chart->title, "scroll tall", " class=\"numbers\"");
    hb_buf_text(page->out, "</details>\n");
    hb_table_free(&table);
}

static void add_picture(struct page *page, const struct hb_chart *chart, enum hb_chart_form form,
                        const struct hb_chart_line *only)
{
    char id[48];
    (void)snprintf(id, sizeof id, "f%u%s", page->figures, form == HB_CHART_NARROW ? "n" : "");
    hb_chart_svg(chart, form, only, id, page->out);
}

static void add_apart(struct page *page, const struct hb_chart *chart)
{
    hb_buf_text(page->out, "<div class=\"multiples\">\n");
    for (size_t i = 0; i < chart->line_count; i++) {
        const struct hb_chart_line *line = &chart->lines[i];
        if (line->count == 0)
            continue;
        page->figures++;
        hb_buf_text(page->out, "<figure class=\"chart\"><figcaption>");
        hb_html_text(page->out, line->label);
        hb_html_element(page->out, "span", "more", "%s", line->words);
        hb_buf_text(page->out, "</figcaption>");
        add_picture(page, chart, HB_CHART_SMALL, line);
        hb_buf_text(page->out, "</figure>\n");
    }
    hb_buf_text(page->out, "</div>\n");
}

static void add_chart(struct page *page, const struct hb_chart *chart)
{
    const bool charts = page->options->charts;
    if (chart->is_apart) {
        if (charts)
            add_apart(page, chart);
        add_numbers(page, chart);
        return;
    }
    page->figures++;
    hb_buf_text(page->out, "<figure class=\"chart\">\n");
    if (charts) {
        hb_html_element(page->out, "figcaption", NULL, "%s", chart->title);
        add_picture(page, chart, HB_CHART_WIDE, NULL);
        add_picture(page, chart, HB_CHART_NARROW, NULL);
        add_legend(page->out, chart);
    }
    add_numbers(page, chart);
    hb_buf_text(page->out, "</figure>\n");
}

/* ---- blocks ---- */

static void close_with(struct page *page, const char **what)
{
    if (*what)
        hb_buf_text(page->out, *what);
    *what = NULL;
}

/* Neighbours of a kind are in one list. */
static void open_group(struct page *page, const char *opening, const char *closing)
{
    if (page->open == closing)
        return;
    close_with(page, &page->open);
    hb_buf_text(page->out, opening);
    page->open = closing;
}

static void close_section(struct page *page)
{
    close_with(page, &page->open);
    close_with(page, &page->close);
}

/* "s1-memory"; of a section without a name its block's number. */
static void add_id(struct hb_buf *out, unsigned part, const struct hb_block *block, size_t index)
{
    if (block->kind == HB_BLOCK_PART)
        hb_buf_printf(out, "s%u", part);
    else if (block->name)
        hb_buf_printf(out, "s%u-%s", part, block->name);
    else
        hb_buf_printf(out, "s%u-%zu", part, index);
}

static void add_section(struct page *page, const struct hb_block *block, size_t index)
{
    const unsigned level = page->in_part ? 3 : 2;
    close_section(page);
    hb_buf_printf(page->out, "<section class=\"part\">\n<h%u id=\"", level);
    add_id(page->out, page->part, block, index);
    hb_buf_text(page->out, "\">");
    hb_html_text(page->out, block->text);
    hb_buf_printf(page->out, "</h%u>\n", level);
    if (block->more[0]) {
        hb_html_element(page->out, "p", "more", "%s", block->more);
        hb_buf_char(page->out, '\n');
    }
    page->close = "</section>\n";
}

static void end_part(struct page *page)
{
    close_section(page);
    if (page->in_part)
        hb_buf_text(page->out, page->doc->folds_parts ? "</details>\n" : "</section>\n");
    page->in_part = false;
}

static void add_part(struct page *page, const struct hb_block *block)
{
    end_part(page);
    page->in_part = true;
    hb_buf_printf(page->out, "%s<h2 id=\"s%u\">",
                  page->doc->folds_parts ? "<details class=\"session\"><summary>"
                                         : "<section class=\"session\">\n",
                  page->part);
    hb_html_text(page->out, block->text);
    hb_buf_text(page->out, page->doc->folds_parts ? "</h2></summary>\n" : "</h2>\n");
    hb_html_element(page->out, "p", "brand", "%s", block->name);
    hb_buf_char(page->out, '\n');
}

static void add_paragraph(struct hb_buf *out, const char *kind, const struct hb_block *block)
{
    hb_buf_printf(out, "<p class=\"%s\">", kind);
    if (block->kind == HB_BLOCK_CAUTION) {
        hb_buf_text(out, "<strong><span aria-hidden=\"true\">\xe2\x9a\xa0</span> ");
        hb_html_text(out, block->name ? block->name : "");
        hb_buf_text(out, "</strong> ");
    }
    hb_html_text(out, block->text);
    hb_buf_text(out, "</p>\n");
}

static void add_fact(struct page *page, const char *name, const char *text)
{
    open_group(page, "<dl class=\"facts\">\n", "</dl>\n");
    hb_buf_text(page->out, "<div>");
    hb_html_element(page->out, "dt", NULL, "%s", name);
    hb_buf_text(page->out, "<dd>");
    hb_html_text(page->out, text);
    hb_buf_text(page->out, "</dd></div>\n");
}

static void add_code(struct hb_buf *out, const struct hb_block *block)
{
    if (block->name)
        hb_html_element(out, "summary", NULL, "%s", block->name);
    hb_buf_text(out, "<pre><code>");
    hb_html_text(out, block->text);
    hb_buf_text(out, "</code></pre>");
}

/* A block that stands by itself. */
static void add_single(struct page *page, const struct hb_block *block)
{
    close_with(page, &page->open);
    switch (block->kind) {
    case HB_BLOCK_LEDE:
        add_paragraph(page->out, "lede", block);
        return;
    case HB_BLOCK_CAUTION:
        add_paragraph(page->out, "caution", block);
        return;
    case HB_BLOCK_TABLE:
        add_table(page->out, block->table, block->text, "scroll", "");
        return;
    case HB_BLOCK_CHART:
        add_chart(page, block->chart);
        return;
    case HB_BLOCK_CODE:
        hb_buf_text(page->out, block->name ? "<details>" : "");
        add_code(page->out, block);
        hb_buf_text(page->out, block->name ? "</details>\n" : "\n");
        return;
    default:
        add_paragraph(page->out, "says", block);
    }
}

static void add_block(struct page *page, const struct hb_block *block, size_t index)
{
    switch (block->kind) {
    case HB_BLOCK_TITLE: /* it is the page's own already */
        return;
    case HB_BLOCK_PART:
        add_part(page, block);
        return;
    case HB_BLOCK_SECTION:
        add_section(page, block, index);
        return;
    case HB_BLOCK_HEAD:
        add_fact(page, "Session", block->text);
        return;
    case HB_BLOCK_FACT:
        add_fact(page, block->name, block->text);
        return;
    case HB_BLOCK_LINE:
        open_group(page, "<ul class=\"notes\">\n", "</ul>\n");
        hb_buf_text(page->out, "<li>");
        hb_html_text(page->out, block->text);
        hb_buf_text(page->out, "</li>\n");
        return;
    default:
        add_single(page, block);
    }
}

/* Blocks [from, to); the part that each is in is counted along. */
static void add_blocks(struct page *page, size_t from, size_t to)
{
    bool is_hidden = false; /* with its section: it would have nothing but a guide */
    for (size_t i = from; i < to; i++) {
        const struct hb_block *block = &page->doc->blocks[i];
        const bool is_shown = hb_doc_shows(page->doc, i, HB_VOICE_PAGE);
        page->part += block->kind == HB_BLOCK_PART && page->in_part;
        if (hb_block_is_heading(block))
            is_hidden = block->kind == HB_BLOCK_SECTION && !is_shown;
        if (is_shown && !is_hidden)
            add_block(page, block, i);
    }
    end_part(page);
}

/* ---- the frame ---- */

static void add_head(struct hb_buf *out, const char *title)
{
    hb_buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n");
    hb_html_element(out, "title", NULL, "%s", title);
    hb_buf_text(out, "\n<style>\n");
    hb_page_style(out);
    hb_buf_text(out, "</style>\n</head>\n");
}

static size_t first_heading(const struct hb_doc *doc)
{
    size_t i = 0;
    while (i < doc->count &&
           !(hb_block_is_heading(&doc->blocks[i]) && hb_doc_shows(doc, i, HB_VOICE_PAGE)))
        i++;
    return i;
}

/* The headings that are shown; of parts the parts alone. */
static void add_contents(const struct page *page)
{
    const struct hb_doc *doc = page->doc;
    unsigned part = 1;
    bool in_part = false;
    hb_buf_text(page->out, "<nav class=\"contents\" aria-label=\"Contents\">\n"
                           "<p class=\"brand\">Contents</p>\n<ul>\n");
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_block *block = &doc->blocks[i];
        const bool is_part = block->kind == HB_BLOCK_PART && hb_doc_shows(doc, i, HB_VOICE_PAGE);
        part += is_part && in_part;
        in_part |= is_part;
        if (!hb_block_is_heading(block) || !hb_doc_shows(doc, i, HB_VOICE_PAGE) ||
            (in_part && !is_part))
            continue;
        hb_buf_text(page->out, "<li><a href=\"#");
        add_id(page->out, part, block, i);
        hb_buf_text(page->out, "\">");
        hb_html_text(page->out, block->text);
        hb_buf_text(page->out, "</a></li>\n");
    }
    hb_buf_text(page->out, "</ul>\n</nav>\n");
}

int hb_doc_write_page(const struct hb_doc *doc, const struct hb_page_options *options,
                      struct hb_buf *out, struct hb_err *err)
{
    struct page page = {.doc = doc, .options = options, .out = out, .part = 1};
    const size_t head = first_heading(doc);
    if (hb_doc_check(doc, err) != 0)
        return -1;
    add_head(out, options->title);
    hb_buf_text(out, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n");
    if (options->charts)
        hb_chart_shapes(out);
    hb_buf_text(out, "<div class=\"frame\">\n<header class=\"top\">\n"
                     "<p class=\"brand\">hakbench report</p>\n");
    hb_html_element(out, "h1", NULL, "%s", options->title);
    hb_buf_char(out, '\n');
    add_blocks(&page, 0, head);
    hb_buf_text(out, "</header>\n");
    add_contents(&page);
    hb_buf_text(out, "<main id=\"main\">\n");
    add_blocks(&page, head, doc->count);
    hb_buf_text(out, "</main>\n<footer>");
    hb_html_element(out, "p", NULL,
                    "Made by %s. This page stands alone: nothing is fetched when it is read.",
                    options->tool);
    hb_buf_text(out, "</footer>\n</div>\n</body>\n</html>\n");
    return hb_buf_check(out, err);
}
