/* Charts as gnuplot scripts: see chart.h. Every number is formatted here, without a locale; every
 * word from outside is quoted, or left to chart_svg.
 * Read next: gnuplot.h, chart_svg.h. */
#include "report/chart.h"

#include "report/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW_HEIGHT     34u
#define BAR_ROW_HEIGHT 46u
#define LABEL_MOST     24u /* characters of a row's label */
#define PNG_SCALE      1.4

/* Light theme, for pictures by themselves: Okabe and Ito's palette, the light ones darker so that
 * each has 3:1 on white. The page's are in html_style.c. */
static const char *const png_slots[HB_CHART_SLOTS] = {"#0064a8", "#c44e00", "#00805c", "#a8508a",
                                                      "#a87000", "#2a8cc4", "#7a6e00", "#5c6470"};
static const char *const png_inks[HB_INKS] = {
    [HB_INK_GRID] = "#e4e7eb", [HB_INK_AXIS] = "#9aa3ad", [HB_INK_TEXT] = "#3d4650",
    [HB_INK_BAND] = "#eef1f4", [HB_INK_FAR] = "#b3261e",  [HB_INK_AT] = "#6b7480",
};

/* gnuplot's numbers of filled shapes first: disc, square, triangle, diamond, and so on. */
static const int shapes[HB_CHART_SLOTS] = {7, 5, 9, 13, 11, 15, 2, 4};
#define SHAPE_RING 6

/* What one script is made with. */
struct script {
    const struct hb_chart *chart;
    enum hb_chart_form form;
    struct hb_chart_size size;
    struct hb_buf *out;
};

static bool is_rows(const struct hb_chart *chart)
{
    return chart->kind != HB_CHART_OVER;
}

struct hb_chart_size hb_chart_size(const struct hb_chart *chart, enum hb_chart_form form)
{
    const unsigned rows = (unsigned)chart->line_count;
    const unsigned row = chart->kind == HB_CHART_BARS ? BAR_ROW_HEIGHT : ROW_HEIGHT;
    struct hb_chart_size size = {form == HB_CHART_NARROW ? 340 : 820, 0};
    if (chart->is_small)
        size.width = 270;
    if (is_rows(chart))
        size.height = 64 + rows * row;
    else if (chart->is_small)
        size.height = 150;
    else
        size.height = form == HB_CHART_NARROW ? 290 : 380;
    if (form == HB_CHART_PNG) {
        size.width = chart->is_small ? 820 : size.width;
        size.height = (chart->is_small ? 380 : size.height) + 82;
        size.width = (unsigned)(PNG_SCALE * size.width);
        size.height = (unsigned)(PNG_SCALE * size.height);
    }
    return size;
}

/* ---- words and colours ---- */

static void slot_colour(const struct script *s, unsigned slot)
{
    if (s->form == HB_CHART_PNG)
        hb_buf_printf(s->out, " rgb '%s'", png_slots[slot]);
    else
        hb_buf_printf(s->out, " rgb '#%02x%02x%02x'", HB_CHART_INK, HB_CHART_INK_SLOT, slot);
}

static void ink_colour(const struct script *s, enum hb_chart_ink ink)
{
    if (s->form == HB_CHART_PNG)
        hb_buf_printf(s->out, " rgb '%s'", png_inks[ink]);
    else
        hb_buf_printf(s->out, " rgb '#%02x%02x%02x'", HB_CHART_INK, HB_CHART_INK_OTHERS,
                      (unsigned)ink);
}

/* A line's label. A tic's label is a format to gnuplot: "%" stands twice. */
static void label_text(const struct script *s, size_t line, bool is_tic)
{
    char doubled[2 * HB_NAME_MAX];
    const char *label = s->chart->lines[line].label;
    size_t used = 0;
    if (s->form != HB_CHART_PNG) {
        hb_buf_printf(s->out, "'" HB_CHART_TOKEN "%04zu'", line);
        return;
    }
    for (; *label && used + 2 < sizeof doubled; label++) {
        doubled[used++] = *label;
        if (*label == '%' && is_tic)
            doubled[used++] = '%';
    }
    doubled[used] = '\0';
    hb_gnuplot_quoted(s->out, doubled);
}

static void number(const struct script *s, double value)
{
    hb_buf_printf(s->out, " %s", isfinite(value) ? hb_format_double(value).text : "NaN");
}

static double font_scale(const struct script *s)
{
    return s->form == HB_CHART_PNG ? PNG_SCALE : 1;
}

/* A point of size 1 is larger in SVG than in PNG. */
static double point_size(const struct script *s, double size)
{
    return size * (s->form == HB_CHART_PNG ? 1.3 : 0.85);
}

/* ---- frame and axes ---- */

static void terminal(const struct script *s)
{
    const unsigned width = s->size.width, height = s->size.height;
    if (s->form == HB_CHART_PNG) {
        hb_buf_printf(s->out, "set terminal pngcairo size %u,%u font 'sans,14' noenhanced", width,
                      height);
    } else {
        hb_buf_printf(s->out, "set terminal svg size %u,%u dynamic font 'sans,%s' noenhanced",
                      width, height, s->chart->is_small ? "12" : "13");
    }
    hb_buf_text(s->out, "\nset encoding utf8\nset border 0\nset tics scale 0\nset key off\n"
                        "set bars 0.4\nset grid noxtics noytics\n");
}

static size_t label_width(const struct hb_chart *chart)
{
    size_t most = 0;
    for (size_t i = 0; i < chart->line_count; i++) {
        size_t count = 0;
        for (const char *c = chart->lines[i].label; *c; c++)
            count += ((unsigned char)*c & 0xc0) != 0x80;
        most = count > most ? count : most;
    }
    return most < LABEL_MOST ? most : LABEL_MOST;
}

/* Margins in pixels from the picture's edges, so that texts that gnuplot never saw have room. */
static void margins(const struct script *s)
{
    const double scale = font_scale(s), width = s->size.width, height = s->size.height;
    const bool png = s->form == HB_CHART_PNG, rows = is_rows(s->chart);
    double left = rows ? 16 + 7.3 * (double)label_width(s->chart) : 58;
    double top = rows ? 8 : 34, bottom = s->chart->x.title[0] ? 54 : 26;
    if (s->chart->is_small && !png) {
        left = 46;
        top = 12;
        bottom = 26;
    }
    top += png ? 40 : 0;
    bottom += png ? 42 : 0;
    hb_buf_printf(s->out, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
                  left * scale / width, 1 - 18 * scale / width);
    hb_buf_printf(s->out, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                  1 - top * scale / height, bottom * scale / height);
}

static void range(const struct script *s, char name, const struct hb_chart_axis *axis)
{
    hb_buf_printf(s->out, "set %crange [", name);
    if (isfinite(axis->from))
        hb_buf_printf(s->out, "%s", hb_format_double(axis->from / axis->divisor).text);
    else
        hb_buf_char(s->out, '*');
    hb_buf_char(s->out, ':');
    if (isfinite(axis->to))
        hb_buf_printf(s->out, "%s", hb_format_double(axis->to / axis->divisor).text);
    else
        hb_buf_char(s->out, '*');
    hb_buf_text(s->out, "]\n");
    if (axis->is_log)
        hb_buf_printf(s->out, "set logscale %c\n", name);
    if (axis->format)
        hb_buf_printf(s->out, "set format %c '%s'\n", name, axis->format);
}

/* A round step that gives at most `most` tics, so that their labels do not touch: gnuplot guesses
 * at their width. 0: leave it to gnuplot. */
static double step_of(const struct hb_chart_axis *axis, unsigned most)
{
    static const double rounds[] = {1, 2, 2.5, 5, 10};
    const double span = (axis->to - axis->from) / axis->divisor;
    if (!(span > 0) || !isfinite(span))
        return 0;
    const double least = span / most, power = pow(10, floor(log10(least)));
    size_t i = 0;
    while (i < 4 && rounds[i] * power < least)
        i++;
    return rounds[i] * power;
}

static void tics(const struct script *s, char name, const struct hb_chart_axis *axis)
{
    const bool small =
        s->form == HB_CHART_NARROW || (s->chart->is_small && s->form != HB_CHART_PNG);
    const char *own = small && axis->tics_small[0] ? axis->tics_small : axis->tics;
    const double step = own[0] || axis->is_log ? 0 : step_of(axis, small ? 5 : 9);
    hb_buf_printf(s->out, "set %ctics nomirror textcolor", name);
    ink_colour(s, HB_INK_TEXT);
    if (own[0])
        hb_buf_printf(s->out, " (%s)", own);
    hb_buf_char(s->out, '\n');
    if (step > 0)
        hb_buf_printf(s->out, "set %ctics %s\n", name, hb_format_double(step).text);
}

static void row_tics(const struct script *s)
{
    const size_t rows = s->chart->line_count;
    hb_buf_text(s->out, "set ytics nomirror textcolor");
    ink_colour(s, HB_INK_TEXT);
    hb_buf_text(s->out, " (");
    for (size_t i = 0; i < rows; i++) {
        hb_buf_text(s->out, i ? ", " : "");
        label_text(s, i, true);
        hb_buf_printf(s->out, " %zu", rows - 1 - i);
    }
    hb_buf_printf(s->out, ")\nset yrange [-0.6:%zu.6]\n", rows - 1);
}

/* A title in the picture's own pixels from the bottom: gnuplot's own would lie outside. */
static void axis_title(const struct script *s, int number, const char *text, const char *at_x,
                       double from_bottom, const char *side)
{
    hb_buf_printf(s->out, "set label %d ", number);
    hb_gnuplot_quoted(s->out, text);
    hb_buf_printf(s->out, " at %s, screen %.4f %s textcolor", at_x,
                  from_bottom * font_scale(s) / s->size.height, side);
    ink_colour(s, HB_INK_TEXT);
    hb_buf_char(s->out, '\n');
}

/* A title above its axis reads better than one on its side. */
static void titles(const struct script *s)
{
    const struct hb_chart *chart = s->chart;
    const bool png = s->form == HB_CHART_PNG, bare = chart->is_small && !png;
    const double height = s->size.height / font_scale(s);
    char left[40];
    (void)snprintf(left, sizeof left, "screen %.4f", 10 * font_scale(s) / s->size.width);
    if (chart->x.title[0] && !bare)
        axis_title(s, 2, chart->x.title, "graph 0.5", png ? 52 : 10, "center");
    if (!is_rows(chart) && chart->y.title[0] && !bare)
        axis_title(s, 1, chart->y.title, left, height - (png ? 54 : 14), "left");
    if (png) {
        axis_title(s, 3, chart->title, left, height - 20, "left");
        hb_buf_text(s->out, "set key at screen 0.5, screen 0.02 center bottom horizontal "
                            "noenhanced width 1\n");
    }
}

static void grid(const struct script *s)
{
    hb_buf_printf(s->out, "set grid %s linetype 1 linewidth 1 linecolor",
                  is_rows(s->chart) ? "xtics" : "ytics");
    ink_colour(s, HB_INK_GRID);
    hb_buf_text(s->out, "\nset border 1 linetype 1 linewidth 1 linecolor");
    ink_colour(s, HB_INK_AXIS);
    hb_buf_char(s->out, '\n');
}

static void band(const struct script *s)
{
    const struct hb_chart *chart = s->chart;
    if (isfinite(chart->band_lo) && isfinite(chart->band_hi)) {
        hb_buf_printf(s->out, "set object 1 rectangle from first %s, graph 0 to ",
                      hb_format_double(chart->band_lo / chart->x.divisor).text);
        hb_buf_printf(s->out, "first %s, graph 1 behind fillstyle solid 1 noborder fillcolor",
                      hb_format_double(chart->band_hi / chart->x.divisor).text);
        ink_colour(s, HB_INK_BAND);
        hb_buf_char(s->out, '\n');
    }
    if (isfinite(chart->at)) {
        const struct hb_text at = hb_format_double(chart->at / chart->x.divisor);
        hb_buf_printf(s->out,
                      "set arrow 1 from first %s, graph 0 to first %s, graph 1 nohead back "
                      "linewidth 1.2 dashtype 2 linecolor",
                      at.text, at.text);
        ink_colour(s, HB_INK_AT);
        hb_buf_char(s->out, '\n');
    }
}

static void axes(const struct script *s)
{
    grid(s);
    range(s, 'x', &s->chart->x);
    tics(s, 'x', &s->chart->x);
    if (is_rows(s->chart)) {
        row_tics(s);
    } else {
        range(s, 'y', &s->chart->y);
        tics(s, 'y', &s->chart->y);
    }
    titles(s);
    band(s);
}

/* ---- data ---- */

static double row_of(const struct script *s, size_t line)
{
    return (double)(s->chart->line_count - 1 - line);
}

/* Spread by key, the same in every picture: neighbours in time do not lie on each other. */
static double jitter(uint32_t key)
{
    return ((double)(key * 7 % 11) / 10 - 0.5) * 0.44;
}

static void row_point(const struct script *s, size_t line, const struct hb_chart_point *point)
{
    const double divisor = s->chart->x.divisor;
    const bool dots = s->chart->kind == HB_CHART_DOTS;
    number(s, point->x / divisor);
    number(s, row_of(s, line) + (dots ? jitter(point->key) : 0));
    if (!dots) {
        number(s, (isfinite(point->lo) ? point->lo : point->x) / divisor);
        number(s, (isfinite(point->hi) ? point->hi : point->x) / divisor);
    }
    hb_buf_char(s->out, '\n');
}

/* One line of a bar's box: its middle, and its four sides. */
static void bar_point(const struct script *s, size_t line, const struct hb_chart_point *point)
{
    const double count = (double)(s->chart->column_count ? s->chart->column_count : 1);
    const double height = 0.74 / count;
    const double top = row_of(s, line) + 0.37 - height * (double)point->key;
    const double value = point->x / s->chart->x.divisor;
    number(s, value);
    number(s, top - height / 2);
    number(s, 0);
    number(s, value);
    number(s, top - height + 0.03);
    number(s, top - 0.03);
    hb_buf_char(s->out, '\n');
}

static void over_point(const struct script *s, const struct hb_chart_point *point)
{
    const double divisor = s->chart->y.divisor;
    if (point->is_gap)
        hb_buf_char(s->out, '\n');
    number(s, point->x / s->chart->x.divisor);
    number(s, point->y / divisor);
    number(s, (isfinite(point->lo) ? point->lo : point->y) / divisor);
    number(s, (isfinite(point->hi) ? point->hi : point->y) / divisor);
    hb_buf_char(s->out, '\n');
}

static void line_data(const struct script *s, size_t line)
{
    const struct hb_chart_line *points = &s->chart->lines[line];
    hb_buf_printf(s->out, "$d%zu << EOD\n", line);
    for (size_t i = 0; i < points->count; i++) {
        if (is_rows(s->chart))
            row_point(s, line, &points->points[i]);
        else
            over_point(s, &points->points[i]);
    }
    hb_buf_text(s->out, "EOD\n");
}

static size_t far_data(const struct script *s)
{
    size_t count = 0;
    hb_buf_text(s->out, "$far << EOD\n");
    for (size_t l = 0; l < s->chart->line_count; l++) {
        const struct hb_chart_line *line = &s->chart->lines[l];
        for (size_t i = 0; i < line->count; i++) {
            if (line->points[i].is_far) {
                row_point(s, l, &line->points[i]);
                count++;
            }
        }
    }
    hb_buf_text(s->out, "EOD\n");
    return count;
}

static size_t middle_data(const struct script *s)
{
    size_t count = 0;
    hb_buf_text(s->out, "$middle << EOD\n");
    for (size_t l = 0; l < s->chart->line_count; l++) {
        const double middle = s->chart->lines[l].middle;
        if (!isfinite(middle))
            continue;
        number(s, middle / s->chart->x.divisor);
        number(s, row_of(s, l) - 0.36);
        hb_buf_text(s->out, " 0 0.72\n");
        count++;
    }
    hb_buf_text(s->out, "EOD\n");
    return count;
}

static void bar_data(const struct script *s, uint32_t key)
{
    hb_buf_printf(s->out, "$d%u << EOD\n", key);
    for (size_t l = 0; l < s->chart->line_count; l++) {
        const struct hb_chart_line *line = &s->chart->lines[l];
        for (size_t i = 0; i < line->count; i++) {
            if (line->points[i].key == key)
                bar_point(s, l, &line->points[i]);
        }
    }
    hb_buf_text(s->out, "EOD\n");
}

/* ---- what is plotted ---- */

static void next_plot(const struct script *s, size_t *plots)
{
    hb_buf_text(s->out, (*plots)++ ? ", \\\n     " : "plot ");
}

static void plot_row_line(const struct script *s, size_t line, size_t *plots)
{
    const struct hb_chart_line *row = &s->chart->lines[line];
    const bool dots = s->chart->kind == HB_CHART_DOTS;
    if (row->count == 0)
        return;
    next_plot(s, plots);
    hb_buf_printf(s->out, "$d%zu using %s linewidth 2 pointtype %d pointsize %.2f linecolor", line,
                  dots ? "1:2 with points" : "1:2:3:4 with xerrorbars", shapes[row->slot],
                  point_size(s, dots ? 0.7 : 1));
    slot_colour(s, row->slot);
    hb_buf_text(s->out, " notitle");
}

static void plot_rows(const struct script *s)
{
    const size_t rows = s->chart->line_count;
    size_t plots = 0;
    for (size_t l = 0; l < rows; l++)
        line_data(s, l);
    const size_t middles = middle_data(s), far = far_data(s);
    if (middles) {
        next_plot(s, &plots);
        hb_buf_text(s->out, "$middle using 1:2:3:4 with vectors nohead linewidth 2 linecolor");
        ink_colour(s, HB_INK_AT);
        hb_buf_text(s->out, " notitle");
    }
    for (size_t l = 0; l < rows; l++)
        plot_row_line(s, l, &plots);
    if (far) {
        next_plot(s, &plots);
        hb_buf_printf(s->out,
                      "$far using 1:2 with points pointtype %d pointsize %.2f linewidth 1.6 "
                      "linecolor",
                      SHAPE_RING, point_size(s, 1.35));
        ink_colour(s, HB_INK_FAR);
        hb_buf_text(s->out, " notitle");
    }
    hb_buf_char(s->out, '\n');
}

static void plot_bars(const struct script *s)
{
    const uint32_t columns = (uint32_t)s->chart->column_count;
    size_t plots = 0;
    for (uint32_t key = 0; key < columns; key++)
        bar_data(s, key);
    for (uint32_t key = 0; key < columns; key++) {
        next_plot(s, &plots);
        hb_buf_printf(s->out,
                      "$d%u using 1:2:3:4:5:6 with boxxyerror fillstyle solid 1 noborder linecolor",
                      key);
        slot_colour(s, key);
        hb_buf_text(s->out, " title ");
        hb_gnuplot_quoted(s->out, s->chart->columns[key]);
    }
    hb_buf_char(s->out, '\n');
}

static bool has_intervals(const struct hb_chart_line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        if (isfinite(line->points[i].lo))
            return true;
    }
    return false;
}

/* Some dozen shapes on a line tell it from the others; one on every point would hide it. */
static void plot_over_line(const struct script *s, size_t index, size_t *plots)
{
    const struct hb_chart_line *line = &s->chart->lines[index];
    const size_t every = line->count <= 24 ? 1 : line->count / 12;
    if (line->count == 0)
        return;
    if (has_intervals(line)) {
        next_plot(s, plots);
        hb_buf_printf(s->out,
                      "$d%zu using 1:2:3:4 with yerrorbars pointtype -2 linewidth 1.4 "
                      "linecolor",
                      index);
        slot_colour(s, line->slot);
        hb_buf_text(s->out, " notitle");
    }
    next_plot(s, plots);
    hb_buf_printf(s->out, "$d%zu using 1:2 with ", index);
    if (s->chart->is_small)
        hb_buf_text(s->out, "lines");
    else
        hb_buf_printf(s->out, "linespoints pointtype %d pointsize %.2f pointinterval %zu",
                      shapes[line->slot], point_size(s, 0.75), every);
    hb_buf_printf(s->out, " linewidth %.2f dashtype %d linecolor", 1.6 * font_scale(s),
                  line->is_dashed ? 2 : 1);
    slot_colour(s, line->slot);
    hb_buf_text(s->out, " title ");
    label_text(s, index, false);
}

static void plot_over(const struct script *s)
{
    size_t plots = 0;
    hb_buf_text(s->out, "set pointintervalbox 0\n"); /* else each shape stands on a disc */
    for (size_t l = 0; l < s->chart->line_count; l++)
        line_data(s, l);
    for (size_t l = 0; l < s->chart->line_count; l++)
        plot_over_line(s, l, &plots);
    hb_buf_char(s->out, '\n');
}

void hb_chart_script(const struct hb_chart *chart, enum hb_chart_form form, struct hb_buf *out)
{
    const struct script s = {chart, form, hb_chart_size(chart, form), out};
    terminal(&s);
    margins(&s);
    axes(&s);
    if (chart->kind == HB_CHART_BARS)
        plot_bars(&s);
    else if (is_rows(chart))
        plot_rows(&s);
    else
        plot_over(&s);
}
