/* Which allocator to use for a program: see exec_judge.h. Only what was decided counts: where an
 * interval leaves open which of two is better, they are taken for equal. */
#include "judge/exec_judge.h"

#include <math.h>
#include <string.h>

/* The figure that a weight names, or figure_count. */
static size_t figure_of(const struct hb_exec_target *target, const char *name)
{
    size_t figure = 0;
    while (figure < target->figure_count && strcmp(hb_exec_figure_name(target, figure), name) != 0)
        figure++;
    return figure;
}

static bool may_be_used(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t allocator)
{
    const enum hb_role role = judgement->session->allocators[allocator].role;
    return (role == HB_ROLE_SUBJECT || role == HB_ROLE_REFERENCE) &&
           target->rows[allocator].is_sound;
}

static double decided_log(const struct hb_exec_row *row, size_t figure)
{
    const struct hb_ratio *better = &row->figures[figure].better;
    return hb_verdict_is_difference(better->verdict.kind) ? log(better->estimate) : 0;
}

static double score_of(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, size_t allocator)
{
    const struct hb_profile_exec *exec = &judgement->session->profile->exec;
    double score = 0;
    for (size_t i = 0; i < exec->weight_count; i++) {
        const size_t figure = figure_of(target, exec->weights[i].name);
        if (figure < target->figure_count)
            score -= exec->weights[i].weight * decided_log(&target->rows[allocator], figure);
    }
    return score;
}

/* By estimates: better in both by more than what counts as the same. */
static bool is_better_twice(const struct hb_exec_target *target, size_t one, size_t other)
{
    static const enum hb_exec_figure_id both[] = {HB_EXEC_FIGURE_TIME, HB_EXEC_FIGURE_MEMORY};
    for (size_t i = 0; i < 2; i++) {
        const double own = target->rows[one].figures[both[i]].better.estimate;
        const double its = target->rows[other].figures[both[i]].better.estimate;
        if (!(own > its * (1 + target->families[both[i]].margin)))
            return false;
    }
    return true;
}

/* By estimates: better in one by more than what counts as the same, and not worse in the other. */
static bool beats(const struct hb_exec_target *target, size_t one, size_t other)
{
    static const enum hb_exec_figure_id both[] = {HB_EXEC_FIGURE_TIME, HB_EXEC_FIGURE_MEMORY};
    bool is_better = false;
    for (size_t i = 0; i < 2; i++) {
        const double own = target->rows[one].figures[both[i]].better.estimate;
        const double its = target->rows[other].figures[both[i]].better.estimate;
        const double margin = 1 + target->families[both[i]].margin;
        if (!(own * margin >= its))
            return false;
        is_better |= own > its * margin;
    }
    return is_better;
}

bool hb_exec_is_on_front(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target, size_t allocator)
{
    if (!may_be_used(judgement, target, allocator))
        return false;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        if (a != allocator && may_be_used(judgement, target, a) && beats(target, a, allocator))
            return false;
    }
    return true;
}

/* There are verdicts to choose by. */
static bool is_decidable(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target)
{
    const struct hb_exec_family *time = &target->families[HB_EXEC_FIGURE_TIME];
    return judgement->reference >= 0 && target->rows[judgement->reference].is_sound &&
           time->comparisons > 0 && time->pairs >= HB_SUMMARY_N_MIN;
}

void hb_exec_choose(const struct hb_exec_judgement *judgement, struct hb_exec_target *target)
{
    struct hb_exec_answer *answer = &target->answer;
    const size_t count = judgement->session->allocator_count;
    answer->best = answer->better_twice = -1;
    if (!is_decidable(judgement, target))
        return;
    answer->best = judgement->reference;
    double best = 0; /* the reference's score, which is none */
    for (size_t a = 0; a < count; a++) {
        const double score =
            may_be_used(judgement, target, a) ? score_of(judgement, target, a) : (double)NAN;
        if (!(score < best - 1e-12) || (int)a == judgement->reference)
            continue;
        best = score;
        answer->best = (int)a;
    }
    for (size_t a = 0; a < count && answer->better_twice < 0; a++) {
        if ((int)a != answer->best && may_be_used(judgement, target, a) &&
            is_better_twice(target, a, (size_t)answer->best))
            answer->better_twice = (int)a;
    }
}
