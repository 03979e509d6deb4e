/* Two allocators as a report: see ab_report.h. */
#include "report/ab_report.h"

#include "report/cells.h"
#include "report/compare_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *label_of(const struct hb_session *session, int side)
{
    return side < 0 ? "-" : session->allocators[side].label;
}

/* ---- the answer ---- */

/* A ratio of 0.97 is 3 % slower. */
static double percent(double log_ratio)
{
    return 100 * expm1(log_ratio);
}

/* "1.6 % faster than A [1.2, 2.1]". An interval that has 0 in it keeps its signs. */
static void add_difference(const struct hb_ab *ab, const char *than, const char *a,
                           struct hb_buf *out)
{
    const struct hb_located *found = &ab->test.log_ratio;
    const double change = percent(found->estimate);
    const double lo = percent(found->interval.lo), hi = percent(found->interval.hi);
    hb_buf_printf(out, "%.1f %% %s%s%s", fabs(change), change < 0 ? "slower" : "faster", than, a);
    if (isnan(lo))
        return;
    if (lo >= 0)
        hb_buf_printf(out, " [%.1f, %.1f]", lo, hi);
    else if (hi <= 0)
        hb_buf_printf(out, " [%.1f, %.1f]", -hi, -lo);
    else
        hb_buf_printf(out, " [%+.1f, %+.1f]", lo, hi);
}

static void add_found(const struct hb_ab *ab, const char *a, const char *b, struct hb_buf *out)
{
    switch (ab->test.end) {
    case HB_SEQUENTIAL_SAME:
        hb_buf_printf(out, "%s is as fast as %s, within %g %%: ", b, a, ab->margin_percent);
        add_difference(ab, "", "", out);
        return;
    case HB_SEQUENTIAL_OPEN:
        hb_buf_printf(out, "Not decided: so far %s is ", b);
        break;
    default:
        hb_buf_printf(out, "%s is ", b);
    }
    add_difference(ab, " than ", a, out);
}

static void add_answer(const struct hb_ab_view *view, struct hb_buf *out)
{
    const struct hb_ab *ab = view->ab;
    const struct hb_session *session = view->session;
    const char *a = label_of(session, hb_ab_a(session)), *b = label_of(session, hb_ab_b(session));
    const struct hb_job *failure = hb_ab_failure(session);
    if (failure)
        hb_buf_printf(out, "No answer: %s %s", session->allocators[failure->allocator].label,
                      hb_job_status_names[failure->status]);
    else if (isnan(ab->test.log_ratio.estimate))
        hb_buf_printf(out, "Not decided: too few pairs of %s and %s to say anything", a, b);
    else
        add_found(ab, a, b, out);
    hb_buf_printf(out, ", after %zu pair%s in %s", ab->pairs, ab->pairs == 1 ? "" : "s",
                  hb_format_duration(ab->seconds).text);
}

void hb_ab_so_far(const struct hb_ab *ab, char *text, size_t text_bytes)
{
    const struct hb_located *found = &ab->test.log_ratio;
    if (isnan(found->estimate))
        (void)snprintf(text, text_bytes, "pairs until the first look");
    else if (isnan(found->interval.lo))
        (void)snprintf(text, text_bytes, "pairs, B/A %.3f", exp(found->estimate));
    else
        (void)snprintf(text, text_bytes, "pairs, B/A %.3f [%.3f, %.3f], look %zu",
                       exp(found->estimate), exp(found->interval.lo), exp(found->interval.hi),
                       ab->test.walk.looks);
}

/* ---- both sides ---- */

static double median_speed(const struct hb_comparison *comparison, size_t entry)
{
    const struct hb_digest *digest = &comparison->digests[0];
    return digest->entries[entry].series[HB_METRIC_THROUGHPUT].value;
}

/* Speed is said by the rule that stopped, not by the test of one look that `compare` makes. */
static void add_speed(const struct hb_ab_view *view, struct hb_table *table)
{
    static const enum hb_look looks[] = {
        [HB_SEQUENTIAL_OPEN] = HB_LOOK_OPEN,
        [HB_SEQUENTIAL_SAME] = HB_LOOK_SAME,
        [HB_SEQUENTIAL_FASTER] = HB_LOOK_BETTER,
        [HB_SEQUENTIAL_SLOWER] = HB_LOOK_WORSE,
    };
    const struct hb_sequential *test = &view->ab->test;
    const struct hb_located *found = &test->log_ratio;
    const int a = hb_ab_a(view->session), b = hb_ab_b(view->session);
    hb_cell_label(table, "speed");
    hb_table_number(table, HB_STYLE_PLAIN,
                    hb_format_rate(median_speed(view->comparison, (size_t)a)).text);
    hb_table_number(table, HB_STYLE_PLAIN,
                    hb_format_rate(median_speed(view->comparison, (size_t)b)).text);
    hb_cell_ratio(table, exp(found->estimate), exp(found->interval.lo), exp(found->interval.hi));
    hb_cell_verdict(table, looks[test->end], false,
                    test->end == HB_SEQUENTIAL_OPEN ? "not decided" : hb_sequential_word(test->end),
                    0);
}

static void sides(const struct hb_ab_view *view, struct hb_doc *doc)
{
    const struct hb_session *session = view->session;
    const int a = hb_ab_a(session), b = hb_ab_b(session);
    if (!view->comparison || a < 0 || b < 0)
        return;
    const struct hb_column columns[] = {
        HB_LEFT("metric"), HB_RIGHT(label_of(session, a)), HB_RIGHT(label_of(session, b)),
        HB_RIGHT("B to A", .leads = true), HB_LEFT("verdict", .leads = true)};
    hb_doc_section(doc, "sides", "Both sides", "medians; change with 95 %% interval");
    struct hb_table *table = hb_doc_table(doc, "Both sides", columns, 5);
    if (!isnan(view->ab->test.log_ratio.estimate))
        add_speed(view, table);
    for (size_t i = 0; i < view->comparison->count; i++) {
        const struct hb_difference *d = &view->comparison->differences[i];
        if (d->figure == HB_METRIC_THROUGHPUT || (isnan(d->base_value) && isnan(d->other_value)))
            continue;
        hb_cell_label(table, hb_figure(d->figure)->heading);
        hb_compare_cells(table, d);
    }
}

/* ---- how far to believe it ---- */

static void say_side(const struct hb_session *session, char name, int side, struct hb_doc *doc)
{
    if (side < 0)
        return;
    const struct hb_allocator_entry *entry = &session->allocators[side];
    const char *file = entry->preload_path[0]   ? entry->preload_path
                       : entry->library_path[0] ? entry->library_path
                                                : entry->plugin_path;
    const bool is_named = entry->label[0] != name || entry->label[1];
    hb_doc_line(doc, "%c%s%s: %s%s%s", name, is_named ? " is " : "", is_named ? entry->label : "",
                file, entry->environment[0] ? " with " : "", entry->environment);
}

static bool is_same_code(const struct hb_session *session)
{
    const int a = hb_ab_a(session), b = hb_ab_b(session);
    if (a < 0 || b < 0)
        return false;
    const struct hb_allocator_entry *left = &session->allocators[a];
    const struct hb_allocator_entry *right = &session->allocators[b];
    return strcmp(left->plugin_sha256, right->plugin_sha256) == 0 &&
           strcmp(left->library_sha256, right->library_sha256) == 0 &&
           strcmp(left->environment, right->environment) == 0;
}

/* What one pair is off by, from the interval of the last look. */
static void say_spread(const struct hb_ab *ab, struct hb_doc *doc)
{
    const struct hb_interval *interval = &ab->test.log_ratio.interval;
    if (isnan(interval->lo))
        return;
    const double standard_error = (interval->hi - interval->lo) / (2 * ab->test.z);
    hb_doc_line(doc, "one pair is off by %.1f %% (standard deviation)",
                100 * standard_error * sqrt((double)ab->test.pairs));
    hb_doc_line(doc, "over all %zu looks together, 5 comparisons of 100 at most are wrong",
                ab->test.walk.looks);
}

static void say_end(const struct hb_ab_view *view, struct hb_doc *doc)
{
    const struct hb_ab *ab = view->ab;
    const struct hb_job *failure = hb_ab_failure(view->session);
    const size_t planned = ab->test.planned;
    if (failure)
        hb_doc_line(doc, "%s %s: %s", view->session->allocators[failure->allocator].label,
                    hb_job_status_names[failure->status], failure->reason);
    else if (ab->reason == HB_AB_TIME)
        hb_doc_line(doc, "the time was over; about %zu pairs would have decided (--max-minutes)",
                    planned);
    else if (ab->reason == HB_AB_PAIRS)
        hb_doc_line(doc, "these were all the pairs there may be (--max-runs): longer runs "
                         "(--set operations=) or a wider --margin would decide");
    else if (view->is_interrupted && planned)
        hb_doc_line(doc, "interrupted; about %zu pairs would have decided", planned);
}

static void belief(const struct hb_ab_view *view, struct hb_doc *doc)
{
    const struct hb_session *session = view->session;
    hb_section_belief(doc, session);
    say_end(view, doc);
    say_spread(view->ab, doc);
    if (session->blocks > view->ab->pairs && view->ab->reason != HB_AB_GOES_ON &&
        !hb_ab_failure(session))
        hb_doc_line(doc, "%zu pairs were disturbed and do not count",
                    session->blocks - view->ab->pairs);
    hb_notes_machine(doc, session);
    say_side(session, 'A', hb_ab_a(session), doc);
    say_side(session, 'B', hb_ab_b(session), doc);
    if (is_same_code(session))
        hb_doc_line(doc, "both are the same bytes with the same environment: any difference is the "
                         "machine's");
}

void hb_ab_report(const struct hb_ab_view *view, struct hb_doc *doc)
{
    struct hb_buf answer = {0};
    add_answer(view, &answer);
    doc->failed |= answer.failed;
    hb_doc_add(doc, HB_BLOCK_HEAD, NULL, "%s", hb_buf_string(&answer));
    hb_buf_free(&answer);
    hb_fact_measured(doc, view->session);
    sides(view, doc);
    belief(view, doc);
}
