/* Many sessions by date as a document: see history_report.h. */
#include "report/history_report.h"

#include "report/cells.h"
#include "report/compare_report.h"
#include "stats/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_SHOWN 8 /* hex digits of a class of machine: enough to tell them apart */

static int newest_first(const void *a, const void *b)
{
    const struct hb_digest *const *x = a, *const *y = b;
    const int order = strcmp((*y)->started_at, (*x)->started_at);
    return order ? order : (*x > *y) - (*x < *y);
}

/* How many times its usual floor a session's was; 0 where no line has it. */
static double noisy_of(const struct hb_timelines *timelines, const struct hb_digest *digest)
{
    for (size_t l = 0; l < timelines->count; l++) {
        for (size_t i = 0; i < timelines->lines[l].count; i++) {
            if (timelines->lines[l].points[i].digest == digest)
                return timelines->lines[l].points[i].noisy;
        }
    }
    return 0;
}

static void add_session(struct hb_table *table, const struct hb_history_view *view,
                        const struct hb_digest *digest)
{
    const double noisy = noisy_of(view->timelines, digest);
    const char *what = digest->profile_name[0] ? digest->profile_name : digest->workload;
    hb_table_add(table, HB_STYLE_STRONG, "%s",
                 digest->started_at[0] ? digest->started_at : digest->label);
    hb_table_text(table, what);
    hb_table_text(table, digest->kind);
    hb_table_text(table, digest->name);
    hb_table_add(table, HB_STYLE_PLAIN, "%.*s", CLASS_SHOWN, digest->host.class_key);
    hb_table_text(table, digest->host.hostname);
    hb_table_number(table, HB_STYLE_PLAIN,
                    isnan(digest->aa_noise) ? "" : hb_format_percent(100 * digest->aa_noise).text);
    if (noisy > 1)
        hb_table_sign(table, HB_STYLE_BAD, HB_SIGN_WARN, "%.1f times", noisy);
    else
        hb_table_text(table, "");
    hb_table_add(table, HB_STYLE_DIM, "%.12s", digest->tool_commit);
    hb_table_text(table, digest->note ? digest->note : "");
}

/* Bytes of the path that are the folder of a suite (DATEZ-suite); 0: it is in none. */
static size_t suite_of(const struct hb_digest *digest)
{
    const char *path = digest->path ? digest->path : "", *end = strrchr(path, '/');
    const char *word = strstr(path, "Z-suite");
    while (word && end && word < end && memchr(word, '/', (size_t)(end - word)))
        word = strstr(word + 1, "Z-suite");
    return word && end && word < end ? (size_t)(end - path) : 0;
}

static bool are_of_one_suite(const struct hb_digest *a, const struct hb_digest *b)
{
    const size_t length = suite_of(a);
    return length && length == suite_of(b) && memcmp(a->path, b->path, length) == 0;
}

/* One line for a suite, whose forty sessions are one measurement. of: [count], newest first. */
static void add_suite(struct hb_table *table, const struct hb_history_view *view,
                      const struct hb_digest *const *of, size_t count, double *floors)
{
    const struct hb_digest *first = of[count - 1];
    size_t known = 0, noisy = 0;
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        const double factor = noisy_of(view->timelines, of[i]);
        if (isfinite(of[i]->aa_noise))
            floors[known++] = of[i]->aa_noise;
        noisy += factor > 1;
        worst = fmax(worst, factor);
    }
    hb_table_add(table, HB_STYLE_STRONG, "%s", first->started_at);
    hb_table_add(table, HB_STYLE_PLAIN, "%zu of a suite", count);
    hb_table_text(table, "suite");
    hb_table_text(table, first->name);
    hb_table_add(table, HB_STYLE_PLAIN, "%.*s", CLASS_SHOWN, first->host.class_key);
    hb_table_text(table, first->host.hostname);
    hb_table_number(table, HB_STYLE_PLAIN,
                    known ? hb_format_percent(100 * hb_stats_median_in_place(floors, known)).text
                          : "");
    if (noisy)
        hb_table_sign(table, HB_STYLE_BAD, HB_SIGN_WARN, "%zu, at most %.1f times", noisy, worst);
    else
        hb_table_text(table, "");
    hb_table_add(table, HB_STYLE_DIM, "%.12s", first->tool_commit);
    hb_table_text(table, first->note ? first->note : "");
}

/* all: [count], newest first. A suite stands where its newest session does. */
static void fill_sessions(const struct hb_history_view *view, const struct hb_digest **all,
                          size_t count, struct hb_table *table)
{
    const struct hb_digest **of = calloc(count + 1, sizeof *of);
    double *floors = calloc(count + 1, sizeof *floors);
    table->failed |= !of || !floors;
    for (size_t i = 0; of && floors && i < count; i++) {
        size_t members = 0;
        for (size_t k = i; all[i] && k < count; k++) {
            if (k == i || (all[k] && are_of_one_suite(all[i], all[k])))
                of[members++] = all[k];
        }
        if (members == 1)
            add_session(table, view, all[i]);
        else if (members)
            add_suite(table, view, of, members, floors);
        for (size_t k = i + 1; members > 1 && k < count; k++)
            all[k] = all[k] && are_of_one_suite(all[i], all[k]) ? NULL : all[k];
    }
    free(of);
    free(floors);
}

static void add_sessions(const struct hb_history_view *view, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("began"),
                                               HB_LEFT("profile"),
                                               HB_LEFT("kind", .late = 6),
                                               HB_LEFT("name", .late = 3),
                                               HB_LEFT("class", .late = 4),
                                               HB_LEFT("host", .late = 7),
                                               HB_RIGHT("noise floor", .late = 1, .leads = true),
                                               HB_LEFT("noisy", .leads = true),
                                               HB_LEFT("commit", .late = 5),
                                               HB_LEFT("note", .late = 2, .breaks = true)};
    const struct hb_digest **all = calloc(view->count + 1, sizeof *all);
    size_t count = 0;
    doc->failed |= !all;
    if (!all)
        return;
    for (size_t i = 0; i < view->count; i++) { /* of a sweep one point stands for all */
        const bool is_point = i > 0 && view->digests[i].input == view->digests[i - 1].input;
        if (!is_point && strcmp(view->digests[i].started_at, view->timelines->since) >= 0 &&
            !hb_digest_is_copy(view->digests, i))
            all[count++] = &view->digests[i];
    }
    qsort(all, count, sizeof *all, newest_first);
    hb_doc_section(doc, "sessions", "Sessions", "%zu, the newest first", count);
    struct hb_table *table =
        hb_doc_table(doc, "Sessions", columns, sizeof columns / sizeof *columns);
    fill_sessions(view, all, count, table);
    free(all);
}

void hb_history_report(const struct hb_history_view *view, struct hb_doc *doc)
{
    struct hb_buf lede = {0};
    if (view->timelines->count)
        hb_verdict_of_compare(&(struct hb_compare_view){.timelines = view->timelines}, &lede);
    else
        hb_buf_text(&lede, "Fewer than three sessions of anything: no level can have changed yet.");
    hb_doc_lede(doc, &lede);
    add_sessions(view, doc);
    hb_compare_trend(view->timelines, doc);
}
