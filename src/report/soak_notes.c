/* Budgets of a soak, and what to be careful about: see session_report.h. */
#include "base/unit.h"
#include "report/cells.h"
#include "report/session_report.h"

#include <math.h>
#include <string.h>

#define ROWS_FEW      12 /* more budgets than this: only those that did not pass are shown in full */
#define CHANGES_SHOWN 4

/* ---- budgets ---- */

/* By the unit at the key's end. */
static struct hb_text value_text(const char *key, double value)
{
    if (strstr(key, "percent"))
        return hb_format_percent(value);
    if (strstr(key, "bytes"))
        return hb_format_bytes(value);
    return hb_format_tiny(value);
}

static void value_cell(struct hb_table *table, const struct hb_budget_result *budget)
{
    const struct hb_text value = value_text(budget->key, budget->value);
    if (isnan(budget->lo) || isnan(budget->hi))
        hb_table_number(table, HB_STYLE_PLAIN, value.text);
    else if (hb_soak_is_too_short(budget->lo, budget->hi))
        hb_table_text(table, "too short to say");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s [%s, %s]", value.text,
                     value_text(budget->key, budget->lo).text,
                     value_text(budget->key, budget->hi).text);
}

static void budget_row(struct hb_table *table, const struct hb_budget_result *budget)
{
    hb_table_text(table, budget->label);
    hb_table_text(table, budget->key);
    hb_cell_limit(table, budget->min, budget->max, budget->key, value_text);
    value_cell(table, budget);
    hb_cell_outcome(table, budget->outcome);
}

/* An allocator without an epoch to judge has nothing to be held against its limits: a note says
 * why, and six rows of "not known" would not say more. */
static bool has_epochs(const struct hb_soak_judgement *judgement,
                       const struct hb_budget_result *budget)
{
    const int i = hb_session_find(judgement->session, budget->label);
    return i >= 0 && judgement->allocators[i].counted > 0;
}

static bool is_plain_pass(const struct hb_budget_result *budget)
{
    return budget->outcome == HB_BUDGET_PASS && !(budget->value > budget->max) &&
           !(budget->value < budget->min);
}

static void passes_line(const struct hb_soak_judgement *judgement, const char *label,
                        struct hb_doc *doc)
{
    size_t passes = 0, all = 0;
    for (size_t i = 0; i < judgement->budget_count; i++) {
        const struct hb_budget_result *budget = &judgement->budgets[i];
        if (strcmp(budget->label, label) != 0 || !has_epochs(judgement, budget))
            continue;
        passes += budget->outcome == HB_BUDGET_PASS;
        all++;
    }
    if (all)
        hb_doc_line(doc, "%s: %zu of %zu within the limit", label, passes, all);
}

/* What passed of many, and what is of an allocator without an epoch, has a row on a page alone. */
static void budget_table(const struct hb_soak_judgement *judgement, bool few, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("budget"),
                                               HB_RIGHT("limit", .late = 1), HB_LEFT("value"),
                                               HB_LEFT("outcome")};
    struct hb_table *table = hb_doc_table(doc, "Budgets", columns, 5);
    for (size_t i = 0; i < judgement->budget_count; i++) {
        const struct hb_budget_result *budget = &judgement->budgets[i];
        if (!has_epochs(judgement, budget) || (!few && budget->outcome == HB_BUDGET_PASS))
            hb_table_detail(table);
        budget_row(table, budget);
    }
}

void hb_soak_budgets(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    const bool few = judgement->budget_count <= ROWS_FEW;
    hb_section_budgets(doc, judgement->budget_count > 0);
    budget_table(judgement, few, doc);
    for (size_t i = 0; !few && i < judgement->session->allocator_count; i++)
        passes_line(judgement, judgement->session->allocators[i].label, doc);
    for (size_t i = 0; i < judgement->budget_count; i++) {
        const struct hb_budget_result *budget = &judgement->budgets[i];
        if (has_epochs(judgement, budget) && !is_plain_pass(budget))
            hb_doc_line(doc, "%s, %s: %s", budget->label, budget->key, budget->why);
    }
}

/* ---- notes ---- */

static void note_epochs(struct hb_doc *doc, const char *label, const struct hb_soak_judged *judged)
{
    if (judged->epochs == 0) {
        hb_doc_line(doc, "%s: no epoch", label);
        return;
    }
    if (judged->failure)
        hb_doc_line(doc, "%s: %s in round %u, at %s%s%s", label,
                    hb_job_status_names[judged->failure->status], judged->failure->round,
                    hb_format_duration(judged->failure->started_s).text,
                    judged->failure->reason[0] ? ": " : "", judged->failure->reason);
    if (judged->disturbance)
        hb_doc_line(doc, "%s: %u of %u epochs disturbed and left out, the first at %s%s%s", label,
                    judged->invalid, judged->epochs,
                    hb_format_duration(judged->disturbance->started_s).text,
                    judged->disturbance->reason[0] ? ": " : "", judged->disturbance->reason);
    if (hb_soak_stood_still(judged))
        hb_doc_line(doc, "%s: stood still: no operation in %u epochs", label, judged->counted);
    if (judged->counted < HB_TREND_N_MIN)
        hb_doc_line(doc, "%s: too few epochs after warm-up for a trend: %u of %u", label,
                    judged->counted, HB_TREND_N_MIN);
}

static void note_restarts(struct hb_doc *doc, const char *label,
                          const struct hb_soak_judged *judged)
{
    for (size_t i = 0; i < judged->restart_count; i++) {
        const struct hb_soak_restart *restart = &judged->restarts[i];
        hb_doc_line(doc, "%s: process %u from %s on%s%s", label, restart->process,
                    hb_format_duration(restart->at_s).text, restart->reason[0] ? ": " : "",
                    restart->reason);
    }
    if (judged->restart_count)
        hb_doc_line(doc, "%s: memory drifts are those of its longest process", label);
}

static void note_changes(struct hb_doc *doc, const char *label, const struct hb_soak_judged *judged)
{
    for (size_t i = 0; i < judged->change_count && i < CHANGES_SHOWN; i++)
        hb_doc_line(doc, "%s: throughput changed by %+.1f %% at %s", label,
                    judged->changes[i].percent, hb_format_duration(judged->changes[i].at_s).text);
    if (judged->change_count > CHANGES_SHOWN)
        hb_doc_line(doc, "%s: and %zu more changes", label, judged->change_count - CHANGES_SHOWN);
}

static void note_figures(struct hb_doc *doc, const char *label, const struct hb_soak_judged *judged)
{
    if (!judged->latency.merged && !isnan(judged->latency.p50))
        hb_doc_line(doc, "%s: no histograms: latencies are the middle epoch's", label);
    if (judged->syscalls_counted_pass)
        hb_doc_line(doc, "%s: memory system calls are from the counting pass", label);
    if (judged->calls_judged.own_known && !judged->calls_judged.agree)
        hb_doc_line(doc, "%s: its own counters differ from the kernel's (--syscalls)", label);
}

static void note_machine(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    if (judgement->control < 0)
        return;
    const struct hb_soak_drift *drift = &judgement->allocators[judgement->control].speed;
    if (!isnan(drift->percent) && !hb_soak_is_too_short(drift->lo, drift->hi))
        hb_doc_line(doc, "the machine: %s, the control, %s (%+.2f %% [%+.2f, %+.2f])",
                    judgement->session->allocators[judgement->control].label,
                    hb_soak_word(drift->word), drift->percent, drift->lo, drift->hi);
}

static void note_session(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    bool drained = false;
    for (size_t i = 0; i < session->allocator_count; i++)
        drained |= !isnan(judgement->allocators[i].memory.drained_5s);
    if (drained)
        hb_doc_line(doc, "drained is the whole worker's resident memory, about 1.3 MiB of it "
                         "the worker's own");
    if (session->soak.timer_ns > 0)
        hb_doc_line(doc, "reading the clock costs %s, which is in every latency",
                    hb_format_ns(session->soak.timer_ns).text);
    if (session->partial)
        hb_doc_line(doc, "the soak was cut off: the figures cover what was measured");
}

void hb_soak_notes(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    hb_section_belief(doc, judgement->session);
    hb_doc_fact(doc, "Drift", "drifts are over %s, with 95 %% intervals; flat: wholly within %s",
                hb_format_duration(judgement->scale_s).text,
                hb_format_percent(judgement->margin_percent).text);
    hb_notes_machine(doc, judgement->session);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        const char *label = judgement->session->allocators[i].label;
        note_epochs(doc, label, judged);
        note_restarts(doc, label, judged);
        note_changes(doc, label, judged);
        note_figures(doc, label, judged);
    }
    note_machine(judgement, doc);
    note_session(judgement, doc);
}
