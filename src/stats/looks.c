/* Looks at growing samples: see looks.h. */
#include "stats/looks.h"

#include "stats/normal.h"
#include "stats/sequential.h"
#include "stats/summary.h"

#include <math.h>

struct hb_looks hb_looks_of(size_t runs, size_t most)
{
    struct hb_looks looks = {runs, most};
    if (most <= runs)
        return (struct hb_looks){runs, runs};
    if (runs < HB_SUMMARY_N_MIN)
        looks.first = most < HB_SUMMARY_N_MIN ? most : HB_SUMMARY_N_MIN;
    return looks;
}

size_t hb_looks_next(const struct hb_looks *looks, size_t at)
{
    const size_t next = at + (2 * at + 4) / 5;
    return at < looks->first ? looks->first : 6 * next > 5 * looks->most ? looks->most : next;
}

size_t hb_looks_number(const struct hb_looks *looks, size_t at)
{
    size_t number = 0;
    for (size_t next = looks->first; next <= at; next = hb_looks_next(looks, next)) {
        number++;
        if (next == looks->most)
            break;
    }
    return number;
}

static double spent_until(const struct hb_looks *looks, size_t at)
{
    return HB_SEQUENTIAL_ALPHA * sqrt((double)at / (double)looks->most);
}

struct hb_looks_level hb_looks_at(const struct hb_looks *looks, size_t at)
{
    struct hb_sequential_walk walk = {0};
    double before = 0;
    at = at < looks->most ? at : looks->most;
    if (looks->first == looks->most || at == 0)
        return (struct hb_looks_level){HB_SEQUENTIAL_ALPHA / 2, 1};
    for (size_t look = looks->first; look < at; look = hb_looks_next(looks, look)) {
        before = spent_until(looks, look);
        (void)hb_sequential_boundary(&walk, (double)look, before);
    }
    const double spent = spent_until(looks, at);
    const double z = hb_sequential_boundary(&walk, (double)at, spent);
    return (struct hb_looks_level){hb_stats_normal_cdf(-z), (spent - before) / HB_SEQUENTIAL_ALPHA};
}
