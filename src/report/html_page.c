/* The frame of a page: head, title, contents, a section a session. See html.h. */
#include "report/html.h"

#include "report/chart_svg.h"
#include "report/html_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing may be fetched, nothing run: what a file says cannot change that. */
#define POLICY                                                                                     \
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "              \
    "form-action 'none'"

static bool is_soak(const struct hb_html_item *item)
{
    return item->soak != NULL;
}

/* ---- words ---- */

static void day_text(const struct hb_session *session, char *text, size_t text_bytes)
{
    (void)snprintf(text, text_bytes, "%.10s", session->started_at);
}

/* A profile is the best name there is; a CSV has none. */
static const char *name_of(const struct hb_html_item *item)
{
    const struct hb_session *session = hb_html_session(item);
    return session->profile_name[0] ? session->profile_name : item->label;
}

static void item_title(const struct hb_html_item *item, char *text, size_t text_bytes)
{
    char day[32];
    const struct hb_session *session = hb_html_session(item);
    day_text(session, day, sizeof day);
    (void)snprintf(text, text_bytes, "%s%s%s%s", name_of(item), is_soak(item) ? " (soak)" : "",
                   day[0] ? ", " : "", day);
}

/* The floor and the twin are no allocators of their own. */
static size_t allocators_of(const struct hb_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->allocator_count; i++)
        count += session->allocators[i].role == HB_ROLE_SUBJECT ||
                 session->allocators[i].role == HB_ROLE_REFERENCE;
    return count;
}

static void page_title(const struct hb_html_item *items, size_t count,
                       const struct hb_html_options *options, char *text, size_t text_bytes)
{
    if (options->title)
        (void)snprintf(text, text_bytes, "%s", options->title);
    else if (count == 1 && allocators_of(hb_html_session(items)) == 1)
        (void)snprintf(text, text_bytes, "%s: one allocator %s", name_of(items),
                       is_soak(items) ? "over time" : "measured");
    else if (count == 1)
        (void)snprintf(text, text_bytes, "%s: %zu allocators %s", name_of(items),
                       allocators_of(hb_html_session(items)),
                       is_soak(items) ? "over time" : "compared");
    else
        (void)snprintf(text, text_bytes, "%zu sessions of memory allocators", count);
}

/* ---- head ---- */

static void add_head(struct hb_buf *out, const char *title)
{
    hb_buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n");
    hb_html_element(out, "title", NULL, "%s", title);
    hb_buf_text(out, "\n<style>\n");
    hb_buf_text(out, hb_html_style());
    hb_buf_text(out, "</style>\n</head>\n");
}

static void add_verdict(struct hb_html *page, const struct hb_html_item *item, const char *kind)
{
    struct hb_buf verdict = {0};
    hb_html_verdict(item, &verdict);
    page->out->failed |= verdict.failed;
    hb_buf_printf(page->out, "<p class=\"%s\">", kind);
    hb_html_text(page->out, hb_buf_string(&verdict));
    hb_buf_text(page->out, "</p>\n");
    hb_buf_free(&verdict);
}

static void add_top(struct hb_html *page, const struct hb_html_item *items, size_t count,
                    const char *title)
{
    hb_buf_text(page->out, "<header class=\"top\">\n<p class=\"brand\">hakbench report</p>\n");
    hb_html_element(page->out, "h1", NULL, "%s", title);
    hb_buf_char(page->out, '\n');
    if (count == 1) {
        add_verdict(page, items, "lede");
        hb_html_caution(page, items);
        hb_html_facts(page, items);
    } else {
        hb_html_element(
            page->out, "p", "lede",
            "%zu sessions, each with what came out, its samples and how to do it again.", count);
    }
    hb_buf_text(page->out, "</header>\n");
}

/* ---- contents ---- */

/* The sections that were written, by their headings: what is linked is what is there. */
static void add_links(struct hb_html *page, const char *body, unsigned session)
{
    char opening[48];
    (void)snprintf(opening, sizeof opening, "<h%u id=\"s%u-", page->level, session);
    for (const char *at = strstr(body, opening); at; at = strstr(at + 1, opening)) {
        const char *id = strchr(at, '"') + 1, *id_end = strchr(id, '"');
        const char *text = strchr(id_end, '>') + 1, *text_end = strstr(text, "</h");
        if (!text_end)
            return;
        hb_buf_printf(page->out, "<li><a href=\"#%.*s\">%.*s</a></li>\n", (int)(id_end - id), id,
                      (int)(text_end - text), text);
    }
}

static void add_contents(struct hb_html *page, const char *body, const struct hb_html_item *items,
                         size_t count, const struct hb_html_groups *groups)
{
    hb_buf_text(page->out, "<nav class=\"contents\" aria-label=\"Contents\">\n"
                           "<p class=\"brand\">Contents</p>\n<ul>\n");
    if (count == 1) {
        add_links(page, body, 1);
    } else {
        for (size_t g = 0; g < groups->count; g++)
            add_links(page, body, (unsigned)(count + 1 + g));
        for (size_t i = 0; i < count; i++) {
            char title[HB_NAME_MAX + 64];
            item_title(&items[i], title, sizeof title);
            hb_buf_printf(page->out, "<li><a href=\"#s%zu\">", i + 1);
            hb_html_text(page->out, title);
            hb_buf_text(page->out, "</a></li>\n");
        }
    }
    hb_buf_text(page->out, "</ul>\n</nav>\n");
}

/* ---- sessions ---- */

static void add_sections(struct hb_html *page, const struct hb_html_item *item)
{
    if (is_soak(item))
        hb_html_soak(page, item->soak);
    else
        hb_html_rebase(page, item->rebase);
    hb_html_environment(page, hb_html_session(item));
    hb_html_reproduce(page, hb_html_session(item));
}

static void add_session(struct hb_html *page, const struct hb_html_item *item)
{
    char title[HB_NAME_MAX + 64];
    item_title(item, title, sizeof title);
    hb_buf_printf(page->out, "<section class=\"session\">\n<h2 id=\"s%u\">", page->session);
    hb_html_text(page->out, title);
    hb_buf_text(page->out, "</h2>\n");
    hb_html_element(page->out, "p", "brand", "%s", item->label);
    hb_buf_char(page->out, '\n');
    add_verdict(page, item, "lede");
    hb_html_caution(page, item);
    hb_html_facts(page, item);
    add_sections(page, item);
    hb_buf_text(page->out, "</section>\n");
}

static void add_body(struct hb_html *page, const struct hb_html_item *items, size_t count,
                     const struct hb_html_groups *groups)
{
    const unsigned level = page->level;
    for (size_t g = 0; g < groups->count; g++) {
        page->session = (unsigned)(count + 1 + g);
        page->level = 2;
        hb_html_history(page, &groups->groups[g]);
    }
    page->level = level;
    for (size_t i = 0; i < count && !page->failed; i++) {
        page->session = (unsigned)i + 1;
        if (count == 1)
            add_sections(page, &items[i]);
        else
            add_session(page, &items[i]);
    }
}

/* ---- the whole ---- */

static void add_page(struct hb_html *page, const struct hb_html_item *items, size_t count,
                     const struct hb_html_options *options, const struct hb_html_groups *groups)
{
    struct hb_buf body = {0}, *out = page->out;
    char title[256];
    page_title(items, count, options, title, sizeof title);
    page->out = &body;
    add_body(page, items, count, groups);
    page->out = out;
    out->failed |= body.failed;
    add_head(out, title);
    hb_buf_text(out, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n");
    if (page->charts)
        hb_chart_shapes(out);
    hb_buf_text(out, "<div class=\"frame\">\n");
    add_top(page, items, count, title);
    page->level = 2;
    add_contents(page, hb_buf_string(&body), items, count, groups);
    hb_buf_text(out, "<main id=\"main\">\n");
    hb_buf_add(out, hb_buf_string(&body), body.size);
    hb_buf_text(out, "</main>\n<footer>");
    hb_html_element(out, "p", NULL,
                    "Made by %s. This page stands alone: nothing is fetched when "
                    "it is read.",
                    options->tool);
    hb_buf_text(out, "</footer>\n</div>\n</body>\n</html>\n");
    hb_buf_free(&body);
}

int hb_html_report(const struct hb_html_item *items, size_t count,
                   const struct hb_html_options *options, struct hb_buf *out, struct hb_err *err)
{
    struct hb_html_groups groups;
    struct hb_html *page = calloc(1, sizeof *page); /* too large for a small stack */
    if (!page)
        return hb_err_set(err, HB_ERR_SYSTEM, "out of memory");
    page->out = out;
    page->err = err;
    page->charts = options->charts;
    page->level = count == 1 ? 2 : 3;
    page->timelines = options->timelines;
    int status = hb_html_group(items, count, &groups, err);
    if (status == 0) {
        add_page(page, items, count, options, &groups);
        status = page->failed ? -1 : hb_buf_check(out, err);
    }
    hb_html_groups_free(&groups);
    free(page);
    return status;
}
