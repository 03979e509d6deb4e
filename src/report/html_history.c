/* Sessions measured alike, over their dates: see html_item.h. The series is drawn as it was
 * measured; where its level changed, the machine's own shift taken out, is in a table. */
#include "report/charts.h"
#include "report/html_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_parameters(const struct hb_session *a, const struct hb_session *b)
{
    size_t left = 0, right = 0;
    for (size_t i = 0; i < a->parameter_count; i++) {
        const struct hb_parameter_value *mine = &a->parameters[i];
        if (strcmp(mine->name, "seed") == 0)
            continue;
        bool found = false;
        for (size_t j = 0; j < b->parameter_count && !found; j++)
            found = strcmp(b->parameters[j].name, mine->name) == 0 &&
                    b->parameters[j].value == mine->value;
        if (!found)
            return false;
        left++;
    }
    for (size_t j = 0; j < b->parameter_count; j++)
        right += strcmp(b->parameters[j].name, "seed") != 0;
    return left == right;
}

/* Workload, parameters, way in and class of machine: what must be alike for a line over dates. */
static bool are_alike(const struct hb_session *a, const struct hb_session *b)
{
    const char *via_a = a->allocator_count ? a->allocators[0].via : "";
    const char *via_b = b->allocator_count ? b->allocators[0].via : "";
    return strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->host.class_key, b->host.class_key) == 0 && strcmp(via_a, via_b) == 0 &&
           same_parameters(a, b);
}

static int compare_dates(const void *a, const void *b)
{
    const struct hb_judgement *left = *(const struct hb_judgement *const *)a;
    const struct hb_judgement *right = *(const struct hb_judgement *const *)b;
    return strcmp(left->session->started_at, right->session->started_at);
}

/* Moves those that are like all[from] behind it and returns the end of the group. */
static size_t gather(const struct hb_judgement **all, size_t from, size_t count)
{
    size_t end = from + 1;
    for (size_t i = from + 1; i < count; i++) {
        if (!are_alike(all[from]->session, all[i]->session))
            continue;
        const struct hb_judgement *found = all[i];
        memmove(&all[end + 1], &all[end], (i - end) * sizeof *all);
        all[end++] = found;
    }
    return end;
}

int hb_html_group(const struct hb_html_item *items, size_t count, struct hb_html_groups *groups,
                  struct hb_err *err)
{
    size_t rebases = 0;
    *groups = (struct hb_html_groups){.groups = calloc(count + 1, sizeof *groups->groups),
                                      .all = calloc(count + 1, sizeof *groups->all)};
    if (!groups->groups || !groups->all)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu sessions", count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].rebase)
            groups->all[rebases++] = items[i].rebase->judgement;
    }
    for (size_t from = 0; from < rebases;) {
        const size_t end = gather(groups->all, from, rebases);
        qsort(groups->all + from, end - from, sizeof *groups->all, compare_dates);
        if (end - from > 1)
            groups->groups[groups->count++] =
                (struct hb_html_group){groups->all + from, end - from};
        from = end;
    }
    return 0;
}

void hb_html_groups_free(struct hb_html_groups *groups)
{
    free(groups->groups);
    free(groups->all);
    *groups = (struct hb_html_groups){0};
}

/* Lines of the sessions of this group: both are by date, and begin with the same one. */
static bool is_of_group(const struct hb_timeline *line, const struct hb_html_group *group)
{
    const struct hb_session *first = group->sessions[0]->session;
    const struct hb_digest *digest = line->points[0].digest;
    return strcmp(digest->workload, first->workload) == 0 &&
           strcmp(digest->started_at, first->started_at) == 0 && digest->seed == first->seed;
}

static void add_step(struct hb_table *table, const struct hb_timeline *line,
                     const struct hb_timestep *step)
{
    const struct hb_digest *digest = line->points[step->at].digest;
    const char *word =
        hb_change_word(line->figure, step->is_better ? HB_CHANGE_BETTER : HB_CHANGE_WORSE);
    hb_table_add(table, HB_STYLE_STRONG, "%s", line->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", digest->started_at);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_figure(line->figure)->heading);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_figure_text(line->figure, step->before).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_figure_text(line->figure, step->after).text);
    hb_table_add(table, step->is_better ? HB_STYLE_GOOD : HB_STYLE_BAD, "%s %s",
                 step->is_better ? "▲" : "▼", word);
}

static void add_steps(struct hb_html *page, const struct hb_html_group *group)
{
    static const char *const headings[] = {"allocator", "from",  "metric",
                                           "before",    "after", "change"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_LEFT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    size_t lines = 0;
    if (!page->timelines)
        return;
    hb_table_init(&table, headings, aligns, 6);
    for (size_t i = 0; i < page->timelines->count; i++) {
        const struct hb_timeline *line = &page->timelines->lines[i];
        if (!is_of_group(line, group))
            continue;
        lines++;
        for (size_t s = 0; s < line->step_count; s++)
            add_step(&table, line, &line->steps[s]);
    }
    if (table.cell_count) {
        hb_html_table(page, &table, "Where a level changed, what the machine did to all taken out");
        return;
    }
    hb_table_free(&table);
    if (lines)
        hb_html_says(page, "No level changed: what moved, moved with the machine or came back.");
}

void hb_html_history(struct hb_html *page, const struct hb_html_group *group)
{
    struct hb_chart chart;
    const struct hb_session *session = group->sessions[0]->session;
    char title[HB_NAME_MAX + 48];
    (void)snprintf(title, sizeof title, "Over time: %s", session->profile_name);
    hb_html_section(page, "history", title);
    hb_html_says(page,
                 "%zu sessions of %s with the same parameters on the same class of machine. "
                 "Lines that move together are the machine; one that moves alone is that "
                 "allocator.",
                 group->count, session->workload);
    const int built =
        hb_chart_history(group->sessions, group->count, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, built);
    if (built == 0)
        hb_html_says(page, "None of them has a speed and a date.");
    add_steps(page, group);
    hb_html_section_end(page);
}
