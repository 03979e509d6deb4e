/* Judged sessions as one document: see sessions_page.h. */
#include "report/sessions_page.h"

#include "base/json/json.h"
#include "report/charts.h"
#include "report/compare_report.h"
#include "report/session_report.h"
#include "result/profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hb_session *page_session(const struct hb_page_item *item)
{
    return item->assessed->session;
}

static enum hb_session_kind kind_of(const struct hb_page_item *item)
{
    return page_session(item)->kind;
}

/* A sweep has no one speed to draw over dates, and no one noise. */
static bool has_judgement(const struct hb_page_item *item)
{
    return kind_of(item) == HB_KIND_REBASE && page_session(item)->point_count == 0;
}

/* ---- words ---- */

/* A CSV has no profile. */
static const char *profile_of(const struct hb_page_item *item)
{
    const struct hb_session *session = page_session(item);
    return session->profile_name[0] ? session->profile_name : item->label;
}

/* "mixed"; "before: mixed" of a session that has a name. */
static const char *name_of(const struct hb_page_item *item, char *text, size_t text_bytes)
{
    const char *name = page_session(item)->name;
    (void)snprintf(text, text_bytes, "%s%s%s", name, name[0] ? ": " : "", profile_of(item));
    return text;
}

static void item_title(const struct hb_page_item *item, char *text, size_t text_bytes)
{
    char name[2 * HB_NAME_MAX + 2], day[32];
    const struct hb_session *session = page_session(item);
    (void)snprintf(day, sizeof day, "%.10s", session->started_at);
    (void)snprintf(text, text_bytes, "%s%s%s%s", name_of(item, name, sizeof name),
                   kind_of(item) == HB_KIND_SOAK ? " (soak)" : "", day[0] ? ", " : "", day);
}

void hb_page_title(const struct hb_page_sessions *sessions, char *text, size_t text_bytes)
{
    const struct hb_page_item *item = sessions->items;
    const size_t allocators = hb_session_competitors(page_session(item));
    char name[2 * HB_NAME_MAX + 2];
    const char *how = kind_of(item) == HB_KIND_SOAK    ? "over time"
                      : kind_of(item) == HB_KIND_CHECK ? "asked"
                                                       : NULL;
    (void)name_of(item, name, sizeof name);
    if (sessions->count > 1)
        (void)snprintf(text, text_bytes, "%zu sessions of memory allocators", sessions->count);
    else if (allocators == 1)
        (void)snprintf(text, text_bytes, "%s: one allocator %s", name, how ? how : "measured");
    else
        (void)snprintf(text, text_bytes, "%s: %zu allocators %s", name, allocators,
                       how ? how : "compared");
}

/* ---- over dates: as it was measured; where a level changed, the machine's shift is out ---- */

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
           hb_session_profile(a)->memory_limit_bytes == hb_session_profile(b)->memory_limit_bytes &&
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

static void add_history_steps(const struct hb_timelines *timelines, const struct hb_session *first,
                              struct hb_doc *doc)
{
    for (size_t i = 0; timelines && i < timelines->count; i++) {
        if (is_of_group(&timelines->lines[i], first)) {
            hb_compare_steps(timelines, timelines->lines[i].group, doc);
            return;
        }
    }
}

static void add_alike(const struct hb_judgement *const *group, size_t count,
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
    add_history_steps(timelines, first, doc);
}

static int add_history(const struct hb_page_sessions *sessions, struct hb_doc *doc,
                       struct hb_err *err)
{
    const struct hb_judgement **all = calloc(sessions->count + 1, sizeof *all);
    size_t count = 0, end;
    if (!all)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < sessions->count; i++) {
        if (has_judgement(&sessions->items[i]))
            all[count++] = &sessions->items[i].assessed->judgement;
    }
    for (size_t from = 0; from < count; from = end) {
        end = gather(all, from, count);
        qsort(all + from, end - from, sizeof *all, compare_dates);
        if (end - from > 1)
            add_alike(all + from, end - from, sessions->timelines, doc);
    }
    free(all);
    return 0;
}

/* ---- environment ---- */

static void flag_fact(struct hb_doc *doc, const char *term, int value)
{
    if (value >= 0)
        hb_doc_fact(doc, term, "%d", value);
}

static void load_fact(struct hb_doc *doc, const struct hb_host_info *host)
{
    char end[40] = "";
    if (!isnan(host->load1_end))
        (void)snprintf(end, sizeof end, ", %.2f at the end", host->load1_end);
    if (!isnan(host->load1_start))
        hb_doc_fact(doc, "Load", "%.2f at the start%s", host->load1_start, end);
}

static void host_facts(struct hb_doc *doc, const struct hb_host_info *host)
{
    hb_doc_fact(doc, "CPU", "%s", host->cpu_model);
    if (host->cpu_count)
        hb_doc_fact(doc, "CPUs", "%u, worker on %s", host->cpu_count,
                    host->cpus_used[0] ? host->cpus_used : "any");
    hb_doc_fact(doc, "Governor", "%s", host->cpu_governor);
    hb_doc_fact(doc, "Turbo", "%s", host->turbo);
    hb_doc_fact(doc, "Hypervisor", "%s", host->hypervisor);
    if (host->memory_bytes)
        hb_doc_fact(doc, "Memory", "%s, pages of %s",
                    hb_format_bytes((double)host->memory_bytes).text,
                    hb_format_bytes((double)host->page_bytes).text);
    if (host->thp_enabled[0])
        hb_doc_fact(doc, "Huge pages", "%s, defrag %s", host->thp_enabled, host->thp_defrag);
    hb_doc_fact(doc, "System", "%s", host->os);
    if (host->kernel[0])
        hb_doc_fact(doc, "Kernel", "Linux %s, %s", host->kernel, host->arch);
    hb_doc_fact(doc, "C library", "%s", host->libc);
    hb_doc_fact(doc, "Clock", "%s", host->clocksource);
    flag_fact(doc, "Randomisation", host->aslr);
    flag_fact(doc, "Overcommit", host->overcommit);
    load_fact(doc, host);
    hb_doc_fact(doc, "Host", "%s", host->hostname);
    hb_doc_fact(doc, "Host class", "%s", host->class_key);
}

static void library_row(struct hb_table *table, const struct hb_allocator_entry *entry)
{
    const bool has_library = entry->library_path[0] || entry->library_sha256[0];
    hb_table_add(table, HB_STYLE_STRONG, "%s", entry->label);
    hb_table_text(table, hb_role_names[entry->role]);
    hb_table_text(table, entry->library_version);
    hb_table_add(table, HB_STYLE_PLAIN, "%s%s%s", entry->via, entry->environment[0] ? ", " : "",
                 entry->environment);
    hb_table_text(table, entry->licence);
    if (entry->missing_reason[0])
        hb_table_add(table, HB_STYLE_BAD, "missing: %s", entry->missing_reason);
    else
        hb_table_text(table, has_library ? entry->library_path : entry->plugin_path);
    hb_table_text(table, has_library ? entry->library_sha256 : entry->plugin_sha256);
}

static void add_environment(const struct hb_session *session, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_LEFT("role"),
                                               HB_LEFT("version"),
                                               HB_LEFT("way in"),
                                               HB_LEFT("licence"),
                                               HB_LEFT("file", .wraps = true),
                                               HB_LEFT("sha256", .wraps = true)};
    doc->where = HB_DOC_PAGE;
    hb_doc_section(doc, "environment", "Environment", "%s", "");
    hb_doc_guide(doc, "Two results can be compared where all of this is the same; the same "
                      "checksum is the same build of a library.");
    host_facts(doc, &session->host);
    struct hb_table *table = hb_doc_table(doc, "Allocators: versions and files", columns, 7);
    for (size_t i = 0; i < session->allocator_count; i++)
        library_row(table, &session->allocators[i]);
    doc->where = HB_DOC_ALL;
}

/* ---- again ---- */

static void add_profile(const struct hb_session *session, struct hb_doc *doc)
{
    struct hb_buf json = {0};
    struct hb_err err;
    if (!session->profile)
        return;
    cJSON *root = hb_profile_to_json(session->profile);
    if (!root || hb_json_print(root, true, &json, &err) != 0)
        doc->failed = true;
    cJSON_Delete(root);
    hb_doc_add(doc, HB_BLOCK_CODE, "Profile as used (JSON)", "%s", hb_buf_string(&json));
    hb_buf_free(&json);
}

static void add_reproduce(const struct hb_session *session, struct hb_doc *doc)
{
    doc->where = HB_DOC_PAGE;
    hb_doc_section(doc, "reproduce", "How to reproduce it", "%s", "");
    if (session->command_line) {
        hb_doc_guide(doc, "It was measured with this command:");
        hb_doc_add(doc, HB_BLOCK_CODE, NULL, "%s", session->command_line);
    }
    if (session->profile && session->seed) {
        hb_doc_guide(doc, "For the same plan in the same order, save the profile below as "
                          "profile.json and run:");
        hb_doc_add(doc, HB_BLOCK_CODE, NULL, "hakbench %s --%s ./profile.json --seed %llu",
                   hb_session_kind_names[session->kind],
                   session->kind == HB_KIND_EXEC ? "suite" : "profile",
                   (unsigned long long)session->seed);
    }
    if (session->seed)
        hb_doc_fact(doc, "Seed", "%llu", (unsigned long long)session->seed);
    hb_doc_fact(doc, "Workload's file", "%s%s", session->workload_sha256[0] ? "sha256 " : "",
                session->workload_sha256);
    hb_doc_fact(doc, "Plan key", "%s", session->plan_key);
    hb_doc_fact(doc, "Began, ended", "%s%s%s", session->started_at,
                session->ended_at[0] ? " to " : "", session->ended_at);
    if (session->tool_version[0])
        hb_doc_fact(doc, "Tool", "hakbench %s%s%s", session->tool_version,
                    session->tool_commit[0] ? ", commit " : "", session->tool_commit);
    add_profile(session, doc);
    doc->where = HB_DOC_ALL;
}

/* ---- sessions ---- */

/* Of one alone the page's own title says it. */
static void add_session(const struct hb_page_item *item, bool is_alone, struct hb_doc *doc)
{
    const struct hb_session *session = page_session(item);
    char title[2 * HB_NAME_MAX + 64];
    item_title(item, title, sizeof title);
    doc->where = is_alone ? HB_DOC_TEXT : HB_DOC_ALL;
    hb_doc_part(doc, item->label, profile_of(item), title);
    doc->where = HB_DOC_ALL;
    hb_session_report(item->assessed, doc);
    add_environment(session, doc);
    add_reproduce(session, doc);
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(page_session(*(const struct hb_page_item *const *)b)->started_at,
                  page_session(*(const struct hb_page_item *const *)a)->started_at);
}

/* A suite's session that was cut off is planned for as many as there may be. */
static uint32_t blocks_of(const struct hb_session *session)
{
    return session->partial && session->kind != HB_KIND_SOAK ? hb_session_blocks_begun(session)
                                                             : session->blocks;
}

static void add_table(const struct hb_page_sessions *sessions, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("session"),
                                               HB_LEFT("began", .late = 1),
                                               HB_RIGHT("runs", .late = 2),
                                               HB_RIGHT("noise floor", .late = 3),
                                               HB_LEFT("came out", .breaks = true),
                                               HB_LEFT("note", .breaks = true, .late = 4)};
    hb_doc_section(doc, "sessions", "All sessions", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "All sessions", columns, 6);
    const struct hb_page_item **items = calloc(sessions->count + 1, sizeof *items);
    table->failed |= !items;
    if (!items)
        return;
    for (size_t i = 0; i < sessions->count; i++)
        items[i] = &sessions->items[i];
    qsort(items, sessions->count, sizeof *items, newest_first);
    for (size_t i = 0; i < sessions->count; i++) {
        const struct hb_page_item *item = items[i];
        const double noise = has_judgement(item) ? item->assessed->judgement.aa_noise : (double)NAN;
        struct hb_buf verdict = {0};
        hb_verdict_of_session(item->assessed, &verdict);
        hb_table_add(table, HB_STYLE_STRONG, "%s", item->label);
        hb_table_text(table, page_session(item)->started_at);
        hb_table_add(table, HB_STYLE_PLAIN, "%u", blocks_of(page_session(item)));
        hb_table_number(table, HB_STYLE_PLAIN,
                        isnan(noise) ? "" : hb_format_percent(100 * noise).text);
        hb_table_text(table, hb_buf_string(&verdict));
        hb_table_text(table, page_session(item)->note ? page_session(item)->note : "");
        table->failed |= verdict.failed;
        hb_buf_free(&verdict);
    }
    free(items);
}

/* Of several: what changed, or what the newest says. */
static void add_lede(const struct hb_page_sessions *sessions, struct hb_doc *doc)
{
    const struct hb_page_item *newest = &sessions->items[0];
    struct hb_buf lede = {0};
    for (size_t i = 1; i < sessions->count; i++) {
        if (strcmp(page_session(&sessions->items[i])->started_at,
                   page_session(newest)->started_at) > 0)
            newest = &sessions->items[i];
    }
    if (sessions->timelines) {
        hb_verdict_of_compare(&(struct hb_compare_view){.timelines = sessions->timelines}, &lede);
        hb_buf_char(&lede, ' ');
    }
    hb_buf_printf(&lede, "%zu session%s", sessions->count, sessions->count == 1 ? "" : "s");
    if (sessions->timelines && sessions->timelines->since[0])
        hb_buf_printf(&lede, " since %.10s", sessions->timelines->since);
    hb_buf_printf(&lede, ". The newest, %s: ", newest->label);
    hb_verdict_of_session(newest->assessed, &lede);
    hb_doc_lede(doc, &lede);
}

int hb_page_document(const struct hb_page_sessions *sessions, struct hb_doc *doc,
                     struct hb_err *err)
{
    if ((sessions->count > 1 || sessions->timelines) && !sessions->has_lede)
        add_lede(sessions, doc);
    if (add_history(sessions, doc, err) != 0)
        return -1;
    if (sessions->count > 1)
        add_table(sessions, doc);
    for (size_t i = 0; i < sessions->count; i++) {
        if (sessions->items[i].is_detailed)
            add_session(&sessions->items[i], sessions->count == 1, doc);
        doc->folds_parts |= !sessions->items[i].is_detailed;
    }
    return hb_doc_check(doc, err);
}
