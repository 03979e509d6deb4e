/* Sessions measured alike, over their dates: see sessions_page.h. The series is drawn as it was
 * measured; where its level changed, the machine's own shift taken out, is in a table. */
#include "report/charts.h"
#include "report/compare_report.h"
#include "report/sessions_page.h"

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

/* Lines of the sessions of this group: both are by date, and begin with the same one. */
static bool is_of_group(const struct hb_timeline *line, const struct hb_session *first)
{
    const struct hb_digest *digest = line->points[0].digest;
    return strcmp(digest->workload, first->workload) == 0 &&
           strcmp(digest->started_at, first->started_at) == 0 && digest->seed == first->seed;
}

static void add_steps(const struct hb_timelines *timelines, const struct hb_session *first,
                      struct hb_doc *doc)
{
    for (size_t i = 0; timelines && i < timelines->count; i++) {
        if (is_of_group(&timelines->lines[i], first)) {
            hb_compare_steps(timelines, timelines->lines[i].group, doc);
            return;
        }
    }
}

static void add_group(const struct hb_judgement *const *group, size_t count,
                      const struct hb_timelines *timelines, struct hb_doc *doc)
{
    const struct hb_session *first = group[0]->session;
    char heading[HB_NAME_MAX + 48];
    (void)snprintf(heading, sizeof heading, "Over time: %s", first->profile_name);
    hb_doc_section(doc, NULL, heading, "%zu sessions of %s, measured alike", count,
                   first->workload);
    hb_doc_guide(doc, "The same parameters on the same class of machine. Lines that move together "
                      "are the machine; one that moves alone is that allocator.");
    if (hb_chart_history(group, count, doc) == 0)
        hb_doc_line(doc, "none of them has a speed and a date");
    add_steps(timelines, first, doc);
}

int hb_page_history(const struct hb_page_sessions *sessions, struct hb_doc *doc, struct hb_err *err)
{
    const struct hb_judgement **all = calloc(sessions->count + 1, sizeof *all);
    size_t count = 0, end;
    if (!all)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu sessions", sessions->count);
    for (size_t i = 0; i < sessions->count; i++) {
        if (sessions->items[i].rebase)
            all[count++] = sessions->items[i].rebase->judgement;
    }
    for (size_t from = 0; from < count; from = end) {
        end = gather(all, from, count);
        qsort(all + from, end - from, sizeof *all, compare_dates);
        if (end - from > 1)
            add_group(all + from, end - from, sessions->timelines, doc);
    }
    free(all);
    return 0;
}
