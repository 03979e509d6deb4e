/* Documents as text: see write_text.h. */
#include "report/write_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- documents ---- */

#define BRIEF_LINES 20u /* what a pull request shows before it is unfolded */

/* A document on its way to a screen. */
struct text {
    const struct hb_screen *screen;
    struct hb_buf *out;
    size_t hidden;    /* columns that a narrow screen had no room for */
    const bool *done; /* [blocks] seen before the fold; NULL: none */
};

static bool is_markdown(const struct text *text)
{
    return text->screen->voice == HB_VOICE_MARKDOWN;
}

/* What a block says, behind what begins its line. */
static void write_words(struct text *text, enum hb_style style, const char *lead, const char *words)
{
    const bool styled = text->screen->voice == HB_VOICE_COLOUR && style != HB_STYLE_PLAIN;
    struct hb_buf line = {0};
    hb_buf_text(&line, words);
    hb_hide_controls_from(&line, 0);
    hb_buf_printf(text->out, "%s%s", styled ? hb_style_code(style) : "", lead);
    hb_screen_wrap(text->screen, hb_buf_string(&line), strlen(lead), lead[0] == ' ' ? 4 : 0,
                   text->out);
    hb_buf_printf(text->out, "%s\n", styled ? HB_STYLE_END : "");
    text->out->failed |= line.failed;
    hb_buf_free(&line);
}

static void write_section(struct text *text, const struct hb_block *block)
{
    struct hb_buf heading = {0};
    hb_buf_text(&heading, block->text);
    if (block->more[0])
        hb_buf_printf(&heading, " (%s)", block->more);
    write_words(text, HB_STYLE_STRONG, is_markdown(text) ? "### " : "", hb_buf_string(&heading));
    text->out->failed |= heading.failed;
    hb_buf_free(&heading);
}

static void write_head(struct text *text, const struct hb_block *block)
{
    struct hb_buf line = {0};
    if (!is_markdown(text) && block->name && block->name[0])
        hb_buf_printf(&line, "%s  ", block->name);
    hb_buf_text(&line, block->text);
    write_words(text, HB_STYLE_PLAIN, "", hb_buf_string(&line));
    text->out->failed |= line.failed;
    hb_buf_free(&line);
}

static void write_rule(struct text *text)
{
    const size_t width = text->screen->width;
    for (size_t i = 0; i < (width && width < HB_SCREEN_WIDTH ? width : HB_SCREEN_WIDTH); i++)
        hb_buf_text(text->out, "\xe2\x94\x80");
    hb_buf_char(text->out, '\n');
}

static void write_block(struct text *text, const struct hb_block *block)
{
    const bool markdown = is_markdown(text);
    int hidden;
    switch (block->kind) {
    case HB_BLOCK_TITLE:
        write_words(text, HB_STYLE_STRONG, markdown ? "# " : "", block->text);
        return;
    case HB_BLOCK_TEXT:
        hb_screen_wrap(text->screen, block->text, 0, 4, text->out);
        hb_buf_char(text->out, '\n');
        return;
    case HB_BLOCK_LEDE:
        write_words(text, HB_STYLE_STRONG, "", block->text);
        return;
    case HB_BLOCK_PART:
        write_words(text, HB_STYLE_STRONG, markdown ? "## " : "", block->name);
        return;
    case HB_BLOCK_SECTION:
        write_section(text, block);
        return;
    case HB_BLOCK_HEAD:
        write_head(text, block);
        return;
    case HB_BLOCK_RULE:
        if (markdown)
            hb_buf_text(text->out, "---\n");
        else
            write_rule(text);
        return;
    case HB_BLOCK_CHART:
        if (block->chart->kind == HB_CHART_PLANE || block->chart->is_curve)
            hb_plane_write(block->chart, text->screen, text->out);
        else
            hb_strip_write(block->chart, text->screen, text->out);
        return;
    case HB_BLOCK_TABLE:
        hidden = hb_table_write(block->table, text->screen, text->out);
        text->out->failed |= hidden < 0;
        text->hidden += hidden > 0 ? (size_t)hidden : 0;
        return;
    case HB_BLOCK_CAUTION:
        write_words(text, HB_STYLE_BAD, markdown ? "- " : "  ", block->text);
        return;
    default:
        write_words(text, HB_STYLE_PLAIN, markdown ? "- " : "  ", block->text);
    }
}

static bool is_of_list(enum hb_block_kind kind)
{
    return kind == HB_BLOCK_LINE || kind == HB_BLOCK_FACT || kind == HB_BLOCK_CAUTION;
}

/* An empty line parts what would run into each other. In Markdown that is all but the lines of one
 * list: else one block takes the next for its own. */
static bool are_parted(const struct hb_block *before, const struct hb_block *block, bool markdown)
{
    if (markdown)
        return !(is_of_list(before->kind) && is_of_list(block->kind));
    if (hb_block_is_heading(block))
        return before->kind != HB_BLOCK_RULE;
    return before->kind == HB_BLOCK_LEDE || before->kind == HB_BLOCK_TITLE ||
           before->kind == HB_BLOCK_PART || block->kind == HB_BLOCK_RULE ||
           (before->kind == HB_BLOCK_TABLE && block->kind == HB_BLOCK_TABLE);
}

/* A section of which nothing is left has no heading either. */
static bool is_left(const struct text *text, const struct hb_doc *doc, size_t i)
{
    if (!hb_doc_shows(doc, i, text->screen->voice) || (text->done && text->done[i]))
        return false;
    if (!text->done || doc->blocks[i].kind != HB_BLOCK_SECTION)
        return true;
    for (size_t b = i + 1; b < doc->count && !hb_block_is_heading(&doc->blocks[b]); b++) {
        if (is_left(text, doc, b))
            return true;
    }
    return false;
}

static void write_blocks(struct text *text, const struct hb_doc *doc)
{
    const struct hb_block *before = NULL;
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_block *block = &doc->blocks[i];
        if (!is_left(text, doc, i))
            continue;
        if (before && are_parted(before, block, is_markdown(text)))
            hb_buf_char(text->out, '\n');
        write_block(text, block);
        before = block;
    }
}

/* ---- in brief ---- */

static size_t lines_of(const struct hb_buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->size; i++)
        lines += text->bytes[i] == '\n';
    return lines;
}

/* As many rows of the table as there is room for; a line says how many more there are. True when
 * there are none. */
static bool write_first_rows(struct text *text, const struct hb_table *table, size_t lines)
{
    struct hb_table part = *table;
    const size_t rows = hb_table_rows(table, true), room = lines > 6 ? lines - 6 : 1;
    if (rows > room)
        part.cell_count = room * table->column_count;
    const int hidden = hb_table_write(&part, text->screen, text->out);
    text->out->failed |= hidden < 0;
    if (rows > room)
        hb_buf_printf(text->out, "\n%zu more rows below\n", rows - room);
    return rows <= room;
}

/* The first table that has a verdict, else the first; doc->count: there is none. */
static size_t chief_table(const struct hb_doc *doc, enum hb_voice voice)
{
    size_t first = doc->count;
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_table *table = doc->blocks[i].table;
        if (!table || !hb_doc_shows(doc, i, voice))
            continue;
        first = first < doc->count ? first : i;
        for (size_t c = 0; c < table->column_count; c++) {
            if (table->columns[c].leads)
                return i;
        }
    }
    return first;
}

static bool opens(const struct hb_block *block)
{
    return block->kind == HB_BLOCK_TITLE || block->kind == HB_BLOCK_LEDE ||
           block->kind == HB_BLOCK_CAUTION;
}

/* What a part says in its first line the whole may have said already. */
static bool is_said(const struct hb_doc *doc, size_t i, const bool *done)
{
    for (size_t b = 0; b < i; b++) {
        if (done[b] && doc->blocks[i].kind == HB_BLOCK_LEDE && doc->blocks[b].text &&
            strstr(doc->blocks[b].text, doc->blocks[i].text))
            return true;
    }
    return false;
}

/* What came out, one table, and what is said of it: all that is seen of a comment until it is
 * unfolded. done: [blocks] becomes true where one was seen whole. */
static void write_brief(struct text *text, const struct hb_doc *doc, bool *done)
{
    const enum hb_voice voice = text->screen->voice;
    const size_t chief = chief_table(doc, voice);
    for (size_t i = 0; i < doc->count && lines_of(text->out) <= BRIEF_LINES / 2; i++) {
        if (!opens(&doc->blocks[i]) || !hb_doc_shows(doc, i, voice))
            continue;
        done[i] = true;
        if (is_said(doc, i, done))
            continue;
        write_block(text, &doc->blocks[i]);
        hb_buf_char(text->out, '\n');
    }
    if (chief < doc->count)
        done[chief] =
            write_first_rows(text, doc->blocks[chief].table, BRIEF_LINES - lines_of(text->out));
    bool is_first = true;
    for (size_t i = 0; i < doc->count; i++) {
        const struct hb_block *block = &doc->blocks[i];
        if (!block->in_brief || block->kind != HB_BLOCK_LINE || !hb_doc_shows(doc, i, voice) ||
            lines_of(text->out) + is_first >= BRIEF_LINES)
            continue;
        hb_buf_text(text->out, is_first ? "\n" : "");
        write_block(text, block);
        is_first = false;
        done[i] = true;
    }
}

/* What is in *text, fit for its screen, goes to out. */
static void flush(struct text *text, struct hb_buf *out)
{
    hb_screen_apply(text->screen, text->out);
    hb_buf_add(out, hb_buf_string(text->out), text->out->size);
    out->failed |= text->out->failed;
    hb_buf_free(text->out);
}

int hb_doc_write(const struct hb_doc *doc, const struct hb_screen *screen, struct hb_buf *out,
                 struct hb_err *err)
{
    struct hb_buf words = {0};
    struct text text = {.screen = screen, .out = &words};
    const bool folds = screen->brief && is_markdown(&text);
    if (hb_doc_check(doc, err) != 0)
        return -1;
    bool *done = calloc(doc->count + 1, sizeof *done);
    if (!done)
        return hb_err_memory(err, NULL);
    if (screen->brief) {
        write_brief(&text, doc, done);
        flush(&text, out);
        text.done = done;
    }
    if (folds)
        hb_buf_text(out, "\n<details><summary>Details</summary>\n\n");
    if (folds || !screen->brief)
        write_blocks(&text, doc);
    if (text.hidden)
        hb_buf_printf(&words, "\n%zu more column%s: --wide\n", text.hidden,
                      text.hidden == 1 ? "" : "s");
    flush(&text, out);
    free(done);
    if (folds)
        hb_buf_text(out, "\n</details>\n");
    return hb_buf_check(out, err);
}

int hb_text_print(struct hb_buf *text, const struct hb_screen *screen, FILE *to, struct hb_err *err)
{
    hb_screen_apply(screen, text);
    const int status = hb_buf_check(text, err);
    if (status == 0)
        (void)fputs(hb_buf_string(text), to);
    hb_buf_free(text);
    return status;
}

int hb_doc_print(const struct hb_doc *doc, bool markdown, FILE *to, struct hb_err *err)
{
    struct hb_buf out = {0};
    const struct hb_screen screen = markdown ? hb_screen_markdown() : hb_screen_of(fileno(to));
    const int status = hb_doc_write(doc, &screen, &out, err);
    if (status == 0)
        (void)fputs(hb_buf_string(&out), to);
    hb_buf_free(&out);
    return status;
}
