/* Result files as one table: see standing_files.h. */
#include "suite/standing_files.h"

#include "base/copy.h"
#include "report/session_report.h"
#include "report/sessions_page.h"
#include "report/standings_report.h"
#include "report/write_page.h"

#include <stdio.h>
#include <stdlib.h>

/* 0, 1 when the file was left out, -1. */
static int read_file(struct hb_inputs *inputs, size_t index, struct hb_standing_files *files,
                     struct hb_err *err)
{
    const struct hb_assess_by by = {.depth = HB_DEPTH_BRIEF};
    struct hb_standing_file *file = calloc(1, sizeof *file);
    bool is_default;
    if (!file)
        return hb_err_memory(err, NULL);
    int status = hb_inputs_read(inputs, index, &file->session, err);
    if (status == 0 && !inputs->items[index].is_named && hb_session_is_empty(&file->session))
        status = 1;
    if (status == 0 && hb_assess_read(&file->session, by, &file->assessment, &is_default, err) != 0)
        status = -1;
    if (status != 0) {
        hb_session_free(&file->session);
        free(file);
        return status;
    }
    if (file->session.kind == HB_KIND_REBASE && file->session.profile_name[0])
        (void)hb_kind_of_loop(&file->session, file->label);
    else
        HB_COPY(file->label, file->session.profile_name[0] ? file->session.profile_name
                                                           : inputs->items[index].label);
    files->items[files->count++] = file;
    return 0;
}

static int make_table(const struct hb_standing_options *options, struct hb_standing_files *files,
                      struct hb_err *err)
{
    const struct hb_assessment **all = calloc(files->count + 1, sizeof *all);
    if (!all)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < files->count; i++)
        all[i] = &files->items[i]->assessment;
    const int status = hb_standings_make(all, files->count, options, &files->standings, err);
    free(all);
    return status;
}

int hb_standing_files_read(struct hb_inputs *inputs, const struct hb_standing_options *options,
                           struct hb_standing_files *files, struct hb_err *err)
{
    *files = (struct hb_standing_files){0};
    files->items = calloc(inputs->count + 1, sizeof(struct hb_standing_file *));
    if (!files->items)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < inputs->count; i++) {
        if (read_file(inputs, i, files, err) < 0)
            return -1;
    }
    return make_table(options, files, err);
}

void hb_standing_files_free(struct hb_standing_files *files)
{
    hb_standings_free(&files->standings);
    for (size_t i = 0; i < files->count; i++) {
        hb_assessment_free(&files->items[i]->assessment);
        hb_session_free(&files->items[i]->session);
        free(files->items[i]);
    }
    free(files->items);
    *files = (struct hb_standing_files){0};
}

/* Of a check of one group of promises: a suite has one of each. */
static const char *group_of(const struct hb_session *session)
{
    for (size_t i = 1; i < session->promise_count; i++) {
        if (session->promises[i].group != session->promises[0].group)
            return "all promises";
    }
    return session->promise_count ? hb_promise_group_names[session->promises[0].group] : "";
}

/* What is no ratio: whether they hold, and what they promise. */
static void add_others(const struct hb_standing_files *files, struct hb_doc *doc)
{
    bool is_first = true;
    for (size_t i = 0; i < files->count; i++) {
        const struct hb_standing_file *file = files->items[i];
        struct hb_buf verdict = {0};
        if (file->session.kind != HB_KIND_SOAK && file->session.kind != HB_KIND_CHECK)
            continue;
        if (is_first)
            hb_doc_section(doc, "besides", "Besides", "%s", "");
        is_first = false;
        hb_verdict_of_session(&file->assessment, &verdict);
        hb_doc_line(doc, "%s%s%s%s: %s", hb_session_kind_names[file->session.kind],
                    file->session.promise_count ? ", " : "", group_of(&file->session),
                    file->session.partial ? " (cut off)" : "", hb_buf_string(&verdict));
        doc->failed |= verdict.failed;
        hb_buf_free(&verdict);
    }
}

static int add_sessions(const struct hb_standing_files *files, struct hb_doc *doc,
                        struct hb_err *err)
{
    struct hb_page_item *items = calloc(files->count + 1, sizeof *items);
    if (!items)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < files->count; i++)
        items[i] = (struct hb_page_item){.label = files->items[i]->label,
                                         .assessed = &files->items[i]->assessment};
    const struct hb_page_sessions sessions = {
        .items = items, .count = files->count, .has_lede = true};
    doc->where = HB_DOC_PAGE;
    const int status = hb_page_document(&sessions, doc, err);
    doc->where = HB_DOC_ALL;
    free(items);
    return status;
}

int hb_standing_files_report(const struct hb_standing_files *files, bool worst_first,
                             struct hb_doc *doc, struct hb_err *err)
{
    const struct hb_standings_view view = {&files->standings, worst_first};
    if (hb_standings_report(&view, doc, err) != 0)
        return -1;
    add_others(files, doc);
    return add_sessions(files, doc, err);
}

int hb_standing_files_page(const struct hb_standing_files *files, const struct hb_doc *doc,
                           const char *tool, struct hb_buf *out, struct hb_err *err)
{
    char title[128];
    (void)snprintf(title, sizeof title, "%zu allocators over %zu kind%s",
                   files->standings.competitors, files->standings.kind_count,
                   files->standings.kind_count == 1 ? "" : "s");
    const struct hb_page_options options = {.title = title, .tool = tool, .charts = true};
    return hb_doc_write_page(doc, &options, out, err);
}
