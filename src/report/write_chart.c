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

static bool is_point(const struct hb_chart_line *line)
{
    return line->count == 1 && !line->is_dashed;
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
    return is_marked(chart, &line->points[0]) ? (char)toupper((unsigned char)letter) : letter;
}

/* Where two fall together the one that stands out is seen. */
static void place(char *cell, char letter)
{
    if (*cell == ' ' || (islower((unsigned char)*cell) && isupper((unsigned char)letter)))
        *cell = letter;
}

static void write_field(const struct hb_chart *chart, char field[ROWS][FIELD_MOST], size_t cells,
                        const struct range *y, struct hb_buf *out)
{
    for (size_t r = 0; r < ROWS; r++) {
        const bool has_tic = r == 0 || r + 1 == ROWS;
        size_t length = cells;
        while (length && field[r][length - 1] == ' ')
            length--;
        hb_buf_printf(out, "%*s |%.*s\n", (int)MARGIN - 2,
                      has_tic ? chart->y.text(r == 0 ? y->hi : y->lo).text : "", (int)length,
                      field[r]);
    }
}

/* The axis lying, with a value at either end and its name between them where there is room. */
static void write_axis(const struct hb_chart *chart, size_t cells, const struct range *x,
                       struct hb_buf *out)
{
    const struct hb_text lo = chart->x.text(x->lo), hi = chart->x.text(x->hi);
    const int gap = (int)cells - (int)strlen(lo.text) - (int)strlen(hi.text);
    hb_buf_printf(out, "%*s+", (int)MARGIN - 1, "");
    for (size_t c = 0; c < cells; c++)
        hb_buf_char(out, '-');
    hb_buf_printf(out, "\n%*s%s%*s%s\n", (int)MARGIN, "", lo.text, gap > 1 ? gap : 1, "", hi.text);
}

static void write_legend(const struct hb_chart *chart, const struct hb_screen *screen,
                         struct hb_buf *out)
{
    struct hb_buf legend = {0};
    size_t index = 0;
    for (size_t l = 0; l < chart->line_count; l++) {
        if (is_point(&chart->lines[l])) {
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
    struct range x = {(double)NAN, (double)NAN}, y = {(double)NAN, (double)NAN};
    char field[ROWS][FIELD_MOST];
    const size_t width = screen->width ? screen->width : HB_SCREEN_WIDTH;
    const size_t room = width > MARGIN + 12 ? width - MARGIN - 1 : 12;
    const size_t cells = room < FIELD_MOST ? room : FIELD_MOST;
    size_t index = 0;
    memset(field, ' ', sizeof field);
    for (size_t l = 0; l < chart->line_count; l++) {
        if (is_point(&chart->lines[l])) {
            widen(&x, chart->lines[l].points[0].x);
            widen(&y, chart->lines[l].points[0].y);
        }
    }
    for (size_t l = 0; l < chart->line_count; l++) {
        const struct hb_chart_line *line = &chart->lines[l];
        if (!is_point(line))
            continue;
        place(&field[ROWS - 1 - cell_of(&y, line->points[0].y, ROWS)]
                    [cell_of(&x, line->points[0].x, cells)],
              letter_of(chart, index++, line));
    }
    write_field(chart, field, cells, &y, out);
    write_axis(chart, cells, &x, out);
    write_legend(chart, screen, out);
}
