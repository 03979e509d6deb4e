/* A report before it is written: its blocks in order, built once, and three voices in which it is
 * written: text for a terminal, Markdown, and a page. A section of a report stands in one place and
 * is there in all three. What a block says is never read back: whoever writes knows its kind.
 * Zeroed is empty. Adding never fails at once: `failed` says so to who writes it.
 * Read next: write_text.h, write_page.h, rebase_report.c (a report that is built). */
#ifndef HB_REPORT_DOCUMENT_H
#define HB_REPORT_DOCUMENT_H

#include "report/chart.h"
#include "report/table.h"
#include "report/voice.h"

/* Who shows a block. */
enum hb_doc_where {
    HB_DOC_ALL = 0,
    HB_DOC_TEXT,   /* terminal and Markdown: what a page shows as a picture */
    HB_DOC_PAGE,   /* a page: what has no room elsewhere */
    HB_DOC_SCREEN, /* a terminal alone: what is a wide table elsewhere */
    HB_DOC_WIDE    /* Markdown and page: that table */
};

enum hb_block_kind {
    HB_BLOCK_TITLE = 0, /* of the whole; a page has its own when there is none for it */
    HB_BLOCK_PART,      /* one of several sessions: name is its label, text its title, more what
                           names of its pictures begin with */
    HB_BLOCK_SECTION,   /* name is unique in its part ("memory"), text its heading, more what is
                           said in brackets behind it */
    HB_BLOCK_HEAD,      /* the first line: name in bold, then the text */
    HB_BLOCK_LEDE,      /* what came out, in a sentence or two */
    HB_BLOCK_CAUTION,   /* a warning: name in bold, if any, and the text */
    HB_BLOCK_FACT,      /* name and what it is; text voices leave the name out */
    HB_BLOCK_GUIDE,     /* how to read what follows: on a page */
    HB_BLOCK_TEXT,      /* a paragraph */
    HB_BLOCK_LINE,      /* one of a list */
    HB_BLOCK_TABLE,     /* text is its caption on a page */
    HB_BLOCK_CHART,     /* on a page, or as a picture by itself; dots, planes and
                           curves also in a terminal */
    HB_BLOCK_RULE,      /* parts what came out from how far it can be believed: in text */
    HB_BLOCK_CODE       /* to be copied; name: folded under it. On a page */
};

struct hb_block {
    enum hb_block_kind kind;
    enum hb_doc_where where;
    bool in_brief;            /* a line that is seen also where the rest is folded */
    char *name, *text, *more; /* owned; NULL where a kind has none */
    struct hb_table *table;   /* of a table; owned */
    struct hb_chart *chart;   /* of a chart; owned */
};

struct hb_doc {
    struct hb_block *blocks; /* [count]; owned */
    size_t count, capacity;
    enum hb_doc_where where;         /* of what is added next */
    bool in_brief;                   /* the same */
    struct hb_chart_palette palette; /* a label has one colour all over the document */
    struct hb_table lost_table;      /* what is added to where there was no memory for it */
    struct hb_chart lost_chart;
    bool folds_parts; /* a page shows a part's heading until it is opened */
    bool failed;
};

void hb_doc_free(struct hb_doc *doc);

/* Adds a block of a kind that is words alone. name and more may be NULL. A fact without text is
 * none. */
void hb_doc_add(struct hb_doc *doc, enum hb_block_kind kind, const char *name, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/* What came out, in a sentence or two: text, which is freed. */
void hb_doc_lede(struct hb_doc *doc, struct hb_buf *text);

/* A part, until the next one. */
void hb_doc_part(struct hb_doc *doc, const char *label, const char *stem, const char *title);

/* A section, until the next one. A voice that shows nothing of it leaves its heading out. */
void hb_doc_section(struct hb_doc *doc, const char *name, const char *heading, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

#define hb_doc_fact(doc, name, ...) hb_doc_add(doc, HB_BLOCK_FACT, name, __VA_ARGS__)
#define hb_doc_guide(doc, ...)      hb_doc_add(doc, HB_BLOCK_GUIDE, NULL, __VA_ARGS__)
#define hb_doc_line(doc, ...)       hb_doc_add(doc, HB_BLOCK_LINE, NULL, __VA_ARGS__)

/* A table to be filled; the document's. Never NULL. One without rows is not shown. */
struct hb_table *hb_doc_table(struct hb_doc *doc, const char *caption,
                              const struct hb_column *columns, size_t column_count);

/* A chart to be filled, as hb_chart_init leaves it; the document's. Never NULL. One without points
 * is not shown. */
struct hb_chart *hb_doc_chart(struct hb_doc *doc, enum hb_chart_kind kind, const char *name);

/* Takes back what was added since there were so many blocks. */
void hb_doc_drop(struct hb_doc *doc, size_t count);

/* A section's or a part's. */
bool hb_block_is_heading(const struct hb_block *block);

/* True when the voice shows block i. A section when it shows some of it. */
bool hb_doc_shows(const struct hb_doc *doc, size_t i, enum hb_voice voice);

/* 0, or -1 with "out of memory" when anything could not be added. */
int hb_doc_check(const struct hb_doc *doc, struct hb_err *err);

#endif
