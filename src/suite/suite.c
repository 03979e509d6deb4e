/* The folder of a suite: see suite.h. It is made under a hidden name and renamed when every journal
 * is in it, so that a suite is there whole or not at all. What a killed hakbench left under such a
 * name holds no measurement; it is nobody's to remove, as who made it cannot be seen. */
#include "suite/suite.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "judge/assessment.h"
#include "program/prepare.h"
#include "result/csv.h"
#include "result/file.h"
#include "result/session_json.h"
#include "session/output.h"
#include "session/results_folder.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hb_member_path(const struct hb_suite *suite, const struct hb_member *member, const char *ending,
                   char path[HB_PATH_MAX], struct hb_err *err)
{
    return hb_copy_path(path, err, "%s/%s%s", suite->folder, member->name, ending);
}

static bool is_session(const struct hb_member *member)
{
    return member->kind != HB_MEMBER_SOAK && member->kind != HB_MEMBER_CHECK;
}

double hb_suite_seconds(const struct hb_suite *suite, uint32_t blocks)
{
    double seconds = 0;
    for (size_t i = 0; i < suite->count; i++) {
        const struct hb_member *member = &suite->members[i];
        seconds += member->first_s;
        if (is_session(member) && blocks > 1)
            seconds += member->block_s * (blocks - 1);
    }
    return seconds;
}

/* ---- a new one ---- */

/* "RESULTS/2026-11-27T21-20-00Z-suite", which is not there yet, and the hidden folder in which it
 * is made, which is new: nobody else has anything in it. */
static int choose_folder(struct hb_suite *suite, char making[HB_PATH_MAX], struct hb_err *err)
{
    const char *results = suite->options->measure.results;
    char when[HB_CLOCK_TEXT];
    hb_clock_wall_text(when);
    for (char *c = when; *c; c++)
        *c = *c == ':' ? '-' : *c;
    for (unsigned number = 1; number < 100; number++) {
        char suffix[16] = "";
        if (number > 1)
            (void)snprintf(suffix, sizeof suffix, "-%u", number);
        if (hb_copy_path(suite->folder, err, "%.900s/%s-suite%s", results, when, suffix) != 0 ||
            hb_copy_path(making, err, "%.900s/.%s-suite%s", results, when, suffix) != 0)
            return -1;
        if (access(suite->folder, F_OK) == 0)
            continue;
        if (mkdir(making, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot make the folder", making);
    }
    return hb_err_set(err, HB_ERR_USAGE, "%s: too many suites of this second", suite->folder);
}

static int create_journal(struct hb_member *member, const char *folder, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    struct hb_journal *journal;
    if (!is_session(member))
        return 0;
    if (hb_copy_path(path, err, "%s/%s.jsonl", folder, member->name) != 0 ||
        hb_journal_create(&journal, path, &member->session, err) != 0 ||
        hb_journal_close(journal, err) != 0)
        return -1;
    hb_session_free(&member->session);
    return 0;
}

static int fill_folder(struct hb_suite *suite, const char *folder, struct hb_err *err)
{
    for (size_t i = 0; i < suite->count; i++) {
        if (create_journal(&suite->members[i], folder, err) != 0)
            return -1;
    }
    if (hb_suite_log_create(suite, folder, err) != 0)
        return -1;
    if (rename(folder, suite->folder) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot rename it", folder);
    return hb_file_sync_folder(suite->folder, err);
}

static void free_members(struct hb_suite *suite)
{
    for (size_t i = 0; i < suite->count; i++) {
        struct hb_err ignored = {0};
        (void)hb_journal_close(suite->members[i].journal, &ignored);
        hb_session_free(&suite->members[i].session);
    }
    free(suite->members);
    suite->members = NULL;
    suite->count = 0;
}

int hb_suite_create(struct hb_suite *suite, struct hb_err *err)
{
    const char *results = suite->options->measure.results;
    char making[HB_PATH_MAX];
    int lock = -1;
    if (hb_output_folder(results, err) != 0 || hb_output_lock(results, &lock, err) != 0)
        return -1;
    int status = choose_folder(suite, making, err);
    if (status == 0) {
        status = fill_folder(suite, making, err);
        if (status != 0)
            hb_prepare_remove(making);
    }
    if (lock >= 0)
        (void)close(lock);
    free_members(suite);
    hb_words_free(&suite->arguments);
    return status;
}

/* ---- one that is there ---- */

static int say_differences(struct hb_session *session, bool aloud, struct hb_err *err)
{
    struct hb_buf text = {0};
    const int status = hb_setup_take_up(session, &text, err);
    if (status == 0 && aloud && text.size)
        hb_say("%.*s", (int)strcspn(text.bytes, "\n"), text.bytes);
    hb_buf_free(&text);
    return status;
}

static int open_session(struct hb_suite *suite, struct hb_member *member, bool is_first,
                        struct hb_err *err)
{
    char path[HB_PATH_MAX], whole[HB_PATH_MAX];
    if (hb_member_path(suite, member, ".jsonl", path, err) != 0 ||
        hb_member_path(suite, member, ".json", whole, err) != 0)
        return -1;
    if (access(path, F_OK) != 0) {
        member->is_over = true; /* its file took the journal's place */
        return 0;
    }
    if (hb_journal_reopen(&member->journal, path, &member->session, err) != 0 ||
        hb_setup_verify(suite->places, &member->session, err) != 0 ||
        say_differences(&member->session, is_first, err) != 0)
        return -1;
    member->blocks = hb_session_blocks_begun(&member->session);
    return 0;
}

/* Whether the folder has a file that ends so. */
static bool has_ending(const char *folder, const char *ending)
{
    DIR *open = opendir(folder);
    const struct dirent *entry;
    bool found = false;
    while (open && !found && (entry = readdir(open))) /* NOLINT(concurrency-mt-unsafe) */
        found = hb_path_stem(entry->d_name, ending) > 0;
    if (open)
        (void)closedir(open);
    return found;
}

static bool is_command_over(const struct hb_suite *suite, const struct hb_member *member)
{
    char path[HB_PATH_MAX];
    struct hb_err ignored = {0};
    struct hb_session session = {0};
    if (member->kind == HB_MEMBER_SOAK)
        return has_ending(suite->folder, "-soak.json") && !has_ending(suite->folder, "-soak.jsonl");
    const bool is_whole = hb_member_path(suite, member, ".json", path, &ignored) == 0 &&
                          hb_session_read(path, &session, &ignored) == 0 && !session.partial;
    hb_session_free(&session);
    return is_whole;
}

int hb_suite_open(struct hb_suite *suite, struct hb_err *err)
{
    bool is_first = true;
    if (suite->log < 0 && hb_suite_log_read(suite, err) != 0)
        return -1;
    for (size_t i = 0; i < suite->count; i++) {
        struct hb_member *member = &suite->members[i];
        if (!is_session(member)) {
            member->is_over = is_command_over(suite, member);
            member->blocks = member->is_over;
            continue;
        }
        if (open_session(suite, member, is_first, err) != 0)
            return -1;
        is_first = false;
    }
    return 0;
}

/* ---- the end ---- */

static int write_rows(const struct hb_suite *suite, const struct hb_member *member,
                      struct hb_err *err)
{
    const struct hb_session *session = &member->session;
    struct hb_csv_writer *csv = NULL;
    char path[HB_PATH_MAX];
    if (hb_member_path(suite, member, ".csv", path, err) != 0 ||
        hb_csv_open(&csv, session->kind, path, true, err) != 0)
        return -1;
    int status = 0;
    for (size_t i = 0; status == 0 && i < session->job_count; i++)
        status = hb_csv_row(csv, session, &session->jobs[i], err);
    for (size_t i = 0; status == 0 && i < session->run_count; i++)
        status = hb_csv_run_row(csv, session, &session->runs[i], err);
    const int closed = hb_csv_close(csv, err);
    return status == 0 ? closed : status;
}

static int write_result(const struct hb_suite *suite, struct hb_member *member, bool whole,
                        struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    struct hb_buf json = {0};
    char path[HB_PATH_MAX];
    member->session.blocks = member->blocks;
    member->session.profile->runs = member->blocks; /* as used: it was open */
    member->session.partial = !whole;
    if (hb_member_path(suite, member, ".json", path, err) != 0 ||
        hb_assess(&member->session, &by, &assessment, err) != 0)
        return -1;
    int status = hb_assessment_json(&assessment, &json, err);
    hb_assessment_free(&assessment);
    if (status == 0)
        status = hb_output_write(path, &json, err);
    if (status == 0)
        status = write_rows(suite, member, err);
    hb_buf_free(&json);
    return status;
}

/* One without a block has no result, and its journal stays: of a block that was only counted there
 * may be jobs in it, and a suite with more time goes on with it. */
static int finish_member(struct hb_suite *suite, struct hb_member *member, bool whole,
                         struct hb_err *err)
{
    struct hb_journal *journal = member->journal;
    member->blocks = hb_session_blocks_begun(&member->session);
    if (member->blocks && write_result(suite, member, whole, err) != 0)
        return -1;
    if (!member->blocks && whole) {
        hb_progress_clear(&suite->progress);
        hb_say("%s is left out: there was no time for it", member->name);
    }
    member->journal = NULL;
    return whole && member->blocks ? hb_journal_finish(journal, err)
                                   : hb_journal_close(journal, err);
}

int hb_suite_finish(struct hb_suite *suite, bool whole, struct hb_err *err)
{
    for (size_t i = 0; i < suite->count; i++) {
        struct hb_member *member = &suite->members[i];
        if (!member->journal)
            continue;
        hb_progress_show(&suite->progress, i + 1, suite->count, "writing results", (double)NAN);
        if (finish_member(suite, member, whole, err) != 0)
            return -1;
    }
    hb_progress_clear(&suite->progress);
    return 0;
}

void hb_suite_free(struct hb_suite *suite)
{
    free_members(suite);
    hb_words_free(&suite->arguments);
    if (suite->log >= 0)
        (void)close(suite->log);
    if (suite->machine >= 0)
        (void)close(suite->machine);
    *suite = (struct hb_suite){.log = -1, .machine = -1};
}
