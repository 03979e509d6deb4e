/* What a page is made of: sections with headings that make an outline, paragraphs, tables,
 * pictures. Knows nothing of what they say; everything from outside is escaped on its way.
 * Read next: html_text.h, html.h (the whole page), html_style.c (how it looks). */
#ifndef HB_REPORT_HTML_PARTS_H
#define HB_REPORT_HTML_PARTS_H

#include "base/err.h"
#include "compare/timeline.h"
#include "report/chart.h"
#include "report/html_text.h"
#include "report/table.h"

struct hb_html {
    struct hb_buf *out;
    struct hb_err *err;
    bool charts;      /* false: tables alone */
    unsigned level;   /* of the headings of a session's sections: 2 or 3 */
    unsigned session; /* number of the one being written, from 1; in every id */
    unsigned figures; /* written so far; in every id */
    struct hb_chart_palette palette;
    const struct hb_timelines *timelines; /* NULL: none */
    bool failed;                          /* a picture could not be drawn: *err says why */
};

/* <section> with a heading; `key` is unique within its session: "ranking". */
void hb_html_section(struct hb_html *page, const char *key, const char *title);
void hb_html_section_end(struct hb_html *page);

/* One plain sentence on how to read what follows. */
void hb_html_says(struct hb_html *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the table in a box of its own that scrolls, and frees it. Strong cells are the row's
 * heading, one for all neighbours that share it; good, bad and dim ones that begin with a sign and
 * a space ("▲ faster") are set off. */
void hb_html_table(struct hb_html *page, struct hb_table *table, const char *caption);

/* A term and what it is, in a <dl> that the caller opened; nothing when the text is empty. */
void hb_html_fact(struct hb_html *page, const char *term, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The lines of a report's section in Markdown that begin with "- ", as a list. */
void hb_html_list_of_markdown(struct hb_html *page, const char *markdown);

/* Writes the chart in a wide and a narrow form with a legend and its numbers, and frees it. built
 * is what its builder returned: 0 writes nothing, -1 fails the page. */
void hb_html_figure(struct hb_html *page, struct hb_chart *chart, int built);

/* Writes one of several small charts, without its numbers, with a line of words (NULL: none). */
void hb_html_small_figure(struct hb_html *page, const struct hb_chart *chart, const char *label,
                          const char *words);

/* The numbers of a chart, folded where there are pictures. */
void hb_html_numbers(struct hb_html *page, const struct hb_chart *chart);

#endif
