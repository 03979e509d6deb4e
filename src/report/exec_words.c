/* Which allocator to use, in a sentence: see session_report.h. Only what was decided is said as a
 * difference. */
#include "report/session_report.h"

#include "base/unit.h"

#include <math.h>
#include <stdio.h>

/* What is weighed, in the profile's order. */
struct weighed {
    struct hb_exec_weight items[HB_PROFILE_WEIGHTS_MAX];
    size_t count;
};

/* A figure, and what its verdicts are called; one of the program's own has its name behind. */
struct words {
    const char *name, *better, *worse, *same;
};
static const struct words plain_words[HB_EXEC_FIGURES] = {
    [HB_EXEC_FIGURE_TIME] = {"time", "faster", "slower", "as fast"},
    [HB_EXEC_FIGURE_CPU] = {"CPU time", "less CPU time", "more CPU time", "as much CPU time"},
    [HB_EXEC_FIGURE_USER] = {"user time", "less user time", "more user time", "as much user time"},
    [HB_EXEC_FIGURE_SYSTEM] = {"system time", "less system time", "more system time",
                               "as much system time"},
    [HB_EXEC_FIGURE_MEMORY] = {"memory", "smaller", "larger", "as large"},
};
static const struct words own_words = {"", "better in ", "worse in ", "as good in "};

static const char *name_of(const struct hb_exec_target *target, size_t figure)
{
    return figure < HB_EXEC_FIGURES ? plain_words[figure].name
                                    : hb_exec_figure_name(target, figure);
}

/* "6.1 %" of a ratio of 0.939 or 1.061. */
static struct hb_text percent_of(const struct hb_ratio *shown)
{
    return hb_format_percent(100 * fabs(1 - shown->estimate));
}

/* "6 % faster than system", of one that is not the first without its last two words. */
static void add_figure(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, size_t figure, bool is_first,
                       struct hb_buf *out)
{
    const struct hb_ratio *better = &target->rows[target->answer.best].figures[figure].better;
    const struct hb_ratio shown = hb_exec_shown(target, figure, better);
    const enum hb_verdict_kind kind = better->verdict.kind;
    const bool is_own = figure >= HB_EXEC_FIGURES;
    const struct words *words = is_own ? &own_words : &plain_words[figure];
    const char *own = is_own ? hb_exec_figure_name(target, figure) : "";
    const char *against = "against";
    if (hb_verdict_is_difference(kind)) {
        hb_buf_printf(out, "%s %s%s", percent_of(&shown).text,
                      kind == HB_VERDICT_FASTER ? words->better : words->worse, own);
        against = "than";
    } else if (kind == HB_VERDICT_SAME) {
        hb_buf_printf(out, "%s%s", words->same, own);
        against = "as";
    } else {
        hb_buf_printf(out, "in %s not decided", name_of(target, figure));
    }
    if (is_first)
        hb_buf_printf(out, " %s %s", against,
                      judgement->session->allocators[judgement->reference].label);
}

/* What stands before the i-th of so many: "a, b and c". */
static const char *joint(size_t i, size_t count)
{
    return i == 0 ? "" : i + 1 == count ? " and " : ", ";
}

/* "time and memory". */
static void add_weighed(const struct hb_exec_target *target, const struct weighed *weighed,
                        struct hb_buf *out)
{
    for (size_t i = 0; i < weighed->count; i++)
        hb_buf_printf(out, "%s%s", joint(i, weighed->count),
                      name_of(target, weighed->items[i].figure));
}

static bool is_weighed(const struct weighed *weighed, size_t figure)
{
    for (size_t i = 0; i < weighed->count; i++) {
        if (weighed->items[i].figure == figure)
            return true;
    }
    return false;
}

/* "python3", "the 5 programs of compile". */
static void add_name(const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                     struct hb_buf *out)
{
    size_t there = 0;
    for (size_t t = 0; !target->program && t + 1 < judgement->count; t++)
        there += hb_exec_is_in_suite(judgement, &judgement->targets[t]);
    if (target->program)
        hb_buf_text(out, target->program->name);
    else if (there == 0)
        hb_buf_printf(out, "the programs of %s", judgement->session->profile_name);
    else
        hb_buf_printf(out, "the %zu program%s of %s", there, there == 1 ? "" : "s",
                      judgement->session->profile_name);
}

/* Where the time on the clock leaves it open, the CPU's may not. */
static void add_cpu(const struct hb_exec_target *target, const struct weighed *weighed,
                    struct hb_buf *out)
{
    const struct hb_exec_figure *figures = target->rows[target->answer.best].figures;
    const struct hb_ratio *cpu = &figures[HB_EXEC_FIGURE_CPU].better;
    const struct hb_ratio shown = hb_exec_shown(target, HB_EXEC_FIGURE_CPU, cpu);
    if (is_weighed(weighed, HB_EXEC_FIGURE_CPU) ||
        hb_verdict_is_difference(figures[HB_EXEC_FIGURE_TIME].better.verdict.kind) ||
        !hb_verdict_is_difference(cpu->verdict.kind))
        return;
    hb_buf_printf(out, ", with %s %s CPU time", percent_of(&shown).text,
                  cpu->verdict.kind == HB_VERDICT_FASTER ? "less" : "more");
}

/* Nothing is said of others where the chosen one's own figures are not all known. */
static void add_others(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, const struct weighed *weighed,
                       struct hb_buf *out)
{
    const struct hb_exec_answer *answer = &target->answer;
    const char *in = weighed->count == 1   ? ""
                     : weighed->count == 2 ? " in both"
                                           : " in all of them";
    bool is_known = true;
    for (size_t i = 0; i < weighed->count; i++)
        is_known &=
            !isnan(target->rows[answer->best].figures[weighed->items[i].figure].better.estimate);
    if (answer->may_be_better >= 0)
        hb_buf_printf(out, "; %s may be better%s, which is not decided",
                      judgement->session->allocators[answer->may_be_better].label, in);
    else if (is_known)
        hb_buf_printf(out, "; nothing was found better%s", in);
    hb_buf_text(out, ".");
}

static void add_choice(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, const struct weighed *weighed,
                       struct hb_buf *out)
{
    const struct hb_allocator_entry *entries = judgement->session->allocators;
    const struct hb_exec_answer *answer = &target->answer;
    hb_buf_text(out, "For ");
    add_name(judgement, target, out);
    if (answer->best == judgement->reference) {
        hb_buf_printf(out, " stay with %s: nothing %s better by what ",
                      entries[judgement->reference].label, answer->open ? "was found" : "is");
        add_weighed(target, weighed, out);
        hb_buf_printf(out, " weigh%s.", weighed->count == 1 ? "s" : "");
        return;
    }
    hb_buf_printf(out, " use %s: ", entries[answer->best].label);
    for (size_t i = 0; i < weighed->count; i++) {
        hb_buf_text(out, joint(i, weighed->count));
        add_figure(judgement, target, weighed->items[i].figure, i == 0, out);
    }
    add_cpu(target, weighed, out);
    add_others(judgement, target, weighed, out);
}

/* The first that was compared, or NULL. */
static const struct hb_exec_family *compared(const struct hb_exec_target *target,
                                             const struct weighed *weighed)
{
    for (size_t i = 0; i < weighed->count; i++) {
        const struct hb_exec_family *family = &target->families[weighed->items[i].figure];
        if (family->comparisons > 0)
            return family;
    }
    return NULL;
}

/* Why nothing can be said. */
static void add_no_choice(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, const struct weighed *weighed,
                          struct hb_buf *out)
{
    const struct hb_exec_family *family = compared(target, weighed);
    hb_buf_text(out, "Which allocator to use for ");
    add_name(judgement, target, out);
    if (judgement->reference < 0 || !target->rows[judgement->reference].is_sound) {
        hb_buf_text(out, " cannot be said: it did not run through on the reference.");
    } else if (!family) {
        hb_buf_text(out, " cannot be said: nothing was compared.");
    } else if (!target->answer.is_decidable) {
        hb_buf_printf(out, " cannot be said from %zu run%s: at least %zu decide it.", family->pairs,
                      family->pairs == 1 ? "" : "s", family->pairs_least);
    } else {
        hb_buf_text(out, " is not decided: in ");
        add_weighed(target, weighed, out);
        hb_buf_text(out, " nothing was found better, worse or the same.");
    }
}

/* A twin that differs from itself makes every difference of that figure doubtful. */
static void add_doubt(const struct hb_exec_judgement *judgement,
                      const struct hb_exec_target *target, const struct weighed *weighed,
                      struct hb_buf *out)
{
    for (size_t i = 0; i < weighed->count; i++) {
        if (target->families[weighed->items[i].figure].is_doubtful)
            hb_buf_printf(out,
                          " NOT TO BE BELIEVED in %s: %s differs from itself; its verdicts are "
                          "withheld.",
                          name_of(target, weighed->items[i].figure),
                          judgement->session->allocators[judgement->reference].label);
    }
}

/* Without these an answer is given all the same: of which, it says. */
static void add_left_out(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target, struct hb_buf *out)
{
    bool is_any = false;
    for (size_t t = 0; !target->program && t + 1 < judgement->count; t++) {
        const struct hb_exec_target *part = &judgement->targets[t];
        if (part->program->missing_reason[0] || hb_exec_is_in_suite(judgement, part))
            continue;
        hb_buf_printf(out, "%s%s", is_any ? ", " : " Left out, as not sound on the reference: ",
                      part->program->name);
        is_any = true;
    }
    hb_buf_text(out, is_any ? "." : "");
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

/* Of one that goes on until it knows: whether it does. */
static void add_looks(const struct hb_exec_judgement *judgement, struct hb_buf *out)
{
    const struct hb_looks *looks = &judgement->looks;
    const size_t open = hb_exec_open(judgement);
    if (looks->first == looks->most || judgement->looked_at == 0)
        return;
    if (open == 0)
        hb_buf_printf(out, " %s after %zu runs of at most %zu.",
                      hb_exec_whole(judgement)->answer.decided ? "Decided"
                                                               : "Ended, as more decide nothing,",
                      judgement->looked_at, looks->most);
    else
        hb_buf_printf(out, " After %zu runs of at most %zu %zu verdict%s open.",
                      judgement->looked_at, looks->most, open, open == 1 ? " is" : "s are");
}

void hb_verdict_of_exec(const struct hb_exec_judgement *judgement, struct hb_buf *out)
{
    const struct hb_exec_target *target = hb_exec_whole(judgement);
    struct weighed weighed;
    weighed.count = hb_exec_weighed(judgement, target, weighed.items);
    if (target->answer.best >= 0)
        add_choice(judgement, target, &weighed, out);
    else
        add_no_choice(judgement, target, &weighed, out);
    add_looks(judgement, out);
    add_doubt(judgement, target, &weighed, out);
    add_left_out(judgement, target, out);
    add_unsound(judgement, target, out);
}
