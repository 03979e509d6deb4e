/* Parts of the page that have files of their own.
 * Read next: html.h, html_parts.h. */
#ifndef HB_REPORT_HTML_ITEM_H
#define HB_REPORT_HTML_ITEM_H

#include "report/html.h"
#include "report/html_parts.h"

/* The session of either kind. */
const struct hb_session *hb_html_session(const struct hb_html_item *item);

/* Adds what came out, in one or two plain sentences of text that is not yet escaped. */
void hb_html_verdict(const struct hb_html_item *item, struct hb_buf *out);

/* A warning where the session was cut off, or some of it failed. */
void hb_html_caution(struct hb_html *page, const struct hb_html_item *item);

/* What was measured, when, on what: a <dl>. */
void hb_html_facts(struct hb_html *page, const struct hb_html_item *item);

/* All sections of a session. */
void hb_html_rebase(struct hb_html *page, const struct hb_report_view *view);
void hb_html_soak(struct hb_html *page, const struct hb_soak_judgement *judgement);

/* Host, libraries, tool; command line, seed and profile. */
void hb_html_environment(struct hb_html *page, const struct hb_session *session);
void hb_html_reproduce(struct hb_html *page, const struct hb_session *session);

/* Groups of rebase sessions that were measured alike, over their dates. */
struct hb_html_group {
    const struct hb_judgement **sessions; /* sorted by date; owned */
    size_t count;
};
struct hb_html_groups {
    struct hb_html_group *groups; /* those of two sessions and more; owned */
    size_t count;
    const struct hb_judgement **all; /* what groups point into; owned */
};
int hb_html_group(const struct hb_html_item *items, size_t count, struct hb_html_groups *groups,
                  struct hb_err *err);
void hb_html_groups_free(struct hb_html_groups *groups);
void hb_html_history(struct hb_html *page, const struct hb_html_group *group);

/* The page's style sheet, without its <style> tags. Static text. */
const char *hb_html_style(void);

#endif
