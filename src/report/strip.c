/* Rows of dots: see strip.h. */
#include "report/strip.h"

#include "base/quote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MOST 80u
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
    span.cells = span.cells > CELLS_MOST ? CELLS_MOST : span.cells;
    return span;
}

static size_t cell_of(const struct span *span, double value)
{
    const double place = span->hi > span->lo ? (value - span->lo) / (span->hi - span->lo) : 0.5;
    const double cell = floor(place * (double)span->cells);
    return cell < 0 ? 0 : cell >= (double)span->cells ? span->cells - 1 : (size_t)cell;
}

static void write_row(const struct hb_chart_line *line, const struct span *span, struct hb_buf *out)
{
    unsigned counts[CELLS_MOST] = {0};
    const size_t median = isnan(line->middle) ? SIZE_MAX : cell_of(span, line->middle);
    const size_t start = out->size;
    for (size_t p = 0; p < line->count; p++)
        counts[cell_of(span, line->points[p].x)]++;
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
