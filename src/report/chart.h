/* A picture before it is drawn: lines or rows of points in their own unit, axes, a title and words
 * for who cannot see it. One description gives SVG, PNG and the table beside them.
 * Never judges: builders copy what `judge` computed. Zeroed is valid to free.
 * Read next: chart_script.c (to gnuplot), chart_svg.h (from it), charts.h (which there are). */
#ifndef HB_REPORT_CHART_H
#define HB_REPORT_CHART_H

#include "base/buf.h"
#include "base/unit.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Colours and point shapes that can be told apart, also in grey and by the colour-blind; the last
 * is for what is no allocator: the floor. */
#define HB_CHART_SLOTS     8u
#define HB_CHART_FLOOR     (HB_CHART_SLOTS - 1)
#define HB_CHART_LINES_MAX 512u

/* Which slot a label has: the same on a whole page, in order of first appearance. */
struct hb_chart_palette {
    char labels[HB_CHART_LINES_MAX][HB_NAME_MAX];
    size_t count;
};
unsigned hb_chart_slot(struct hb_chart_palette *palette, const struct hb_allocator_entry *entry);

enum hb_chart_kind {
    HB_CHART_DOTS = 0,  /* a row a line, a dot a point: every run */
    HB_CHART_INTERVALS, /* a row a line, one point with its interval */
    HB_CHART_BARS,      /* a row a line, a bar a point */
    HB_CHART_OVER,      /* lines over an axis */
};

struct hb_chart_point {
    double x, y;   /* of rows only x counts */
    double lo, hi; /* interval of x (rows) or of y; NaN: none */
    uint32_t key;  /* of rows: the column; else what points of several lines share: round, slice */
    bool is_far;   /* an outlier: ringed */
    bool is_gap;   /* no line is drawn to it from the point before */
};

struct hb_chart_line {
    char label[HB_NAME_MAX];
    unsigned slot;
    bool is_dashed;
    double middle; /* of a row: marked by a line across; NaN: none */
    struct hb_chart_point *points;
    size_t count, capacity;
};

/* Where values are, and how they are told. */
struct hb_chart_axis {
    char title[64];                  /* with the unit that is drawn */
    double divisor;                  /* from the values' unit to the drawn one */
    struct hb_text (*text)(double);  /* a value in words, for the table */
    double from, to;                 /* in the values' unit; NaN: as it comes out */
    bool is_log;                     /* values of 0 and below are left out */
    const char *format;              /* gnuplot's, of drawn values; NULL: its default */
    char tics[400], tics_small[400]; /* gnuplot's "'a' 1, 'b' 2", or "" */
};

struct hb_chart {
    char name[48];              /* of a file: "ranking" */
    char title[160];            /* one line */
    char says[512];             /* what is to be seen, in a sentence or two */
    char key_heading[48];       /* of the table's first column, for lines over an axis */
    char far_says[48];          /* what a ring means, or "" */
    const char *const *columns; /* what keys are called: static; NULL: "run 1", "run 2" */
    size_t column_count;        /* of columns; 0 without */
    enum hb_chart_kind kind;
    struct hb_chart_axis x, y;
    double at;               /* a line across x at this value, NaN: none */
    double band_lo, band_hi; /* a shaded band around it, NaN: none */
    bool is_small;           /* one of several beside each other */
    struct hb_chart_line *lines;
    size_t line_count, line_capacity;
    bool failed; /* no memory: told once, by hb_chart_check */
};

void hb_chart_init(struct hb_chart *chart, enum hb_chart_kind kind, const char *name);
void hb_chart_free(struct hb_chart *chart);

/* A new, empty line. NULL without memory. Valid until the next one is added. */
struct hb_chart_line *hb_chart_add_line(struct hb_chart *chart, const char *label, unsigned slot);

/* A point at the end of the line (NULL: nothing happens); one that is not finite is left out. */
struct hb_chart_point *hb_chart_add_point(struct hb_chart *chart, struct hb_chart_line *line,
                                          double x, double y, uint32_t key);

/* Points of all lines together. */
size_t hb_chart_points(const struct hb_chart *chart);

/* 0, or -1 with "out of memory". */
int hb_chart_check(const struct hb_chart *chart, struct hb_err *err);

/* How large, and for what. */
enum hb_chart_form {
    HB_CHART_WIDE = 0, /* SVG for a desk and for paper */
    HB_CHART_NARROW,   /* SVG for a phone: the same text size on a narrower field */
    HB_CHART_PNG,      /* a picture by itself: with its title and a legend */
    HB_CHART_FORMS
};

/* Pixels of a form. */
struct hb_chart_size {
    unsigned width, height;
};
struct hb_chart_size hb_chart_size(const struct hb_chart *chart, enum hb_chart_form form);

/* Adds a whole gnuplot script, data in it, that draws to standard output.
 * In SVG forms a text that comes from outside is HB_CHART_TOKEN and the line's number in four
 * digits: gnuplot never sees it, chart_svg puts it in. */
#define HB_CHART_TOKEN "HBTEXT"
void hb_chart_script(const struct hb_chart *chart, enum hb_chart_form form, struct hb_buf *out);

/* Colours in SVG forms are words for chart_svg: red is HB_CHART_INK, green and blue say which. */
#define HB_CHART_INK        1u
#define HB_CHART_INK_SLOT   1u /* blue: the slot */
#define HB_CHART_INK_OTHERS 2u /* blue: one of these */
enum hb_chart_ink {
    HB_INK_GRID = 0,
    HB_INK_AXIS,
    HB_INK_TEXT,
    HB_INK_BAND,
    HB_INK_FAR,
    HB_INK_AT,
    HB_INKS
};

#endif
