/* What the machine did between two sessions: see shift.h. */
#include "compare/shift.h"

#include "stats/normal.h"
#include "stats/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAD_TO_SIGMA     1.4826
#define MEDIAN_OVER_MEAN 1.2533 /* sqrt(pi / 2): standard error of a median over that of a mean */

bool hb_shift_is_control(const struct hb_digest_entry *a, const struct hb_digest_entry *b)
{
    return a->role != HB_ROLE_TWIN && (a->library_sha256[0] || a->plugin_sha256[0]) &&
           strcmp(a->library_sha256, b->library_sha256) == 0 &&
           strcmp(a->plugin_sha256, b->plugin_sha256) == 0 &&
           strcmp(a->environment, b->environment) == 0 && strcmp(a->via, b->via) == 0;
}

/* ---- the controls ---- */

static int take_control(struct hb_pairing *pairing, const struct hb_machine *machine,
                        const struct hb_digest_entry *base, const struct hb_digest_entry *other,
                        struct hb_shift_controls *controls)
{
    struct hb_difference d = {.base = machine->base,
                              .other = machine->other,
                              .base_entry = base,
                              .other_entry = other,
                              .figure = HB_METRIC_THROUGHPUT};
    if (hb_pairing_measure(pairing, &d) != 0)
        return -1;
    if (isnan(d.interval.hi - d.interval.lo))
        return 0;
    controls->entries[controls->count] = base;
    controls->shift[controls->count] = log(d.estimate);
    controls->arm[controls->count] = log(d.interval.hi / d.interval.lo) / 2;
    controls->count++;
    return 0;
}

static int find_controls(struct hb_pairing *pairing, const struct hb_machine *machine,
                         struct hb_shift_controls *controls)
{
    const struct hb_digest *base = machine->base;
    controls->entries = calloc(base->count + 1, sizeof *controls->entries);
    controls->shift = calloc(base->count + 1, sizeof *controls->shift);
    controls->arm = calloc(base->count + 1, sizeof *controls->arm);
    controls->work = calloc(2 * base->count + 1, sizeof *controls->work);
    if (!controls->entries || !controls->shift || !controls->arm || !controls->work)
        return -1;
    for (size_t i = 0; i < base->count; i++) {
        const int match = hb_digest_find(machine->other, base->entries[i].label);
        if (match < 0 || !hb_shift_is_control(&base->entries[i], &machine->other->entries[match]))
            continue;
        if (take_control(pairing, machine, &base->entries[i], &machine->other->entries[match],
                         controls) != 0)
            return -1;
    }
    return 0;
}

/* Their median, how far they lie apart, and the median's own uncertainty: what they lie apart by,
 * or what each is known to, whichever is more. without: one that is not counted, or NULL. */
static struct hb_located median_shift(const struct hb_shift_controls *controls,
                                      const struct hb_digest_entry *without, double *spread)
{
    struct hb_located located = {(double)NAN, {(double)NAN, (double)NAN}};
    double *x = controls->work, *work = controls->work + controls->count;
    size_t n = 0;
    for (size_t i = 0; i < controls->count; i++) {
        if (controls->entries[i] != without)
            x[n++] = controls->shift[i];
    }
    if (n < HB_SHIFT_CONTROLS_MIN)
        return located;
    located.estimate = hb_stats_median(x, n, work);
    *spread = MAD_TO_SIGMA * hb_stats_mad(x, n, work);
    const double known = hb_stats_median(controls->arm, controls->count, work);
    const double arm = MEDIAN_OVER_MEAN * fmax(known, HB_NORMAL_Z95 * *spread) / sqrt((double)n);
    located.interval = (struct hb_interval){located.estimate - arm, located.estimate + arm};
    return located;
}

int hb_shift_measure(struct hb_pairing *pairing, struct hb_machine *machine,
                     struct hb_shift_controls *controls)
{
    double spread = (double)NAN;
    if (find_controls(pairing, machine, controls) != 0)
        return -1;
    const struct hb_located located = median_shift(controls, NULL, &spread);
    machine->controls = controls->count;
    machine->ratio = exp(located.estimate);
    machine->interval = (struct hb_interval){exp(located.interval.lo), exp(located.interval.hi)};
    machine->spread = expm1(spread);
    return 0;
}

void hb_shift_controls_free(struct hb_shift_controls *controls)
{
    free(controls->entries);
    free(controls->shift);
    free(controls->arm);
    free(controls->work);
    *controls = (struct hb_shift_controls){0};
}

/* ---- taking it out ---- */

void hb_shift_take_out(const struct hb_shift_controls *controls, struct hb_difference *d)
{
    const bool is_rate = d->figure == HB_METRIC_THROUGHPUT;
    double spread = 0;
    if ((!is_rate && d->figure != HB_METRIC_NS_PER_OP) || isnan(d->estimate))
        return;
    const struct hb_located machine = median_shift(controls, d->base_entry, &spread);
    if (isnan(machine.estimate))
        return;
    const double shift = is_rate ? machine.estimate : -machine.estimate;
    const double arm = (machine.interval.hi - machine.interval.lo) / 2;
    const double estimate = log(d->estimate) - shift;
    const double down = hypot(log(d->estimate / d->interval.lo), arm);
    const double up = hypot(log(d->interval.hi / d->estimate), arm);
    d->machine = exp(shift);
    d->estimate = exp(estimate);
    d->interval = (struct hb_interval){exp(estimate - down), exp(estimate + up)};
    d->p = 2 * hb_stats_normal_cdf(-fabs(estimate) / ((estimate > 0 ? down : up) / HB_NORMAL_Z95));
}
