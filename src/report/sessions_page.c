/* Judged sessions as one document: see sessions_page.h. */
#include "report/sessions_page.h"

#include "report/soak_report.h"

#include <stdio.h>

static const struct hb_session *page_session(const struct hb_page_item *item)
{
    return item->rebase ? item->rebase->judgement->session : item->soak->session;
}

/* ---- words ---- */

/* A profile is the best name there is; a CSV has none. */
static const char *name_of(const struct hb_page_item *item)
{
    const struct hb_session *session = page_session(item);
    return session->profile_name[0] ? session->profile_name : item->label;
}

static void item_title(const struct hb_page_item *item, char *text, size_t text_bytes)
{
    char day[32];
    const struct hb_session *session = page_session(item);
    (void)snprintf(day, sizeof day, "%.10s", session->started_at);
    (void)snprintf(text, text_bytes, "%s%s%s%s", name_of(item), item->soak ? " (soak)" : "",
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

void hb_page_title(const struct hb_page_sessions *sessions, char *text, size_t text_bytes)
{
    const struct hb_page_item *item = sessions->items;
    const size_t allocators = allocators_of(page_session(item));
    if (sessions->count > 1)
        (void)snprintf(text, text_bytes, "%zu sessions of memory allocators", sessions->count);
    else if (allocators == 1)
        (void)snprintf(text, text_bytes, "%s: one allocator %s", name_of(item),
                       item->soak ? "over time" : "measured");
    else
        (void)snprintf(text, text_bytes, "%s: %zu allocators %s", name_of(item), allocators,
                       item->soak ? "over time" : "compared");
}

/* ---- sessions ---- */

/* Of one alone the page's own title says it. */
static void add_session(const struct hb_page_item *item, bool is_alone, struct hb_doc *doc)
{
    const struct hb_session *session = page_session(item);
    char title[HB_NAME_MAX + 64];
    item_title(item, title, sizeof title);
    doc->where = is_alone ? HB_DOC_TEXT : HB_DOC_ALL;
    hb_doc_part(doc, item->label, name_of(item), title);
    doc->where = HB_DOC_ALL;
    if (item->soak)
        hb_soak_report(item->soak, doc);
    else
        hb_rebase_report(item->rebase, doc);
    hb_page_environment(session, doc);
    hb_page_reproduce(session, doc);
}

int hb_page_document(const struct hb_page_sessions *sessions, struct hb_doc *doc,
                     struct hb_err *err)
{
    if (sessions->count > 1)
        hb_doc_add(doc, HB_BLOCK_LEDE, NULL,
                   "%zu sessions, each with what came out, its samples and how to do it again.",
                   sessions->count);
    if (hb_page_history(sessions, doc, err) != 0)
        return -1;
    for (size_t i = 0; i < sessions->count; i++)
        add_session(&sessions->items[i], sessions->count == 1, doc);
    return hb_doc_check(doc, err);
}
