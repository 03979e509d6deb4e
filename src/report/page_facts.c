/* The environment of a session, and how to measure it again: see sessions_page.h. */
#include "report/sessions_page.h"

#include "base/json/json.h"
#include "result/profile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
        hb_doc_fact(doc, "CPUs", "%u, worker on %s", host->cpu_count, host->cpus_used);
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

void hb_page_environment(const struct hb_session *session, struct hb_doc *doc)
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
    hb_doc_guide(doc, "Two results can be compared where all of this is the same; a sum tells one "
                      "build of a library from another.");
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

void hb_page_reproduce(const struct hb_session *session, struct hb_doc *doc)
{
    const bool is_soak = session->kind == HB_KIND_SOAK;
    doc->where = HB_DOC_PAGE;
    hb_doc_section(doc, "reproduce", "How to reproduce it", "%s", "");
    if (session->command_line) {
        hb_doc_guide(doc, "It was measured with this command:");
        hb_doc_add(doc, HB_BLOCK_CODE, NULL, "%s", session->command_line);
    }
    if (session->profile && session->seed) {
        hb_doc_guide(doc, "For the same plan in the same order, save the profile below as "
                          "profile.json and run:");
        hb_doc_add(doc, HB_BLOCK_CODE, NULL, "hakbench %s --profile ./profile.json --seed %llu",
                   is_soak ? "soak" : "rebase", (unsigned long long)session->seed);
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
