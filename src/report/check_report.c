/* A check as a report: see session_report.h. */
#include "report/session_report.h"

#include "report/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const group_titles[HB_PROMISE_GROUPS] = {
    [HB_PROMISE_SIZES] = "Sizes and errno",
    [HB_PROMISE_ALIGN] = "Alignment",
    [HB_PROMISE_CXX] = "C++",
    [HB_PROMISE_MISUSE] = "Misuse",
    [HB_PROMISE_THREADS] = "Threads and fork",
    [HB_PROMISE_LIMITS] = "Exhaustion and limits",
    [HB_PROMISE_MEMORY] = "Memory",
    [HB_PROMISE_LOADER] = "Loader, start and end",
};

static const char *label_of(const struct hb_session *session, size_t allocator)
{
    return session->allocators[allocator].label;
}

/* ---- in a sentence ---- */

/* The fewest broken first; then as the session has them. order: [allocators]. How many have any
 * answer. */
static size_t order_allocators(const struct hb_session *session, size_t *order)
{
    size_t count = 0;
    for (size_t a = 0; a < session->allocator_count; a++) {
        const struct hb_check_tally own = hb_check_count(session, a, HB_PROMISE_GROUPS);
        size_t place = count;
        if (own.asked == 0)
            continue;
        for (; place > 0; place--) {
            if (hb_check_count(session, order[place - 1], HB_PROMISE_GROUPS).broken <= own.broken)
                break;
            order[place] = order[place - 1];
        }
        order[place] = a;
        count++;
    }
    return count;
}

void hb_verdict_of_check(const struct hb_session *session, struct hb_buf *out)
{
    size_t *order = calloc(session->allocator_count + 1, sizeof *order);
    const size_t count = order ? order_allocators(session, order) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct hb_check_tally tally = hb_check_count(session, order[i], HB_PROMISE_GROUPS);
        const uint32_t hangs = tally.count[HB_ANSWER_HANG];
        const char *label = label_of(session, order[i]);
        hb_buf_text(out, i ? ", " : "");
        if (tally.broken == 0)
            hb_buf_printf(out, "%s keeps all %u promise%s", label, tally.asked,
                          tally.asked == 1 ? "" : "s");
        else
            hb_buf_printf(out, "%s breaks %u of %u", label, tally.broken, tally.asked);
        if (hangs)
            hb_buf_printf(out, " (%u hang%s)", hangs, hangs == 1 ? "" : "s");
    }
    hb_buf_text(out, count ? "." : "No promise was asked.");
    out->failed |= !order;
    free(order);
}

/* ---- how many of each group ---- */

static void add_tally(struct hb_table *table, const struct hb_check_tally *tally)
{
    if (tally->asked == 0)
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_add(table, tally->broken ? HB_STYLE_BAD : HB_STYLE_GOOD, "%u/%u",
                     tally->count[HB_ANSWER_PASS], tally->asked);
}

static void add_kept(const struct hb_session *session, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"), HB_RIGHT("sizes"),
        HB_RIGHT("align"),    HB_RIGHT("C++"),
        HB_RIGHT("misuse"),   HB_RIGHT("threads"),
        HB_RIGHT("limits"),   HB_RIGHT("memory"),
        HB_RIGHT("loader"),   HB_RIGHT("all", .leads = true)};
    hb_doc_section(doc, "kept", "Promises kept", "%s", "of those that were asked, by group");
    hb_doc_guide(doc, "Each promise is a small program that asks one thing of malloc, run under "
                      "every allocator by LD_PRELOAD. What an allocator does not offer, or this "
                      "machine cannot try, is unsupported and not counted.");
    struct hb_table *table = hb_doc_table(doc, "Promises kept", columns, HB_PROMISE_GROUPS + 2);
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (session->allocators[a].missing_reason[0])
            continue;
        hb_cell_label(table, label_of(session, a));
        for (size_t g = 0; g <= HB_PROMISE_GROUPS; g++) {
            const struct hb_check_tally tally =
                hb_check_count(session, a, (enum hb_promise_group)g);
            add_tally(table, &tally);
        }
    }
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (session->allocators[a].missing_reason[0])
            hb_doc_line(doc, "%s was not asked: %s", label_of(session, a),
                        session->allocators[a].missing_reason);
    }
}

/* ---- a group ---- */

/* "fail: mimalloc, tcmalloc; hang: jemalloc", of all that do not simply keep it. */
static void say_who(const struct hb_session *session, size_t promise, struct hb_buf *out)
{
    for (size_t v = HB_ANSWER_FAIL; v < HB_ANSWER_VERDICTS; v++) {
        bool is_any = false;
        for (size_t a = 0; a < session->allocator_count; a++) {
            if (hb_session_answer(session, promise, a)->verdict != v)
                continue;
            if (is_any)
                hb_buf_text(out, ", ");
            else
                hb_buf_printf(out, "%s%s: ", out->size ? "; " : "", hb_answer_names[v]);
            hb_buf_text(out, label_of(session, a));
            is_any = true;
        }
    }
}

static bool is_broken_by_any(const struct hb_session *session, size_t promise)
{
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (hb_answer_is_broken(hb_session_answer(session, promise, a)))
            return true;
    }
    return false;
}

/* For a terminal: what is not kept, by whom, what that means, and with why, what happened. */
static void add_finding(const struct hb_session *session, size_t promise, bool why,
                        struct hb_doc *doc)
{
    const struct hb_promise *about = &session->promises[promise];
    struct hb_buf who = {0};
    say_who(session, promise, &who);
    if (who.size)
        hb_doc_add(doc, is_broken_by_any(session, promise) ? HB_BLOCK_CAUTION : HB_BLOCK_LINE, NULL,
                   "%s: %s", about->name, hb_buf_string(&who));
    if (is_broken_by_any(session, promise))
        hb_doc_line(doc, "  %s", about->means);
    for (size_t a = 0; why && a < session->allocator_count; a++) {
        const struct hb_answer *answer = hb_session_answer(session, promise, a);
        if (answer->reason[0])
            hb_doc_line(doc, "  %s: %s", label_of(session, a), answer->reason);
    }
    doc->failed |= who.failed;
    hb_buf_free(&who);
}

static void add_verdict(struct hb_table *table, const struct hb_answer *answer)
{
    static const struct {
        enum hb_style style;
        const char *sign;
    } looks[HB_ANSWER_VERDICTS] = {
        [HB_ANSWER_NONE] = {HB_STYLE_DIM, NULL},
        [HB_ANSWER_PASS] = {HB_STYLE_GOOD, HB_SIGN_GOOD},
        [HB_ANSWER_FAIL] = {HB_STYLE_BAD, HB_SIGN_BAD},
        [HB_ANSWER_CRASH] = {HB_STYLE_BAD, HB_SIGN_BAD},
        [HB_ANSWER_HANG] = {HB_STYLE_BAD, HB_SIGN_BAD},
        [HB_ANSWER_UNSUPPORTED] = {HB_STYLE_DIM, NULL},
    };
    hb_table_sign(table, looks[answer->verdict].style, looks[answer->verdict].sign, "%s",
                  hb_answer_names[answer->verdict]);
}

/* Every promise of the group against every allocator that was asked. */
static void add_matrix(const struct hb_session *session, enum hb_promise_group group,
                       struct hb_doc *doc)
{
    const size_t most = session->allocator_count + 1;
    struct hb_column *columns = calloc(most, sizeof *columns);
    size_t count = 0;
    if (!columns) {
        doc->failed = true;
        return;
    }
    columns[count++].heading = "promise";
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (!session->allocators[a].missing_reason[0])
            columns[count++].heading = label_of(session, a);
    }
    struct hb_table *table = hb_doc_table(doc, group_titles[group], columns, count);
    for (size_t p = 0; p < session->promise_count; p++) {
        if (session->promises[p].group != group)
            continue;
        hb_table_add(table, HB_STYLE_STRONG, "%s", session->promises[p].name);
        for (size_t a = 0; a < session->allocator_count; a++) {
            if (!session->allocators[a].missing_reason[0])
                add_verdict(table, hb_session_answer(session, p, a));
        }
    }
    free(columns);
}

static void add_group(const struct hb_session *session, enum hb_promise_group group, bool why,
                      struct hb_doc *doc)
{
    size_t count = 0, kept = 0;
    for (size_t p = 0; p < session->promise_count; p++) {
        count += session->promises[p].group == group;
        kept += session->promises[p].group == group && hb_check_is_kept_by_all(session, p);
    }
    if (count == 0)
        return;
    hb_doc_section(doc, hb_promise_group_names[group], group_titles[group],
                   "%zu promise%s, %zu kept by all", count, count == 1 ? "" : "s", kept);
    doc->where = HB_DOC_SCREEN;
    for (size_t p = 0; p < session->promise_count; p++) {
        if (session->promises[p].group == group)
            add_finding(session, p, why, doc);
    }
    doc->where = HB_DOC_WIDE;
    add_matrix(session, group, doc);
    for (size_t p = 0; p < session->promise_count; p++) {
        if (session->promises[p].group == group && is_broken_by_any(session, p))
            hb_doc_line(doc, "%s: where it is not kept, %s", session->promises[p].name,
                        session->promises[p].means);
    }
    doc->where = HB_DOC_ALL;
}

/* ---- what happened ---- */

static void add_reasons(const struct hb_session *session, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("promise"), HB_LEFT("allocator"), HB_LEFT("verdict", .leads = true),
        HB_RIGHT("runs"),   HB_RIGHT("seconds"),  HB_LEFT("what happened", .breaks = true)};
    doc->where = HB_DOC_WIDE;
    hb_doc_section(doc, "reasons", "What happened", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "What happened", columns, 6);
    for (size_t p = 0; p < session->promise_count; p++) {
        for (size_t a = 0; a < session->allocator_count; a++) {
            const struct hb_answer *answer = hb_session_answer(session, p, a);
            if (!answer->reason[0])
                continue;
            hb_table_add(table, HB_STYLE_STRONG, "%s", session->promises[p].name);
            hb_table_text(table, label_of(session, a));
            add_verdict(table, answer);
            hb_table_add(table, HB_STYLE_PLAIN, "%u", answer->runs);
            hb_table_add(table, HB_STYLE_PLAIN, "%.1f", answer->wall_s);
            hb_table_text(table, answer->reason);
        }
    }
    doc->where = HB_DOC_ALL;
}

/* ---- how far to believe it ---- */

static void add_notes(const struct hb_session *session, struct hb_doc *doc)
{
    size_t disturbed = 0, unasked = 0;
    hb_section_belief(doc, session);
    for (size_t p = 0; p < session->promise_count; p++) {
        for (size_t a = 0; a < session->allocator_count; a++) {
            const struct hb_answer *answer = hb_session_answer(session, p, a);
            disturbed += answer->verdict == HB_ANSWER_PASS && answer->reason[0];
            unasked +=
                answer->verdict == HB_ANSWER_NONE && !session->allocators[a].missing_reason[0];
        }
        if (session->promises[p].runs > 1)
            hb_doc_line(doc, "%s: up to %u runs: %s", session->promises[p].name,
                        session->promises[p].runs, session->promises[p].runs_reason);
    }
    if (disturbed)
        hb_doc_line(doc, "%zu answer%s: not kept beside other programs, but alone, which counts",
                    disturbed, disturbed == 1 ? "" : "s");
    if (unasked)
        hb_doc_line(doc, "%zu answer%s missing: it was cut off", unasked,
                    unasked == 1 ? " is" : "s are");
    hb_doc_line(doc, "a promise that is kept here was kept by these programs on this machine; more "
                     "was not tried");
}

void hb_check_report(const struct hb_session *session, bool why, struct hb_doc *doc)
{
    struct hb_buf verdict = {0};
    hb_verdict_of_check(session, &verdict);
    hb_section_lede(doc, session, hb_check_complete(session), &verdict);
    add_kept(session, doc);
    for (size_t g = 0; g < HB_PROMISE_GROUPS; g++)
        add_group(session, (enum hb_promise_group)g, why, doc);
    add_reasons(session, doc);
    add_notes(session, doc);
}

/* ---- what can be asked ---- */

void hb_check_list(const struct hb_session *session, bool means, struct hb_doc *doc)
{
    for (size_t g = 0; g < HB_PROMISE_GROUPS; g++) {
        hb_doc_section(doc, hb_promise_group_names[g], group_titles[g], "%s",
                       hb_promise_group_names[g]);
        for (size_t p = 0; p < session->promise_count; p++) {
            const struct hb_promise *promise = &session->promises[p];
            if (promise->group == g)
                hb_doc_line(doc, "%s: %s%s%s", promise->name, promise->promise,
                            means ? "; where it is not kept: " : "", means ? promise->means : "");
        }
    }
}
