/* A report before it is written: see document.h. */
#include "report/document.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_block(struct hb_block *block)
{
    free(block->name);
    free(block->text);
    free(block->more);
    if (block->table)
        hb_table_free(block->table);
    if (block->chart)
        hb_chart_free(block->chart);
    free(block->table);
    free(block->chart);
}

void hb_doc_drop(struct hb_doc *doc, size_t count)
{
    while (doc->count > count)
        free_block(&doc->blocks[--doc->count]);
}

void hb_doc_free(struct hb_doc *doc)
{
    hb_doc_drop(doc, 0);
    free(doc->blocks);
    hb_chart_palette_free(&doc->palette);
    hb_table_free(&doc->lost_table);
    hb_chart_free(&doc->lost_chart);
    *doc = (struct hb_doc){0};
}

static bool is_of_pages(enum hb_block_kind kind)
{
    return kind == HB_BLOCK_GUIDE || kind == HB_BLOCK_CODE;
}

/* Takes the block over, with what it owns; false, and it is gone, without memory. */
static bool add(struct hb_doc *doc, struct hb_block block)
{
    struct hb_block *blocks =
        hb_array_grown(doc->blocks, doc->count, &doc->capacity, sizeof *blocks);
    if (!blocks) {
        doc->failed = true;
        free_block(&block);
        return false;
    }
    doc->blocks = blocks;
    block.where = is_of_pages(block.kind) ? HB_DOC_PAGE : doc->where;
    block.in_brief = doc->in_brief;
    doc->blocks[doc->count++] = block;
    return true;
}

static char *copy(struct hb_doc *doc, const char *text)
{
    char *own = text ? strdup(text) : NULL;
    doc->failed |= text && !own;
    return own;
}

static char *formatted(struct hb_doc *doc, const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) >= 0)
        return text;
    doc->failed = true;
    return NULL;
}

void hb_doc_add(struct hb_doc *doc, enum hb_block_kind kind, const char *name, const char *format,
                ...)
{
    va_list args;
    va_start(args, format);
    struct hb_block block = {.kind = kind, .text = formatted(doc, format, args)};
    va_end(args);
    if (kind == HB_BLOCK_FACT && block.text && !block.text[0]) {
        free(block.text);
        return;
    }
    block.name = copy(doc, name);
    (void)add(doc, block);
}

void hb_doc_lede(struct hb_doc *doc, struct hb_buf *text)
{
    hb_doc_add(doc, HB_BLOCK_LEDE, NULL, "%s", hb_buf_string(text));
    doc->failed |= text->failed;
    hb_buf_free(text);
}

void hb_doc_part(struct hb_doc *doc, const char *label, const char *stem, const char *title)
{
    (void)add(doc, (struct hb_block){.kind = HB_BLOCK_PART,
                                     .name = copy(doc, label),
                                     .text = copy(doc, title),
                                     .more = copy(doc, stem)});
}

void hb_doc_section(struct hb_doc *doc, const char *name, const char *heading, const char *format,
                    ...)
{
    va_list args;
    va_start(args, format);
    const struct hb_block block = {.kind = HB_BLOCK_SECTION,
                                   .name = copy(doc, name),
                                   .text = copy(doc, heading),
                                   .more = formatted(doc, format, args)};
    va_end(args);
    (void)add(doc, block);
}

struct hb_table *hb_doc_table(struct hb_doc *doc, const char *caption,
                              const struct hb_column *columns, size_t column_count)
{
    struct hb_table *table = calloc(1, sizeof *table);
    if (!table ||
        !add(doc, (struct hb_block){
                      .kind = HB_BLOCK_TABLE, .text = copy(doc, caption), .table = table})) {
        doc->failed = true;
        doc->lost_table.failed = true;
        return &doc->lost_table;
    }
    hb_table_init(table, columns, column_count);
    return table;
}

struct hb_chart *hb_doc_chart(struct hb_doc *doc, enum hb_chart_kind kind, const char *name)
{
    struct hb_chart *chart = calloc(1, sizeof *chart);
    if (!chart || !add(doc, (struct hb_block){.kind = HB_BLOCK_CHART, .chart = chart})) {
        doc->failed = true;
        hb_chart_free(&doc->lost_chart);
        chart = &doc->lost_chart;
    }
    hb_chart_init(chart, kind, name);
    return chart;
}

bool hb_block_is_heading(const struct hb_block *block)
{
    return block->kind == HB_BLOCK_SECTION || block->kind == HB_BLOCK_PART;
}

static bool shows_chart(const struct hb_chart *chart, enum hb_voice voice)
{
    return hb_chart_points(chart) > 0 &&
           (voice == HB_VOICE_PAGE ||
            (voice != HB_VOICE_MARKDOWN &&
             (chart->kind == HB_CHART_DOTS || chart->kind == HB_CHART_PLANE || chart->is_curve)));
}

bool hb_doc_shows(const struct hb_doc *doc, size_t i, enum hb_voice voice)
{
    const struct hb_block *block = &doc->blocks[i];
    const bool on_page = voice == HB_VOICE_PAGE;
    const bool is_wide = on_page || voice == HB_VOICE_MARKDOWN;
    if (block->where == (on_page ? HB_DOC_TEXT : HB_DOC_PAGE) ||
        block->where == (is_wide ? HB_DOC_SCREEN : HB_DOC_WIDE))
        return false;
    if (block->kind == HB_BLOCK_RULE)
        return !on_page;
    if (block->kind == HB_BLOCK_TABLE)
        return hb_table_rows(block->table, on_page) > 0;
    if (block->kind == HB_BLOCK_CHART)
        return shows_chart(block->chart, voice);
    if (block->kind != HB_BLOCK_SECTION)
        return true;
    for (size_t b = i + 1; b < doc->count && !hb_block_is_heading(&doc->blocks[b]); b++) {
        if (doc->blocks[b].kind != HB_BLOCK_GUIDE && doc->blocks[b].kind != HB_BLOCK_RULE &&
            hb_doc_shows(doc, b, voice))
            return true;
    }
    return false;
}

int hb_doc_check(const struct hb_doc *doc, struct hb_err *err)
{
    bool failed = doc->failed;
    for (size_t i = 0; i < doc->count; i++) {
        failed |= doc->blocks[i].table && doc->blocks[i].table->failed;
        failed |= doc->blocks[i].chart && doc->blocks[i].chart->failed;
    }
    return failed ? hb_err_memory(err, NULL) : 0;
}
