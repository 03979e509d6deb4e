/* Sessions over time: see charts.h. */
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400.0

/* Seconds since 1970 of "2026-11-24T09:03:08Z"; NaN when it is not one. */
static double seconds_of(const char *wall_text)
{
    struct tm tm = {0};
    const char *end = strptime(wall_text, "%Y-%m-%dT%H:%M:%S", &tm);
    return end && strcmp(end, "Z") == 0 ? (double)timegm(&tm) : (double)NAN;
}

static struct hb_text formatted(double seconds, const char *format)
{
    struct hb_text text = {"?"};
    const time_t time = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&time, &tm))
        (void)strftime(text.text, sizeof text.text, format, &tm);
    return text;
}

static struct hb_text date_text(double seconds)
{
    return formatted(seconds, "%Y-%m-%d %H:%M:%S");
}

/* At most `most` dates, evenly spread. */
static void date_tics(double from, double to, unsigned most, char *tics, size_t tics_bytes)
{
    const char *format = to - from < DAY_S ? "%H:%M" : to - from < 300 * DAY_S ? "%d %b" : "%Y-%m";
    size_t used = 0;
    for (unsigned i = 0; i < most && used + 64 < tics_bytes; i++) {
        const double at = from + (to - from) * ((double)i + 0.5) / most;
        const int length = snprintf(tics + used, tics_bytes - used, "%s'%s' %.0f", i ? ", " : "",
                                    formatted(at, format).text, at);
        used += length > 0 ? (size_t)length : 0;
    }
}

static void date_axis(struct hb_chart_axis *axis, double first, double last)
{
    const double air = last > first ? 0.04 * (last - first) : 1800;
    axis->from = first - air;
    axis->to = last + air;
    axis->text = date_text;
    date_tics(axis->from, axis->to, 6, axis->tics, sizeof axis->tics);
    date_tics(axis->from, axis->to, 3, axis->tics_small, sizeof axis->tics_small);
    (void)snprintf(axis->title, sizeof axis->title, "%s",
                   last - first < DAY_S ? formatted(first, "%d %b %Y, UTC").text
                                        : "date of the session (UTC)");
}

/* The line of a label, a new one when it has none yet. */
static struct hb_chart_line *line_of(struct hb_chart *chart, struct hb_chart_palette *palette,
                                     const struct hb_allocator_entry *entry)
{
    for (size_t i = 0; i < chart->line_count; i++) {
        if (strcmp(chart->lines[i].label, entry->label) == 0)
            return &chart->lines[i];
    }
    struct hb_chart_line *line =
        hb_chart_add_line(chart, entry->label, hb_chart_slot(palette, entry));
    if (line)
        line->is_dashed = entry->role == HB_ROLE_FLOOR;
    return line;
}

static double add_session(const struct hb_judgement *judgement, double at, uint32_t key,
                          struct hb_chart_palette *palette, struct hb_chart *chart)
{
    double most = 0;
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_summary *summary = &judgement->allocators[i].throughput;
        if ((int)i == judgement->twin || summary->n == 0)
            continue;
        struct hb_chart_line *line = line_of(chart, palette, &judgement->session->allocators[i]);
        struct hb_chart_point *point = hb_chart_add_point(chart, line, at, summary->median, key);
        if (!point)
            continue;
        point->lo = summary->ci_median_lo;
        point->hi = summary->ci_median_hi;
        most = fmax(most, summary->median);
    }
    return most;
}

int hb_chart_history(const struct hb_judgement *const *sessions, size_t count,
                     struct hb_chart_palette *palette, struct hb_chart *chart, struct hb_err *err)
{
    double first = (double)NAN, last = (double)NAN, most = 0;
    hb_chart_init(chart, HB_CHART_OVER, "history");
    (void)snprintf(chart->title, sizeof chart->title, "Median throughput over sessions: %s",
                   count ? sessions[0]->session->profile_name : "");
    (void)snprintf(chart->says, sizeof chart->says,
                   "A line an allocator, a point a session with the median's 95 %% interval. Lines "
                   "that move together are the machine; one that moves alone is that allocator.");
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "session");
    for (size_t i = 0; i < count; i++) {
        const double at = seconds_of(sessions[i]->session->started_at);
        if (isnan(at))
            continue;
        first = fmin(first, at);
        last = fmax(last, at);
        most = fmax(most, add_session(sessions[i], at, (uint32_t)i + 1, palette, chart));
    }
    if (!isnan(first))
        date_axis(&chart->x, first, last);
    hb_chart_rate_axis(&chart->y, most);
    if (hb_chart_check(chart, err) != 0)
        return -1;
    return hb_chart_points(chart) > 0;
}
