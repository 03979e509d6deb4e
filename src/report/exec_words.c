/* Which allocator to use, in a sentence: see exec_report.h. Only what was decided is said as a
 * difference. */
#include "report/exec_report.h"

#include "base/unit.h"

#include <math.h>
#include <stdio.h>

/* What a figure's verdicts are called, and what is said where there is none. */
struct words {
    const char *better, *worse, *same, *open;
};
static const struct words time_words = {"faster than", "slower than", "as fast as",
                                        "in time not decided against"};
static const struct words memory_words = {"smaller", "larger", "as large", "in size not decided"};

/* "6.1 %" of a ratio of 0.939 or 1.061. */
static struct hb_text percent_of(const struct hb_ratio *shown)
{
    return hb_format_percent(100 * fabs(1 - shown->estimate));
}

static void add_figure(const struct hb_exec_target *target, size_t allocator, size_t figure,
                       const struct words *words, struct hb_buf *out)
{
    const struct hb_ratio *better = &target->rows[allocator].figures[figure].better;
    const struct hb_ratio shown = hb_exec_shown(target, figure, better);
    const enum hb_verdict_kind kind = better->verdict.kind;
    if (hb_verdict_is_difference(kind))
        hb_buf_printf(out, "%s %s", percent_of(&shown).text,
                      kind == HB_VERDICT_FASTER ? words->better : words->worse);
    else
        hb_buf_text(out, kind == HB_VERDICT_SAME ? words->same : words->open);
}

/* "python3", "the 5 programs of compile". */
static void add_name(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                     struct hb_buf *out)
{
    size_t there = 0;
    for (size_t i = 0; i < judgement->session->program_count; i++)
        there += !judgement->session->programs[i].missing_reason[0];
    if (target->program)
        hb_buf_text(out, target->program->name);
    else
        hb_buf_printf(out, "the %zu programs of %s", there, judgement->session->profile_name);
}

/* Where the time on the clock leaves it open, the CPU's may not. */
static void add_cpu(const struct hb_exec_target *target, size_t allocator, struct hb_buf *out)
{
    const struct hb_exec_figure *figures = target->rows[allocator].figures;
    const struct hb_ratio *cpu = &figures[HB_EXEC_FIGURE_CPU].better;
    const struct hb_ratio shown = hb_exec_shown(target, HB_EXEC_FIGURE_CPU, cpu);
    if (hb_verdict_is_difference(figures[HB_EXEC_FIGURE_TIME].better.verdict.kind) ||
        !hb_verdict_is_difference(cpu->verdict.kind))
        return;
    hb_buf_printf(out, ", with %s %s CPU time", percent_of(&shown).text,
                  cpu->verdict.kind == HB_VERDICT_FASTER ? "less" : "more");
}

static void add_choice(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, struct hb_buf *out)
{
    const struct hb_allocator_entry *entries = judgement->session->allocators;
    const struct hb_exec_answer *answer = &target->answer;
    const size_t best = (size_t)answer->best;
    const char *reference = entries[judgement->reference].label;
    hb_buf_text(out, "For ");
    add_name(judgement, target, out);
    if (answer->best == judgement->reference) {
        hb_buf_printf(out, " stay with %s: nothing is better by what time and memory weigh.",
                      reference);
        return;
    }
    hb_buf_printf(out, " use %s: ", entries[best].label);
    add_figure(target, best, HB_EXEC_FIGURE_TIME, &time_words, out);
    hb_buf_printf(out, " %s and ", reference);
    add_figure(target, best, HB_EXEC_FIGURE_MEMORY, &memory_words, out);
    add_cpu(target, best, out);
    if (answer->better_twice >= 0)
        hb_buf_printf(out, "; %s may be better in both, which is not decided.",
                      entries[answer->better_twice].label);
    else
        hb_buf_text(out, "; nothing is better in both.");
}

/* Why nothing can be said. */
static void add_no_choice(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, struct hb_buf *out)
{
    const struct hb_exec_family *time = &target->families[HB_EXEC_FIGURE_TIME];
    hb_buf_text(out, "Which allocator to use for ");
    add_name(judgement, target, out);
    if (judgement->reference < 0 || !target->rows[judgement->reference].is_sound)
        hb_buf_text(out, " cannot be said: it did not run through on the reference.");
    else if (time->comparisons == 0)
        hb_buf_text(out, " cannot be said: nothing was compared.");
    else
        hb_buf_printf(out, " cannot be said from %zu run%s: at least %zu decide it.", time->pairs,
                      time->pairs == 1 ? "" : "s", time->pairs_least);
}

/* A twin that differs from itself makes every difference of that figure doubtful. */
static void add_doubt(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, struct hb_buf *out)
{
    static const struct {
        enum hb_exec_figure_id figure;
        const char *name;
    } both[] = {{HB_EXEC_FIGURE_TIME, "time"}, {HB_EXEC_FIGURE_MEMORY, "memory"}};
    for (size_t i = 0; i < 2; i++) {
        if (target->families[both[i].figure].is_doubtful)
            hb_buf_printf(out,
                          " NOT TO BE BELIEVED in %s: %s differs from itself; its verdicts are "
                          "withheld.",
                          both[i].name, judgement->session->allocators[judgement->reference].label);
    }
}

static void add_unsound(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, struct hb_buf *out)
{
    size_t count = 0, last = 0;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        const struct hb_allocator_entry *entry = &judgement->session->allocators[a];
        if (target->rows[a].is_sound || entry->missing_reason[0] || entry->role == HB_ROLE_TWIN)
            continue;
        count++;
        last = a;
    }
    if (count == 1)
        hb_buf_printf(out, " Under %s it does not run as it should: see its finding.",
                      judgement->session->allocators[last].label);
    else if (count)
        hb_buf_printf(out, " Under %zu allocators it does not run as it should: see the findings.",
                      count);
}

void hb_verdict_of_exec(const struct hb_exec_judgement *judgement, struct hb_buf *out)
{
    const struct hb_exec_target *target = hb_exec_whole(judgement);
    if (target->answer.best >= 0)
        add_choice(judgement, target, out);
    else
        add_no_choice(judgement, target, out);
    add_doubt(judgement, target, out);
    add_unsound(judgement, target, out);
}
