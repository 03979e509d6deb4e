/* A sweep as a report: see session_report.h. */
#include "report/session_report.h"

#include "base/unit.h"
#include "report/cells.h"
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TURNS_MAX 12u /* of a figure in words; the rest is counted */

static const char *label_of(const struct hb_curves *curves, size_t allocator)
{
    return curves->session->allocators[allocator].label;
}

/* ---- words ---- */

static const char *better_words(const struct hb_curve *curve)
{
    const bool is_own = curve->program && curve->format == HB_FORMAT_TINY;
    switch (curve->format) {
    case HB_FORMAT_RATE:
        return "is faster";
    case HB_FORMAT_NS:
        return strcmp(curve->name, "cpu") == 0 ? "takes less" : "is faster";
    case HB_FORMAT_BYTES:
        return "is smaller";
    default:
        return is_own ? "is better" : "has fewer";
    }
}

/* "A is faster than B up to 4K, B from 40K on", or "at 40K" where not each point beyond is decided
 * so; "A has fewer than B up to 4K, ...". */
static void say_turn(const struct hb_curves *curves, const struct hb_curve *curve,
                     const struct hb_crossing *turn, struct hb_buf *out)
{
    const struct hb_parameter_value *points = curves->session->points;
    const char *before = label_of(curves, turn->before), *after = label_of(curves, turn->after);
    if (!turn->is_decided) {
        hb_buf_printf(out, "%s and %s seem to change places between %s and %s: not decided", before,
                      after, points[turn->from].text, points[turn->to].text);
        return;
    }
    hb_buf_printf(out, "%s %s than %s %s %s, %s %s %s%s", before, better_words(curve), after,
                  turn->is_decided_before ? "up to" : "at", points[turn->from].text, after,
                  turn->is_decided_after ? "from" : "at", points[turn->to].text,
                  turn->is_decided_after ? " on" : "");
    if (turn->to > turn->from + 1)
        hb_buf_printf(out, "; between them nothing is decided");
}

/* The same one everywhere, or -1. */
static int best_everywhere(const struct hb_curves *curves, const struct hb_curve *curve)
{
    const int best = hb_curve_best(curves, curve, 0);
    for (size_t k = 1; k < curves->session->point_count; k++) {
        if (hb_curve_best(curves, curve, k) != best)
            return -1;
    }
    return best;
}

void hb_verdict_of_sweep(const struct hb_curves *curves, struct hb_buf *out)
{
    const struct hb_session *session = curves->session;
    const struct hb_curve *curve = curves->count ? &curves->curves[0] : NULL;
    const char *name = session->points[0].name;
    const char *first = session->points[0].text;
    const char *last = session->points[session->point_count - 1].text;
    if (!curve) {
        hb_buf_text(out, "No run succeeded.");
        return;
    }
    const int best = best_everywhere(curves, curve);
    if (curve->decided_count) {
        hb_buf_printf(out, "The ranking by %s changes with %s: ", curve->heading, name);
        say_turn(curves, curve, &curve->turns[0], out);
        if (curve->decided_count > 1)
            hb_buf_printf(out, "; and %zu more", curve->decided_count - 1);
        hb_buf_text(out, ".");
    } else if (best >= 0) {
        hb_buf_printf(out,
                      "%s has the best %s at every %s from %s to %s, by its medians; no "
                      "allocators change places for certain.",
                      label_of(curves, (size_t)best), curve->heading, name, first, last);
    } else {
        hb_buf_printf(out,
                      "Which allocator has the best %s changes between %s %s and %s by the "
                      "medians, but no change of places is decided.",
                      curve->heading, name, first, last);
    }
}

/* ---- a curve ---- */

/* A star is seen in colour, in a file and on a page. */
static void add_cell(const struct hb_curve *curve, const struct hb_curve_cell *cell, bool is_best,
                     struct hb_table *table)
{
    const struct hb_text text = hb_metric_text(curve->format, cell->value);
    const double arm = fmax(cell->hi - cell->value, cell->value - cell->lo);
    const enum hb_style style = is_best ? HB_STYLE_STRONG : HB_STYLE_PLAIN;
    const char *star = is_best ? "*" : "";
    if (cell->n == 0)
        hb_table_add(table, HB_STYLE_DIM, "-");
    else if (isnan(arm) || !(cell->value > 0) || curve->is_exact)
        hb_table_add(table, style, "%s%s", star, text.text);
    else
        hb_table_add(table, style, "%s%s \xc2\xb1%.*f%%", star, text.text,
                     arm < 0.1 * cell->value ? 1 : 0, 100 * arm / cell->value);
}

static void add_rows(const struct hb_curves *curves, const struct hb_curve *curve,
                     struct hb_table *table)
{
    const struct hb_session *session = curves->session;
    for (size_t a = 0; a < session->allocator_count; a++) {
        if (session->allocators[a].role == HB_ROLE_TWIN)
            continue;
        hb_cell_label(table, label_of(curves, a));
        for (size_t k = 0; k < session->point_count; k++)
            add_cell(curve, hb_curve_cell_at(curves, curve, k, a),
                     hb_curve_is_best(curves, curve, k, a), table);
    }
}

static void curve_table(const struct hb_curves *curves, const struct hb_curve *curve,
                        struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    struct hb_column columns[HB_POINTS_MAX + 1] = {HB_LEFT("allocator")};
    char caption[160];
    for (size_t k = 0; k < session->point_count; k++) {
        const bool is_end = k == 0 || k + 1 == session->point_count;
        columns[k + 1] = (struct hb_column){.heading = session->points[k].text,
                                            .align = HB_ALIGN_RIGHT,
                                            .late = is_end ? 0 : (unsigned)(1 + k % 2)};
    }
    (void)snprintf(caption, sizeof caption, "%s at each %s", curve->heading,
                   session->points[0].name);
    struct hb_table *table = hb_doc_table(doc, caption, columns, session->point_count + 1);
    add_rows(curves, curve, table);
}

static void add_turns(const struct hb_curves *curves, const struct hb_curve *curve,
                      struct hb_doc *doc)
{
    for (size_t i = 0; i < curve->turn_count && i < TURNS_MAX; i++) {
        struct hb_buf text = {0};
        say_turn(curves, curve, &curve->turns[i], &text);
        hb_doc_line(doc, "%s", hb_buf_string(&text));
        doc->failed |= text.failed;
        hb_buf_free(&text);
    }
    if (curve->turn_count > TURNS_MAX)
        hb_doc_line(doc, "and %zu more, %zu of them decided", curve->turn_count - TURNS_MAX,
                    curve->decided_count > TURNS_MAX ? curve->decided_count - TURNS_MAX : 0);
    if (curve->turn_count == 0)
        hb_doc_line(doc, "no two change places");
}

static void add_curve(const struct hb_curves *curves, const struct hb_curve *curve,
                      struct hb_doc *doc)
{
    const char *parameter = curves->session->points[0].name;
    char name[HB_NAME_MAX + 48], heading[2 * HB_NAME_MAX + 48];
    char few[160];
    (void)snprintf(name, sizeof name, "curve-%.40s-%.40s",
                   curve->program ? curve->program->name : "", curve->name);
    (void)snprintf(heading, sizeof heading, "%s%s%s over %s",
                   curve->program ? curve->program->name : "", curve->program ? ": " : "",
                   curve->heading, parameter);
    hb_doc_section(doc, name, heading, "%s",
                   curve->is_exact ? "counted; * is best"
                                   : "medians with the 95 % interval's half; * is best");
    hb_chart_curve(curves, curve, doc);
    curve_table(curves, curve, doc);
    add_turns(curves, curve, doc);
    if (curve->comparisons && curve->pairs < curve->pairs_least) {
        hb_verdict_say_too_few(curve->pairs, curve->comparisons, curve->pairs_least, few,
                               sizeof few);
        hb_doc_line(doc, "%s", few);
    }
}

/* Threads that outnumber the CPUs take turns: it is the scheduler that is swept from there on. */
static void note_threads(const struct hb_session *session, struct hb_doc *doc)
{
    const double cpus = hb_host_cpus(&session->host);
    const char *first = NULL;
    uint64_t threads, least = UINT64_MAX;
    for (size_t k = 0; cpus > 0 && k < session->point_count; k++) {
        const struct hb_parameter_value *point = &session->points[k];
        if (strcmp(point->name, "threads") != 0 || /* a program may have words for them */
            hb_unit_parse_count(point->text, &threads, NULL) != 0 || (double)threads <= cpus ||
            threads >= least)
            continue;
        first = point->text;
        least = threads;
    }
    if (first)
        hb_doc_add(doc, HB_BLOCK_CAUTION, NULL,
                   "from %s threads on there are more of them than the %.3g CPU%s that they may "
                   "use: what is measured there is oversubscription, not scaling",
                   first, cpus, cpus > 1 ? "s" : "");
}

void hb_sweep_sections(const struct hb_curves *curves, struct hb_doc *doc)
{
    note_threads(curves->session, doc);
    for (size_t i = 0; i < curves->count; i++)
        add_curve(curves, &curves->curves[i], doc);
}

/* ---- the whole of a rebase ---- */

static void headline(const struct hb_curves *curves, struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    struct hb_buf lede = {0};
    hb_verdict_of_sweep(curves, &lede);
    hb_section_lede(doc, session, hb_curves_complete(curves), &lede);
    hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name,
               "%s, %s at %zu points, %u run%s in shuffled blocks over all of them, seed %llu%s",
               session->started_at, session->points[0].name, session->point_count, session->blocks,
               session->blocks == 1 ? "" : "s", (unsigned long long)session->seed,
               session->partial ? " (partial)" : "");
    hb_fact_measured(doc, session);
}

/* The A/A noise of each point, and what is not to be believed there. */
static void note_points(const struct hb_curves *curves, struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    struct hb_buf noise = {0};
    for (size_t k = 0; k < session->point_count; k++) {
        const struct hb_judgement *point = &curves->points[k];
        char doubt[256];
        hb_buf_printf(&noise, "%s%s at %s", k ? ", " : "",
                      isnan(point->aa_noise) ? "not measured"
                                             : hb_format_percent(100 * point->aa_noise).text,
                      session->points[k].text);
        if (hb_judgement_doubt(point, doubt, sizeof doubt))
            hb_doc_add(doc, HB_BLOCK_CAUTION, NULL, "at %s %s: %s", session->points[k].name,
                       session->points[k].text, doubt);
    }
    hb_doc_fact(doc, "Noise", "A/A noise floor %s", hb_buf_string(&noise));
    doc->failed |= noise.failed;
    hb_buf_free(&noise);
}

static void note_failures(const struct hb_curves *curves, struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    for (size_t k = 0; k < session->point_count; k++) {
        for (size_t a = 0; a < session->allocator_count; a++) {
            const struct hb_judged *judged = &curves->points[k].allocators[a];
            const bool is_untallied = judged->tallied && judged->tallied->status != HB_STATUS_OK;
            const struct hb_job *job = judged->failure ? judged->failure
                                       : is_untallied  ? judged->tallied
                                                       : NULL;
            if (job)
                hb_doc_line(doc, "%s at %s %s: %s%s: %s", label_of(curves, a),
                            session->points[k].name, session->points[k].text,
                            job == judged->tallied ? "not counted: " : "",
                            hb_job_status_names[job->status], job->reason);
        }
    }
}

void hb_sweep_report(const struct hb_curves *curves, struct hb_doc *doc)
{
    const struct hb_session *session = curves->session;
    headline(curves, doc);
    hb_sweep_sections(curves, doc);
    hb_section_belief(doc, session);
    note_points(curves, doc);
    hb_notes_machine(doc, session);
    if (session->count_source[0])
        hb_note_count_source(doc, session->count_source);
    note_failures(curves, doc);
}
