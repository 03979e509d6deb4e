/* What was measured, on what, and how to do it again: see html_item.h. */
#include "report/html_item.h"

#include "base/json/json.h"
#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "2026-11-24T09:03:08Z" for people: "2026-11-24 09:03 UTC". */
static const char *when_text(const char *wall, char *text, size_t text_bytes)
{
    if (strlen(wall) == 20 && wall[10] == 'T' && wall[19] == 'Z')
        (void)snprintf(text, text_bytes, "%.10s %.5s UTC", wall, wall + 11);
    else
        (void)snprintf(text, text_bytes, "%s", wall);
    return text;
}

static void add_parameters(const struct hb_session *session, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < session->parameter_count && used + 2 * HB_NAME_MAX < text_bytes; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (strcmp(parameter->name, "seed") != 0)
            used += (size_t)snprintf(text + used, text_bytes - used, "%s%s %s", used ? ", " : "",
                                     parameter->name, parameter->text);
    }
}

/* ---- at the head ---- */

static void how_often(struct hb_html *page, const struct hb_html_item *item)
{
    const struct hb_session *session = hb_html_session(item);
    if (item->rebase) {
        hb_html_fact(page, "Runs", "%u of each, every one a fresh process, in shuffled blocks",
                     session->blocks);
        return;
    }
    hb_html_fact(page, "Duration", "%s in %zu %s", hb_format_duration(item->soak->duration_s).text,
                 session->epoch_count, session->soak.fresh ? "fresh processes" : "epochs");
}

static void margin_of(struct hb_html *page, const struct hb_html_item *item)
{
    if (item->soak) {
        hb_html_fact(page, "Drift", "told over %s; flat is wholly within %s",
                     hb_format_duration(item->soak->scale_s).text,
                     hb_format_percent(item->soak->margin_percent).text);
        return;
    }
    const struct hb_judgement *judgement = item->rebase->judgement;
    const struct hb_text margin = hb_format_percent(100 * judgement->margin);
    if (isnan(judgement->aa_noise))
        hb_html_fact(page, "Margin", "a difference counts from %s on; the noise was not measured",
                     margin.text);
    else
        hb_html_fact(page, "Margin", "a difference counts from %s on; A/A noise floor %s",
                     margin.text, hb_format_percent(100 * judgement->aa_noise).text);
}

static void machine_of(struct hb_html *page, const struct hb_host_info *host)
{
    if (host->cpu_model[0])
        hb_html_fact(page, "Machine", "%s, %u CPUs (worker on %s), %s, Linux %s", host->cpu_model,
                     host->cpu_count, host->cpus_used,
                     hb_format_bytes((double)host->memory_bytes).text, host->kernel);
}

void hb_html_facts(struct hb_html *page, const struct hb_html_item *item)
{
    const struct hb_session *session = hb_html_session(item);
    char text[768], when[64];
    add_parameters(session, text, sizeof text);
    hb_buf_text(page->out, "<dl class=\"facts\">\n");
    if (session->workload[0])
        hb_html_fact(page, "Measured", "%s%s%s", session->workload, text[0] ? ": " : "", text);
    hb_html_fact(page, "When", "%s", when_text(session->started_at, when, sizeof when));
    how_often(page, item);
    machine_of(page, &session->host);
    margin_of(page, item);
    if (session->tool_version[0])
        hb_html_fact(page, "Tool", "hakbench %s%s%s", session->tool_version,
                     session->tool_commit[0] ? ", commit " : "", session->tool_commit);
    hb_buf_text(page->out, "</dl>\n");
}

static bool some_failed(const struct hb_html_item *item)
{
    return item->rebase ? !hb_judgement_complete(item->rebase->judgement)
                        : !hb_soak_complete(item->soak);
}

static void caution(struct hb_html *page, const char *strong, const char *text)
{
    hb_buf_printf(page->out,
                  "<p class=\"caution\"><strong><span aria-hidden=\"true\">\xe2\x9a\xa0</span> "
                  "%s</strong> ",
                  strong);
    hb_html_text(page->out, text);
    hb_buf_text(page->out, "</p>\n");
}

void hb_html_caution(struct hb_html *page, const struct hb_html_item *item)
{
    char text[256];
    if (hb_html_session(item)->partial)
        caution(page, "Partial:",
                "the session was interrupted or cut off; all figures are of what there is.");
    else if (some_failed(item))
        caution(page,
                "Incomplete:", "some runs did not come out well; the notes say which and why.");
    if (item->rebase && hb_judgement_doubt(item->rebase->judgement, text, sizeof text))
        caution(page, "", text);
}

/* ---- environment ---- */

static void flag_fact(struct hb_html *page, const char *term, int value)
{
    if (value >= 0)
        hb_html_fact(page, term, "%d", value);
}

static void load_fact(struct hb_html *page, const struct hb_host_info *host)
{
    char end[40] = "";
    if (!isnan(host->load1_end))
        (void)snprintf(end, sizeof end, ", %.2f at the end", host->load1_end);
    if (!isnan(host->load1_start))
        hb_html_fact(page, "Load", "%.2f at the start%s", host->load1_start, end);
}

static void host_facts(struct hb_html *page, const struct hb_host_info *host)
{
    hb_buf_text(page->out, "<dl class=\"facts\">\n");
    hb_html_fact(page, "CPU", "%s", host->cpu_model);
    if (host->cpu_count)
        hb_html_fact(page, "CPUs", "%u, worker on %s", host->cpu_count, host->cpus_used);
    hb_html_fact(page, "Governor", "%s", host->cpu_governor);
    hb_html_fact(page, "Turbo", "%s", host->turbo);
    hb_html_fact(page, "Hypervisor", "%s", host->hypervisor);
    if (host->memory_bytes)
        hb_html_fact(page, "Memory", "%s, pages of %s",
                     hb_format_bytes((double)host->memory_bytes).text,
                     hb_format_bytes((double)host->page_bytes).text);
    if (host->thp_enabled[0])
        hb_html_fact(page, "Huge pages", "%s, defrag %s", host->thp_enabled, host->thp_defrag);
    hb_html_fact(page, "System", "%s", host->os);
    if (host->kernel[0])
        hb_html_fact(page, "Kernel", "Linux %s, %s", host->kernel, host->arch);
    hb_html_fact(page, "C library", "%s", host->libc);
    hb_html_fact(page, "Clock", "%s", host->clocksource);
    flag_fact(page, "Randomisation", host->aslr);
    flag_fact(page, "Overcommit", host->overcommit);
    load_fact(page, host);
    hb_html_fact(page, "Host", "%s", host->hostname);
    hb_html_fact(page, "Host class", "%s", host->class_key);
    hb_buf_text(page->out, "</dl>\n");
}

/* Paths and sums are long: they break anywhere. */
static void library_cell(struct hb_buf *out, const struct hb_allocator_entry *entry)
{
    if (entry->missing_reason[0]) {
        hb_html_element(out, "td", NULL, "missing: %s", entry->missing_reason);
        return;
    }
    hb_buf_text(out, "<td class=\"long\">");
    hb_html_text(out, entry->library_path[0] ? entry->library_path : entry->plugin_path);
    const char *sum = entry->library_sha256[0] ? entry->library_sha256 : entry->plugin_sha256;
    if (sum[0])
        hb_html_element(out, "code", NULL, "sha256 %s", sum);
    hb_buf_text(out, "</td>");
}

static void library_row(struct hb_buf *out, const struct hb_allocator_entry *entry)
{
    hb_buf_text(out, "<tr><th scope=\"row\">");
    hb_html_text(out, entry->label);
    hb_buf_text(out, "</th>");
    hb_html_element(out, "td", NULL, "%s", hb_role_names[entry->role]);
    hb_html_element(out, "td", NULL, "%s", entry->library_version);
    hb_html_element(out, "td", NULL, "%s%s%s", entry->via, entry->environment[0] ? ", " : "",
                    entry->environment);
    hb_html_element(out, "td", NULL, "%s", entry->licence);
    library_cell(out, entry);
    hb_buf_text(out, "</tr>\n");
}

static void libraries(struct hb_html *page, const struct hb_session *session)
{
    hb_buf_printf(page->out,
                  "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Allocators of "
                  "session %u\"><table><caption>Allocators: versions and files</caption>\n"
                  "<thead><tr><th scope=\"col\">allocator</th><th scope=\"col\">role</th>"
                  "<th scope=\"col\">version</th><th scope=\"col\">way in</th>"
                  "<th scope=\"col\">licence</th><th scope=\"col\">file</th></tr></thead><tbody>\n",
                  page->session);
    for (size_t i = 0; i < session->allocator_count; i++)
        library_row(page->out, &session->allocators[i]);
    hb_buf_text(page->out, "</tbody></table></div>\n");
}

void hb_html_environment(struct hb_html *page, const struct hb_session *session)
{
    hb_html_section(page, "environment", "Environment");
    hb_html_says(page, "Two results can be compared where all of this is the same; a sum tells one "
                       "build of a library from another.");
    host_facts(page, &session->host);
    libraries(page, session);
    hb_html_section_end(page);
}

/* ---- again ---- */

static void add_profile(struct hb_html *page, const struct hb_session *session)
{
    struct hb_buf json = {0};
    if (!session->profile)
        return;
    cJSON *root = hb_profile_to_json(session->profile);
    if (!root || hb_json_print(root, true, &json, page->err) != 0)
        page->failed = true;
    cJSON_Delete(root);
    hb_buf_text(page->out, "<details><summary>Profile as used (JSON)</summary>\n<pre><code>");
    hb_html_text(page->out, hb_buf_string(&json));
    hb_buf_text(page->out, "</code></pre></details>\n");
    hb_buf_free(&json);
}

void hb_html_reproduce(struct hb_html *page, const struct hb_session *session)
{
    const bool is_soak = session->kind == HB_KIND_SOAK;
    hb_html_section(page, "reproduce", "How to reproduce it");
    if (session->command_line) {
        hb_html_says(page, "It was measured with this command:");
        hb_buf_text(page->out, "<pre><code>");
        hb_html_text(page->out, session->command_line);
        hb_buf_text(page->out, "</code></pre>\n");
    }
    if (session->profile && session->seed) {
        hb_html_says(page, "For the same plan in the same order, save the profile below as "
                           "profile.json and run:");
        hb_buf_text(page->out, "<pre><code>");
        hb_html_textf(page->out, "hakbench %s --profile ./profile.json --seed %llu",
                      is_soak ? "soak" : "rebase", (unsigned long long)session->seed);
        hb_buf_text(page->out, "</code></pre>\n");
    }
    hb_buf_text(page->out, "<dl class=\"facts\">\n");
    if (session->seed)
        hb_html_fact(page, "Seed", "%llu", (unsigned long long)session->seed);
    hb_html_fact(page, "Workload's file", "%s%s", session->workload_sha256[0] ? "sha256 " : "",
                 session->workload_sha256);
    hb_html_fact(page, "Plan key", "%s", session->plan_key);
    hb_html_fact(page, "Began, ended", "%s%s%s", session->started_at,
                 session->ended_at[0] ? " to " : "", session->ended_at);
    hb_buf_text(page->out, "</dl>\n");
    add_profile(page, session);
    hb_html_section_end(page);
}
