/* One figure on two sides: see pairing.h. */
#include "compare/pairing.h"

#include "stats/normal.h"
#include "stats/paired.h"
#include "stats/ranktest.h"
#include "stats/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 1000u /* of one side: of more, every k-th is taken */

static const struct hb_interval no_interval = {(double)NAN, (double)NAN};

/* ---- room ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Doubles for two samples of n and m: both, their logs or differences, and the statistics'. */
static size_t room_for(size_t n, size_t m)
{
    const size_t kept = (n < VALUES_MAX ? n : VALUES_MAX) * (m < VALUES_MAX ? m : VALUES_MAX);
    const size_t paired = HB_WALSH_SCRATCH(n < m ? n : m) + HB_WILCOXON_SCRATCH(n < m ? n : m);
    return 2 * (n + m) + larger(larger(kept, HB_MANN_WHITNEY_SCRATCH(n, m)), paired);
}

static int reserve(struct hb_pairing *pairing, size_t n, size_t m)
{
    const size_t wanted = room_for(n, m);
    if (wanted <= pairing->capacity)
        return 0;
    double *room = realloc(pairing->room, wanted * sizeof *room);
    if (!room)
        return -1;
    pairing->room = room;
    pairing->capacity = wanted;
    return 0;
}

void hb_pairing_free(struct hb_pairing *pairing)
{
    free(pairing->room);
    pairing->room = NULL;
    pairing->capacity = 0;
}

/* The rank of the interval's ends; the exact ones are looked up after the first time. */
static size_t rank_of(struct hb_pairing *pairing, size_t n, size_t m, double *scratch)
{
    const size_t most = HB_MANN_WHITNEY_EXACT_MAX;
    if (n > most || m > most)
        return hb_stats_shift_rank(n, m, scratch);
    unsigned short *rank = &pairing->ranks[n][m]; /* kept one higher, so that 0 is "not yet" */
    if (*rank == 0)
        *rank = (unsigned short)(hb_stats_shift_rank(n, m, scratch) + 1);
    return (size_t)*rank - 1;
}

/* ---- values ---- */

/* A ratio where times are relative. */
static double value_of(const struct hb_digest_entry *entry, const struct hb_digest_entry *reference,
                       size_t figure)
{
    const double value = entry->series[figure].value;
    return reference && hb_figure_is_time(figure) ? value / reference->series[figure].value : value;
}

/* The value at place i, over the reference's of the same block; over its median in a soak, whose
 * epochs have no partners. */
static double value_at(const struct hb_digest *digest, const struct hb_digest_entry *entry,
                       const struct hb_digest_entry *reference, size_t figure, size_t i)
{
    const double value = entry->series[figure].values[i];
    if (!reference || !hb_figure_is_time(figure))
        return value;
    const struct hb_series *by = &reference->series[figure];
    if (digest->is_soak || !digest->paired)
        return value / by->value;
    return by->values ? value / by->values[i] : (double)NAN;
}

static size_t length_of(const struct hb_digest *digest, const struct hb_series *series)
{
    if (!series->values)
        return 0;
    return digest->is_soak ? series->n : digest->blocks;
}

/* Known values in their order. */
static size_t take(const struct hb_digest *digest, const struct hb_digest_entry *entry,
                   const struct hb_digest_entry *reference, size_t figure, double *to)
{
    const size_t length = length_of(digest, &entry->series[figure]);
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        const double value = value_at(digest, entry, reference, figure, i);
        if (isfinite(value))
            to[count++] = value;
    }
    return count;
}

static bool all_positive(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0))
            return false;
    }
    return true;
}

static void take_logs(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = log(x[i]);
}

/* Every k-th value, so that no more than `most` stay. */
static size_t thin(double *x, size_t n, size_t most)
{
    const size_t step = n > most ? (n + most - 1) / most : 1;
    size_t count = 0;
    for (size_t i = 0; i < n; i += step)
        x[count++] = x[i];
    return count;
}

/* ---- the kinds ---- */

static void set_ratio(struct hb_difference *d, struct hb_interval interval, double estimate)
{
    d->estimate = exp(estimate);
    d->interval = (struct hb_interval){exp(interval.lo), exp(interval.hi)};
}

/* Two independent samples. Neighbours that are alike widen the interval: rho is that of both
 * sessions, all their allocators together, as one series of ten says little. */
static void measure_apart(struct hb_pairing *pairing, struct hb_difference *d, double *other,
                          double *base)
{
    double *const scratch = base + d->base_n;
    const bool logs =
        d->is_ratio && all_positive(other, d->other_n) && all_positive(base, d->base_n);
    d->is_ratio = logs;
    d->a12 = hb_stats_a12(other, d->other_n, base, d->base_n);
    if (logs) {
        take_logs(other, d->other_n);
        take_logs(base, d->base_n);
    }
    const size_t rank = rank_of(pairing, d->other_n, d->base_n, scratch);
    const struct hb_located located =
        hb_stats_located_shift(other, d->other_n, base, d->base_n, rank, scratch);
    const double rho = hb_figure_is_time(d->figure) ? (d->base->rho + d->other->rho) / 2 : 0;
    const struct hb_interval wide = hb_stats_widened(located, hb_stats_widening(rho));
    d->p = hb_stats_mann_whitney(other, d->other_n, base, d->base_n, scratch);
    if (logs) {
        set_ratio(d, wide, located.estimate);
    } else {
        d->estimate = located.estimate;
        d->interval = wide;
    }
}

/* Blocks in which both have a value. */
static void measure_pairs(struct hb_difference *d, double *room)
{
    const double *other = d->other_entry->series[d->figure].values;
    const double *base = d->base_entry->series[d->figure].values;
    size_t n = 0, above = 0, equal = 0;
    for (size_t b = 0; other && base && b < d->base->blocks; b++)
        d->is_ratio = d->is_ratio && !(other[b] <= 0) && !(base[b] <= 0);
    for (size_t b = 0; other && base && b < d->base->blocks; b++) {
        if (!isfinite(other[b]) || !isfinite(base[b]))
            continue;
        above += other[b] > base[b];
        equal += other[b] == base[b];
        room[n++] = d->is_ratio ? log(other[b] / base[b]) : other[b] - base[b];
    }
    d->base_n = d->other_n = n;
    if (n == 0)
        return;
    const struct hb_located located = hb_stats_located_pairs(room, n, room + n);
    d->p = hb_stats_wilcoxon(room, n, room + n);
    d->a12 = ((double)above + (double)equal / 2) / (double)n;
    if (d->is_ratio) {
        set_ratio(d, located.interval, located.estimate);
    } else {
        d->estimate = located.estimate;
        d->interval = located.interval;
    }
}

static void measure_spread(struct hb_difference *d, double *other, double *base)
{
    const struct hb_located located =
        hb_stats_cv_ratio(other, d->other_n, base, d->base_n, base + d->base_n);
    const double arm = (located.interval.hi - located.interval.lo) / 2;
    d->is_ratio = true;
    set_ratio(d, located.interval, located.estimate);
    d->p = 2 * hb_stats_normal_cdf(-fabs(located.estimate) / (arm / HB_NORMAL_Z95));
}

/* Figures that come with an interval of their own: the slopes of a soak. */
static void measure_given(struct hb_difference *d)
{
    const struct hb_series *other = &d->other_entry->series[d->figure];
    const struct hb_series *base = &d->base_entry->series[d->figure];
    const double down = hypot(other->value - other->interval.lo, base->interval.hi - base->value);
    const double up = hypot(other->interval.hi - other->value, base->value - base->interval.lo);
    d->other_n = other->n;
    d->base_n = base->n;
    d->estimate = other->value - base->value;
    d->interval = (struct hb_interval){d->estimate - down, d->estimate + up};
    d->p = 2 * hb_stats_normal_cdf(-fabs(d->estimate) / ((down + up) / 2 / HB_NORMAL_Z95));
}

bool hb_pairing_is_same_requests(const struct hb_digest *a, const struct hb_digest *b)
{
    return a == b || (a->paired && b->paired && a->seed == b->seed);
}

/* The same requests make the same calls. Of others the counts are known as well as a count by
 * chance is (Poisson); what unchanged allocators show may widen that: shift.h. */
static void measure_exact(struct hb_difference *d)
{
    const double one = hb_digest_one(d->base_entry, d->figure);
    const double arm = hb_figure_is_tally(d->figure) /* its requests are always the same */
                               || hb_pairing_is_same_requests(d->base, d->other)
                           ? 0
                           : HB_NORMAL_Z95 * sqrt((d->base_value + d->other_value) * one);
    d->estimate = d->other_value - d->base_value;
    d->interval = (struct hb_interval){d->estimate - arm, d->estimate + arm};
    d->other_n = d->base_n = 1;
}

static void measure_samples(struct hb_pairing *pairing, struct hb_difference *d)
{
    const size_t figure =
        hb_figure(d->figure)->kind == HB_FIGURE_SPREAD ? (size_t)HB_METRIC_THROUGHPUT : d->figure;
    double *const other = pairing->room;
    d->other_n = take(d->other, d->other_entry, pairing->other_reference, figure, other);
    d->other_n = thin(other, d->other_n, VALUES_MAX);
    for (size_t i = 0; pairing->other_by > 0 && i < d->other_n; i++)
        other[i] *= pairing->other_by;
    double *const base = other + d->other_n;
    d->base_n = take(d->base, d->base_entry, pairing->base_reference, figure, base);
    d->base_n = thin(base, d->base_n, VALUES_MAX);
    if (d->other_n == 0 || d->base_n == 0)
        return;
    if (hb_figure(d->figure)->kind == HB_FIGURE_SPREAD)
        measure_spread(d, other, base);
    else
        measure_apart(pairing, d, other, base);
}

/* ---- the whole ---- */

/* What callgrind simulates and what a CPU counts are two figures. */
static bool is_counted_otherwise(const struct hb_difference *d)
{
    return hb_figure_is_tally(d->figure) &&
           strcmp(d->base->count_source, d->other->count_source) != 0;
}

int hb_pairing_measure(struct hb_pairing *pairing, struct hb_difference *d)
{
    const enum hb_figure_kind kind = hb_figure(d->figure)->kind;
    const size_t figure = kind == HB_FIGURE_SPREAD ? (size_t)HB_METRIC_THROUGHPUT : d->figure;
    const size_t n = length_of(d->other, &d->other_entry->series[figure]);
    const size_t m = length_of(d->base, &d->base_entry->series[figure]);
    d->is_relative = pairing->base_reference && hb_figure_is_time(d->figure);
    d->is_ratio = kind == HB_FIGURE_RATIO;
    d->base_value = value_of(d->base_entry, pairing->base_reference, d->figure);
    d->other_value = value_of(d->other_entry, pairing->other_reference, d->figure);
    d->estimate = d->p = d->p_holm = d->a12 = (double)NAN;
    d->interval = no_interval;
    d->machine = 1;
    if (reserve(pairing, n + 1, m + 1) != 0)
        return -1;
    if (isnan(d->base_value) || isnan(d->other_value) || is_counted_otherwise(d))
        return 0;
    if (kind == HB_FIGURE_EXACT)
        measure_exact(d);
    else if (n == 0 || m == 0)
        measure_given(d);
    else if (d->is_paired && kind != HB_FIGURE_SPREAD)
        measure_pairs(d, pairing->room);
    else
        measure_samples(pairing, d);
    return 0;
}
