/* One family of comparisons: see family.h. */
#include "judge/family.h"

#include "stats/lowrank.h"

#include <math.h>
#include <stdlib.h>

int hb_family_open(struct hb_family *family, struct hb_err *err)
{
    const size_t n = family->session->allocator_count;
    family->aa_noise = (double)NAN;
    family->margin = family->least;
    family->ratios = calloc(n + 1, sizeof(struct hb_ratio *));
    family->logs = calloc(n + 1, sizeof *family->logs);
    return family->ratios && family->logs ? 0 : hb_err_memory(err, NULL);
}

void hb_family_close(struct hb_family *family)
{
    free(family->ratios);
    free(family->logs);
    family->ratios = NULL;
    family->logs = NULL;
}

void hb_ratio_unknown(struct hb_ratio *ratio)
{
    const double nan = (double)NAN;
    *ratio = (struct hb_ratio){.estimate = nan, .lo = nan, .hi = nan, .p = nan, .p_holm = nan};
}

struct hb_located hb_ratio_of_pairs(const double *logs, size_t n, double *scratch,
                                    struct hb_ratio *ratio)
{
    const struct hb_located located = hb_stats_located_pairs(logs, n, scratch);
    ratio->pairs = n;
    ratio->estimate = exp(located.estimate);
    ratio->lo = exp(located.interval.lo);
    ratio->hi = exp(located.interval.hi);
    ratio->p = n ? hb_stats_wilcoxon(logs, n, scratch) : (double)NAN;
    return located;
}

struct hb_located hb_ratio_of_samples(const double *a, size_t n, const double *b, size_t m,
                                      double tail, double *scratch, struct hb_ratio *ratio)
{
    const struct hb_low_rank found = hb_stats_low_rank(a, n, b, m, tail, scratch);
    ratio->pairs = n < m ? n : m;
    ratio->estimate = exp(found.shift.estimate);
    ratio->lo = exp(found.shift.interval.lo);
    ratio->hi = exp(found.shift.interval.hi);
    ratio->p = found.p;
    return found.shift;
}

/* Holm over what is compared: not the reference with itself, the twin, or the floor. */
static bool is_comparison(const struct hb_session *session, size_t i)
{
    return session->allocators[i].role == HB_ROLE_SUBJECT;
}

static void correct_p(struct hb_family *family, double *scratch)
{
    const size_t n = family->session->allocator_count;
    double *p = scratch, *room = scratch + n;
    for (size_t i = 0; i < n; i++)
        p[i] = is_comparison(family->session, i) ? family->ratios[i]->p : (double)NAN;
    hb_stats_holm(p, n, room);
    for (size_t i = 0; i < n; i++) {
        struct hb_ratio *ratio = family->ratios[i];
        ratio->p_holm = is_comparison(family->session, i) ? p[i] : ratio->p;
        if (family->share > 0 && !isnan(ratio->p_holm))
            ratio->p_holm = fmin(1, ratio->p_holm / family->share);
    }
}

static void withhold_all(struct hb_family *family)
{
    for (size_t i = 0; i < family->session->allocator_count; i++) {
        struct hb_verdict *verdict = &family->ratios[i]->verdict;
        if ((int)i != family->twin && verdict->kind != HB_VERDICT_NONE)
            *verdict = (struct hb_verdict){HB_VERDICT_WITHHELD, 0};
    }
}

/* Without faith in the session there is none in its verdicts; the twin's stands, as the reason. */
static void withhold(struct hb_family *family)
{
    const enum hb_verdict_kind twin =
        family->twin >= 0 ? family->ratios[family->twin]->verdict.kind : HB_VERDICT_NONE;
    family->is_doubtful = hb_verdict_is_difference(twin);
    family->is_withheld = family->is_doubtful || family->unresolved >= 1;
    if (family->is_withheld)
        withhold_all(family);
}

static void count_comparisons(struct hb_family *family)
{
    for (size_t i = 0; i < family->session->allocator_count; i++) {
        const struct hb_ratio *ratio = family->ratios[i];
        if (!is_comparison(family->session, i) || isnan(ratio->p))
            continue;
        family->comparisons++;
        family->pairs = ratio->pairs > family->pairs ? ratio->pairs : family->pairs;
    }
    family->pairs_least = hb_verdict_pairs_least(family->comparisons);
}

void hb_family_judge(struct hb_family *family, double *scratch)
{
    if (family->twin >= 0) {
        const struct hb_located *twin = &family->logs[family->twin];
        family->aa_noise = hb_verdict_noise(twin->estimate, twin->interval);
        family->margin = hb_verdict_margin(family->least, family->is_margin_of_sure
                                                              ? hb_verdict_sure(twin->interval)
                                                              : family->aa_noise);
    }
    const bool is_blurred = family->unresolved > family->margin;
    const bool is_open = family->aa_noise > family->noise_limit || is_blurred;
    if (is_blurred)
        family->margin = family->unresolved;
    correct_p(family, scratch);
    for (size_t i = 0; i < family->session->allocator_count; i++) {
        struct hb_ratio *ratio = family->ratios[i];
        /* Judged by a margin made from itself, the twin could only come out the same. */
        const bool is_twin = (int)i == family->twin;
        ratio->verdict =
            hb_verdict_judge(ratio->pairs, family->logs[i].estimate, family->logs[i].interval,
                             ratio->p_holm, is_twin ? family->least : family->margin);
        /* Inside a margin of half the world everything is the same. */
        if (is_open && !is_twin && ratio->verdict.kind == HB_VERDICT_SAME)
            ratio->verdict.kind = HB_VERDICT_INCONCLUSIVE;
    }
    withhold(family);
    count_comparisons(family);
}
