/* Means over rows, and places: see standing.h. */
#include "stats/standing.h"

#include "base/rng.h"
#include "stats/paired.h"
#include "stats/student.h"

#include <math.h>
#include <string.h>

#define TAIL 0.025 /* of 95 % */

double hb_stats_sd(const double *x, size_t n)
{
    double mean = 0, squares = 0;
    if (n < 2)
        return (double)NAN;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return sqrt(squares / (double)(n - 1));
}

double hb_stats_half_width(double sd, size_t n)
{
    if (n < 2)
        return HUGE_VAL;
    return hb_stats_student_quantile(1 - TAIL, (double)(n - 1)) * sd / sqrt((double)n);
}

static const double *logs_of(const struct hb_standing_row *row, size_t competitor)
{
    return row->logs + competitor * row->blocks;
}

struct hb_located hb_stats_row_mean(const struct hb_standing_row *rows, size_t count,
                                    size_t competitor, double *scratch)
{
    struct hb_located mean = {count ? 0 : (double)NAN, {(double)NAN, (double)NAN}};
    double variance = 0, by_freedom = 0;
    for (size_t r = 0; r < count; r++) {
        const double *d = logs_of(&rows[r], competitor);
        const double n = (double)rows[r].blocks, sd = hb_stats_sd(d, rows[r].blocks);
        const double own = sd * sd / n;
        mean.estimate += hb_stats_hodges_lehmann(d, rows[r].blocks, scratch) / (double)count;
        variance += own;
        by_freedom += own * own / (n - 1);
    }
    if (count == 0 || isnan(variance))
        return mean;
    const double half =
        variance > 0 ? hb_stats_student_quantile(1 - TAIL, variance * variance / by_freedom) *
                           sqrt(variance) / (double)count
                     : 0;
    mean.interval = (struct hb_interval){mean.estimate - half, mean.estimate + half};
    return mean;
}

/* ---- places ---- */

struct drawing {
    const struct hb_standing_row *rows;
    size_t count, competitors;
    double *levels; /* [count][competitors] of the rows as they are */
    double *means;  /* [competitors] of the rows as they are, or of a resample */
    double *often;  /* [competitors][competitors] how often each has each place */
    double *sample, *walsh;
};

/* How many are better than this one, and how many are as good, itself among them. */
static size_t better_than(const struct drawing *drawing, size_t competitor, size_t *alike)
{
    const double own = drawing->means[competitor];
    size_t better = 0;
    *alike = 0;
    for (size_t c = 0; c < drawing->competitors; c++) {
        better += drawing->means[c] > own;
        *alike += drawing->means[c] == own;
    }
    return better;
}

static void add_resample(struct drawing *drawing, struct hb_rng *rng)
{
    memset(drawing->means, 0, drawing->competitors * sizeof *drawing->means);
    for (size_t r = 0; r < drawing->count; r++) {
        const struct hb_standing_row *row = &drawing->rows[r];
        const double n = (double)row->blocks, stretch = n > 1 ? sqrt(n / (n - 1)) : 1;
        const struct hb_rng draws = *rng;
        for (size_t c = 0; c < drawing->competitors; c++) {
            const double *d = logs_of(row, c),
                         level = drawing->levels[r * drawing->competitors + c];
            *rng = draws; /* the same blocks for all */
            for (size_t i = 0; i < row->blocks; i++)
                drawing->sample[i] = d[hb_rng_below(rng, row->blocks)];
            const double drawn =
                hb_stats_hodges_lehmann(drawing->sample, row->blocks, drawing->walsh);
            drawing->means[c] += level + stretch * (drawn - level);
        }
    }
    for (size_t c = 0; c < drawing->competitors; c++) {
        size_t alike;
        const size_t better = better_than(drawing, c, &alike);
        for (size_t k = 0; k < alike; k++)
            drawing->often[c * drawing->competitors + better + k] += 1 / (double)alike;
    }
}

static void set_levels(struct drawing *drawing, struct hb_place *places)
{
    memset(drawing->means, 0, drawing->competitors * sizeof *drawing->means);
    for (size_t r = 0; r < drawing->count; r++) {
        for (size_t c = 0; c < drawing->competitors; c++) {
            double *level = &drawing->levels[r * drawing->competitors + c];
            *level = hb_stats_hodges_lehmann(logs_of(&drawing->rows[r], c), drawing->rows[r].blocks,
                                             drawing->walsh);
            drawing->means[c] += *level;
        }
    }
    for (size_t c = 0; c < drawing->competitors; c++) {
        size_t alike;
        places[c] = (struct hb_place){.rank = better_than(drawing, c, &alike) + 1};
    }
}

/* The places that hold 95 % of the resamples, the tails cut off. */
static void settle(const struct drawing *drawing, size_t resamples, size_t competitor,
                   struct hb_place *place)
{
    const double *often = drawing->often + competitor * drawing->competitors;
    const double tail = TAIL * (double)resamples;
    double below = 0, above = 0;
    place->first = (double)NAN;
    place->best = 1;
    place->worst = drawing->competitors;
    if (!resamples)
        return;
    place->first = often[0] / (double)resamples;
    while (place->best < place->worst && below + often[place->best - 1] <= tail)
        below += often[place->best++ - 1];
    while (place->worst > place->best && above + often[place->worst - 1] <= tail)
        above += often[place->worst-- - 1];
}

void hb_stats_places(const struct hb_standing_row *rows, size_t count, size_t competitors,
                     size_t resamples, uint64_t seed, struct hb_place *places, double *scratch)
{
    struct drawing drawing = {.rows = rows, .count = count, .competitors = competitors};
    struct hb_rng rng;
    size_t most = 1;
    for (size_t r = 0; r < count; r++) {
        most = rows[r].blocks > most ? rows[r].blocks : most;
        resamples = rows[r].blocks < 2 ? 0 : resamples; /* of one block each is the same */
    }
    drawing.levels = scratch;
    drawing.means = drawing.levels + competitors * count;
    drawing.often = drawing.means + competitors;
    drawing.sample = drawing.often + competitors * competitors;
    drawing.walsh = drawing.sample + most;
    memset(drawing.often, 0, competitors * competitors * sizeof *drawing.often);
    set_levels(&drawing, places);
    hb_rng_seed(&rng, seed);
    for (size_t i = 0; i < resamples; i++)
        add_resample(&drawing, &rng);
    for (size_t c = 0; c < competitors; c++)
        settle(&drawing, resamples, c, &places[c]);
}
