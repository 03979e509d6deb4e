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

size_t hb_exec_weighed(const struct hb_exec_judgement *judgement,
                       const struct hb_exec_target *target, struct hb_exec_weight *weighed)
{
    const struct hb_profile_exec *exec = &judgement->session->profile->exec;
    size_t count = 0;
    for (size_t i = 0; i < exec->weight_count; i++) {
        const size_t figure = figure_of(target, exec->weights[i].name);
        if (figure < target->figure_count && exec->weights[i].weight > 0)
            weighed[count++] = (struct hb_exec_weight){figure, exec->weights[i].weight};
    }
    return count;
}

/* Of any program of the profile: a suite weighs a figure that only one of them has. */
static bool is_figure(const struct hb_profile_exec *exec, const char *name)
{
    for (size_t i = 0; i < exec->count; i++) {
        const struct hb_exec_target target = {.described = &exec->programs[i],
                                              .figure_count =
                                                  HB_EXEC_FIGURES + exec->programs[i].metric_count};
        if (figure_of(&target, name) < target.figure_count)
            return true;
    }
    return false;
}

int hb_exec_check_weights(const struct hb_profile *profile, struct hb_err *err)
{
    const struct hb_profile_exec *exec = &profile->exec;
    double sum = 0;
    for (size_t i = 0; i < exec->weight_count; i++) {
        sum += exec->weights[i].weight;
        if (!is_figure(exec, exec->weights[i].name))
            return hb_err_set(err, HB_ERR_USAGE, "weigh %s: expected time, cpu, memory or a metric",
                              exec->weights[i].name);
    }
    return sum > 0 ? 0
                   : hb_err_set(err, HB_ERR_USAGE,
                                "weigh: nothing weighs more than 0, and no answer "
                                "could be given");
}

static bool may_be_used(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t allocator)
{
    return hb_role_competes(judgement->session->allocators[allocator].role) &&
           target->rows[allocator].is_sound;
}

/* What an answer is made from. */
struct choice {
    const struct hb_exec_judgement *judgement;
    struct hb_exec_target *target;
    struct hb_exec_weight weighed[HB_PROFILE_WEIGHTS_MAX];
    size_t count;
};

static double score_of(const struct choice *choice, size_t allocator)
{
    double score = 0;
    for (size_t i = 0; i < choice->count; i++) {
        const struct hb_ratio *better =
            &choice->target->rows[allocator].figures[choice->weighed[i].figure].better;
        if (hb_verdict_is_difference(better->verdict.kind))
            score -= choice->weighed[i].weight * log(better->estimate);
    }
    return score;
}

/* By estimates: better in all that is weighed by more than what counts as the same. */
static bool may_be_better(const struct choice *choice, size_t one, size_t other)
{
    const struct hb_exec_target *target = choice->target;
    for (size_t i = 0; i < choice->count; i++) {
        const size_t figure = choice->weighed[i].figure;
        const double own = target->rows[one].figures[figure].better.estimate;
        const double its = target->rows[other].figures[figure].better.estimate;
        if (!(own > its * (1 + target->families[figure].margin)))
            return false;
    }
    return choice->count > 0;
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

static void count_verdicts(const struct choice *choice, struct hb_exec_answer *answer)
{
    const struct hb_exec_judgement *judgement = choice->judgement;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        for (size_t i = 0; i < choice->count; i++) {
            const enum hb_verdict_kind kind =
                choice->target->rows[a].figures[choice->weighed[i].figure].better.verdict.kind;
            if ((int)a == judgement->reference || !may_be_used(judgement, choice->target, a))
                continue;
            if (hb_verdict_is_difference(kind) || kind == HB_VERDICT_SAME)
                answer->decided++;
            else
                answer->open++;
        }
    }
}

static bool is_decidable(const struct choice *choice)
{
    for (size_t i = 0; i < choice->count; i++) {
        const struct hb_exec_family *family = &choice->target->families[choice->weighed[i].figure];
        if (family->comparisons > 0 && family->pairs >= family->pairs_least)
            return true;
    }
    return false;
}

void hb_exec_choose(const struct hb_exec_judgement *judgement, struct hb_exec_target *target)
{
    struct choice choice = {.judgement = judgement, .target = target};
    struct hb_exec_answer *answer = &target->answer;
    const size_t count = judgement->session->allocator_count;
    choice.count = hb_exec_weighed(judgement, target, choice.weighed);
    *answer = (struct hb_exec_answer){.best = -1, .may_be_better = -1};
    if (judgement->reference < 0 || !target->rows[judgement->reference].is_sound)
        return;
    count_verdicts(&choice, answer);
    answer->is_decidable = is_decidable(&choice);
    if (!answer->is_decidable || answer->decided == 0)
        return;
    answer->best = judgement->reference;
    double best = 0; /* the reference's score, which is none */
    for (size_t a = 0; a < count; a++) {
        const double score = may_be_used(judgement, target, a) ? score_of(&choice, a) : (double)NAN;
        if (!(score < best - 1e-12) || (int)a == judgement->reference)
            continue;
        best = score;
        answer->best = (int)a;
    }
    for (size_t a = 0; a < count && answer->may_be_better < 0; a++) {
        if ((int)a != answer->best && may_be_used(judgement, target, a) &&
            may_be_better(&choice, a, (size_t)answer->best))
            answer->may_be_better = (int)a;
    }
}

static bool is_open(const struct hb_exec_family *family, const struct hb_ratio *ratio)
{
    switch (ratio->verdict.kind) {
    case HB_VERDICT_INCONCLUSIVE:
        return true;
    case HB_VERDICT_NONE:
        return ratio->pairs > 0;
    case HB_VERDICT_WITHHELD:
        return family->is_doubtful;
    default:
        return false;
    }
}

size_t hb_exec_open(const struct hb_exec_judgement *judgement)
{
    struct hb_exec_weight weighed[HB_PROFILE_WEIGHTS_MAX];
    size_t open = 0;
    for (size_t t = 0; t < judgement->count; t++) {
        const struct hb_exec_target *target = &judgement->targets[t];
        const size_t count = hb_exec_weighed(judgement, target, weighed);
        /* Without a reference that runs through there is no answer, however often. */
        if (judgement->reference < 0 || !target->rows[judgement->reference].is_sound)
            continue;
        for (size_t a = 0; a < judgement->session->allocator_count; a++) {
            if (judgement->session->allocators[a].role != HB_ROLE_SUBJECT ||
                !may_be_used(judgement, target, a))
                continue;
            for (size_t i = 0; i < count; i++)
                open += is_open(&target->families[weighed[i].figure],
                                &target->rows[a].figures[weighed[i].figure].better);
        }
    }
    return open;
}
