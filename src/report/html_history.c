/* Sessions measured alike, over their dates: see html_item.h. Only the series is drawn: where its
 * level changed is for `compare` to say, which may add lines to the chart of charts.h. */
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
    hb_html_section_end(page);
}
