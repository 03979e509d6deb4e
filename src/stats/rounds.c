/* Who gets the next block: see rounds.h. */
#include "stats/rounds.h"

#include "stats/standing.h"

#include <math.h>
#include <stdbool.h>

static bool fits(const struct hb_round *round, double left_s)
{
    return round->blocks < round->most && round->block_s <= left_s;
}

static size_t fewest(const struct hb_round *rounds, size_t count, size_t first, double left_s)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        if (fits(&rounds[i], left_s) && rounds[i].blocks < first &&
            (found == count || rounds[i].blocks < rounds[found].blocks))
            found = i;
    }
    return found;
}

static double gain_of(const struct hb_round *round, double narrow)
{
    const double now = hb_stats_half_width(round->sd, round->blocks);
    const double then = hb_stats_half_width(round->sd, round->blocks + 1);
    return round->blocks >= 2 && now > narrow ? now * now - then * then : 0;
}

static double seconds_to(const struct hb_round *round, size_t blocks)
{
    const size_t goal = blocks < round->most ? blocks : round->most;
    return goal > round->blocks ? (double)(goal - round->blocks) * round->block_s : 0;
}

size_t hb_stats_first_blocks(const struct hb_round *rounds, size_t count, const size_t *wanted,
                             size_t count_wanted, double left_s)
{
    size_t k = 0;
    for (; k + 1 < count_wanted; k++) {
        double needed_s = 0;
        for (size_t i = 0; i < count; i++)
            needed_s += seconds_to(&rounds[i], wanted[k]);
        if (needed_s <= left_s)
            break;
    }
    return wanted[k];
}

size_t hb_stats_next_round(const struct hb_round *rounds, size_t count, size_t first, double left_s,
                           double narrow)
{
    const size_t few = fewest(rounds, count, first, left_s);
    size_t found = count;
    double most = 0;
    for (size_t i = 0; few == count && i < count; i++) {
        const double gain = gain_of(&rounds[i], narrow) / fmax(rounds[i].block_s, 1e-9);
        if (fits(&rounds[i], left_s) && gain > most) {
            most = gain;
            found = i;
        }
    }
    return few == count ? found : few;
}
