/* Now against then: see drift.h. */
#include "stats/drift.h"

#include "stats/order.h"

#include <math.h>
#include <stdbool.h>

/* The median of the known shifts; NaN with fewer than 3. */
static double common_drift(const struct hb_drift_item *items, size_t n, double *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(items[i].shift))
            scratch[count++] = items[i].shift;
    }
    return count < HB_DRIFT_ITEMS_MIN ? (double)NAN : hb_stats_median_in_place(scratch, count);
}

static enum hb_drift_word word_of(struct hb_interval interval, double common, double delta)
{
    const bool is_common_known = !isnan(common);
    const double removed = is_common_known ? common : 0;
    const double lo = interval.lo - removed, hi = interval.hi - removed;
    if (is_common_known && (lo > delta || hi < -delta))
        return HB_DRIFT_ALLOCATOR;
    if (lo >= -delta && hi <= delta)
        return fabs(removed) > delta ? HB_DRIFT_MACHINE : HB_DRIFT_WITHIN_NOISE;
    return HB_DRIFT_UNCLEAR;
}

double hb_stats_drift(struct hb_drift_item *items, size_t n, double margin, double *scratch)
{
    const double common = common_drift(items, n, scratch), delta = log1p(margin);
    for (size_t i = 0; i < n; i++) {
        items[i].residual = items[i].shift - (isnan(common) ? 0 : common);
        items[i].word = word_of(items[i].interval, common, delta);
    }
    return common;
}

const char *hb_drift_text(enum hb_drift_word word)
{
    switch (word) {
    case HB_DRIFT_WITHIN_NOISE:
        return "within noise";
    case HB_DRIFT_MACHINE:
        return "drift of the whole machine";
    case HB_DRIFT_ALLOCATOR:
        return "this allocator changed";
    case HB_DRIFT_UNCLEAR:
        break;
    }
    return "unclear";
}
