/* Charts as text: a row of dots a line, or letters on a small field. See write_text.h. */
#include "report/write_text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- rows of dots ---- */

#define DOTS_MOST  80u
#define LABEL_MOST 20u

/* Where the values of all lines are. */
struct span {
    double lo, hi;
    size_t label, cells; /* characters of a row's name, and of its dots */
};

static struct span span_of(const struct hb_chart *chart, const struct hb_screen *screen)
{
    struct span span = {.lo = (double)NAN, .hi = (double)NAN};
    for (size_t i = 0; i < chart->line_count; i++) {
        const struct hb_chart_line *line = &chart->lines[i];
        const size_t length = hb_screen_characters(line->label);
        for (size_t p = 0; p < line->count; p++) {
            span.lo = fmin(span.lo, line->points[p].x);
            span.hi = fmax(span.hi, line->points[p].x);
        }
        span.label = line->count && length > span.label ? length : span.label;
    }
    span.label = span.label > LABEL_MOST ? LABEL_MOST : span.label;
    const size_t width = screen->width ? screen->width : HB_SCREEN_WIDTH;
    span.cells = width > span.label + 12 ? width - span.label - 2 : 10;
    span.cells = span.cells > DOTS_MOST ? DOTS_MOST : span.cells;
    return span;
}

static size_t dot_of(const struct span *span, double value)
{
    const double place = span->hi > span->lo ? (value - span->lo) / (span->hi - span->lo) : 0.5;
    const double cell = floor(place * (double)span->cells);
    return cell < 0 ? 0 : cell >= (double)span->cells ? span->cells - 1 : (size_t)cell;
}

static void write_row(const struct hb_chart_line *line, const struct span *span, struct hb_buf *out)
{
    unsigned counts[DOTS_MOST] = {0};
    const size_t median = isnan(line->middle) ? SIZE_MAX : dot_of(span, line->middle);
    const size_t start = out->size;
    for (size_t p = 0; p < line->count; p++)
        counts[dot_of(span, line->points[p].x)]++;
    hb_buf_add(out, line->label, hb_screen_part(line->label, span->label));
    hb_hide_controls_from(out, start);
    const size_t length = hb_screen_characters(hb_buf_string(out) + start);
    size_t blanks = span->label - length + 2;
    for (size_t c = 0; c < span->cells; c++) {
        const char *dot = c == median     ? "\xe2\x94\x83"
                          : counts[c] > 3 ? "\xe2\x97\x8f"
                          : counts[c] > 1 ? "\xe2\x80\xa2"
                          : counts[c]     ? "\xc2\xb7"
                                          : NULL;
        blanks += !dot;
        if (!dot)
            continue;
        hb_buf_printf(out, "%*s%s", (int)blanks, "", dot);
        blanks = 0;
    }
    hb_buf_char(out, '\n');
}

void hb_strip_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out)
{
    const struct span span = span_of(chart, screen);
    const struct hb_text lo = chart->x.text(span.lo), hi = chart->x.text(span.hi);
    for (size_t i = 0; i < chart->line_count; i++) {
        if (chart->lines[i].count)
            write_row(&chart->lines[i], &span, out);
    }
    static const char legend[] =
        "\xc2\xb7 one, \xe2\x80\xa2 two or three, \xe2\x97\x8f more, \xe2\x94\x83 the median";
    const int gap = (int)span.cells - (int)strlen(lo.text) - (int)strlen(hi.text);
    hb_buf_printf(out, "%*s%s%*s%s\n", (int)span.label + 2, "", lo.text, gap > 1 ? gap : 1, "",
                  hi.text);
    hb_buf_printf(out, "%*s", (int)span.label + 2, "");
    hb_screen_wrap(screen, legend, span.label + 2, span.label + 2, out);
    hb_buf_char(out, '\n');
}

/* ---- two figures against each other ---- */

#define ROWS       10u
#define FIELD_MOST 64u
#define LETTERS    "abcdefghijklmnopqrstuvwxyz"
#define MARGIN     11u /* before the field: a value of the upright axis */

struct range {
    double lo, hi;
};

static void widen(struct range *range, double value)
{
    range->lo = fmin(range->lo, value);
    range->hi = fmax(range->hi, value);
}

static size_t cell_of(const struct range *range, double value, size_t cells)
{
    const double place =
        range->hi > range->lo ? (value - range->lo) / (range->hi - range->lo) : 0.5;
    const double cell = floor(place * (double)(cells - 1) + 0.5);
    return cell < 0 ? 0 : cell >= (double)cells ? cells - 1 : (size_t)cell;
}

/* Lines that have a letter: of a plane those of one point, of a curve all. */
static bool is_drawn(const struct hb_chart *chart, const struct hb_chart_line *line)
{
    return chart->is_curve ? line->count > 0 : line->count == 1 && !line->is_dashed;
}

/* Where a value lies upright. */
static double height(const struct hb_chart *chart, double y)
{
    return chart->y.is_log ? log10(y) : y;
}

/* A dashed line goes through it: it stands out. */
static bool is_marked(const struct hb_chart *chart, const struct hb_chart_point *point)
{
    for (size_t l = 0; l < chart->line_count; l++) {
        const struct hb_chart_line *line = &chart->lines[l];
        for (size_t i = 0; line->is_dashed && i < line->count; i++) {
            if (!(line->points[i].x < point->x) && !(line->points[i].x > point->x) &&
                !(line->points[i].y < point->y) && !(line->points[i].y > point->y))
                return true;
        }
    }
    return false;
}

static char letter_of(const struct hb_chart *chart, size_t index, const struct hb_chart_line *line)
{
    const char letter = LETTERS[index % (sizeof LETTERS - 1)];
    if (chart->is_curve)
        return letter;
    return is_marked(chart, &line->points[0]) ? (char)toupper((unsigned char)letter) : letter;
}

#define INTERVAL '|'
#define SEVERAL  '*'

/* Where two fall together the one that stands out is seen; of a curve, that there are two. */
static void place(const struct hb_chart *chart, char *cell, char letter)
{
    if (*cell == ' ' || *cell == INTERVAL ||
        (islower((unsigned char)*cell) && isupper((unsigned char)letter)))
        *cell = letter;
    else if (chart->is_curve && *cell != letter)
        *cell = SEVERAL;
}

struct field {
    const struct hb_chart *chart;
    char cells[ROWS][FIELD_MOST];
    size_t width;
    struct range x, y;
};

static size_t row_of(const struct field *field, double y)
{
    return ROWS - 1 - cell_of(&field->y, height(field->chart, y), ROWS);
}

/* Under the letters, which are placed later. */
static void place_interval(struct field *field, const struct hb_chart_point *point)
{
    const size_t column = cell_of(&field->x, point->x, field->width);
    if (isnan(point->lo) || isnan(point->hi))
        return;
    for (size_t r = row_of(field, point->hi); r <= row_of(field, point->lo); r++) {
        if (field->cells[r][column] == ' ')
            field->cells[r][column] = INTERVAL;
    }
}

static void place_points(struct field *field)
{
    const struct hb_chart *chart = field->chart;
    size_t index = 0;
    for (size_t l = 0; chart->is_curve && l < chart->line_count; l++) {
        for (size_t i = 0; i < chart->lines[l].count; i++)
            place_interval(field, &chart->lines[l].points[i]);
    }
    for (size_t l = 0; l < chart->line_count; l++) {
        const struct hb_chart_line *line = &chart->lines[l];
        if (!is_drawn(chart, line))
            continue;
        const char letter = letter_of(chart, index++, line);
        for (size_t i = 0; i < line->count; i++)
            place(chart,
                  &field->cells[row_of(field, line->points[i].y)]
                               [cell_of(&field->x, line->points[i].x, field->width)],
                  letter);
    }
}

static void find_ranges(struct field *field)
{
    const struct hb_chart *chart = field->chart;
    for (size_t l = 0; l < chart->line_count; l++) {
        for (size_t i = 0; is_drawn(chart, &chart->lines[l]) && i < chart->lines[l].count; i++) {
            const struct hb_chart_point *point = &chart->lines[l].points[i];
            widen(&field->x, point->x);
            widen(&field->y, height(chart, point->y));
            if (chart->is_curve && !isnan(point->lo) && point->lo > 0) {
                widen(&field->y, height(chart, point->lo));
                widen(&field->y, height(chart, point->hi));
            }
        }
    }
    if (chart->is_curve) { /* room for the tics at both ends */
        field->x.lo = chart->x.from;
        field->x.hi = chart->x.to;
    }
}

static void write_field(const struct field *field, struct hb_buf *out)
{
    const struct hb_chart *chart = field->chart;
    char ends[2][32];
    for (size_t r = 0; r < 2; r++) {
        const double at = r == 0 ? field->y.hi : field->y.lo;
        hb_copy_text(ends[r], sizeof ends[r],
                     chart->y.text(chart->y.is_log ? pow(10, at) : at).text);
    }
    const bool is_one = strcmp(ends[0], ends[1]) == 0; /* then it stands in the middle, once */
    for (size_t r = 0; r < ROWS; r++) {
        const bool has_tic = is_one ? r == ROWS / 2 : r == 0 || r + 1 == ROWS;
        size_t length = field->width;
        while (length && field->cells[r][length - 1] == ' ')
            length--;
        hb_buf_printf(out, "%*s |%.*s\n", (int)MARGIN - 2, has_tic ? ends[r > 0] : "", (int)length,
                      field->cells[r]);
    }
}

/* Each tic under its place, as far as the one before leaves room. */
static void write_tics(const struct field *field, struct hb_buf *out)
{
    const struct hb_chart_axis *axis = &field->chart->x;
    size_t used = 0;
    hb_buf_printf(out, "\n%*s", (int)MARGIN, "");
    for (size_t i = 0; i < axis->tic_count; i++) {
        const size_t at = cell_of(&field->x, axis->tics[i].at, field->width);
        const size_t half = strlen(axis->tics[i].text) / 2, start = at > half ? at - half : 0;
        if (i > 0 && start <= used)
            continue;
        hb_buf_printf(out, "%*s%s", (int)(start - used), "", axis->tics[i].text);
        used = start + strlen(axis->tics[i].text);
    }
    hb_buf_printf(out, "  %s\n", axis->title);
}

/* The axis lying, with a value at either end and its name between them where there is room. */
static void write_axis(const struct field *field, struct hb_buf *out)
{
    const struct hb_chart *chart = field->chart;
    hb_buf_printf(out, "%*s+", (int)MARGIN - 1, "");
    for (size_t c = 0; c < field->width; c++)
        hb_buf_char(out, '-');
    if (chart->is_curve) {
        write_tics(field, out);
        return;
    }
    const struct hb_text lo = chart->x.text(field->x.lo), hi = chart->x.text(field->x.hi);
    const int gap = (int)field->width - (int)strlen(lo.text) - (int)strlen(hi.text);
    hb_buf_printf(out, "\n%*s%s%*s%s\n", (int)MARGIN, "", lo.text, gap > 1 ? gap : 1, "", hi.text);
}

static void write_legend(const struct hb_chart *chart, const struct hb_screen *screen,
                         struct hb_buf *out)
{
    struct hb_buf legend = {0};
    size_t index = 0;
    for (size_t l = 0; l < chart->line_count; l++) {
        if (is_drawn(chart, &chart->lines[l])) {
            hb_buf_printf(&legend, "%s%c %s", index ? ", " : "",
                          letter_of(chart, index, &chart->lines[l]), chart->lines[l].label);
            index++;
        }
    }
    hb_hide_controls_from(&legend, 0);
    hb_buf_printf(out, "%*s", (int)MARGIN, "");
    hb_screen_wrap(screen, hb_buf_string(&legend), MARGIN, MARGIN, out);
    hb_buf_char(out, '\n');
    out->failed |= legend.failed;
    hb_buf_free(&legend);
}

void hb_plane_write(const struct hb_chart *chart, const struct hb_screen *screen,
                    struct hb_buf *out)
{
    const struct range unknown = {(double)NAN, (double)NAN};
    const size_t width = screen->width ? screen->width : HB_SCREEN_WIDTH;
    const size_t room = width > MARGIN + 12 ? width - MARGIN - 1 : 12;
    struct field field = {
        .chart = chart, .width = room < FIELD_MOST ? room : FIELD_MOST, .x = unknown, .y = unknown};
    memset(field.cells, ' ', sizeof field.cells);
    find_ranges(&field);
    place_points(&field);
    write_field(&field, out);
    write_axis(&field, out);
    write_legend(chart, screen, out);
}
