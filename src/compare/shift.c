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
    if (!d.is_ratio || isnan(d.interval.hi - d.interval.lo))
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

int hb_shift_sign(size_t figure)
{
    if (figure == HB_FIGURE_ABOVE_FLOOR)
        return -1;
    if (!hb_figure_is_time(figure))
        return 0;
    return hb_figure(figure)->format == HB_FORMAT_RATE ? 1 : -1;
}

static void set_p(struct hb_difference *d, double estimate, double down, double up)
{
    d->p = 2 * hb_stats_normal_cdf(-fabs(estimate) / ((estimate > 0 ? down : up) / HB_NORMAL_Z95));
}

static void take_out_of_ratio(struct hb_difference *d, double shift, double arm)
{
    const double estimate = log(d->estimate) - shift;
    const double down = hypot(log(d->estimate / d->interval.lo), arm);
    const double up = hypot(log(d->interval.hi / d->estimate), arm);
    d->estimate = exp(estimate);
    d->interval = (struct hb_interval){exp(estimate - down), exp(estimate + up)};
    set_p(d, estimate, down, up);
}

/* A difference of times has no ratio to divide: the other side is measured again as the base's
 * machine would have shown it. */
static int take_out_of_difference(struct hb_pairing *pairing, struct hb_difference *d, double shift,
                                  double arm)
{
    pairing->other_by = exp(-shift);
    const int status = hb_pairing_measure(pairing, d);
    const double own = fabs(d->other_value * pairing->other_by) * arm;
    const double down = hypot(d->estimate - d->interval.lo, own);
    const double up = hypot(d->interval.hi - d->estimate, own);
    pairing->other_by = 0;
    if (status != 0)
        return -1;
    d->interval = (struct hb_interval){d->estimate - down, d->estimate + up};
    set_p(d, d->estimate, down, up);
    return 0;
}

int hb_shift_take_out(struct hb_pairing *pairing, const struct hb_shift_controls *controls,
                      struct hb_difference *d)
{
    const int sign = hb_shift_sign(d->figure);
    const bool is_difference = d->figure == HB_FIGURE_ABOVE_FLOOR;
    double spread = 0;
    int status = 0;
    if (sign == 0 || d->is_ratio == is_difference || isnan(d->estimate))
        return 0;
    const struct hb_located machine = median_shift(controls, d->base_entry, &spread);
    if (isnan(machine.estimate))
        return 0;
    const double shift = sign * machine.estimate;
    const double arm = (machine.interval.hi - machine.interval.lo) / 2;
    if (is_difference)
        status = take_out_of_difference(pairing, d, shift, arm);
    else
        take_out_of_ratio(d, shift, arm);
    d->machine = exp(shift);
    return status;
}

/* ---- counts of other requests ---- */

/* How far two counts lie apart, in standard deviations of counts by chance (Poisson). */
static double apart(const struct hb_digest_entry *base, const struct hb_digest_entry *other,
                    size_t figure)
{
    const double a = base->series[figure].value, b = other->series[figure].value;
    const double sd = sqrt((a + b) * hb_digest_one(base, figure));
    return sd > 0 ? fabs(a - b) / sd : 0;
}

void hb_shift_widen_counts(struct hb_difference *d)
{
    double widest = HB_NORMAL_Z95;
    if (hb_figure(d->figure)->kind != HB_FIGURE_EXACT || !(d->interval.hi > d->interval.lo))
        return;
    for (size_t i = 0; i < d->base->count; i++) {
        const struct hb_digest_entry *control = &d->base->entries[i];
        const int match = hb_digest_find(d->other, control->label);
        if (control != d->base_entry && match >= 0 &&
            hb_shift_is_control(control, &d->other->entries[match]))
            widest = fmax(widest, apart(control, &d->other->entries[match], d->figure));
    }
    const double arm = (d->interval.hi - d->interval.lo) / 2 * widest / HB_NORMAL_Z95;
    d->interval = (struct hb_interval){d->estimate - arm, d->estimate + arm};
}
