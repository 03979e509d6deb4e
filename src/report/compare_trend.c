/* Many sessions by date, as a report: see compare_report.h. */
#include "report/compare_report.h"

#include "report/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SPARK_LEAST 0.02 /* of the level: a flat line stays flat */

static double change_percent(double before, double after)
{
    return before > 0 ? 100 * (after / before - 1) : (double)NAN;
}

static void add_levels(struct hb_table *table, const struct hb_timeline *line)
{
    double *levels = malloc((line->count + 1) * sizeof *levels);
    for (size_t i = 0; levels && i < line->count; i++)
        levels[i] = line->points[i].level;
    table->failed |= !levels;
    hb_cell_spark(table, levels, levels ? line->count : 0, SPARK_LEAST);
    free(levels);
}

static void add_percent(struct hb_table *table, enum hb_style style, double percent, bool is_signed)
{
    char text[48];
    if (isnan(percent))
        (void)snprintf(text, sizeof text, "-");
    else
        (void)snprintf(text, sizeof text, is_signed ? "%+.2f %%" : "%.2f %%", percent);
    hb_table_number(table, isnan(percent) ? HB_STYLE_DIM : style, text);
}

static void add_line(struct hb_table *table, const struct hb_timeline *line)
{
    const struct hb_figure_info *figure = hb_figure(line->figure);
    const double first = line->points[0].level, last = line->points[line->count - 1].level;
    hb_cell_label(table, line->label);
    hb_table_text(table, figure->heading);
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", line->count);
    hb_table_text(table, hb_figure_text(line->figure, first).text);
    hb_table_text(table, hb_figure_text(line->figure, last).text);
    add_percent(table, HB_STYLE_PLAIN, change_percent(first, last), true);
    add_percent(table, HB_STYLE_DIM, 100 * line->noise, false);
    add_levels(table, line);
    hb_table_add(table, line->step_count ? HB_STYLE_STRONG : HB_STYLE_DIM, "%zu", line->step_count);
}

static void add_steps(struct hb_table *table, const struct hb_timelines *timelines,
                      const struct hb_timeline *line)
{
    for (size_t i = 0; i < line->step_count; i++) {
        const struct hb_timestep *step = &line->steps[i];
        const struct hb_digest *digest = line->points[step->at].digest;
        char commits[64];
        if (!hb_timestep_is_told(timelines, line, step))
            continue;
        hb_timestep_commits(line, step, commits, sizeof commits);
        hb_table_add(table, HB_STYLE_STRONG, "%s",
                     digest->started_at[0] ? digest->started_at : digest->label);
        hb_table_text(table, line->label);
        hb_table_text(table, hb_figure(line->figure)->heading);
        hb_table_text(table, hb_figure_text(line->figure, step->before).text);
        hb_table_text(table, hb_figure_text(line->figure, step->after).text);
        add_percent(table, HB_STYLE_PLAIN, change_percent(step->before, step->after), true);
        hb_table_sign(
            table, step->is_better ? HB_STYLE_GOOD : HB_STYLE_BAD,
            step->is_better ? HB_SIGN_UP : HB_SIGN_DOWN, "%s",
            hb_change_word(line->figure, step->is_better ? HB_CHANGE_BETTER : HB_CHANGE_WORSE));
        hb_table_text(table, commits);
        hb_table_add(table, HB_STYLE_DIM, "%s%s%.80s", digest->name, digest->name[0] ? ": " : "",
                     digest->path);
    }
}

static void lines_table(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_LEFT("metric"),
                                               HB_RIGHT("sessions", .late = 6),
                                               HB_RIGHT("first", .late = 4),
                                               HB_RIGHT("last", .late = 3),
                                               HB_RIGHT("change", .leads = true),
                                               HB_RIGHT("noise", .late = 5),
                                               HB_LEFT("over time", .late = 2),
                                               HB_RIGHT("steps", .late = 1)};
    struct hb_table *table = hb_doc_table(doc, "Over time", columns, 9);
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].group == group)
            add_line(table, &timelines->lines[i]);
    }
}

/* So that a noisy week is seen as that, and not as a change. */
static void add_noisy(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc)
{
    for (size_t i = 0; i < timelines->noisy_count; i++) {
        const struct hb_noisy_time *noisy = &timelines->noisy[i];
        if (noisy->group == group && hb_noisy_is_told(timelines, noisy))
            hb_doc_line(
                doc,
                "the machine was noisy from %.10s to %.10s: in %zu sessions its floor was %.1f "
                "times the usual, and they count for less",
                noisy->first->started_at, noisy->last->started_at, noisy->sessions, noisy->factor);
    }
}

void hb_compare_steps(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("from"),
                                               HB_LEFT("allocator", .leads = true),
                                               HB_LEFT("metric"),
                                               HB_RIGHT("before", .late = 3),
                                               HB_RIGHT("after", .late = 2),
                                               HB_RIGHT("change", .leads = true),
                                               HB_LEFT(""),
                                               HB_LEFT("commits", .late = 4),
                                               HB_LEFT("file", .late = 1, .wraps = true)};
    const size_t before = doc->count;
    struct hb_table *table =
        hb_doc_table(doc, "Where a level changed, without what the machine did to all", columns, 9);
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].group == group)
            add_steps(table, timelines, &timelines->lines[i]);
    }
    if (table->cell_count == 0) {
        hb_doc_drop(doc, before);
        if (timelines->since[0])
            hb_doc_line(doc, "no step since %.10s: every level holds", timelines->since);
        else
            hb_doc_line(doc, "no step: every level holds from the first session to the last");
    }
    add_noisy(timelines, group, doc);
}

static const struct hb_timeline *first_of(const struct hb_timelines *timelines, size_t group)
{
    for (size_t i = 0; i < timelines->count; i++) {
        if (timelines->lines[i].group == group)
            return &timelines->lines[i];
    }
    return NULL;
}

/* All lines of a group are of the same sessions, but for allocators that came or went. */
static void doubts(const struct hb_timelines *timelines, size_t group, struct hb_doc *doc)
{
    const struct hb_timeline *longest = NULL;
    for (size_t i = 0; i < timelines->count; i++) {
        const struct hb_timeline *line = &timelines->lines[i];
        if (line->group == group && (!longest || line->count > longest->count))
            longest = line;
    }
    for (size_t i = 0; longest && i < longest->count; i++) {
        const struct hb_digest *digest = longest->points[i].digest;
        if (digest->doubt[0])
            hb_doc_line(doc, "%s: %s", digest->path, digest->doubt);
    }
}

void hb_compare_trend(const struct hb_timelines *timelines, struct hb_doc *doc)
{
    for (size_t g = 0; g < timelines->groups; g++) {
        const struct hb_timeline *line = first_of(timelines, g);
        if (!line)
            continue;
        const struct hb_digest *first = line->points[0].digest;
        hb_doc_section(doc, NULL, first->profile_name[0] ? first->profile_name : first->workload,
                       "%.300s: %zu sessions, %s to %s", first->parameters, line->count,
                       first->started_at, line->points[line->count - 1].digest->started_at);
        lines_table(timelines, g, doc);
        hb_compare_steps(timelines, g, doc);
        doubts(timelines, g, doc);
    }
    if (timelines->copies)
        hb_doc_line(doc, "%zu %s left out", timelines->copies,
                    timelines->copies == 1 ? "copy of a session given before is"
                                           : "copies of sessions given before are");
}
