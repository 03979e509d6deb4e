/* Charts as SVG: see chart_svg.h. Lengths are pixels of a desk; a page scales them. */
#include "report/chart_svg.h"

#include "report/page_style.h"
#include "report/voice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW_HEIGHT      34
#define BAR_ROW_HEIGHT  46
#define LABEL_WIDE      24u /* characters of a row's label */
#define LABEL_NARROW    16u
#define CHARACTER       7.3 /* pixels of one, at 13 pixels' height */
#define TITLE_HEIGHT    38  /* of a picture by itself */
#define LEGEND_HEIGHT   22
#define TICS_MOST       16u
#define MARKS_MOST      24u /* of a line: a mark on every point of more would hide it */
#define MARKS_OF_LONGER 12u

/* Values of an axis to pixels. */
struct scale {
    const struct hb_chart_axis *axis;
    double from, to, step; /* as drawn; of a logarithmic one from and to are powers of ten */
    double start, end;     /* pixels */
};

struct drawing {
    const struct hb_chart *chart;
    const struct hb_chart_line *only;
    enum hb_chart_form form;
    double width, height, left, right, top, bottom; /* the frame's edges in pixels */
    struct scale x, y;
    struct hb_buf *out;
};

static bool is_rows(const struct hb_chart *chart)
{
    return !hb_chart_has_axes(chart);
}

static bool is_shown(const struct drawing *d, size_t line)
{
    const struct hb_chart_line *own = &d->chart->lines[line];
    return own->count > 0 && (!d->only || d->only == own);
}

/* ---- scales ---- */

static double drawn(const struct scale *scale, double value)
{
    value /= scale->axis->divisor;
    return scale->axis->is_log ? log10(value) : value;
}

/* Not beyond the frame by more than a mark is wide. */
static double pixel(const struct scale *scale, double value)
{
    const double share = (drawn(scale, value) - scale->from) / (scale->to - scale->from);
    const double over = fmin(fmax(share, -0.01), 1.01);
    return scale->start + over * (scale->end - scale->start);
}

/* A round step that gives at most `most` tics, so that their labels do not touch. */
static double step_of(double span, unsigned most)
{
    static const double rounds[] = {1, 2, 2.5, 5, 10};
    const double least = span / most, power = pow(10, floor(log10(least)));
    size_t i = 0;
    while (i < 4 && rounds[i] * power < least)
        i++;
    return rounds[i] * power;
}

/* Where the axis does not say from where to where, all there is, out to the next tic. */
static struct scale scale_of(const struct hb_chart_axis *axis, double lo, double hi, unsigned most)
{
    struct scale scale = {.axis = axis};
    scale.from = drawn(&scale, isfinite(axis->from) ? axis->from : lo);
    scale.to = drawn(&scale, isfinite(axis->to) ? axis->to : hi);
    if (!(scale.to > scale.from))
        scale.to = scale.from + (axis->is_log ? 1 : fmax(fabs(scale.from) * 0.1, 1e-9));
    scale.step = step_of(scale.to - scale.from, most);
    if (axis->is_log) /* whole powers of ten */
        scale.step = fmax(1, ceil(scale.step));
    const double whole = axis->is_log ? 1 : scale.step;
    if (!isfinite(axis->from))
        scale.from = floor(scale.from / whole) * whole;
    if (!isfinite(axis->to))
        scale.to = ceil(scale.to / whole) * whole;
    return scale;
}

static void range_of(const struct drawing *d, bool of_y, double *lo, double *hi)
{
    *lo = *hi = (double)NAN;
    for (size_t l = 0; l < d->chart->line_count; l++) {
        for (size_t i = 0; i < d->chart->lines[l].count; i++) {
            const struct hb_chart_point *point = &d->chart->lines[l].points[i];
            const double value = of_y ? point->y : point->x;
            const bool has_interval = of_y != is_rows(d->chart);
            const bool of_plane = !of_y && !isnan(point->x_lo);
            const double low = of_plane                            ? point->x_lo
                               : has_interval && !isnan(point->lo) ? point->lo
                                                                   : value;
            const double high = of_plane                            ? point->x_hi
                                : has_interval && !isnan(point->hi) ? point->hi
                                                                    : value;
            *lo = fmin(*lo, d->chart->y.is_log && of_y ? value : low);
            *hi = fmax(*hi, high);
        }
    }
}

/* ---- sizes ---- */

static size_t label_most(const struct drawing *d)
{
    return d->form == HB_CHART_NARROW ? LABEL_NARROW : LABEL_WIDE;
}

static double label_width(const struct drawing *d)
{
    size_t most = 0;
    for (size_t i = 0; i < d->chart->line_count; i++) {
        const size_t count = hb_html_characters(d->chart->lines[i].label);
        most = count > most ? count : most;
    }
    return CHARACTER * (double)(most < label_most(d) ? most : label_most(d));
}

static double legend_height(const struct drawing *d);

static void set_frame(struct drawing *d)
{
    const bool rows = is_rows(d->chart), small = d->form == HB_CHART_SMALL;
    const bool alone = d->form == HB_CHART_ALONE;
    const double row = d->chart->kind == HB_CHART_BARS ? BAR_ROW_HEIGHT : ROW_HEIGHT;
    const double field = rows                         ? row * (double)d->chart->line_count
                         : small                      ? 112
                         : d->form == HB_CHART_NARROW ? 202
                                                      : 292;
    d->width = small ? 270 : d->form == HB_CHART_NARROW ? 340 : 820;
    d->left = rows ? 16 + label_width(d) : small ? 46 : 58;
    d->right = d->width - 18;
    d->top = (rows ? 8 : small ? 12 : 34) + (alone ? TITLE_HEIGHT : 0);
    d->bottom = d->top + field;
    d->height =
        d->bottom + (d->chart->x.title[0] && !small ? 54 : 26) + (alone ? legend_height(d) : 0);
}

static void set_scales(struct drawing *d)
{
    const bool tight = d->form == HB_CHART_NARROW || d->form == HB_CHART_SMALL;
    double lo, hi;
    range_of(d, false, &lo, &hi);
    d->x = scale_of(&d->chart->x, lo, hi, tight ? 5 : 9);
    d->x.start = d->left;
    d->x.end = d->right;
    if (is_rows(d->chart))
        return;
    range_of(d, true, &lo, &hi);
    d->y = scale_of(&d->chart->y, lo, hi, tight ? 5 : 9);
    d->y.start = d->bottom;
    d->y.end = d->top;
}

static double row_height(const struct drawing *d)
{
    return (d->bottom - d->top) / (double)d->chart->line_count;
}

static double row_middle(const struct drawing *d, size_t line)
{
    return d->top + row_height(d) * ((double)line + 0.5);
}

/* ---- words ---- */

static void text_at(const struct drawing *d, double x, double y, const char *anchor,
                    const char *text, size_t most)
{
    hb_buf_printf(d->out, "<text x=\"%.1f\" y=\"%.1f\"%s%s%s>", x, y,
                  anchor[0] ? " text-anchor=\"" : "", anchor, anchor[0] ? "\"" : "");
    hb_html_short_text(d->out, text, most);
    hb_buf_text(d->out, "</text>");
}

/* "hakmem, run 3: 151 M/s", as the title of the element that is open. */
static void title_of(const struct drawing *d, const struct hb_chart_line *line,
                     const struct hb_chart_point *point)
{
    struct hb_buf value = {0};
    hb_chart_value(d->chart, point, &value);
    hb_buf_text(d->out, "<title>");
    hb_html_text(d->out, line->label);
    hb_html_textf(d->out, ", %s: %s",
                  is_rows(d->chart) ? hb_chart_column(d->chart, point->key).text
                                    : d->chart->x.text(point->x).text,
                  hb_buf_string(&value));
    hb_buf_text(d->out, "</title>");
    d->out->failed |= value.failed;
    hb_buf_free(&value);
}

static void title_of_line(const struct drawing *d, const char *label, const char *words)
{
    hb_buf_text(d->out, "<title>");
    hb_html_text(d->out, label);
    hb_html_textf(d->out, "%s%s", words[0] ? ": " : "", words);
    hb_buf_text(d->out, "</title>");
}

/* ---- axes ---- */

/* Across the frame at a value of x, or of y. */
static void rule(const struct drawing *d, const char *kind, bool of_y, double at)
{
    if (of_y)
        hb_buf_printf(d->out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", kind, d->left, at,
                      d->right);
    else
        hb_buf_printf(d->out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/>", kind, at, d->top,
                      d->bottom);
}

/* A grid line where values are read, and a label. */
static void tic(const struct drawing *d, bool of_y, double at, const char *text)
{
    if (of_y != is_rows(d->chart))
        rule(d, "c-grid", of_y, at);
    if (of_y)
        text_at(d, d->left - 8, at + 4, "end", text, LABEL_WIDE);
    else
        text_at(d, at, d->bottom + 18, "middle", text, LABEL_WIDE);
}

/* "10 ns" of "10.0 ns". */
static void shorten(struct hb_text *text)
{
    char *point = strchr(text->text, '.');
    const size_t zeros = point ? strspn(point + 1, "0") : 0;
    if (zeros)
        memmove(point, point + 1 + zeros, strlen(point + 1 + zeros) + 1);
}

static void counted_tics(const struct drawing *d, const struct scale *scale, bool of_y)
{
    const double first = ceil(scale->from / scale->step - 1e-9) + 0.0; /* no minus zero */
    for (unsigned i = 0; i < TICS_MOST; i++) { /* a step may be too small to go on by */
        const double at = (first + i) * scale->step;
        const double value = scale->axis->is_log ? pow(10, at) : at;
        if (at > scale->to + 1e-9 * scale->step)
            return;
        struct hb_text text;
        if (scale->axis->is_log) {
            text = scale->axis->text(value * scale->axis->divisor);
            shorten(&text);
        } else {
            (void)snprintf(text.text, sizeof text.text, "%.10g%s", value, scale->axis->suffix);
        }
        tic(d, of_y, pixel(scale, value * scale->axis->divisor), text.text);
    }
}

static void tics(const struct drawing *d, const struct scale *scale, bool of_y)
{
    const struct hb_chart_axis *axis = scale->axis;
    const size_t every = d->form == HB_CHART_NARROW && axis->tic_count > 4 ? 2 : 1;
    if (axis->tic_count == 0)
        counted_tics(d, scale, of_y);
    for (size_t i = 0; i < axis->tic_count; i += every) {
        const double at = drawn(scale, axis->tics[i].at);
        if (at >= scale->from && at <= scale->to)
            tic(d, of_y, pixel(scale, axis->tics[i].at), axis->tics[i].text);
    }
}

static void axes(const struct drawing *d)
{
    const struct hb_chart *chart = d->chart;
    const bool bare = d->form == HB_CHART_SMALL;
    const double at = d->only ? d->only->at : chart->at;
    if (isfinite(chart->band_lo) && isfinite(chart->band_hi))
        hb_buf_printf(d->out,
                      "<rect class=\"c-band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                      "height=\"%.1f\"/>",
                      pixel(&d->x, chart->band_lo), d->top,
                      pixel(&d->x, chart->band_hi) - pixel(&d->x, chart->band_lo),
                      d->bottom - d->top);
    tics(d, &d->x, false);
    if (!is_rows(chart))
        tics(d, &d->y, true);
    for (size_t i = 0; is_rows(chart) && i < chart->line_count; i++)
        text_at(d, d->left - 8, row_middle(d, i) + 4, "end", chart->lines[i].label, label_most(d));
    rule(d, "c-axis", true, d->bottom);
    if (isfinite(at))
        rule(d, "c-at", false, pixel(&d->x, at));
    if (chart->x.title[0] && !bare)
        text_at(d, (d->left + d->right) / 2, d->bottom + 42, "middle", chart->x.title, 64);
    if (chart->y.title[0] && !bare) /* above its axis it reads better than on its side */
        text_at(d, 10, d->top - 16, "", chart->y.title, 64);
}

/* ---- marks ---- */

static void use(const struct drawing *d, unsigned shape, double x, double y, double size)
{
    hb_buf_printf(d->out, "<use href=\"#m%u\" transform=\"translate(%.1f %.1f) scale(%.2f)\"/>",
                  shape, x, y, size);
}

/* A bar from lo to hi with a stroke at its ends. */
static void whiskers(const struct drawing *d, bool of_y, double lo, double hi, double across)
{
    if (of_y)
        hb_buf_printf(d->out,
                      "<path class=\"c-line\" d=\"M%.1f %.1fV%.1fM%.1f %.1fh6M%.1f %.1fh6\"/>",
                      across, lo, hi, across - 3, lo, across - 3, hi);
    else
        hb_buf_printf(d->out,
                      "<path class=\"c-line\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8\"/>", lo,
                      across, hi, lo, across - 4, hi, across - 4);
}

/* A point with what surrounds it, and its title. */
static void mark(const struct drawing *d, const struct hb_chart_line *line,
                 const struct hb_chart_point *point, double x, double y, double size)
{
    const bool of_y = !is_rows(d->chart);
    const struct scale *scale = of_y ? &d->y : &d->x;
    hb_buf_printf(d->out, "<g class=\"k%u\">", line->slot);
    title_of(d, line, point);
    if (isfinite(point->lo) && isfinite(point->hi))
        whiskers(d, of_y, pixel(scale, point->lo), pixel(scale, point->hi), of_y ? x : y);
    if (isfinite(point->x_lo) && isfinite(point->x_hi))
        whiskers(d, false, pixel(&d->x, point->x_lo), pixel(&d->x, point->x_hi), y);
    use(d, line->slot, x, y, size);
    hb_buf_text(d->out, "</g>");
    if (point->is_far) {
        hb_buf_text(d->out, "<g class=\"c-far\">");
        title_of(d, line, point);
        use(d, HB_CHART_SHAPE_RING, x, y, 6.5);
        hb_buf_text(d->out, "</g>");
    }
}

/* Spread by key, the same in every picture: neighbours in time do not lie on each other. */
static double jitter(uint32_t key)
{
    return ((double)(key * 7 % 11) / 10 - 0.5) * 0.44;
}

static void draw_row(const struct drawing *d, size_t index)
{
    const struct hb_chart_line *line = &d->chart->lines[index];
    const bool dots = d->chart->kind == HB_CHART_DOTS;
    const double middle = row_middle(d, index), row = row_height(d);
    if (isfinite(line->middle)) {
        hb_buf_text(d->out, "<g class=\"c-mid\">");
        title_of_line(d, line->label, d->chart->x.text(line->middle).text);
        hb_buf_printf(d->out, "<path d=\"M%.1f %.1fv%.1f\"/></g>", pixel(&d->x, line->middle),
                      middle - 0.36 * row, 0.72 * row);
    }
    for (size_t i = 0; i < line->count; i++)
        mark(d, line, &line->points[i], pixel(&d->x, line->points[i].x),
             middle - (dots ? jitter(line->points[i].key) * row : 0), dots ? 3.3 : 4.8);
}

static void draw_bars(const struct drawing *d, size_t index)
{
    const struct hb_chart_line *line = &d->chart->lines[index];
    const double count = (double)(d->chart->column_count ? d->chart->column_count : 1);
    const double row = row_height(d), height = 0.74 * row / count;
    for (size_t i = 0; i < line->count; i++) {
        const struct hb_chart_point *point = &line->points[i];
        const double top = row_middle(d, index) - 0.37 * row + height * point->key;
        hb_buf_printf(d->out,
                      "<g class=\"k%u\"><rect fill=\"currentColor\" x=\"%.1f\" y=\"%.1f\" "
                      "width=\"%.1f\" height=\"%.1f\"/>",
                      point->key, d->left, top + 0.5, pixel(&d->x, point->x) - d->left,
                      height - 1.5);
        title_of(d, line, point);
        hb_buf_text(d->out, "</g>");
    }
}

static bool is_through_others(const struct hb_chart *chart, const struct hb_chart_line *line)
{
    return chart->kind == HB_CHART_PLANE && line->is_dashed;
}

static void draw_line(const struct drawing *d, size_t index)
{
    const struct hb_chart_line *line = &d->chart->lines[index];
    const size_t every = line->count <= MARKS_MOST ? 1 : line->count / MARKS_OF_LONGER;
    hb_buf_printf(d->out, "<g class=\"k%u\">", line->slot);
    title_of_line(d, line->label, line->words);
    hb_buf_printf(d->out, "<path class=\"c-line%s\" d=\"", line->is_dashed ? " c-dash" : "");
    for (size_t i = 0; i < line->count; i++)
        hb_buf_printf(d->out, "%c%.1f %.1f", i == 0 || line->points[i].is_gap ? 'M' : 'L',
                      pixel(&d->x, line->points[i].x), pixel(&d->y, line->points[i].y));
    hb_buf_text(d->out, "\"/>");
    /* Through points that have their marks, round which it puts a ring: one alone has no line. */
    const bool is_through = is_through_others(d->chart, line);
    for (size_t i = 0; is_through && i < line->count; i++)
        use(d, HB_CHART_SHAPE_RING, pixel(&d->x, line->points[i].x),
            pixel(&d->y, line->points[i].y), 8);
    hb_buf_text(d->out, "</g>");
    if (is_through)
        return;
    for (size_t i = 0; d->form != HB_CHART_SMALL && i < line->count; i += every)
        mark(d, line, &line->points[i], pixel(&d->x, line->points[i].x),
             pixel(&d->y, line->points[i].y), d->chart->kind == HB_CHART_PLANE ? 5 : 3.4);
}

/* ---- a picture by itself ---- */

/* Walks the legend's entries; draws them when it is to. Returns the height of all. */
static double legend(const struct drawing *d, bool draws)
{
    const bool lines = !is_rows(d->chart), bars = d->chart->kind == HB_CHART_BARS;
    const size_t count = lines ? d->chart->line_count : bars ? d->chart->column_count : 0;
    double x = d->left, y = LEGEND_HEIGHT;
    for (size_t i = 0; i < count; i++) {
        const char *label = lines ? d->chart->lines[i].label : d->chart->columns[i];
        const double width = 40 + CHARACTER * (double)hb_html_characters(label);
        if (lines && !is_shown(d, i))
            continue;
        if (x + width > d->right && x > d->left) {
            x = d->left;
            y += LEGEND_HEIGHT;
        }
        if (draws) {
            const double at = d->height - legend_height(d) + y - 8;
            hb_buf_printf(d->out, "<g class=\"k%u\">",
                          lines ? d->chart->lines[i].slot : (unsigned)i);
            if (lines && is_through_others(d->chart, &d->chart->lines[i]))
                use(d, HB_CHART_SHAPE_RING, x + 6, at - 4, 6);
            else
                use(d, lines ? d->chart->lines[i].slot : HB_CHART_SHAPE_BAR, x + 6, at - 4, 5);
            hb_buf_text(d->out, "</g>");
            text_at(d, x + 18, at, "", label, HB_NAME_MAX);
        }
        x += width;
    }
    return count ? y + 4 : 0;
}

static double legend_height(const struct drawing *d)
{
    return legend(d, false);
}

static void open_alone(const struct drawing *d)
{
    hb_buf_printf(d->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                  "viewBox=\"0 0 %.0f %.0f\">",
                  d->width, d->height, d->width, d->height);
    hb_page_style_picture(d->out);
    hb_chart_shapes(d->out);
    hb_buf_printf(d->out, "<rect fill=\"#fff\" width=\"%.0f\" height=\"%.0f\"/><g class=\"c\">",
                  d->width, d->height);
    hb_buf_text(d->out, "<g font-size=\"15\">");
    text_at(d, 10, 24, "", d->chart->title, sizeof d->chart->title);
    hb_buf_text(d->out, "</g>");
}

static void open_in_page(const struct drawing *d, const char *id)
{
    static const char *const kinds[] = {
        [HB_CHART_WIDE] = "wide", [HB_CHART_NARROW] = "narrow", [HB_CHART_SMALL] = "small"};
    hb_buf_printf(d->out,
                  "<svg class=\"c %s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                  "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">",
                  kinds[d->form], d->width, d->height, id, id, id);
    hb_html_textf(d->out, "%s%s%s", d->chart->title, d->only ? ": " : "",
                  d->only ? d->only->label : "");
    hb_buf_printf(d->out, "</title><desc id=\"%s-d\">", id);
    hb_html_textf(d->out, "%s%s%s", d->chart->says,
                  d->only && d->only->words[0] ? " All runs: " : "", d->only ? d->only->words : "");
    hb_buf_text(d->out, "</desc>");
}

void hb_chart_svg(const struct hb_chart *chart, enum hb_chart_form form,
                  const struct hb_chart_line *only, const char *id, struct hb_buf *out)
{
    struct drawing d = {.chart = chart, .only = only, .form = form, .out = out};
    set_frame(&d);
    set_scales(&d);
    if (form == HB_CHART_ALONE)
        open_alone(&d);
    else
        open_in_page(&d, id);
    axes(&d);
    for (size_t i = 0; i < chart->line_count; i++) {
        if (!is_shown(&d, i))
            continue;
        if (chart->kind == HB_CHART_BARS)
            draw_bars(&d, i);
        else if (is_rows(chart))
            draw_row(&d, i);
        else
            draw_line(&d, i);
    }
    if (form == HB_CHART_ALONE) {
        (void)legend(&d, true);
        hb_buf_text(out, "</g>");
    }
    hb_buf_text(out, "</svg>\n");
}

/* On each shape itself: what <use> brings along from its place is the line's width there, which the
 * shape's own scale would make a blot. */
#define FILLED "fill=\"currentColor\" stroke=\"none\""
#define HOLLOW "fill=\"none\" stroke=\"currentColor\" stroke-width=\".35\""

/* Radius 1 about the middle. */
void hb_chart_shapes(struct hb_buf *out)
{
    hb_buf_text(
        out,
        "<svg class=\"shapes\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\">"
        "<defs>"
        "<circle id=\"m0\" r=\"1\" " FILLED "/>"
        "<rect id=\"m1\" x=\"-.9\" y=\"-.9\" width=\"1.8\" height=\"1.8\" " FILLED "/>"
        "<path id=\"m2\" d=\"M0-1.3-1.25.8h2.5z\" " FILLED "/>"
        "<path id=\"m3\" d=\"M0-1.35 1.2 0 0 1.35-1.2 0z\" " FILLED "/>"
        "<path id=\"m4\" d=\"M0 1.3 1.25-.8h-2.5z\" " FILLED "/>"
        "<path id=\"m5\" d=\"M0-1.25 1.2-.4.75 1h-1.5l-.45-1.4z\" " FILLED "/>"
        "<path id=\"m6\" d=\"M-.8-.8.8.8M.8-.8-.8.8\" " HOLLOW "/>"
        "<rect id=\"m7\" x=\"-.8\" y=\"-.8\" width=\"1.6\" height=\"1.6\" " HOLLOW "/>"
        "<circle id=\"m8\" r=\".9\" " HOLLOW "/>"
        "</defs></svg>\n");
}
