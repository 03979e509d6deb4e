/* Sessions over time: see charts.h. */
#include "base/clock.h"
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400.0

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

/* Six dates, evenly spread. */
static void date_tics(struct hb_chart_axis *axis)
{
    const double span = axis->to - axis->from;
    const char *format = span < DAY_S ? "%H:%M" : span < 300 * DAY_S ? "%d %b" : "%Y-%m";
    for (unsigned i = 0; i < 6; i++) {
        const double at = axis->from + span * ((double)i + 0.5) / 6;
        hb_chart_add_tic(axis, at, formatted(at, format).text);
    }
}

static void date_axis(struct hb_chart_axis *axis, double first, double last)
{
    const double air = last > first ? 0.04 * (last - first) : 1800;
    axis->from = first - air;
    axis->to = last + air;
    axis->text = date_text;
    date_tics(axis);
    (void)snprintf(axis->title, sizeof axis->title, "%s",
                   last - first < DAY_S ? formatted(first, "%d %b %Y, UTC").text
                                        : "date of the session (UTC)");
}

/* The line of a label, a new one when it has none yet. */
static struct hb_chart_line *line_of(struct hb_chart *chart, struct hb_doc *doc,
                                     const struct hb_allocator_entry *entry)
{
    for (size_t i = 0; i < chart->line_count; i++) {
        if (strcmp(chart->lines[i].label, entry->label) == 0)
            return &chart->lines[i];
    }
    struct hb_chart_line *line = hb_chart_add_entry(chart, &doc->palette, entry);
    if (line)
        line->is_dashed = entry->role == HB_ROLE_FLOOR;
    return line;
}

static double add_session(const struct hb_judgement *judgement, double at, uint32_t key,
                          struct hb_doc *doc, struct hb_chart *chart)
{
    double most = 0;
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_summary *summary = &judgement->allocators[i].throughput;
        if ((int)i == judgement->twin || summary->n == 0)
            continue;
        struct hb_chart_line *line = line_of(chart, doc, &judgement->session->allocators[i]);
        struct hb_chart_point *point = hb_chart_add_point(chart, line, at, summary->median, key);
        if (!point)
            continue;
        point->lo = summary->ci_median_lo;
        point->hi = summary->ci_median_hi;
        most = fmax(most, summary->median);
    }
    return most;
}

size_t hb_chart_history(const struct hb_judgement *const *sessions, size_t count,
                        struct hb_doc *doc)
{
    const char *profile = count ? sessions[0]->session->profile_name : "";
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "");
    double first = (double)NAN, last = (double)NAN, most = 0;
    hb_chart_words(chart, "",
                   "A line an allocator, a point a session with the median's 95 % interval. Lines "
                   "that move together are the machine; one that moves alone is that allocator.");
    (void)snprintf(chart->name, sizeof chart->name, "%.36s-history", profile);
    (void)snprintf(chart->title, sizeof chart->title, "Median throughput over sessions: %s",
                   profile);
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "session");
    for (size_t i = 0; i < count; i++) {
        const double at = hb_clock_wall_s(sessions[i]->session->started_at);
        if (isnan(at))
            continue;
        first = fmin(first, at);
        last = fmax(last, at);
        most = fmax(most, add_session(sessions[i], at, (uint32_t)i + 1, doc, chart));
    }
    if (!isnan(first))
        date_axis(&chart->x, first, last);
    hb_chart_rate_axis(&chart->y, most);
    return hb_chart_points(chart);
}
