/* The files of a session that is being measured: see session_files.h. */
#include "session/session_files.h"

#include "base/copy.h"
#include "base/log.h"
#include "report/write_text.h"
#include "result/file.h"
#include "result/model.h"
#include "result/session_json.h"
#include "run/interrupt.h"
#include "session/output.h"
#include "session/quiet.h"
#include "session/results_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* STEM.jsonl, STEM.json and STEM.csv, but for what the user named otherwise. */
static void set_paths(struct hb_session_files *files, const struct hb_measure_options *measure,
                      const char *stem, int stem_length)
{
    (void)snprintf(files->journal_path, HB_PATH_MAX, "%.*s.jsonl", stem_length, stem);
    (void)snprintf(files->json_path, HB_PATH_MAX, "%.*s.json", stem_length, stem);
    (void)snprintf(files->csv_path, HB_PATH_MAX, "%.*s.csv", stem_length, stem);
    if (measure->json)
        hb_copy_text(files->json_path, HB_PATH_MAX, measure->json);
    if (measure->csv)
        hb_copy_text(files->csv_path, HB_PATH_MAX, measure->csv);
}

/* Whether both names are of one file, there or not yet. */
static bool is_one_file(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || hb_file_is_same(a, b);
}

/* Rows or result of this very session, as it was cut off: to be replaced by more of it. */
static bool is_of_session(const char *path, const struct hb_session *session)
{
    struct hb_session there = {0};
    struct hb_err ignored = {0};
    const bool is_same = hb_file_expect_regular(path, &ignored) == 0 &&
                         hb_session_read(path, &there, &ignored) == 0 &&
                         strcmp(there.started_at, session->started_at) == 0;
    hb_session_free(&there);
    return is_same;
}

/* resumed: the session that is gone on with, or NULL. */
static int check_outputs(struct hb_session_files *files, const struct hb_measure_options *measure,
                         const struct hb_session *resumed, struct hb_err *err)
{
    const char *const outputs[] = {files->json_path, files->csv_path};
    const char *const named[] = {measure->json, measure->csv};
    if (is_one_file(outputs[0], outputs[1]))
        return hb_err_set(err, HB_ERR_USAGE, "--json and --csv are both %s", outputs[0]);
    for (size_t i = 0; i < 2; i++) {
        const bool force =
            measure->force || (resumed && (!named[i] || is_of_session(outputs[i], resumed)));
        if (hb_measure_check_output(measure, files->journal_path, outputs[i], force, err) != 0)
            return -1;
    }
    files->force = measure->force;
    hb_session_files_own_result(files);
    return 0;
}

static int set_new_paths(struct hb_session_files *files, const struct hb_measure_options *measure,
                         const struct hb_session *session, struct hb_err *err)
{
    char stem[HB_PATH_MAX];
    /* Beside the ending there is room for "history/": what is measured can be pinned as well. */
    if (hb_output_stem(files->folder, session, stem, sizeof stem - 16, err) != 0)
        return -1;
    set_paths(files, measure, stem, HB_PATH_MAX - 14);
    return check_outputs(files, measure, NULL, err);
}

/* What was there was looked at by now. */
static int open_csv(struct hb_session_files *files, struct hb_err *err)
{
    return hb_output_is_stdout(files->csv_path)
               ? hb_csv_open_fd(&files->csv, files->kind, STDOUT_FILENO, "standard output", err)
               : hb_csv_open(&files->csv, files->kind, files->csv_path, true, err);
}

/* After a wait the machine's lock is there already, but where it was given up. */
static int take_locks(struct hb_session_files *files, const struct hb_measure_options *measure,
                      struct hb_err *err)
{
    const bool share = hb_machine_is_shared(measure->share_machine);
    if (hb_output_lock(files->folder, &files->lock, err) != 0)
        return -1;
    return files->machine >= 0 ? 0 : hb_machine_lock(share, &files->machine, err);
}

/* What can be refused before any file is made. */
static int check_named(const struct hb_measure_options *measure, struct hb_err *err)
{
    const char *const named[] = {measure->json, measure->csv};
    if (hb_output_is_stdout(measure->json) && hb_output_is_stdout(measure->csv))
        return hb_err_set(err, HB_ERR_USAGE, "only one of --json and --csv can be -");
    for (size_t i = 0; i < 2; i++) {
        if (named[i] && hb_measure_check_output(measure, NULL, named[i], measure->force, err) != 0)
            return -1;
    }
    return 0;
}

int hb_session_files_check(const struct hb_measure_options *measure, struct hb_err *err)
{
    return check_named(measure, err) == 0 ? hb_output_folder_may_be(measure->results, err) : -1;
}

static int create(struct hb_session_files *files, const struct hb_measure_options *measure,
                  const struct hb_session *session, struct hb_err *err)
{
    if (check_named(measure, err) != 0)
        return -1;
    HB_COPY(files->folder, measure->results);
    files->is_new = true;
    files->owns_csv = !measure->csv;
    if (hb_output_folder(files->folder, err) != 0 || take_locks(files, measure, err) != 0 ||
        set_new_paths(files, measure, session, err) != 0 ||
        hb_journal_create(&files->journal, files->journal_path, session, err) != 0)
        return -1;
    if (open_csv(files, err) == 0)
        return 0;
    struct hb_err ignored = {0};
    (void)hb_journal_finish(files->journal, &ignored); /* of a session that never began */
    files->journal = NULL;
    return -1;
}

/* ---- going on ---- */

static int replay_csv(struct hb_session_files *files, const struct hb_session *session,
                      struct hb_err *err)
{
    int status = 0;
    if (files->kind == HB_KIND_SOAK) {
        for (size_t i = 0; status == 0 && i < session->epoch_count; i++)
            status = hb_csv_epoch_row(files->csv, session, &session->epochs[i], err);
        return status;
    }
    for (size_t i = 0; status == 0 && i < session->run_count; i++)
        status = hb_csv_run_row(files->csv, session, &session->runs[i], err);
    for (size_t i = 0; status == 0 && i < session->job_count; i++)
        status = hb_csv_row(files->csv, session, &session->jobs[i], err);
    return status;
}

/* The other files have the journal's stem; its folder is where results land. */
static int set_old_paths(struct hb_session_files *files, const struct hb_measure_options *measure,
                         struct hb_err *err)
{
    const char *journal = measure->resume;
    const size_t length = hb_path_stem(journal, ".jsonl");
    const char *slash = strrchr(journal, '/');
    if (length == 0 && access(journal, F_OK) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "--resume %s", journal);
    if (length == 0 || length >= HB_PATH_MAX - 14)
        return hb_err_set(err, HB_ERR_USAGE,
                          "--resume %s: expected the .jsonl of a session that was cut off",
                          journal);
    if (hb_measure_changes_profile(measure) || measure->profile || measure->runs || measure->seed ||
        measure->rigorous || measure->dry_run || measure->naming.name || measure->naming.note ||
        measure->count)
        return hb_err_set(err, HB_ERR_USAGE, HB_RESUME_CHANGES_NOTHING);
    set_paths(files, measure, journal, (int)length);
    (void)snprintf(files->folder, sizeof files->folder, "%.*s", slash ? (int)(slash - journal) : 1,
                   slash ? journal : ".");
    if (!files->folder[0])
        (void)snprintf(files->folder, sizeof files->folder, "/");
    return 0;
}

/* The command that a session of this kind is gone on with by. */
static const char *command_of(enum hb_session_kind kind, bool is_ab)
{
    return is_ab ? "ab" : hb_session_kind_names[kind];
}

/* Only `ab` has no twin. */
static bool is_ab(const struct hb_session *session)
{
    bool has_twin = false;
    for (size_t i = 0; i < session->allocator_count; i++)
        has_twin |= session->allocators[i].role == HB_ROLE_TWIN;
    return session->kind == HB_KIND_REBASE && !has_twin && session->allocator_count == 2;
}

static int check_kind(const struct hb_session_files *files, const struct hb_session *session,
                      struct hb_err *err)
{
    const char *own = command_of(session->kind, is_ab(session));
    const char *wanted = command_of(files->kind, files->is_ab);
    if (strcmp(own, wanted) == 0)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "%s is a %s, not a %s: hakbench %s --resume",
                      files->journal_path, own, wanted, own);
}

static int say_differences(struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    const int status = hb_setup_take_up(session, &text, err);
    for (char *line = status == 0 && text.size ? text.bytes : NULL; line && *line;) {
        const size_t length = strcspn(line, "\n");
        hb_say("%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    hb_buf_free(&text);
    return status;
}

static int take_up(struct hb_session_files *files, const struct hb_measure_options *measure,
                   const struct hb_places *places, struct hb_session *session, struct hb_err *err)
{
    if (take_locks(files, measure, err) != 0 ||
        hb_journal_reopen(&files->journal, files->journal_path, session, err) != 0 ||
        check_kind(files, session, err) != 0 || hb_setup_verify(places, session, err) != 0 ||
        say_differences(session, err) != 0)
        return -1;
    if (files->kind == HB_KIND_SOAK)
        hb_say("%zu epochs of %s are there already", session->epoch_count, files->journal_path);
    else if (files->kind == HB_KIND_EXEC)
        hb_say("%zu runs of %s are there already", session->run_count, files->journal_path);
    else
        hb_say("%zu jobs of %s are there already", session->job_count, files->journal_path);
    if (check_outputs(files, measure, session, err) != 0 || open_csv(files, err) != 0)
        return -1;
    return replay_csv(files, session, err);
}

int hb_session_files_open(struct hb_session_files *files, const struct hb_measure_options *measure,
                          const struct hb_places *places, struct hb_session *session,
                          struct hb_err *err)
{
    const struct hb_quiet wait = {.seconds = measure->quiet_s,
                                  .quiet = measure->quiet,
                                  .strict = measure->strict,
                                  .share = hb_machine_is_shared(measure->share_machine),
                                  .machine = &files->machine};
    hb_interrupt_install();
    if (measure->resume && set_old_paths(files, measure, err) != 0)
        return -1;
    const int status = hb_quiet_wait(&wait, measure->resume ? NULL : session, err);
    if (status != 0)
        return status;
    return measure->resume ? take_up(files, measure, places, session, err)
                           : create(files, measure, session, err);
}

/* ---- the end ---- */

int hb_session_files_print(const struct hb_session_files *files, struct hb_doc *doc,
                           struct hb_err *err)
{
    const bool is_taken =
        hb_output_is_stdout(files->json_path) || hb_output_is_stdout(files->csv_path);
    const int status = hb_doc_print(doc, false, is_taken ? stderr : stdout, err);
    hb_doc_free(doc);
    return status;
}

/* They hold a plan that was never begun. */
static void remove_files(struct hb_session_files *files)
{
    struct hb_journal *journal = files->journal;
    struct hb_err problem = {0};
    (void)hb_session_files_close_csv(files, &problem);
    if (files->owns_csv)
        (void)unlink(files->csv_path);
    files->journal = NULL;
    const bool stays = !files->owns_csv && !hb_output_is_stdout(files->csv_path);
    if (hb_journal_finish(journal, &problem) != 0)
        hb_say("%s", problem.message);
    else if (stays)
        hb_say("nothing was measured; %s has its heading only", files->csv_path);
    else
        hb_say("nothing was measured, and no file of it stays");
}

void hb_session_files_say_kept(struct hb_session_files *files, const struct hb_session *session)
{
    char what[64];
    if (files->is_new && hb_interrupt_signal() && hb_session_is_empty(session)) {
        remove_files(files);
        return;
    }
    if (files->kind == HB_KIND_SOAK)
        (void)snprintf(what, sizeof what, "%zu epochs", session->epoch_count);
    else if (files->kind == HB_KIND_EXEC)
        (void)snprintf(what, sizeof what, "%zu of %u runs", session->run_count,
                       session->jobs_planned);
    else if (files->is_ab)
        (void)snprintf(what, sizeof what, "%zu jobs", session->job_count);
    else
        (void)snprintf(what, sizeof what, "%zu of %u jobs", session->job_count,
                       session->jobs_planned);
    hb_say("%s are kept; go on with: hakbench %s --resume %s", what,
           command_of(files->kind, files->is_ab), files->journal_path);
}

void hb_session_files_say(const struct hb_session_files *files)
{
    const size_t json = hb_path_stem(files->json_path, ".json");
    const size_t csv = hb_path_stem(files->csv_path, ".csv");
    const bool is_one =
        json && json == csv && strncmp(files->json_path, files->csv_path, json) == 0;
    hb_say("%s%s%s", files->json_path, is_one ? " and " : ", ", is_one ? ".csv" : files->csv_path);
}

int hb_session_files_close_csv(struct hb_session_files *files, struct hb_err *err)
{
    struct hb_csv_writer *csv = files->csv;
    files->csv = NULL;
    return hb_csv_close(csv, err);
}

void hb_session_files_own_result(struct hb_session_files *files)
{
    files->json = hb_file_identify(files->json_path);
}

/* A device or a pipe gives no second chance, and a disk may be full. */
static int write_to_stdout(const struct hb_buf *json, struct hb_err *err)
{
    (void)hb_output_write("-", json, err);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return hb_err_errno(err, HB_ERR_SYSTEM, errno ? errno : EIO,
                        "cannot write the result to standard output");
}

/* An hour may have passed since it was looked at. */
static int write_to_file(struct hb_session_files *files, const struct hb_buf *json,
                         struct hb_err *err)
{
    const struct hb_file_id now = hb_file_identify(files->json_path);
    if (!files->force && now.size > 0 && !hb_file_id_is_same(&now, &files->json))
        return hb_err_set(
            err, HB_ERR_USAGE,
            "%s: another file came there meanwhile; --json FILE with --resume chooses "
            "another, --force writes over it",
            files->json_path);
    const int status = hb_output_write(files->json_path, json, err);
    hb_session_files_own_result(files);
    return status;
}

int hb_session_files_result(struct hb_session_files *files, const struct hb_buf *json,
                            enum hb_result_moment moment, struct hb_err *err)
{
    int status = 0;
    if (!hb_output_is_stdout(files->json_path))
        status = write_to_file(files, json, err);
    else if (moment != HB_RESULT_ON_THE_WAY)
        status = write_to_stdout(json, err);
    if (status != 0 || moment != HB_RESULT_WHOLE)
        return status;
    struct hb_journal *journal = files->journal;
    files->journal = NULL;
    return hb_journal_finish(journal, err);
}

void hb_session_files_free(struct hb_session_files *files)
{
    struct hb_err ignored = {0};
    (void)hb_csv_close(files->csv, &ignored);
    (void)hb_journal_close(files->journal, &ignored);
    if (files->lock >= 0)
        (void)close(files->lock);
    if (files->machine >= 0)
        (void)close(files->machine);
    *files = (struct hb_session_files){HB_SESSION_FILES(files->kind), .is_ab = files->is_ab};
}
