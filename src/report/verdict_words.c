/* What came out, in a sentence: see session_report.h and compare_report.h. */
#include "base/unit.h"
#include "compare/change.h"
#include "report/cells.h"
#include "report/compare_report.h"
#include "report/fleet_report.h"
#include "report/session_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAMED_MOST 6u

/* "a", "a and b", "a, b and c", "a, b, c and 3 more": one of count names at a time. */
static void add_name(struct hb_buf *out, size_t index, size_t count, const char *name)
{
    if (index == NAMED_MOST && count > NAMED_MOST + 1) {
        hb_buf_printf(out, " and %zu more", count - NAMED_MOST);
        return;
    }
    if (index > NAMED_MOST && count > NAMED_MOST + 1)
        return;
    hb_buf_printf(out, "%s%s", index == 0 ? "" : index + 1 == count ? " and " : ", ", name);
}

/* ---- a rebase ---- */

static bool has_verdict(const struct hb_judgement *judgement, size_t index,
                        enum hb_verdict_kind kind)
{
    return judgement->session->allocators[index].role == HB_ROLE_SUBJECT &&
           judgement->allocators[index].throughput.n > 0 &&
           judgement->allocators[index].to_reference.verdict.kind == kind;
}

static size_t count_verdict(const struct hb_judgement *judgement, enum hb_verdict_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < judgement->ranked_count; i++)
        count += has_verdict(judgement, judgement->ranking[i], kind);
    return count;
}

/* "hakmem (1.18 times) is faster". */
static bool add_verdicts(const struct hb_judgement *judgement, enum hb_verdict_kind kind,
                         bool is_first, struct hb_buf *out)
{
    static const char *const words[] = {[HB_VERDICT_FASTER] = "faster",
                                        [HB_VERDICT_SLOWER] = "slower",
                                        [HB_VERDICT_SAME] = "the same within the margin",
                                        [HB_VERDICT_INCONCLUSIVE] = "inconclusive",
                                        [HB_VERDICT_WITHHELD] = "without a verdict",
                                        [HB_VERDICT_NONE] = "without a verdict (too few runs)"};
    const size_t count = count_verdict(judgement, kind);
    size_t named = 0;
    if (count == 0)
        return false;
    hb_buf_text(out, is_first ? " " : "; ");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        char name[HB_NAME_MAX + 32];
        if (!has_verdict(judgement, index, kind))
            continue;
        (void)snprintf(name, sizeof name, "%s (\xc3\x97%.2f)",
                       judgement->session->allocators[index].label,
                       judgement->allocators[index].to_reference.estimate);
        add_name(out, named++, count, name);
    }
    hb_buf_printf(out, " %s %s", count == 1 ? "is" : "are", words[kind]);
    return true;
}

static void against_reference(const struct hb_judgement *judgement, struct hb_buf *out)
{
    static const enum hb_verdict_kind order[] = {HB_VERDICT_FASTER,       HB_VERDICT_SAME,
                                                 HB_VERDICT_INCONCLUSIVE, HB_VERDICT_SLOWER,
                                                 HB_VERDICT_WITHHELD,     HB_VERDICT_NONE};
    bool is_first = true;
    hb_buf_printf(out, "Against %s,", judgement->session->allocators[judgement->reference].label);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        is_first &= !add_verdicts(judgement, order[i], is_first, out);
    hb_buf_text(out, is_first ? " nothing was compared." : ".");
}

static void by_median(const struct hb_judgement *judgement, struct hb_buf *out)
{
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if (judgement->session->allocators[index].role == HB_ROLE_FLOOR ||
            judgement->allocators[index].throughput.n == 0)
            continue;
        hb_buf_printf(
            out, "Fastest by median: %s, %s; there is no reference to compare with.",
            judgement->session->allocators[index].label,
            hb_speed_text(judgement->session, judgement->allocators[index].throughput.median).text);
        return;
    }
    hb_buf_text(out, "No run succeeded.");
}

/* Of a workload that sleeps only the memory says something. */
static bool by_memory(const struct hb_judgement *judgement, struct hb_buf *out)
{
    const struct hb_judged *least = NULL, *most = NULL;
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const struct hb_judged *judged = &judgement->allocators[judgement->ranking[i]];
        const double end = judged->metric[HB_METRIC_RSS_END].median;
        if (judged->throughput.n > 0)
            return false;
        if (isnan(end) || judgement->session->allocators[judged->entry].role != HB_ROLE_SUBJECT)
            continue;
        if (!least || end < least->metric[HB_METRIC_RSS_END].median)
            least = judged;
        if (!most || end > most->metric[HB_METRIC_RSS_END].median)
            most = judged;
    }
    if (!least)
        return false;
    hb_buf_printf(out, "This workload sleeps, so it is about memory: at its end %s keeps %s",
                  judgement->session->allocators[least->entry].label,
                  hb_format_bytes(least->metric[HB_METRIC_RSS_END].median).text);
    hb_buf_printf(out, ", %s %s.", judgement->session->allocators[most->entry].label,
                  hb_format_bytes(most->metric[HB_METRIC_RSS_END].median).text);
    return true;
}

static size_t count_outcome(const struct hb_budget_result *budgets, size_t until,
                            enum hb_budget_outcome outcome, const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < until; i++)
        count += budgets[i].outcome == outcome && (!key || strcmp(budgets[i].key, key) == 0);
    return count;
}

/* "cv_percent (5), rss_peak_bytes (1)": each key once. */
static void add_failed_keys(const struct hb_budget_result *budgets, size_t count,
                            struct hb_buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        const char *key = budgets[i].key;
        if (budgets[i].outcome != HB_BUDGET_FAIL || count_outcome(budgets, i, HB_BUDGET_FAIL, key))
            continue;
        hb_buf_printf(out, "%s%s (%zu)", is_first ? "" : ", ", key,
                      count_outcome(budgets, count, HB_BUDGET_FAIL, key));
        is_first = false;
    }
}

static void budgets_sentence(const struct hb_budget_result *budgets, size_t count,
                             struct hb_buf *out)
{
    const size_t failed = count_outcome(budgets, count, HB_BUDGET_FAIL, NULL);
    const size_t unknown = count_outcome(budgets, count, HB_BUDGET_UNKNOWN, NULL);
    if (count == 0)
        return;
    if (failed) {
        hb_buf_printf(out, " %zu of %zu budgets failed: ", failed, count);
        add_failed_keys(budgets, count, out);
        hb_buf_char(out, '.');
    } else if (unknown) {
        hb_buf_printf(out, " No budget failed, %zu of %zu are not known.", unknown, count);
    } else if (count == 1) {
        hb_buf_text(out, " Its budget holds.");
    } else {
        hb_buf_printf(out, " All %zu budgets hold.", count);
    }
}

static void of_rebase(const struct hb_assessment *assessed, struct hb_buf *out)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    if (!by_memory(judgement, out)) {
        if (judgement->reference >= 0 &&
            judgement->allocators[judgement->reference].throughput.n > 0)
            against_reference(judgement, out);
        else
            by_median(judgement, out);
    }
    budgets_sentence(assessed->budgets, assessed->budget_count, out);
}

/* ---- a soak ---- */

static enum hb_soak_course speed_word(const struct hb_soak_judged *judged)
{
    return judged->speed_to_control.n >= HB_TREND_N_MIN ? judged->speed_to_control.word
                                                        : judged->speed.word;
}

static bool slows_down(const struct hb_soak_judged *judged)
{
    return judged->is_judged && speed_word(judged) == HB_SOAK_FALLING;
}

static bool grows(const struct hb_soak_judged *judged)
{
    return judged->is_judged && judged->memory.rss.word == HB_SOAK_RISING;
}

/* Not seen is not the same as not there. */
static void add_unclear(const struct hb_soak_judgement *judgement, struct hb_buf *out)
{
    size_t judged = 0, unclear = 0;
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *one = &judgement->allocators[i];
        judged += one->is_judged;
        unclear += one->is_judged && speed_word(one) == HB_SOAK_UNCLEAR;
    }
    if (unclear && unclear == judged)
        hb_buf_text(out, "; whether speed held is not known: the machine was too noisy, or the "
                         "time too short");
    else if (unclear)
        hb_buf_printf(out, "; whether speed held is unclear for %zu of %zu", unclear, judged);
}

static bool add_those(const struct hb_soak_judgement *judgement,
                      bool (*applies)(const struct hb_soak_judged *), const char *one,
                      const char *many, const char *before, struct hb_buf *out)
{
    size_t count = 0, named = 0;
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        count += applies(&judgement->allocators[i]);
    if (count == 0)
        return false;
    hb_buf_text(out, before);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        if (applies(&judgement->allocators[i]))
            add_name(out, named++, count, judgement->session->allocators[i].label);
    }
    hb_buf_printf(out, " %s", count == 1 ? one : many);
    return true;
}

void hb_verdict_of_soak(const struct hb_soak_judgement *judgement, struct hb_buf *out)
{
    hb_buf_printf(out, "Over %s", hb_format_duration(judgement->duration_s).text);
    const bool slower = add_those(judgement, slows_down, "slowed down", "slowed down", " ", out);
    const bool larger = add_those(judgement, grows, "grew", "grew", slower ? "; " : " ", out);
    if (!slower && !larger)
        hb_buf_text(out, " no allocator slowed down or grew measurably");
    add_unclear(judgement, out);
    hb_buf_char(out, '.');
    budgets_sentence(judgement->budgets, judgement->budget_count, out);
}

/* ---- of any kind ---- */

void hb_verdict_of_session(const struct hb_assessment *assessed, struct hb_buf *out)
{
    const enum hb_session_kind kind = assessed->session->kind;
    if (kind == HB_KIND_SOAK)
        hb_verdict_of_soak(&assessed->soak, out);
    else if (kind == HB_KIND_EXEC)
        hb_verdict_of_exec(&assessed->exec, out);
    else if (kind == HB_KIND_CHECK)
        hb_verdict_of_check(assessed->session, out);
    else if (assessed->curves.session)
        hb_verdict_of_sweep(&assessed->curves, out);
    else
        of_rebase(assessed, out);
}

/* ---- a count of system calls ---- */

void hb_verdict_of_calls(const struct hb_soak_judgement *judgement, struct hb_buf *out)
{
    const size_t count = judgement->session->allocator_count;
    size_t known = 0, differ = 0, named = 0;
    for (size_t i = 0; i < count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        known += isnan(judged->syscalls_per_op) ? 0 : 1;
        differ += judged->calls_judged.own_known && !judged->calls_judged.agree;
    }
    hb_buf_text(out, known ? "Memory system calls an operation after warm-up: "
                           : "No memory system calls were counted.");
    for (size_t i = 0; i < count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        char name[HB_NAME_MAX + 48];
        if (isnan(judged->syscalls_per_op))
            continue;
        (void)snprintf(name, sizeof name, "%s %s", judgement->session->allocators[i].label,
                       hb_format_tiny(judged->syscalls_per_op).text);
        add_name(out, named++, known, name);
    }
    hb_buf_text(out, known ? "." : "");
    if (known && known < count)
        hb_buf_printf(out, " %zu of %zu allocators were not counted.", count - known, count);
    if (differ)
        hb_buf_printf(out, " The own counters of %zu differ from the kernel's.", differ);
}

/* ---- a comparison ---- */

/* "jemalloc's throughput (x1.11) is faster". */
static void add_change(const struct hb_difference *d, struct hb_buf *out)
{
    hb_buf_printf(out, "%s %s %s", d->other_entry->label, hb_figure(d->figure)->heading,
                  hb_change_word(d->figure, d->change));
    if (d->is_ratio && !isnan(d->estimate))
        hb_buf_printf(out, " (\xc3\x97%.3f)", d->estimate);
}

static void add_changes(const struct hb_comparison *comparison, enum hb_change change,
                        const char *word, struct hb_buf *out)
{
    const size_t count = hb_change_count(comparison, change);
    size_t named = 0;
    if (count == 0)
        return;
    hb_buf_printf(out, "%zu %s: ", count, word);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct hb_difference *d = &comparison->differences[i];
        struct hb_buf name = {0};
        if (!hb_change_is_counted(d) || d->change != change)
            continue;
        add_change(d, &name);
        add_name(out, named++, count, hb_buf_string(&name));
        out->failed |= name.failed;
        hb_buf_free(&name);
    }
    hb_buf_text(out, ". ");
}

static void add_gates(const struct hb_compare_view *view, struct hb_buf *out)
{
    size_t failed = 0, open = 0;
    for (size_t i = 0; i < view->gate_count; i++) {
        failed += view->gates[i].outcome == HB_GATE_FAIL;
        open += hb_gate_is_open(view->gates[i].outcome);
    }
    if (failed)
        hb_buf_printf(out, "%zu of %zu gates failed. ", failed, view->gate_count);
    else if (open)
        hb_buf_printf(out, "No gate failed, %zu of %zu are not decided. ", open, view->gate_count);
    else if (view->gate_count)
        hb_buf_text(out, view->gate_count == 1 ? "The gate holds. " : "All gates hold. ");
}

static bool is_spread(const struct hb_timeline *line)
{
    return hb_figure(line->figure)->kind == HB_FIGURE_SPREAD;
}

/* A spread follows a noisy machine, which is named. */
static bool is_news(const struct hb_timelines *timelines, const struct hb_timeline *line,
                    const struct hb_timestep *step)
{
    return hb_timestep_is_told(timelines, line, step) &&
           !(is_spread(line) && timelines->noisy_count);
}

static size_t count_steps(const struct hb_timelines *timelines)
{
    size_t steps = 0;
    for (size_t i = 0; i < timelines->count; i++) {
        for (size_t s = 0; s < timelines->lines[i].step_count; s++)
            steps += is_news(timelines, &timelines->lines[i], &timelines->lines[i].steps[s]);
    }
    return steps;
}

/* The worst of them: several workloads may have met the same time. */
static void add_noise(const struct hb_timelines *timelines, struct hb_buf *out)
{
    const struct hb_noisy_time *worst = NULL;
    for (size_t i = 0; i < timelines->noisy_count; i++) {
        const struct hb_noisy_time *noisy = &timelines->noisy[i];
        if (hb_noisy_is_told(timelines, noisy) && (!worst || noisy->factor > worst->factor))
            worst = noisy;
    }
    if (worst)
        hb_buf_printf(out,
                      " The machine was noisy from %.10s to %.10s: %.1f times the usual floor.",
                      worst->first->started_at, worst->last->started_at, worst->factor);
}

static void name_steps(const struct hb_timelines *timelines, const struct hb_timeline *line,
                       size_t all, size_t *named, struct hb_buf *out)
{
    for (size_t s = 0; s < line->step_count; s++) {
        const struct hb_timestep *step = &line->steps[s];
        char name[HB_NAME_MAX + 128];
        if (!is_news(timelines, line, step))
            continue;
        (void)snprintf(name, sizeof name, "%s %s by %+.1f %% from %.10s%s", line->label,
                       hb_figure(line->figure)->heading, 100 * (step->after / step->before - 1),
                       line->points[step->at].digest->started_at,
                       step->at + 1 == line->count ? " (the newest session alone)" : "");
        add_name(out, (*named)++, all, name);
    }
}

/* What follows from others, or from the machine, comes last. */
static void of_timelines(const struct hb_timelines *timelines, struct hb_buf *out)
{
    const size_t steps = count_steps(timelines);
    size_t named = 0;
    hb_buf_text(out, steps ? "Changed: " : "No level changed");
    if (!steps && timelines->since[0])
        hb_buf_printf(out, " since %.10s", timelines->since);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < timelines->count; i++) {
            const struct hb_timeline *line = &timelines->lines[i];
            const bool is_derived = line->figure == HB_FIGURE_ABOVE_FLOOR || is_spread(line);
            if (is_derived == (pass == 1))
                name_steps(timelines, line, steps, &named, out);
        }
    }
    hb_buf_char(out, '.');
    add_noise(timelines, out);
}

/* Of the floor and the twin nobody asks. */
static bool is_any_compared(const struct hb_comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        if (hb_role_competes(comparison->differences[i].other_entry->role))
            return true;
    }
    return false;
}

void hb_verdict_of_compare(const struct hb_compare_view *view, struct hb_buf *out)
{
    const struct hb_comparison *comparison = view->comparison;
    if (view->fleet) {
        hb_verdict_of_fleet(view->fleet, out);
        return;
    }
    if (!comparison) {
        of_timelines(view->timelines, out);
        return;
    }
    const size_t same = hb_change_count(comparison, HB_CHANGE_SAME);
    const size_t open = hb_change_count(comparison, HB_CHANGE_INCONCLUSIVE) +
                        hb_change_count(comparison, HB_CHANGE_NONE) +
                        hb_change_count(comparison, HB_CHANGE_WITHHELD);
    const bool is_changed = hb_change_count(comparison, HB_CHANGE_WORSE) ||
                            hb_change_count(comparison, HB_CHANGE_BETTER);
    add_gates(view, out);
    add_changes(comparison, HB_CHANGE_WORSE, "worse", out);
    add_changes(comparison, HB_CHANGE_BETTER, "better", out);
    if (!is_any_compared(comparison) && comparison->digest_count > 1)
        hb_buf_text(out,
                    "Nothing was compared: no allocator was measured in the same way in both.");
    else if (!same && !open && !is_changed)
        hb_buf_text(out, "No library changed: what differs is the machine, or the noise.");
    else
        hb_buf_printf(out, "%s%zu the same, %zu not decided.",
                      is_changed ? "" : "No figure changed: ", same, open);
}
