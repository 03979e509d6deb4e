/* Time against peak memory: see charts.h. */
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A figure of an allocator and its interval. */
struct place {
    double value, lo, hi;
};

/* Of one program the medians; of a suite, whose programs take all sorts of times, ratios. */
static struct place place_of(const struct hb_exec_target *target, size_t allocator, size_t figure,
                             bool is_reference)
{
    const struct hb_exec_figure *own = &target->rows[allocator].figures[figure];
    const struct hb_ratio shown = hb_exec_shown(target, figure, &own->better);
    if (target->program)
        return (struct place){own->summary.median, own->summary.ci_median_lo,
                              own->summary.ci_median_hi};
    if (is_reference)
        return (struct place){1, (double)NAN, (double)NAN};
    return (struct place){shown.estimate, shown.lo, shown.hi};
}

static void set_axis(struct hb_chart_axis *axis, const char *title, double lo, double hi)
{
    const double air = hi > lo ? 0.08 * (hi - lo) : fmax(hi, 1e-9) * 0.1;
    axis->from = fmax(0, lo - air);
    axis->to = hi + air;
    if (title)
        (void)snprintf(axis->title, sizeof axis->title, "%s", title);
}

static void time_unit(struct hb_chart_axis *axis, double most)
{
    static const struct hb_chart_scale units[] = {
        {2e9, 1e9, "wall time, s"}, {2e6, 1e6, "wall time, ms"}, {0, 1e3, "wall time, us"}};
    hb_chart_take_scale(axis, units, 3, most);
    axis->text = hb_format_ns;
}

static void memory_unit(struct hb_chart_axis *axis, double most)
{
    char unit[16];
    hb_chart_bytes_axis(axis, most);
    (void)snprintf(unit, sizeof unit, "%.15s", axis->title);
    (void)snprintf(axis->title, sizeof axis->title, "peak memory, %s", unit);
}

static void set_axes(const struct hb_exec_target *target, struct hb_chart *chart)
{
    double lo[2] = {(double)NAN, (double)NAN}, hi[2] = {(double)NAN, (double)NAN};
    for (size_t l = 0; l < chart->line_count; l++) {
        for (size_t i = 0; i < chart->lines[l].count; i++) {
            const struct hb_chart_point *point = &chart->lines[l].points[i];
            lo[0] = fmin(lo[0], fmin(point->x, point->x_lo));
            hi[0] = fmax(hi[0], fmax(point->x, point->x_hi));
            lo[1] = fmin(lo[1], fmin(point->y, point->lo));
            hi[1] = fmax(hi[1], fmax(point->y, point->hi));
        }
    }
    chart->x.text = chart->y.text = hb_chart_ratio_text;
    if (target->program) {
        time_unit(&chart->x, hi[0]);
        memory_unit(&chart->y, hi[1]);
    }
    set_axis(&chart->x, target->program ? NULL : "time, ratio to the reference", lo[0], hi[0]);
    set_axis(&chart->y, target->program ? NULL : "memory, ratio to the reference", lo[1], hi[1]);
}

static int by_time(const void *a, const void *b)
{
    const struct hb_chart_point *left = a, *right = b;
    return (left->x > right->x) - (left->x < right->x);
}

/* Through those that nothing beats in both, the fastest first. */
static void add_front(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, struct hb_chart *chart)
{
    struct hb_chart_line *front = hb_chart_add_line(chart, "front", HB_CHART_FLOOR);
    for (size_t a = 0; front && a < judgement->session->allocator_count; a++) {
        const bool is_reference = (int)a == judgement->reference;
        const struct place x = place_of(target, a, HB_EXEC_FIGURE_TIME, is_reference);
        const struct place y = place_of(target, a, HB_EXEC_FIGURE_MEMORY, is_reference);
        if (hb_exec_is_on_front(judgement, target, a))
            (void)hb_chart_add_point(chart, front, x.value, y.value, 0);
    }
    if (!front)
        return;
    front->is_dashed = true;
    if (front->count)
        qsort(front->points, front->count, sizeof *front->points, by_time);
}

void hb_chart_exec(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                   struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_PLANE, "plane");
    char title[160];
    (void)snprintf(title, sizeof title, "Time against peak memory: %s",
                   target->program ? target->program->name : judgement->session->profile_name);
    hb_chart_words(chart, title,
                   "A mark an allocator, with the 95 % intervals of both; further left is faster, "
                   "further down is smaller. The ringed, the front, are those that no "
                   "other beats in one without being worse in the other.");
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        const bool is_reference = (int)a == judgement->reference;
        const struct place x = place_of(target, a, HB_EXEC_FIGURE_TIME, is_reference);
        const struct place y = place_of(target, a, HB_EXEC_FIGURE_MEMORY, is_reference);
        if (target->rows[a].runs_ok == 0 || (int)a == judgement->twin)
            continue;
        struct hb_chart_line *line =
            hb_chart_add_entry(chart, &doc->palette, &judgement->session->allocators[a]);
        struct hb_chart_point *point = hb_chart_add_point(chart, line, x.value, y.value, 0);
        if (!point)
            continue;
        point->x_lo = x.lo;
        point->x_hi = x.hi;
        point->lo = y.lo;
        point->hi = y.hi;
    }
    if (hb_chart_points(chart) < 2) { /* alone it is nowhere */
        chart->line_count = 0;
        return;
    }
    add_front(judgement, target, chart);
    set_axes(target, chart);
}
