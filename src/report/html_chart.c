/* Charts on a page: figure, legend, numbers. See html_parts.h. */
#include "report/chart_svg.h"
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 240u /* of a table beside a chart: more are thinned out */

/* ---- pictures ---- */

/* A page without a picture is told once; the first reason counts. */
static void add_svg(struct hb_html *page, const struct hb_chart *chart, enum hb_chart_form form,
                    const char *suffix)
{
    char id[48];
    (void)snprintf(id, sizeof id, "f%u%s", page->figures, suffix);
    if (!page->failed && hb_chart_svg(chart, form, id, page->out, page->err) != 0)
        page->failed = true;
}

/* ---- legend ---- */

static void add_key(struct hb_buf *out, unsigned slot, const char *shape, const char *label)
{
    hb_buf_printf(out,
                  "<li><svg class=\"key k%u\" viewBox=\"-1.7 -1.7 3.4 3.4\" aria-hidden=\"true\" "
                  "focusable=\"false\"><use href=\"#%s\"/></svg>",
                  slot, shape);
    hb_html_text(out, label);
    hb_buf_text(out, "</li>");
}

static void add_legend(struct hb_buf *out, const struct hb_chart *chart)
{
    const bool lines = chart->kind == HB_CHART_OVER, bars = chart->kind == HB_CHART_BARS;
    if (!lines && !bars && !chart->far_says[0])
        return;
    hb_buf_text(out, "<ul class=\"legend\">");
    for (size_t i = 0; lines && i < chart->line_count; i++) {
        const struct hb_chart_line *line = &chart->lines[i];
        char label[HB_NAME_MAX + 24];
        (void)snprintf(label, sizeof label, "%s%s", line->label,
                       line->is_dashed ? " (dashed)" : "");
        if (line->count)
            add_key(out, line->slot, hb_chart_shape(line->slot), label);
    }
    for (size_t i = 0; bars && i < chart->column_count; i++)
        add_key(out, (unsigned)i, "m4", chart->columns[i]);
    if (chart->far_says[0]) {
        hb_buf_text(out, "<li><svg class=\"key far\" viewBox=\"-1.7 -1.7 3.4 3.4\" "
                         "aria-hidden=\"true\" focusable=\"false\"><use href=\"#m5\"/></svg>");
        hb_html_text(out, chart->far_says);
        hb_buf_text(out, "</li>");
    }
    hb_buf_text(out, "</ul>\n");
}

/* ---- numbers ---- */

static const struct hb_chart_point *point_of(const struct hb_chart_line *line, uint32_t key)
{
    for (size_t i = 0; i < line->count; i++) {
        if (line->points[i].key == key)
            return &line->points[i];
    }
    return NULL;
}

static void add_number(struct hb_buf *out, const struct hb_chart *chart,
                       const struct hb_chart_point *point)
{
    const bool over = chart->kind == HB_CHART_OVER;
    const struct hb_chart_axis *axis = over ? &chart->y : &chart->x;
    if (!point) {
        hb_buf_text(out, "<td class=\"n dim\">&#8211;</td>");
        return;
    }
    hb_buf_text(out, "<td class=\"n\">");
    hb_html_text(out, axis->text(over ? point->y : point->x).text);
    if (isfinite(point->lo) && isfinite(point->hi))
        hb_html_textf(out, " [%s, %s]", axis->text(point->lo).text, axis->text(point->hi).text);
    if (point->is_far)
        hb_buf_text(out, " (outlier)");
    hb_buf_text(out, "</td>");
}

static void add_column(struct hb_buf *out, const char *heading)
{
    hb_buf_text(out, "<th scope=\"col\" class=\"n\">");
    hb_html_text(out, heading);
    hb_buf_text(out, "</th>");
}

static uint32_t columns_of(const struct hb_chart *chart)
{
    uint32_t most = 0;
    if (chart->columns)
        return (uint32_t)chart->column_count;
    for (size_t l = 0; l < chart->line_count; l++) {
        for (size_t i = 0; i < chart->lines[l].count; i++)
            most =
                chart->lines[l].points[i].key + 1 > most ? chart->lines[l].points[i].key + 1 : most;
    }
    return most < ROWS_MOST ? most : ROWS_MOST;
}

/* A row a line, a column a key: runs, or peak, end and drained. */
static void add_rows(struct hb_buf *out, const struct hb_chart *chart)
{
    const uint32_t columns = columns_of(chart);
    hb_buf_text(out, "<thead><tr><th scope=\"col\">allocator</th>");
    for (uint32_t key = 0; key < columns; key++) {
        char heading[32];
        (void)snprintf(heading, sizeof heading, "run %u", key + 1);
        add_column(out, chart->columns ? chart->columns[key] : heading);
    }
    hb_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t l = 0; l < chart->line_count; l++) {
        hb_buf_text(out, "<tr><th scope=\"row\">");
        hb_html_text(out, chart->lines[l].label);
        hb_buf_text(out, "</th>");
        for (uint32_t key = 0; key < columns; key++)
            add_number(out, chart, point_of(&chart->lines[l], key));
        hb_buf_text(out, "</tr>\n");
    }
}

static int compare_keys(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Every key of any line once, sorted; *keys is the caller's to free(). Returns their number. */
static size_t all_keys(const struct hb_chart *chart, uint32_t **keys)
{
    size_t count = 0, unique = 0;
    *keys = calloc(hb_chart_points(chart) + 1, sizeof **keys);
    if (!*keys)
        return 0;
    for (size_t l = 0; l < chart->line_count; l++) {
        for (size_t i = 0; i < chart->lines[l].count; i++)
            (*keys)[count++] = chart->lines[l].points[i].key;
    }
    qsort(*keys, count, sizeof **keys, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (unique == 0 || (*keys)[unique - 1] != (*keys)[i])
            (*keys)[unique++] = (*keys)[i];
    }
    return unique;
}

static void add_over_row(struct hb_buf *out, const struct hb_chart *chart, uint32_t key)
{
    const struct hb_chart_point *first = NULL;
    for (size_t l = 0; l < chart->line_count && !first; l++)
        first = point_of(&chart->lines[l], key);
    if (!first)
        return;
    hb_buf_text(out, "<tr><th scope=\"row\">");
    hb_html_text(out, chart->x.text(first->x).text);
    hb_buf_text(out, "</th>");
    for (size_t l = 0; l < chart->line_count; l++) {
        if (chart->lines[l].count)
            add_number(out, chart, point_of(&chart->lines[l], key));
    }
    hb_buf_text(out, "</tr>\n");
}

/* A row a key, a column a line: epochs, slices, percentiles, sessions. */
static void add_over(struct hb_buf *out, const struct hb_chart *chart)
{
    uint32_t *keys;
    const size_t count = all_keys(chart, &keys);
    const size_t step = (count + ROWS_MOST - 1) / ROWS_MOST;
    if (!keys)
        out->failed = true;
    hb_buf_text(out, "<thead><tr><th scope=\"col\">");
    hb_html_text(out, chart->key_heading);
    hb_buf_text(out, "</th>");
    for (size_t l = 0; l < chart->line_count; l++) {
        if (chart->lines[l].count)
            add_column(out, chart->lines[l].label);
    }
    hb_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; keys && i < count; i += step)
        add_over_row(out, chart, keys[i]);
    free(keys);
}

void hb_html_numbers(struct hb_html *page, const struct hb_chart *chart)
{
    struct hb_buf *out = page->out;
    hb_buf_text(out,
                page->charts ? "<details><summary>Numbers: " : "<details open><summary>Numbers: ");
    hb_html_text(out, chart->title);
    hb_buf_text(
        out, "</summary>\n<div class=\"scroll tall\" tabindex=\"0\" role=\"group\" aria-label=\"");
    hb_html_text(out, chart->title);
    hb_buf_text(out, "\"><table class=\"numbers\"><caption>");
    hb_html_text(out, chart->title);
    hb_buf_text(out, "</caption>\n");
    if (chart->kind == HB_CHART_OVER)
        add_over(out, chart);
    else
        add_rows(out, chart);
    hb_buf_text(out, "</tbody></table></div></details>\n");
}

/* ---- figures ---- */

void hb_html_figure(struct hb_html *page, struct hb_chart *chart, int built)
{
    page->failed |= built < 0;
    if (built > 0 && !page->failed) {
        page->figures++;
        hb_buf_text(page->out, "<figure class=\"chart\">\n");
        if (page->charts) {
            hb_html_element(page->out, "figcaption", NULL, "%s", chart->title);
            add_svg(page, chart, HB_CHART_WIDE, "w");
            add_svg(page, chart, HB_CHART_NARROW, "n");
            add_legend(page->out, chart);
        }
        hb_html_numbers(page, chart);
        hb_buf_text(page->out, "</figure>\n");
    }
    hb_chart_free(chart);
}

void hb_html_small_figure(struct hb_html *page, const struct hb_chart *chart, const char *label,
                          const char *words)
{
    page->figures++;
    hb_buf_text(page->out, "<figure class=\"chart\"><figcaption>");
    hb_html_text(page->out, label);
    if (words)
        hb_html_element(page->out, "span", "more", "%s", words);
    hb_buf_text(page->out, "</figcaption>");
    add_svg(page, chart, HB_CHART_WIDE, "");
    hb_buf_text(page->out, "</figure>\n");
}
