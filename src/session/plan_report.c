/* What a dry run prints: see plan_report.h. */
#include "session/plan_report.h"

#include "base/unit.h"
#include "plan/exec_plan.h"
#include "plan/plan.h"
#include "report/write_text.h"
#include "session/baseline.h"
#include "workload.h"

#include <stdio.h>
#include <string.h>

static int print(struct hb_doc *doc, struct hb_err *err)
{
    const int status = hb_doc_print(doc, false, stdout, err);
    hb_doc_free(doc);
    return status;
}

/* ---- what is the same in all ---- */

static void add_parameters(const struct hb_session *session, bool of_epochs, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("parameter"),
                                               HB_LEFT("value", .breaks = true)};
    hb_doc_section(doc, "parameters", "Parameters", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Parameters", columns, 2);
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (i == HB_PARAMETER_SEED || (i == HB_PARAMETER_OPERATIONS && of_epochs))
            continue;
        hb_table_text(table, session->parameters[i].name);
        hb_table_text(table, hb_session_value_text(session, i).text);
    }
    if (session->count_source[0]) {
        hb_table_text(table, "instructions");
        hb_table_add(table, HB_STYLE_PLAIN, "by %s", session->count_source);
    }
    if (session->profile->memory_limit_bytes) {
        hb_table_text(table, "memory limit");
        hb_table_text(table, hb_format_bytes((double)session->profile->memory_limit_bytes).text);
    }
}

static const char *role_of(const struct hb_session *session, const struct hb_allocator_entry *entry)
{
    if (session->kind != HB_KIND_SOAK)
        return hb_role_names[entry->role];
    return strcmp(entry->label, session->soak.control) == 0 ? "control" : "judged";
}

static void add_allocators(const struct hb_session *session, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("role"),
                                               HB_LEFT("with", .wraps = true)};
    hb_doc_section(doc, "allocators", "Allocators", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Allocators", columns, 3);
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        const char *path = session->kind == HB_KIND_EXEC ? entry->preload_path : "";
        hb_table_text(table, entry->label);
        hb_table_text(table, role_of(session, entry));
        if (entry->missing_reason[0])
            hb_table_add(table, HB_STYLE_BAD, "missing: %s", entry->missing_reason);
        else
            hb_table_add(table, HB_STYLE_PLAIN, "%s%s%s", path,
                         path[0] && entry->environment[0] ? " " : "", entry->environment);
    }
}

/* more: a sentence of this kind of session, or "". */
static void add_head(const struct hb_session *session, const char *more, struct hb_doc *doc)
{
    char blocks[32] = "";
    if (session->blocks)
        (void)snprintf(blocks, sizeof blocks, "%u blocks, ", session->blocks);
    hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name,
               "workload %s, %sseed %llu, worker on CPU %s", session->workload, blocks,
               (unsigned long long)session->seed, session->host.cpus_used);
    if (more[0])
        hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "%s", more);
    add_parameters(session, session->kind == HB_KIND_SOAK, doc);
    add_allocators(session, doc);
}

/* ---- runs of a workload ---- */

/* Seconds of one job: as long as in the last baseline, else 20 ns an operation and start-up. */
static double guess_job_s(const struct hb_session *session, const char *results, const char **by)
{
    struct hb_session baseline = {0};
    struct hb_err ignored = {0};
    double seconds = 0;
    size_t count = 0;
    const int found = hb_baseline_read(results, session->profile_name, &baseline, &ignored);
    if (found == 1) {
        for (; count < baseline.job_count; count++)
            seconds += baseline.jobs[count].wall_s;
    }
    hb_session_free(&baseline);
    *by = count       ? "from the last baseline"
          : found < 0 ? "a guess: 20 ns an operation; the last baseline is unreadable"
                      : "a guess: 20 ns an operation";
    return count ? seconds / (double)count
                 : 0.05 + 20e-9 * (double)session->parameters[HB_PARAMETER_OPERATIONS].value;
}

/* "hakmem", "hakmem@4K". */
static void add_planned(const struct hb_session *session, const struct hb_plan_job *job,
                        struct hb_buf *line)
{
    hb_buf_printf(line, "%s%s", line->size ? " " : "", session->allocators[job->allocator].label);
    if (session->point_count)
        hb_buf_printf(line, "@%s", session->points[job->point].text);
}

static void add_order(const struct hb_session *session, const struct hb_plan *plan,
                      struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("jobs"),
                                               HB_LEFT("of, in this order", .breaks = true)};
    hb_doc_section(doc, "order", "Order", "%zu jobs", plan->job_count);
    struct hb_table *table = hb_doc_table(doc, "Order", columns, 2);
    for (size_t i = 0; i < plan->job_count;) {
        const struct hb_plan_job *first = &plan->jobs[i];
        struct hb_buf line = {0};
        if (first->kind == HB_JOB_TIMED)
            hb_table_add(table, HB_STYLE_PLAIN, "block %u", first->block + 1);
        else
            hb_table_text(table, first->kind == HB_JOB_COUNTED ? "system calls" : "instructions");
        for (; i < plan->job_count && plan->jobs[i].block == first->block &&
               plan->jobs[i].kind == first->kind;
             i++)
            add_planned(session, &plan->jobs[i], &line);
        hb_table_text(table, hb_buf_string(&line));
        doc->failed |= line.failed;
        hb_buf_free(&line);
    }
}

int hb_plan_report(const struct hb_session *session, const char *results, const char *more,
                   struct hb_err *err)
{
    struct hb_doc doc = {0};
    struct hb_plan plan;
    const char *by;
    if (hb_plan_build(session, &plan, err) != 0)
        return -1;
    const double job_s = guess_job_s(session, results, &by);
    hb_doc_add(&doc, HB_BLOCK_LEDE, NULL, "expected time: about %s (%s)",
               hb_format_duration(job_s * (double)plan.job_count).text, by);
    add_head(session, more, &doc);
    add_order(session, &plan, &doc);
    hb_plan_free(&plan);
    return print(&doc, err);
}

/* ---- soaks ---- */

int hb_plan_report_soak(const struct hb_session *session, struct hb_err *err)
{
    const struct hb_soak *settings = &session->soak;
    const struct hb_text epoch = hb_format_duration(settings->epoch_s);
    struct hb_doc doc = {0};
    char more[256];
    hb_doc_add(&doc, HB_BLOCK_LEDE, NULL, "expected time: %s%s",
               hb_format_duration(settings->duration_s).text,
               settings->fresh ? " and start-up" : "");
    if (settings->fresh)
        (void)snprintf(more, sizeof more,
                       "%u runs of about %s each, every one a fresh process, in shuffled order",
                       settings->rounds, epoch.text);
    else
        (void)snprintf(more, sizeof more,
                       "epochs of about %s, about %.0f for each allocator, in shuffled turns; the "
                       "first %u of a process are not judged",
                       epoch.text,
                       settings->duration_s / settings->epoch_s / (double)session->allocator_count,
                       settings->warmup_epochs);
    add_head(session, more, &doc);
    return print(&doc, err);
}

/* ---- programs ---- */

int hb_plan_report_exec(const struct hb_session *session, const char *more, struct hb_err *err)
{
    static const struct hb_column columns[] = {HB_LEFT("program"), HB_LEFT("file", .wraps = true)};
    struct hb_exec_plan plan;
    struct hb_doc doc = {0};
    if (hb_exec_plan_build(session, &plan, err) != 0)
        return -1;
    hb_doc_add(
        &doc, HB_BLOCK_HEAD, session->profile_name,
        "%zu runs in %u blocks, seed %llu: a counting pass of each program, then each once a "
        "block, and a program that does nothing",
        plan.count, session->blocks, (unsigned long long)session->seed);
    if (more[0])
        hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "%s", more);
    hb_doc_section(&doc, "programs", "Programs", "%s", "");
    struct hb_table *table = hb_doc_table(&doc, "Programs", columns, 2);
    for (size_t i = 0; i < session->program_count; i++) {
        hb_table_text(table, session->programs[i].name);
        hb_table_add(table, HB_STYLE_PLAIN, "%s%s", session->programs[i].path,
                     session->programs[i].missing_reason);
    }
    add_allocators(session, &doc);
    hb_exec_plan_free(&plan);
    return print(&doc, err);
}
