/* A figure over the points of a sweep: see charts.h. */
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LOG_FROM 20.0 /* of figures that far apart the small ones would lie on the axis */

struct span {
    double least, most; /* of what is drawn, with its intervals */
};

static void add_points(const struct hb_curves *curves, const struct hb_curve *curve,
                       size_t allocator, struct hb_chart *chart, struct hb_chart_line *line,
                       struct span *span)
{
    for (size_t k = 0; k < curves->session->point_count; k++) {
        const struct hb_curve_cell *cell = hb_curve_cell_at(curves, curve, k, allocator);
        struct hb_chart_point *point =
            hb_chart_add_point(chart, line, (double)k, cell->value, (uint32_t)k);
        if (!point)
            continue;
        point->lo = cell->lo;
        point->hi = cell->hi;
        span->least = fmin(span->least, fmin(cell->value, cell->lo));
        span->most = fmax(span->most, fmax(cell->value, cell->hi));
    }
}

static struct hb_text count_text(double value)
{
    return hb_format_count(value);
}

/* Points stand side by side: their values often grow by factors, or are words. */
static void set_x(const struct hb_session *session, struct hb_chart_axis *axis)
{
    const size_t count = session->point_count;
    const size_t step = (count + HB_CHART_TICS_MAX - 1) / HB_CHART_TICS_MAX;
    axis->from = -0.3;
    axis->to = (double)count - 0.7;
    axis->text = count_text;
    for (size_t k = 0; k < count; k += step)
        hb_chart_add_tic(axis, (double)k, session->points[k].text);
    (void)snprintf(axis->title, sizeof axis->title, "%.60s", session->points[0].name);
}

/* On a log scale a tic says its own unit: "100 M". */
static struct hb_text rate_text(double value)
{
    struct hb_text text = hb_format_rate(value);
    char *per = strstr(text.text, "/s");
    if (per)
        *per = '\0';
    return text;
}

static struct hb_text each_text(double value)
{
    return hb_format_each(value);
}

static void set_y(const struct hb_curve *curve, const struct span *span, struct hb_chart_axis *axis)
{
    const double air = 0.06 * (span->most - span->least);
    if (curve->format == HB_FORMAT_RATE)
        hb_chart_rate_axis(axis, span->most);
    else if (curve->format == HB_FORMAT_BYTES)
        hb_chart_bytes_axis(axis, span->most);
    else
        (void)snprintf(axis->title, sizeof axis->title, "%s", curve->heading);
    axis->text = curve->format == HB_FORMAT_RATE    ? hb_format_rate
                 : curve->format == HB_FORMAT_BYTES ? hb_format_bytes
                 : curve->format == HB_FORMAT_NS    ? hb_format_ns
                 : curve->format == HB_FORMAT_COUNT ? count_text
                                                    : each_text;
    axis->is_log = span->least > 0 && span->most > LOG_FROM * span->least;
    if (axis->is_log && curve->format == HB_FORMAT_RATE) {
        axis->text = rate_text;
        (void)snprintf(axis->title, sizeof axis->title, "operations a second");
    }
    axis->from = axis->is_log ? (double)NAN : fmax(0, span->least - air);
    axis->to = axis->is_log               ? (double)NAN
               : span->most > span->least ? span->most + air
                                          : (double)NAN;
    if (curve->format == HB_FORMAT_NS) {
        axis->divisor = span->most >= 2e9 ? 1e9 : span->most >= 2e6 ? 1e6 : 1;
        (void)snprintf(axis->title, sizeof axis->title, "%s, %s", curve->heading,
                       span->most >= 2e9   ? "s"
                       : span->most >= 2e6 ? "ms"
                                           : "ns");
    }
}

void hb_chart_curve(const struct hb_curves *curves, const struct hb_curve *curve,
                    struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "");
    struct span span = {(double)NAN, (double)NAN};
    char title[160];
    (void)snprintf(chart->name, sizeof chart->name, "curve-%.20s%s%.18s",
                   curve->program ? curve->program->name : "", curve->program ? "-" : "",
                   curve->name);
    (void)snprintf(title, sizeof title, "%s over %s", curve->heading, session->points[0].name);
    hb_chart_words(chart, title,
                   "A line an allocator, a mark a point of the sweep: the median of its runs with "
                   "its 95 % interval. Where two lines cross, the ranking changes.");
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "%.40s", session->points[0].name);
    chart->is_curve = curve->is_main;
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (session->allocators[a].role == HB_ROLE_TWIN)
            continue;
        struct hb_chart_line *line =
            hb_chart_add_entry(chart, &doc->palette, &session->allocators[a]);
        if (line)
            line->is_dashed = session->allocators[a].role == HB_ROLE_FLOOR;
        add_points(curves, curve, a, chart, line, &span);
    }
    if (isnan(span.most))
        return;
    set_x(session, &chart->x);
    set_y(curve, &span, &chart->y);
}
