/* SCORECARD.md: see scorecard.h. */
#include "session/scorecard.h"

#include "report/voice.h"
#include "report/write_text.h"
#include "result/file.h"
#include "result/session_json.h"
#include "session/assessment.h"
#include "session/baseline.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASELINES_MAX 256

static void add_assessed(const struct hb_assessment *assessment, struct hb_doc *doc)
{
    struct hb_report_view view = hb_assessment_view(assessment);
    const char *name = assessment->judgement.session->profile_name;
    view.without_ranking = true;
    hb_doc_part(doc, name, "", name);
    hb_rebase_report(&view, doc);
}

/* Reading errors are part of the page: one broken file must not hide the others. */
static int add_baseline(const char *folder, const char *file, struct hb_doc *doc,
                        struct hb_err *err)
{
    struct hb_session session = {0}, earlier = {0};
    struct hb_assessment assessment = {0};
    struct hb_err unreadable = {0};
    char path[HB_PATH_MAX];
    if (hb_copy_path(path, &unreadable, "%s/%s", folder, file) != 0 ||
        hb_file_expect_regular(path, &unreadable) != 0 ||
        hb_session_read(path, &session, &unreadable) != 0) {
        hb_doc_part(doc, file, "", file);
        hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "cannot be read: %s", unreadable.message);
        return 0;
    }
    const int has_earlier =
        hb_baseline_read_earlier(folder, session.profile_name, &earlier, &unreadable);
    const int status = hb_assess(&session, has_earlier == 1 ? &earlier : NULL, &assessment, err);
    if (status == 0) {
        add_assessed(&assessment, doc);
        hb_assessment_free(&assessment);
    }
    hb_session_free(&earlier);
    hb_session_free(&session);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t list_baselines(const char *folder, char **files)
{
    DIR *directory = opendir(folder);
    size_t count = 0;
    if (!directory)
        return 0;
    for (const struct dirent *entry; (entry = readdir(directory)) && count < BASELINES_MAX;) {
        if (hb_baseline_is_name(entry->d_name) && (files[count] = strdup(entry->d_name)))
            count++;
    }
    (void)closedir(directory);
    qsort(files, count, sizeof *files, compare_names);
    return count;
}

int hb_scorecard_write(const char *folder, struct hb_err *err)
{
    char *files[BASELINES_MAX], path[HB_PATH_MAX];
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    const struct hb_screen screen = hb_screen_markdown();
    const size_t count = list_baselines(folder, files);
    int status = 0;
    hb_doc_add(&doc, HB_BLOCK_TITLE, NULL, "Scorecard");
    hb_doc_add(
        &doc, HB_BLOCK_TEXT, NULL,
        "The pinned baseline of each profile, made anew by every `hakbench rebase` that pins "
        "one.\nHow to read it: docs/method.md.");
    for (size_t i = 0; i < count; i++) {
        if (status == 0)
            status = add_baseline(folder, files[i], &doc, err);
        free(files[i]);
    }
    if (status == 0)
        status = hb_copy_path(path, err, "%s/SCORECARD.md", folder);
    if (status == 0)
        status = hb_doc_write(&doc, &screen, &out, err);
    if (status == 0)
        status = hb_file_write_atomic(path, out.bytes, out.size, err);
    hb_buf_free(&out);
    hb_doc_free(&doc);
    return status;
}
