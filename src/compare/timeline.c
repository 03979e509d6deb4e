/* Many sessions of one workload by date: see timeline.h. */
#include "compare/timeline.h"

#include "compare/shift.h"
#include "stats/order.h"
#include "stats/steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS_MIN 3u
#define STEPS_MIN    5u /* points: of fewer, each may be the odd one */
#define STEP_POINTS  2u /* a level of one point is an outlier */
#define ODD          6.0

/* One workload's sessions by date. */
struct lane {
    const struct hb_digest **digests; /* [count] */
    size_t count, group;
    const struct hb_compare_options *options;
    struct hb_timelines *out;
    double *logs, *shifts, *work; /* [allocators of one session], [count], [7 (count + 1)] */
    double *factors, *own;        /* [count] how noisy each session was, and those of a line */
    size_t *ends;                 /* [count + 1] */
};

static int no_memory(size_t sessions, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_SYSTEM, "no memory for the timeline of %zu sessions", sessions);
}

/* ---- the machine ---- */

/* How the unchanged allocators moved since the first session: the median of their log-ratios.
 * without: the label that is not counted. NaN with fewer than 3. */
static double machine_shift(const struct lane *lane, const struct hb_digest *now,
                            const char *without)
{
    const struct hb_digest *first = lane->digests[0];
    size_t n = 0;
    for (size_t i = 0; i < first->count; i++) {
        const struct hb_digest_entry *then = &first->entries[i];
        const int match = hb_digest_find(now, then->label);
        if (match < 0 || strcmp(then->label, without) == 0 ||
            !hb_shift_is_control(then, &now->entries[match]))
            continue;
        const double ratio = now->entries[match].series[HB_METRIC_THROUGHPUT].value /
                             then->series[HB_METRIC_THROUGHPUT].value;
        if (isfinite(ratio) && ratio > 0)
            lane->logs[n++] = log(ratio);
    }
    return n >= HB_SHIFT_CONTROLS_MIN ? hb_stats_median_in_place(lane->logs, n) : (double)NAN;
}

/* All points or none: a line that is adjusted here and not there would step. */
static void adjust(const struct lane *lane, struct hb_timeline *line)
{
    const int sign = hb_shift_sign(line->figure);
    if (lane->options->no_adjust || sign == 0)
        return;
    for (size_t i = 0; i < line->count; i++) {
        lane->shifts[i] = machine_shift(lane, line->points[i].digest, line->label);
        if (isnan(lane->shifts[i]))
            return;
    }
    for (size_t i = 0; i < line->count; i++)
        line->points[i].level *= exp(-sign * lane->shifts[i]);
    line->is_adjusted = true;
}

/* ---- steps ---- */

static double margin_of(const struct lane *lane)
{
    const double asked = lane->options->margin_percent / 100;
    return isnan(asked) ? lane->digests[0]->margin : asked;
}

/* What counts as a step, on the scale that steps are looked for. */
static double least_step(const struct lane *lane, const struct hb_timeline *line, bool logs,
                         double level)
{
    const struct hb_figure_info *figure = hb_figure(line->figure);
    const double margin = margin_of(lane);
    if (logs)
        return log1p(margin);
    if (figure->kind == HB_FIGURE_EXACT) {
        const struct hb_digest *first = line->points[0].digest;
        return hb_digest_one(&first->entries[hb_digest_find(first, line->label)], line->figure);
    }
    if (figure->format == HB_FORMAT_PERCENT)
        return 100 * margin;
    return fmax(margin * fabs(level), figure->format == HB_FORMAT_COUNT);
}

static double median_level(const struct hb_timeline *line, size_t from, size_t to, double *work)
{
    for (size_t i = from; i < to; i++)
        work[i - from] = line->points[i].level;
    return hb_stats_median_in_place(work, to - from);
}

static int add_steps(const struct lane *lane, struct hb_timeline *line, size_t levels)
{
    const bool higher = hb_figure(line->figure)->good == HB_GOOD_HIGHER;
    line->steps = calloc(levels, sizeof *line->steps);
    if (!line->steps)
        return -1;
    for (size_t l = 0; l + 1 < levels; l++) {
        const size_t start = l ? lane->ends[l - 1] : 0;
        struct hb_timestep *step = &line->steps[line->step_count++];
        step->at = lane->ends[l];
        step->before = median_level(line, start, lane->ends[l], lane->work);
        step->after = median_level(line, lane->ends[l], lane->ends[l + 1], lane->work);
        step->is_better = (step->after > step->before) == higher;
    }
    return 0;
}

/* One odd session between two others is no step: beyond what counts and ODD times the noise it
 * takes the nearer neighbour's value. */
static void take_out_odd(double *y, size_t n, double noise, double least)
{
    const double far = fmax(least, ODD * noise);
    double before = n ? y[0] : 0;
    for (size_t i = 1; i + 1 < n; i++) {
        const double own = y[i], lo = fmin(before, y[i + 1]), hi = fmax(before, y[i + 1]);
        if (own > hi + far)
            y[i] = hi;
        else if (own < lo - far)
            y[i] = lo;
        before = own;
    }
}

/* A level is looked for in two sessions at least, so a change that the newest alone shows is found
 * with the one before it: half as high, and too early. The one before belongs to the level that is
 * nearer. */
static void date_last(const struct lane *lane, const double *y, size_t n, size_t levels)
{
    if (levels < 2 || n - lane->ends[levels - 2] != STEP_POINTS)
        return;
    const size_t start = levels > 2 ? lane->ends[levels - 3] : 0;
    const double before = hb_stats_median(y + start, n - STEP_POINTS - start, lane->work);
    if (fabs(y[n - 2] - before) < fabs(y[n - 2] - y[n - 1]))
        lane->ends[levels - 2] = n - 1;
}

static int find_steps(const struct lane *lane, struct hb_timeline *line)
{
    bool logs = hb_figure(line->figure)->kind == HB_FIGURE_RATIO;
    double *y = lane->shifts;
    for (size_t i = 0; i < line->count; i++)
        logs = logs && line->points[i].level > 0;
    for (size_t i = 0; i < line->count; i++)
        y[i] = logs ? log(line->points[i].level) : line->points[i].level;
    const double noise = hb_stats_steps_noise(y, line->count, lane->work);
    const double level = median_level(line, 0, line->count, lane->work);
    line->noise = logs ? expm1(noise) : noise / fabs(level);
    if (line->count < STEPS_MIN || line->count > HB_STEPS_N_MAX)
        return 0;
    for (size_t i = 0; i < line->count; i++)
        lane->own[i] = hb_shift_sign(line->figure) ? line->points[i].noisy : 1;
    const double least = least_step(lane, line, logs, level);
    take_out_odd(y, line->count, noise, least);
    const size_t levels = hb_stats_steps_of(y, lane->own, line->count, noise, least, STEP_POINTS,
                                            lane->ends, lane->work);
    date_last(lane, y, line->count, levels);
    return add_steps(lane, line, levels);
}

/* ---- lines ---- */

static int fill_line(const struct lane *lane, struct hb_timeline *line)
{
    line->points = calloc(lane->count, sizeof *line->points);
    if (!line->points)
        return -1;
    for (size_t i = 0; i < lane->count; i++) {
        const int index = hb_digest_find(lane->digests[i], line->label);
        if (index < 0)
            continue;
        const double value = lane->digests[i]->entries[index].series[line->figure].value;
        if (isfinite(value))
            line->points[line->count++] =
                (struct hb_timepoint){lane->digests[i], value, value, lane->factors[i]};
    }
    if (line->count < SESSIONS_MIN)
        return 0;
    adjust(lane, line);
    return find_steps(lane, line);
}

static int add_line(const struct lane *lane, const char *label, size_t figure)
{
    struct hb_timelines *out = lane->out;
    struct hb_timeline *line = &out->lines[out->count];
    *line = (struct hb_timeline){.group = lane->group, .figure = figure, .label = label};
    if (fill_line(lane, line) != 0) {
        free(line->points);
        free(line->steps);
        return -1;
    }
    if (line->count >= SESSIONS_MIN)
        out->count++;
    else
        free(line->points);
    return 0;
}

static bool is_wanted(const struct hb_compare_options *options, const struct hb_digest_entry *entry)
{
    return entry->role != HB_ROLE_TWIN && hb_compare_is_listed(options->allocators, entry->label);
}

/* Allocators by the last session's list: what is measured today. */
static int add_lane(struct lane *lane)
{
    const struct hb_digest *last = lane->digests[lane->count - 1];
    struct hb_timelines *out = lane->out;
    struct hb_timeline *lines = reallocarray(
        out->lines, out->count + last->count * HB_FIGURE_COUNT + 1, sizeof *out->lines);
    if (!lines)
        return -1;
    out->lines = lines;
    for (size_t i = 0; i < last->count; i++) {
        for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
            if (lane->options->figures[f] && is_wanted(lane->options, &last->entries[i]) &&
                add_line(lane, last->entries[i].label, f) != 0)
                return -1;
        }
    }
    return 0;
}

static int by_date(const void *a, const void *b)
{
    const struct hb_digest *const *x = a, *const *y = b;
    const int order = strcmp((*x)->started_at, (*y)->started_at);
    return order ? order : (*x > *y) - (*x < *y);
}

/* kept are by date: a copy has the same. */
static bool is_among(const struct hb_digest *const *kept, size_t count,
                     const struct hb_digest *digest)
{
    while (count-- > 0 && strcmp(kept[count]->started_at, digest->started_at) == 0) {
        if (hb_digest_is_same(kept[count], digest))
            return true;
    }
    return false;
}

/* How noisy each session was, and the times in which all were. */
static int find_noise(struct lane *lane)
{
    struct hb_timelines *out = lane->out;
    struct hb_noisy_span *spans = calloc(lane->count / 2 + 1, sizeof *spans);
    struct hb_noisy_time *noisy =
        reallocarray(out->noisy, out->noisy_count + lane->count / 2 + 1, sizeof *out->noisy);
    if (noisy)
        out->noisy = noisy;
    if (!spans || !noisy) {
        free(spans);
        return -1;
    }
    for (size_t i = 0; i < lane->count; i++)
        lane->own[i] = lane->digests[i]->aa_noise;
    const size_t count =
        hb_stats_noisy(lane->own, lane->count, lane->factors, spans, lane->ends, lane->work);
    for (size_t i = 0; i < count; i++)
        noisy[out->noisy_count++] = (struct hb_noisy_time){
            .group = lane->group,
            .first = lane->digests[spans[i].from],
            .last = lane->digests[spans[i].to],
            .sessions = spans[i].to - spans[i].from + 1,
            .factor = spans[i].factor,
        };
    free(spans);
    return 0;
}

/* Every session once, of one workload and one class of host. */
static void take_lane(const struct hb_digest *digests, size_t n, size_t first, bool *taken,
                      struct lane *lane)
{
    lane->count = 0;
    for (size_t i = first; i < n; i++) {
        if (taken[i] || strcmp(digests[i].key, digests[first].key) != 0 ||
            strcmp(digests[i].host.class_key, digests[first].host.class_key) != 0)
            continue;
        taken[i] = true;
        lane->digests[lane->count++] = &digests[i];
    }
    qsort(lane->digests, lane->count, sizeof *lane->digests, by_date);
    size_t kept = 0;
    for (size_t i = 0; i < lane->count; i++) {
        const struct hb_digest *digest = lane->digests[i];
        if (!is_among(lane->digests, kept, digest))
            lane->digests[kept++] = digest;
    }
    lane->out->copies += lane->count - kept;
    lane->count = kept;
}

static size_t most_allocators(const struct hb_digest *digests, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = digests[i].count > most ? digests[i].count : most;
    return most;
}

static int open_lane(const struct hb_digest *digests, size_t n, struct lane *lane)
{
    lane->digests = calloc(n + 1, sizeof *lane->digests);
    lane->logs = calloc(most_allocators(digests, n) + 1, sizeof *lane->logs);
    lane->shifts = calloc(n + 1, sizeof *lane->shifts);
    lane->work = calloc(HB_STEPS_SCRATCH(n) + 2 * n, sizeof *lane->work);
    lane->factors = calloc(n + 1, sizeof *lane->factors);
    lane->own = calloc(n + 1, sizeof *lane->own);
    lane->ends = calloc(n + 1, sizeof *lane->ends);
    return lane->digests && lane->logs && lane->shifts && lane->work && lane->factors &&
                   lane->own && lane->ends
               ? 0
               : -1;
}

static void close_lane(struct lane *lane)
{
    free(lane->digests);
    free(lane->logs);
    free(lane->shifts);
    free(lane->work);
    free(lane->factors);
    free(lane->own);
    free(lane->ends);
}

int hb_timelines_make(const struct hb_digest *digests, size_t n,
                      const struct hb_compare_options *options, struct hb_timelines *timelines,
                      struct hb_err *err)
{
    struct lane lane = {.options = options, .out = timelines};
    bool *taken = calloc(n + 1, sizeof *taken);
    *timelines = (struct hb_timelines){0};
    int status = taken ? open_lane(digests, n, &lane) : -1;
    for (size_t i = 0; status == 0 && i < n; i++) {
        if (taken[i])
            continue;
        take_lane(digests, n, i, taken, &lane);
        if (lane.count < SESSIONS_MIN)
            continue;
        lane.group = timelines->groups++;
        status = find_noise(&lane);
        if (status == 0)
            status = add_lane(&lane);
    }
    free(taken);
    close_lane(&lane);
    if (status != 0)
        return no_memory(n, err);
    if (timelines->groups == 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "no workload has %u sessions among these files: a trend needs them",
                          SESSIONS_MIN);
    return 0;
}

bool hb_timestep_is_told(const struct hb_timelines *timelines, const struct hb_timeline *line,
                         const struct hb_timestep *step)
{
    return strcmp(line->points[step->at].digest->started_at, timelines->since) >= 0;
}

bool hb_noisy_is_told(const struct hb_timelines *timelines, const struct hb_noisy_time *noisy)
{
    return strcmp(noisy->last->started_at, timelines->since) >= 0;
}

void hb_timestep_commits(const struct hb_timeline *line, const struct hb_timestep *step, char *text,
                         size_t text_bytes)
{
    const char *before = line->points[step->at - 1].digest->tool_commit;
    const char *after = line->points[step->at].digest->tool_commit;
    text[0] = '\0';
    if (before[0] && after[0] && strcmp(before, after) != 0)
        (void)snprintf(text, text_bytes, "%.12s..%.12s", before, after);
}

void hb_timelines_free(struct hb_timelines *timelines)
{
    for (size_t i = 0; i < timelines->count; i++) {
        free(timelines->lines[i].points);
        free(timelines->lines[i].steps);
    }
    free(timelines->lines);
    free(timelines->noisy);
    *timelines = (struct hb_timelines){0};
}
