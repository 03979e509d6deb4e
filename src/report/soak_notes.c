/* Budgets of a soak, and what to be careful about: see soak_report.h. */
#include "base/unit.h"
#include "report/machine_notes.h"
#include "report/soak_report.h"
#include "report/soak_section.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROWS_FEW     12 /* more budgets than this: only those that did not pass are shown in full */
#define CHANGES_TOLD 4

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

static void limit_cell(struct hb_table *table, const struct hb_soak_budget *budget)
{
    const struct hb_text min = value_text(budget->key, budget->min);
    const struct hb_text max = value_text(budget->key, budget->max);
    const bool has_min = !isnan(budget->min), has_max = !isnan(budget->max);
    hb_table_add(table, HB_STYLE_PLAIN, "%s%s%s%s%s", has_min ? ">= " : "", has_min ? min.text : "",
                 has_min && has_max ? ", " : "", has_max ? "<= " : "", has_max ? max.text : "");
}

static void value_cell(struct hb_table *table, const struct hb_soak_budget *budget)
{
    const struct hb_text value = value_text(budget->key, budget->value);
    if (isnan(budget->lo) || isnan(budget->hi))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", value.text);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s [%s, %s]", value.text,
                     value_text(budget->key, budget->lo).text,
                     value_text(budget->key, budget->hi).text);
}

static void budget_row(struct hb_table *table, const struct hb_soak_budget *budget)
{
    static const char *const words[] = {"pass", "FAIL", "not known"};
    static const enum hb_style styles[] = {HB_STYLE_GOOD, HB_STYLE_BAD, HB_STYLE_DIM};
    hb_table_add(table, HB_STYLE_PLAIN, "%s", budget->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", budget->key);
    limit_cell(table, budget);
    value_cell(table, budget);
    hb_table_add(table, styles[budget->outcome], "%s", words[budget->outcome]);
}

/* An allocator without an epoch to judge has nothing to be held against its limits: a note says
 * why, and six rows of "not known" would not say more. */
static bool has_epochs(const struct hb_soak_view *view, const struct hb_soak_budget *budget)
{
    const int i = hb_session_find(view->judgement->session, budget->label);
    return i >= 0 && view->judgement->allocators[i].counted > 0;
}

static bool is_plain_pass(const struct hb_soak_budget *budget)
{
    return budget->outcome == HB_BUDGET_PASS && !(budget->value > budget->max) &&
           !(budget->value < budget->min);
}

static void passes_line(const struct hb_soak_view *view, const struct hb_section *section,
                        const char *label)
{
    size_t passes = 0, all = 0;
    for (size_t i = 0; i < view->judgement->budget_count; i++) {
        const struct hb_soak_budget *budget = &view->judgement->budgets[i];
        if (strcmp(budget->label, label) != 0 || !has_epochs(view, budget))
            continue;
        passes += budget->outcome == HB_BUDGET_PASS;
        all++;
    }
    if (all)
        hb_section_line(section, "%s: %zu of %zu within the limit", label, passes, all);
}

void hb_soak_section_budgets(const struct hb_soak_view *view, const struct hb_section *section)
{
    static const char *const headings[] = {"allocator", "budget", "limit", "value", "outcome"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_LEFT, HB_ALIGN_LEFT};
    const struct hb_soak_judgement *judgement = view->judgement;
    const bool few = judgement->budget_count <= ROWS_FEW;
    struct hb_table table;
    if (judgement->budget_count == 0)
        return;
    hb_section_heading(section, "Budgets");
    hb_table_init(&table, headings, aligns, 5);
    for (size_t i = 0; i < judgement->budget_count; i++) {
        if (has_epochs(view, &judgement->budgets[i]) &&
            (few || judgement->budgets[i].outcome != HB_BUDGET_PASS))
            budget_row(&table, &judgement->budgets[i]);
    }
    if (table.cell_count)
        hb_section_table(section, &table);
    hb_table_free(&table);
    if (section->markdown)
        hb_buf_char(section->out, '\n');
    for (size_t i = 0; !few && i < judgement->session->allocator_count; i++)
        passes_line(view, section, judgement->session->allocators[i].label);
    for (size_t i = 0; i < judgement->budget_count; i++) {
        const struct hb_soak_budget *budget = &judgement->budgets[i];
        if (has_epochs(view, budget) && !is_plain_pass(budget))
            hb_section_line(section, "%s, %s: %s", budget->label, budget->key, budget->why);
    }
}

/* ---- notes ---- */

static void note_epochs(const struct hb_section *notes, const char *label,
                        const struct hb_soak_judged *judged)
{
    if (judged->epochs == 0) {
        hb_section_line(notes, "%s: no epoch", label);
        return;
    }
    if (judged->failure)
        hb_section_line(notes, "%s: %s in round %u, at %s%s%s", label,
                        hb_job_status_names[judged->failure->status], judged->failure->round,
                        hb_format_duration(judged->failure->started_s).text,
                        judged->failure->reason[0] ? ": " : "", judged->failure->reason);
    if (judged->disturbance)
        hb_section_line(notes, "%s: %u of %u epochs disturbed and left out, the first at %s%s%s",
                        label, judged->invalid, judged->epochs,
                        hb_format_duration(judged->disturbance->started_s).text,
                        judged->disturbance->reason[0] ? ": " : "", judged->disturbance->reason);
    if (hb_soak_stood_still(judged))
        hb_section_line(notes, "%s: stood still: no operation in %u epochs", label,
                        judged->counted);
    if (judged->counted < HB_TREND_N_MIN)
        hb_section_line(notes, "%s: too few epochs after warm-up for a trend: %u of %u", label,
                        judged->counted, HB_TREND_N_MIN);
}

static void note_restarts(const struct hb_section *notes, const char *label,
                          const struct hb_soak_judged *judged)
{
    for (size_t i = 0; i < judged->restart_count; i++) {
        const struct hb_soak_restart *restart = &judged->restarts[i];
        hb_section_line(notes, "%s: process %u from %s on%s%s", label, restart->process,
                        hb_format_duration(restart->at_s).text, restart->reason[0] ? ": " : "",
                        restart->reason);
    }
    if (judged->restart_count)
        hb_section_line(notes, "%s: memory drifts are those of its longest process", label);
}

static void note_changes(const struct hb_section *notes, const char *label,
                         const struct hb_soak_judged *judged)
{
    for (size_t i = 0; i < judged->change_count && i < CHANGES_TOLD; i++)
        hb_section_line(notes, "%s: throughput changed by %+.1f %% at %s", label,
                        judged->changes[i].percent,
                        hb_format_duration(judged->changes[i].at_s).text);
    if (judged->change_count > CHANGES_TOLD)
        hb_section_line(notes, "%s: and %zu changes more", label,
                        judged->change_count - CHANGES_TOLD);
}

static void note_figures(const struct hb_section *notes, const char *label,
                         const struct hb_soak_judged *judged)
{
    if (!judged->latency.merged && !isnan(judged->latency.p50))
        hb_section_line(notes, "%s: no histograms: latencies are the middle epoch's", label);
    if (judged->syscalls_counted_pass)
        hb_section_line(notes, "%s: memory system calls are from the counting pass", label);
    if (judged->calls_judged.own_known && !judged->calls_judged.agree)
        hb_section_line(notes, "%s: its own counters differ from the kernel's (--syscalls)", label);
}

static void note_machine(const struct hb_soak_view *view, const struct hb_section *notes)
{
    const struct hb_soak_judgement *judgement = view->judgement;
    if (judgement->control < 0)
        return;
    const struct hb_soak_drift *drift = &judgement->allocators[judgement->control].speed;
    if (!isnan(drift->percent))
        hb_section_line(notes, "the machine: %s, the control, %s (%+.2f %% [%+.2f, %+.2f])",
                        judgement->session->allocators[judgement->control].label,
                        hb_soak_word(drift->word), drift->percent, drift->lo, drift->hi);
}

static void note_session(const struct hb_soak_view *view, const struct hb_section *notes)
{
    const struct hb_session *session = view->judgement->session;
    bool drained = false;
    for (size_t i = 0; i < session->allocator_count; i++)
        drained |= !isnan(view->judgement->allocators[i].memory.drained_5s);
    if (drained)
        hb_section_line(notes, "drained is the whole worker's resident memory, about 1.3 MiB of it "
                               "the worker's own");
    if (session->soak.timer_ns > 0)
        hb_section_line(notes, "reading the clock costs %s, which is in every latency",
                        hb_format_ns(session->soak.timer_ns).text);
    if (session->partial)
        hb_section_line(notes, "the soak was cut off: all figures are of what there is");
}

void hb_soak_section_notes(const struct hb_soak_view *view, const struct hb_section *section)
{
    struct hb_buf text = {0};
    const struct hb_section notes = {&text, section->colour, section->markdown};
    hb_machine_notes(&notes, view->judgement->session);
    for (size_t i = 0; i < view->judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &view->judgement->allocators[i];
        const char *label = view->judgement->session->allocators[i].label;
        note_epochs(&notes, label, judged);
        note_restarts(&notes, label, judged);
        note_changes(&notes, label, judged);
        note_figures(&notes, label, judged);
    }
    note_machine(view, &notes);
    note_session(view, &notes);
    if (text.size) {
        hb_section_heading(section, "Notes");
        hb_buf_add(section->out, text.bytes, text.size);
    }
    section->out->failed |= text.failed;
    hb_buf_free(&text);
}
