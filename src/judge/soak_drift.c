/* Series of epochs and their drift: see soak_parts.h. */
#include "judge/soak_parts.h"

#include "stats/order.h"

#include <math.h>
#include <string.h>

#define ALPHA     0.05
#define PHASE_MIN 3

double hb_soak_value_of(const struct hb_epoch *epoch, struct hb_soak_value value)
{
    const double own = epoch->metric[value.metric], live = epoch->metric[HB_EPOCH_LIVE];
    if (!value.is_per_live)
        return own;
    return live > 0 ? own / live : (double)NAN;
}

double hb_soak_hours(const struct hb_epoch *epoch)
{
    return epoch->started_s / 3600;
}

double hb_soak_median(struct hb_soak_work *work, const double *x, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(x[i]))
            work->pick[known++] = x[i];
    }
    return hb_stats_median_in_place(work->pick, known);
}

/* NaN too for a phase of fewer than PHASE_MIN epochs among others: over its own median it would
 * always be about 1, and look flat. */
static double phase_median(struct hb_soak_work *work, const struct hb_epoch *const *series,
                           size_t n, struct hb_soak_value value, const char *phase)
{
    size_t known = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        const double own = hb_soak_value_of(series[i], value);
        all += isfinite(own) != 0;
        if (isfinite(own) && strcmp(series[i]->phase, phase) == 0)
            work->pick[known++] = own;
    }
    if (known < PHASE_MIN && known < all)
        return (double)NAN;
    return hb_stats_median_in_place(work->pick, known);
}

static bool seen_before(const struct hb_epoch *const *series, size_t i)
{
    for (size_t j = i; j-- > 0;) {
        if (strcmp(series[j]->phase, series[i]->phase) == 0)
            return true;
    }
    return false;
}

void hb_soak_ratios(struct hb_soak_work *work, const struct hb_epoch *const *series, size_t n,
                    struct hb_soak_value value, double *to)
{
    for (size_t i = 0; i < n; i++) {
        if (seen_before(series, i))
            continue;
        const double median = phase_median(work, series, n, value, series[i]->phase);
        for (size_t j = i; j < n; j++) {
            if (strcmp(series[j]->phase, series[i]->phase) == 0)
                to[j] = median > 0 ? hb_soak_value_of(series[j], value) / median : (double)NAN;
        }
    }
}

bool hb_soak_is_too_short(double lo, double hi)
{
    return lo <= 0 && hi >= 0 && hi - lo > 100;
}

struct hb_soak_drift hb_soak_no_drift(void)
{
    const double nan = (double)NAN;
    return (struct hb_soak_drift){.percent = nan,
                                  .lo = nan,
                                  .hi = nan,
                                  .first_to_last_percent = nan,
                                  .tau = nan,
                                  .p = nan,
                                  .p_plain = nan,
                                  .last_quarter_percent = nan,
                                  .last_quarter_p = nan};
}

/* Points that are known and later than the one before. */
static size_t usable(struct hb_soak_work *work, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(work->y[i]) || !isfinite(work->x[i]))
            continue;
        if (known && work->x[i] <= work->x[known - 1])
            continue;
        work->x[known] = work->x[i];
        work->y[known++] = work->y[i];
    }
    return known;
}

/* From the third quarter to the last one: what there is to go by when the last has too few. */
static double late_slope(struct hb_soak_work *work, size_t n)
{
    const size_t half = n / 2, quarter = (n - half) / 2, last = half + quarter;
    const double y3 = hb_soak_median(work, work->y + half, quarter);
    const double y4 = hb_soak_median(work, work->y + last, n - last);
    const double x3 = hb_soak_median(work, work->x + half, quarter);
    const double x4 = hb_soak_median(work, work->x + last, n - last);
    return (y4 - y3) / (x4 - x3);
}

static enum hb_soak_course word_of(const struct hb_soak_drift *drift, double margin)
{
    if (isnan(drift->lo) || isnan(drift->hi))
        return HB_SOAK_UNCLEAR;
    if (drift->lo >= -margin && drift->hi <= margin)
        return HB_SOAK_FLAT;
    if (drift->hi < 0 && drift->p < ALPHA)
        return HB_SOAK_FALLING;
    if (drift->lo > 0 && drift->p < ALPHA)
        return HB_SOAK_RISING;
    return HB_SOAK_UNCLEAR;
}

/* A slope in percent of the level over so many hours. Of logarithms too: the rate, which neither
 * hides a fall nor blows up a rise when a short soak is put at an hour. */
static double percent_of(double slope, double hours)
{
    return 100 * slope * hours;
}

void hb_soak_measure_drift(struct hb_soak_work *work, size_t n, bool logs,
                           struct hb_soak_drift *drift)
{
    const double hours = work->out->scale_s / 3600;
    struct hb_trend trend = {0};
    *drift = hb_soak_no_drift();
    n = usable(work, n);
    drift->n = n;
    if (n < HB_TREND_N_MIN)
        return;
    hb_stats_trend(work->x, work->y, n, work->scratch, &trend);
    drift->percent = percent_of(trend.slope, hours);
    drift->lo = percent_of(trend.slope_lo, hours);
    drift->hi = percent_of(trend.slope_hi, hours);
    drift->first_to_last_percent =
        100 * (logs ? expm1(trend.last - trend.first) : trend.last / trend.first - 1);
    drift->tau = trend.tau;
    drift->p = trend.p;
    drift->p_plain = trend.p_plain;
    const bool few = isnan(trend.last_quarter_slope);
    drift->last_quarter_percent =
        percent_of(few ? late_slope(work, n) : trend.last_quarter_slope, hours);
    drift->last_quarter_p = few ? (double)NAN : trend.last_quarter_p;
    drift->word = word_of(drift, work->out->margin_percent);
}
