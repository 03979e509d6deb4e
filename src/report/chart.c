/* A picture before it is drawn: see chart.h. */
#include "report/chart.h"

#include "base/buf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 240u /* of a table beside a chart: more are thinned out */
#define NO_NUMBER "\xe2\x80\x93"

unsigned hb_chart_slot(struct hb_chart_palette *palette, const struct hb_allocator_entry *entry)
{
    size_t i = 0;
    if (entry->role == HB_ROLE_FLOOR)
        return HB_CHART_FLOOR;
    while (i < palette->count && strcmp(palette->labels[i], entry->label) != 0)
        i++;
    if (i == palette->count && i < HB_CHART_LABELS_MAX) {
        palette->labels[i] = strdup(entry->label);
        palette->count += palette->labels[i] != NULL;
    }
    return (unsigned)(i % HB_CHART_FLOOR);
}

void hb_chart_palette_free(struct hb_chart_palette *palette)
{
    for (size_t i = 0; i < palette->count; i++)
        free(palette->labels[i]);
    palette->count = 0;
}

static void init_axis(struct hb_chart_axis *axis)
{
    axis->divisor = 1;
    axis->text = hb_format_count;
    axis->suffix = "";
    axis->from = axis->to = (double)NAN;
}

void hb_chart_init(struct hb_chart *chart, enum hb_chart_kind kind, const char *name)
{
    *chart = (struct hb_chart){.kind = kind};
    (void)snprintf(chart->name, sizeof chart->name, "%s", name);
    chart->at = chart->band_lo = chart->band_hi = (double)NAN;
    init_axis(&chart->x);
    init_axis(&chart->y);
}

void hb_chart_free(struct hb_chart *chart)
{
    for (size_t i = 0; i < chart->line_count; i++)
        free(chart->lines[i].points);
    free(chart->lines);
    *chart = (struct hb_chart){0};
}

void hb_chart_words(struct hb_chart *chart, const char *title, const char *says)
{
    (void)snprintf(chart->title, sizeof chart->title, "%s", title);
    (void)snprintf(chart->says, sizeof chart->says, "%s", says);
}

struct hb_chart_line *hb_chart_add_line(struct hb_chart *chart, const char *label, unsigned slot)
{
    struct hb_chart_line *lines =
        hb_array_grown(chart->lines, chart->line_count, &chart->line_capacity, sizeof *lines);
    if (!lines) {
        chart->failed = true;
        return NULL;
    }
    chart->lines = lines;
    struct hb_chart_line *line = &lines[chart->line_count++];
    *line = (struct hb_chart_line){.slot = slot, .middle = (double)NAN, .at = (double)NAN};
    (void)snprintf(line->label, sizeof line->label, "%s", label);
    return line;
}

struct hb_chart_line *hb_chart_add_entry(struct hb_chart *chart, struct hb_chart_palette *palette,
                                         const struct hb_allocator_entry *entry)
{
    return hb_chart_add_line(chart, entry->label, hb_chart_slot(palette, entry));
}

struct hb_chart_point *hb_chart_add_point(struct hb_chart *chart, struct hb_chart_line *line,
                                          double x, double y, uint32_t key)
{
    if (!line || !isfinite(x) || !isfinite(y) || (chart->x.is_log && x <= 0) ||
        (chart->y.is_log && y <= 0))
        return NULL;
    struct hb_chart_point *points =
        hb_array_grown(line->points, line->count, &line->capacity, sizeof *points);
    if (!points) {
        chart->failed = true;
        return NULL;
    }
    line->points = points;
    struct hb_chart_point *point = &points[line->count++];
    const double none = (double)NAN;
    *point = (struct hb_chart_point){
        .x = x, .y = y, .lo = none, .hi = none, .x_lo = none, .x_hi = none, .key = key};
    return point;
}

void hb_chart_add_tic(struct hb_chart_axis *axis, double at, const char *text)
{
    if (axis->tic_count == HB_CHART_TICS_MAX)
        return;
    struct hb_chart_tic *tic = &axis->tics[axis->tic_count++];
    tic->at = at;
    (void)snprintf(tic->text, sizeof tic->text, "%s", text);
}

bool hb_chart_has_axes(const struct hb_chart *chart)
{
    return chart->kind == HB_CHART_OVER || chart->kind == HB_CHART_PLANE;
}

size_t hb_chart_points(const struct hb_chart *chart)
{
    size_t count = 0;
    for (size_t i = 0; i < chart->line_count; i++)
        count += chart->lines[i].count;
    return count;
}

double hb_chart_most(const struct hb_chart *chart)
{
    const bool over = hb_chart_has_axes(chart);
    double most = 0;
    for (size_t l = 0; l < chart->line_count; l++) {
        for (size_t i = 0; i < chart->lines[l].count; i++)
            most = fmax(most, over ? chart->lines[l].points[i].y : chart->lines[l].points[i].x);
    }
    return most;
}

/* ---- numbers ---- */

struct hb_text hb_chart_column(const struct hb_chart *chart, uint32_t key)
{
    struct hb_text text;
    if (chart->columns && key < chart->column_count)
        (void)snprintf(text.text, sizeof text.text, "%s", chart->columns[key]);
    else
        (void)snprintf(text.text, sizeof text.text, "run %u", key + 1);
    return text;
}

void hb_chart_value(const struct hb_chart *chart, const struct hb_chart_point *point,
                    struct hb_buf *out)
{
    const bool over = hb_chart_has_axes(chart);
    const struct hb_chart_axis *axis = over ? &chart->y : &chart->x;

    hb_buf_text(out, axis->text(over ? point->y : point->x).text);
    if (isfinite(point->lo) && isfinite(point->hi))
        hb_buf_printf(out, " [%s, %s]", axis->text(point->lo).text, axis->text(point->hi).text);
    if (point->is_far)
        hb_buf_text(out, " (outlier)");
}

static const struct hb_chart_point *point_of(const struct hb_chart_line *line, uint32_t key)
{
    for (size_t i = 0; i < line->count; i++) {
        if (line->points[i].key == key)
            return &line->points[i];
    }
    return NULL;
}

static void add_number(const struct hb_chart *chart, size_t line, uint32_t key,
                       struct hb_table *table)
{
    const struct hb_chart_point *point = point_of(&chart->lines[line], key);
    struct hb_buf value = {0};
    if (point)
        hb_chart_value(chart, point, &value);
    hb_table_add(table, point ? HB_STYLE_PLAIN : HB_STYLE_DIM, "%s",
                 point ? hb_buf_string(&value) : NO_NUMBER);
    table->failed |= value.failed;
    hb_buf_free(&value);
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

static void add_rows(const struct hb_chart *chart, uint32_t columns, struct hb_table *table)
{
    for (size_t l = 0; l < chart->line_count; l++) {
        hb_table_add(table, HB_STYLE_STRONG, "%s", chart->lines[l].label);
        for (uint32_t key = 0; key < columns; key++)
            add_number(chart, l, key, table);
    }
}

static void add_over(const struct hb_chart *chart, const uint32_t *keys, size_t count,
                     struct hb_table *table)
{
    const size_t step = (count + ROWS_MOST - 1) / ROWS_MOST;
    for (size_t i = 0; i < count; i += step) {
        const struct hb_chart_point *first = NULL;
        for (size_t l = 0; l < chart->line_count && !first; l++)
            first = point_of(&chart->lines[l], keys[i]);
        hb_table_add(table, HB_STYLE_STRONG, "%s", first ? chart->x.text(first->x).text : "");
        for (size_t l = 0; l < chart->line_count; l++) {
            if (chart->lines[l].count)
                add_number(chart, l, keys[i], table);
        }
    }
}

/* A row a line, but for those that are drawn through others' points. */
static void plane_numbers(const struct hb_chart *chart, struct hb_table *table)
{
    const struct hb_column columns[] = {{.heading = "allocator"},
                                        {.heading = chart->x.title, .align = HB_ALIGN_RIGHT},
                                        {.heading = chart->y.title, .align = HB_ALIGN_RIGHT}};
    hb_table_init(table, columns, 3);
    for (size_t l = 0; l < chart->line_count; l++) {
        const struct hb_chart_line *line = &chart->lines[l];
        if (line->count != 1 || line->is_dashed)
            continue;
        hb_table_add(table, HB_STYLE_STRONG, "%s", line->label);
        hb_table_text(table, chart->x.text(line->points[0].x).text);
        hb_table_text(table, chart->y.text(line->points[0].y).text);
    }
}

void hb_chart_numbers(const struct hb_chart *chart, struct hb_table *table)
{
    if (chart->kind == HB_CHART_PLANE) {
        plane_numbers(chart, table);
        return;
    }
    const bool over = chart->kind == HB_CHART_OVER;
    uint32_t *keys;
    const size_t count = all_keys(chart, &keys);
    const size_t last = count ? keys[count - 1] + 1u : 0;
    const size_t keyed = chart->columns ? chart->column_count : last < ROWS_MOST ? last : ROWS_MOST;
    const size_t most = (over ? chart->line_count : keyed) + 1;
    struct hb_column *columns = calloc(most, sizeof *columns);
    struct hb_text *headings = calloc(most, sizeof *headings);
    size_t used = 1;
    if (keys && columns && headings) {
        columns[0].heading = over ? chart->key_heading : "allocator";
        for (size_t i = 0; i + 1 < most; i++) {
            headings[i] = hb_chart_column(chart, (uint32_t)i);
            if (!over || chart->lines[i].count)
                columns[used++] =
                    (struct hb_column){.heading = over ? chart->lines[i].label : headings[i].text,
                                       .align = HB_ALIGN_RIGHT};
        }
        hb_table_init(table, columns, used);
        if (over)
            add_over(chart, keys, count, table);
        else
            add_rows(chart, (uint32_t)keyed, table);
    } else {
        *table = (struct hb_table){.failed = true};
    }
    free(keys);
    free(columns);
    free(headings);
}
