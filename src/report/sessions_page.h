/* One or several judged sessions as one document. One: what came out, all its sections, its
 * environment and how to measure it again. Several: what changed over their dates, a line each, and
 * in full those that are to be, of many folded on a page.
 * Everything in it was computed by `judge` and `compare`.
 * Read next: document.h, session_report.h, picture.h. */
#ifndef HB_REPORT_PAGE_H
#define HB_REPORT_PAGE_H

#include "compare/timeline.h"
#include "judge/assessment.h"
#include "report/document.h"

struct hb_page_item {
    const char *label; /* what the user calls it */
    bool is_detailed;  /* in full, not only in the table of all */
    const struct hb_assessment *assessed;
};

struct hb_page_sessions {
    const struct hb_page_item *items;
    size_t count;
    const struct hb_timelines *timelines; /* where levels changed; NULL: not known */
    bool has_lede;                        /* what came out stands above already */
};

/* Adds them all. -1 without memory. */
int hb_page_document(const struct hb_page_sessions *sessions, struct hb_doc *doc,
                     struct hb_err *err);

/* "mixed: 7 allocators compared". */
void hb_page_title(const struct hb_page_sessions *sessions, char *text, size_t text_bytes);

#endif
