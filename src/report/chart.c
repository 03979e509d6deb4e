/* A picture before it is drawn: see chart.h. */
#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned hb_chart_slot(struct hb_chart_palette *palette, const struct hb_allocator_entry *entry)
{
    size_t i = 0;
    if (entry->role == HB_ROLE_FLOOR)
        return HB_CHART_FLOOR;
    while (i < palette->count && strcmp(palette->labels[i], entry->label) != 0)
        i++;
    if (i == palette->count && i < HB_CHART_LINES_MAX) {
        (void)snprintf(palette->labels[i], HB_NAME_MAX, "%s", entry->label);
        palette->count++;
    }
    return (unsigned)(i % HB_CHART_FLOOR);
}

static void init_axis(struct hb_chart_axis *axis)
{
    axis->divisor = 1;
    axis->text = hb_format_count;
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

/* Room for one item more; capacity doubles. NULL without memory. */
static void *grown(void *items, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity)
        return items;
    const size_t wanted = *capacity ? 2 * *capacity : 16;
    void *larger = realloc(items, wanted * bytes);
    if (larger)
        *capacity = wanted;
    return larger;
}

struct hb_chart_line *hb_chart_add_line(struct hb_chart *chart, const char *label, unsigned slot)
{
    struct hb_chart_line *lines =
        grown(chart->lines, chart->line_count, &chart->line_capacity, sizeof *lines);
    if (!lines) {
        chart->failed = true;
        return NULL;
    }
    chart->lines = lines;
    struct hb_chart_line *line = &lines[chart->line_count++];
    *line = (struct hb_chart_line){.slot = slot, .middle = (double)NAN};
    (void)snprintf(line->label, sizeof line->label, "%s", label);
    return line;
}

struct hb_chart_point *hb_chart_add_point(struct hb_chart *chart, struct hb_chart_line *line,
                                          double x, double y, uint32_t key)
{
    if (!line || !isfinite(x) || !isfinite(y) || (chart->x.is_log && x <= 0) ||
        (chart->y.is_log && y <= 0))
        return NULL;
    struct hb_chart_point *points =
        grown(line->points, line->count, &line->capacity, sizeof *points);
    if (!points) {
        chart->failed = true;
        return NULL;
    }
    line->points = points;
    struct hb_chart_point *point = &points[line->count++];
    *point =
        (struct hb_chart_point){.x = x, .y = y, .lo = (double)NAN, .hi = (double)NAN, .key = key};
    return point;
}

size_t hb_chart_points(const struct hb_chart *chart)
{
    size_t count = 0;
    for (size_t i = 0; i < chart->line_count; i++)
        count += chart->lines[i].count;
    return count;
}

int hb_chart_check(const struct hb_chart *chart, struct hb_err *err)
{
    return chart->failed ? hb_err_set(err, HB_ERR_SYSTEM, "out of memory") : 0;
}
