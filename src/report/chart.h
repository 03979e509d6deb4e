/* A picture before it is drawn: lines or rows of points in their own unit, axes, a title and words
 * for who cannot see it. One description gives SVG, PNG and the table beside them.
 * Never judges: builders copy what `judge` computed. Zeroed is valid to free.
 * Read next: charts.h (which there are), chart_svg.h (how they are drawn). */
#ifndef HB_REPORT_CHART_H
#define HB_REPORT_CHART_H

#include "base/buf.h"
#include "base/unit.h"
#include "report/table.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Colours and point shapes that differ, also in grey and by the colour-blind; the last
 * is for what is no allocator: the floor. */
#define HB_CHART_SLOTS      8u
#define HB_CHART_FLOOR      (HB_CHART_SLOTS - 1)
#define HB_CHART_LABELS_MAX 512u
#define HB_CHART_TICS_MAX   8u

/* Which slot a label has: the same in a whole document, in order of first appearance. Zeroed is
 * empty. */
struct hb_chart_palette {
    char *labels[HB_CHART_LABELS_MAX]; /* [count]; owned */
    size_t count;
};
void hb_chart_palette_free(struct hb_chart_palette *palette);
unsigned hb_chart_slot(struct hb_chart_palette *palette, const struct hb_allocator_entry *entry);

enum hb_chart_kind {
    HB_CHART_DOTS = 0,  /* a row a line, a dot a point: every run */
    HB_CHART_INTERVALS, /* a row a line, one point with its interval */
    HB_CHART_BARS,      /* a row a line, a bar a point */
    HB_CHART_OVER,      /* lines over an axis */
    HB_CHART_PLANE,     /* two figures against each other: a point a line, with the intervals of
                           both, and dashed lines through some */
};

struct hb_chart_point {
    double x, y;       /* of rows only x counts */
    double lo, hi;     /* interval of x (rows) or of y; NaN: none */
    double x_lo, x_hi; /* of a plane: interval of x; NaN: none */
    uint32_t key; /* of rows: the column; else what points of several lines share: round, slice */
    bool is_far;  /* an outlier: ringed */
    bool is_gap;  /* no line is drawn to it from the point before */
};

struct hb_chart_line {
    char label[HB_NAME_MAX];
    char words[128]; /* where lines are drawn apart: what is said of it, or "" */
    unsigned slot;
    bool is_dashed;
    double middle; /* of a row: marked by a line across; NaN: none */
    double at;     /* where lines are drawn apart: a line across x at this value; NaN: none */
    struct hb_chart_point *points;
    size_t count, capacity;
};

struct hb_chart_tic {
    double at;
    char text[20];
};

/* Where values are, and how they are written. */
struct hb_chart_axis {
    char title[64];                              /* with the unit that is drawn */
    double divisor;                              /* from the values' unit to the drawn one */
    struct hb_text (*text)(double);              /* a value in words, for the table and for marks */
    double from, to;                             /* in the values' unit; NaN: as it comes out */
    bool is_log;                                 /* values of 0 and below are left out */
    const char *suffix;                          /* behind a tic's number: "%"; never NULL */
    struct hb_chart_tic tics[HB_CHART_TICS_MAX]; /* on a narrow picture every other one */
    size_t tic_count;                            /* 0: as it comes out */
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
    bool is_curve;           /* lines over an axis of a few points: also shown in a terminal */
    bool is_apart;           /* each line has a small picture of its own, on the same axes */
    struct hb_chart_line *lines;
    size_t line_count, line_capacity;
    bool failed; /* no memory: reported once, by who writes it */
};

void hb_chart_init(struct hb_chart *chart, enum hb_chart_kind kind, const char *name);
void hb_chart_free(struct hb_chart *chart);

/* A title, and what is to be seen. */
void hb_chart_words(struct hb_chart *chart, const char *title, const char *says);

/* A new, empty line. NULL without memory. Valid until the next one is added. */
struct hb_chart_line *hb_chart_add_line(struct hb_chart *chart, const char *label, unsigned slot);

/* An allocator's line, in its colour. */
struct hb_chart_line *hb_chart_add_entry(struct hb_chart *chart, struct hb_chart_palette *palette,
                                         const struct hb_allocator_entry *entry);

/* A point at the end of the line (NULL: nothing happens); one that is not finite is left out. */
struct hb_chart_point *hb_chart_add_point(struct hb_chart *chart, struct hb_chart_line *line,
                                          double x, double y, uint32_t key);

void hb_chart_add_tic(struct hb_chart_axis *axis, double at, const char *text);

/* True where x and y both count, and lines have a legend; else each line is a row. */
bool hb_chart_has_axes(const struct hb_chart *chart);

/* Points of all lines together. */
size_t hb_chart_points(const struct hb_chart *chart);

/* The largest value that is drawn: of lines over axes on y, else on x; at least 0. */
double hb_chart_most(const struct hb_chart *chart);

/* "run 3", "peak": of rows, what a key is called. */
struct hb_text hb_chart_column(const struct hb_chart *chart, uint32_t key);

/* The value of a point in words: "151 M/s [149 M/s, 152 M/s]", "151 M/s (outlier)". */
void hb_chart_value(const struct hb_chart *chart, const struct hb_chart_point *point,
                    struct hb_buf *out);

/* Fills *table, which the caller frees, with the chart's numbers: of rows a row a line and a column
 * a key; else a row a key and a column a line, of many rows some. */
void hb_chart_numbers(const struct hb_chart *chart, struct hb_table *table);

#endif
