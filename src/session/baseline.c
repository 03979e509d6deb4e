/* The pinned baseline: see baseline.h. */
#include "session/baseline.h"

#include "base/copy.h"
#include "base/unit.h"
#include "judge/assessment.h"
#include "judge/judge.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/file.h"
#include "result/session_json.h"
#include "session/results_folder.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool hb_baseline_is_name(const char *file)
{
    return strncmp(file, "baseline", 8) == 0 && hb_path_stem(file, ".json") >= 8 &&
           (file[8] == '.' || file[8] == '-');
}

int hb_baseline_path(const char *folder, const char *profile, char path[HB_PATH_MAX],
                     struct hb_err *err)
{
    const bool is_first = strcmp(profile, "mixed") == 0;
    return hb_copy_path(path, err, "%s/baseline%s%s.json", folder, is_first ? "" : "-",
                        is_first ? "" : profile);
}

static int read_if_there(const char *path, struct hb_session *session, struct hb_err *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    return hb_file_expect_regular(path, err) == 0 && hb_session_read(path, session, err) == 0 ? 1
                                                                                              : -1;
}

int hb_baseline_read(const char *folder, const char *profile, struct hb_session *session,
                     struct hb_err *err)
{
    char path[HB_PATH_MAX];
    return hb_baseline_path(folder, profile, path, err) == 0 ? read_if_there(path, session, err)
                                                             : -1;
}

/* History is named DATE-PROFILE.json; a date is 20 characters, and later dates sort later. */
#define DATE_LENGTH 20u

static bool is_of_profile(const char *file, const char *profile)
{
    const size_t length = strlen(profile);
    return strlen(file) == DATE_LENGTH + 1 + length + 5 && file[DATE_LENGTH] == '-' &&
           strncmp(file + DATE_LENGTH + 1, profile, length) == 0 &&
           strcmp(file + DATE_LENGTH + 1 + length, ".json") == 0;
}

/* The profile's last baseline before the present one, from FOLDER/history/: as hb_baseline_read. */
static int read_earlier(const char *folder, const char *profile, struct hb_session *session,
                        struct hb_err *err)
{
    char path[HB_PATH_MAX], latest[256] = "";
    DIR *directory = hb_copy_path(path, err, "%s/history", folder) == 0 ? opendir(path) : NULL;
    if (!path[0])
        return -1;
    if (!directory)
        return 0;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (is_of_profile(entry->d_name, profile) && strcmp(entry->d_name, latest) > 0)
            HB_COPY(latest, entry->d_name);
    }
    (void)closedir(directory);
    if (!latest[0])
        return 0;
    return hb_copy_path(path, err, "%s/history/%s", folder, latest) == 0
               ? read_if_there(path, session, err)
               : -1;
}

const char *hb_baseline_objection(const struct hb_judgement *judgement, double noise_limit_percent,
                                  bool touched, bool shared, char *text, size_t text_bytes)
{
    struct hb_disturbed disturbed;
    const double noise_percent = 100 * judgement->aa_noise;
    if (!judgement->session)
        return "a sweep is of many points, and no baseline";
    if (judgement->session->partial)
        return "the session is not complete";
    if (hb_judgement_doubt(judgement, text, text_bytes))
        return text;
    if (touched)
        return "flags changed what the profile says";
    if (!hb_judgement_complete(judgement))
        return "some job failed";
    hb_judge_disturbed(judgement->session, &disturbed);
    if (disturbed.counted && !shared) {
        (void)snprintf(text, text_bytes, "%u of %u runs did not have their CPU (%.120s)",
                       disturbed.counted, disturbed.samples, disturbed.causes);
        return text;
    }
    if (isnan(noise_percent))
        return "the noise floor could not be measured";
    if (noise_percent <= noise_limit_percent)
        return NULL;
    (void)snprintf(text, text_bytes,
                   "the noise floor, %s, is above the profile's limit of %s: the machine was too "
                   "noisy (see `hakbench doctor`)",
                   hb_format_percent(noise_percent).text,
                   hb_format_percent(noise_limit_percent).text);
    return text;
}

/* A copy under history/ first, then the exchange: at no moment is there no baseline. */
static int keep_earlier(const char *folder, const char *profile, const char *path,
                        struct hb_err *err)
{
    struct hb_session earlier = {0};
    struct hb_buf bytes = {0};
    char history[HB_PATH_MAX], when[32];
    struct hb_err unreadable = {0};
    if (access(path, F_OK) != 0)
        return 0;
    int status = hb_session_read(path, &earlier, &unreadable);
    if (status != 0)
        status = hb_err_set(err, unreadable.kind,
                            "not pinned: the baseline there is unreadable, and stays until it is "
                            "moved away: %s",
                            unreadable.message);
    if (status == 0)
        status = hb_file_read(path, HB_RESULT_BYTES_MAX, &bytes, err);
    if (status == 0)
        status = hb_copy_path(history, err, "%s/history", folder);
    if (status == 0)
        status = hb_output_folder(history, err);
    if (status == 0) {
        HB_COPY(when, earlier.started_at);
        for (char *c = when; *c; c++)
            *c = *c == ':' ? '-' : *c;
        status = hb_copy_path(history, err, "%s/history/%s-%s.json", folder, when, profile);
    }
    if (status == 0)
        status = hb_file_write_atomic(history, bytes.bytes, bytes.size, err);
    hb_buf_free(&bytes);
    hb_session_free(&earlier);
    return status;
}

int hb_baseline_pin(const char *folder, const char *profile, const struct hb_buf *json,
                    struct hb_err *err)
{
    char path[HB_PATH_MAX];
    if (hb_baseline_path(folder, profile, path, err) != 0 ||
        keep_earlier(folder, profile, path, err) != 0)
        return -1;
    return hb_file_write_atomic(path, json->bytes, json->size, err);
}

/* ---- the scorecard ---- */

#define BASELINES_MAX 256

static void add_assessed(const struct hb_assessment *assessment, struct hb_doc *doc)
{
    const char *name = assessment->session->profile_name;
    hb_doc_part(doc, name, "", name);
    hb_rebase_report(assessment, false, doc);
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
        hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "unreadable: %s", unreadable.message);
        return 0;
    }
    const int has_earlier = read_earlier(folder, session.profile_name, &earlier, &unreadable);
    const struct hb_assess_by by = {.baseline = has_earlier == 1 ? &earlier : NULL,
                                    .depth = HB_DEPTH_BRIEF};
    const int status = hb_assess(&session, &by, &assessment, err);
    if (status == 0 && has_earlier < 0)
        hb_assessment_say_unreadable(&assessment, &unreadable);
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
    char **files = calloc(BASELINES_MAX, sizeof *files); /* too large for a small stack */
    char path[HB_PATH_MAX];
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    const struct hb_screen screen = hb_screen_markdown();
    if (!files)
        return hb_err_memory(err, NULL);
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
    free(files);
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
