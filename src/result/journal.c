/* The journal on disk: see journal.h. What its lines say: journalread.c.
 * A line counts from its newline on: until that is written, a reader takes it for torn. */
#include "result/journal.h"

#include "result/file.h"
#include "result/journalline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct hb_journal {
    int fd;
    off_t size; /* of the whole lines: where a failed append is cut back to */
    bool torn;  /* a failed append could not be cut back yet */
    char *path;
};

static void discard(struct hb_journal *journal)
{
    if (journal->fd >= 0)
        (void)close(journal->fd);
    free(journal->path);
    free(journal);
}

static int lock(int fd, const char *path, struct hb_err *err)
{
    if (hb_file_lock(fd) != HB_FILE_LOCK_OTHERS)
        return 0; /* without locks we go on: the folder's lock has said so */
    return hb_err_set(err, HB_ERR_USAGE, "%s: another hakbench is writing it", path);
}

/* Takes over fd. */
static struct hb_journal *make(int fd, const char *path, struct hb_err *err)
{
    struct hb_journal *journal = calloc(1, sizeof *journal);
    char *copy = strdup(path);
    if (journal && copy) {
        *journal = (struct hb_journal){.fd = fd, .path = copy};
        return journal;
    }
    free(journal);
    free(copy);
    (void)close(fd);
    (void)hb_err_memory(err, path);
    return NULL;
}

static struct hb_journal *open_locked(const char *path, int flags, struct hb_err *err)
{
    const int fd = open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);
    if (fd < 0 && errno == EEXIST)
        (void)hb_err_set(err, HB_ERR_USAGE,
                         "%s: is there already; go on with --resume, or remove it", path);
    else if (fd < 0)
        (void)hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    if (fd < 0)
        return NULL;
    if (lock(fd, path, err) == 0)
        return make(fd, path, err);
    (void)close(fd);
    return NULL;
}

static int cut_back(struct hb_journal *journal)
{
    journal->torn = ftruncate(journal->fd, journal->size) != 0 ||
                    lseek(journal->fd, journal->size, SEEK_SET) != journal->size;
    return journal->torn ? -1 : 0;
}

/* Nothing may follow a torn line: only the last line of a journal may be one. */
static int append_text(struct hb_journal *journal, const struct hb_buf *line, struct hb_err *err)
{
    if (journal->torn && cut_back(journal) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot cut off the torn last line",
                            journal->path);
    if (hb_file_write_all(journal->fd, line->bytes, line->size, journal->path, err) == 0 &&
        hb_file_sync(journal->fd, journal->path, err) == 0) {
        journal->size += (off_t)line->size;
        return 0;
    }
    (void)cut_back(journal);
    return -1;
}

/* Takes over root, which is NULL when there was no memory for it. */
static int append_record(struct hb_journal *journal, const char *record, cJSON *root,
                         struct hb_err *err)
{
    struct hb_buf line = {0};
    int result = hb_journal_line(record, root, &line);
    result = result == 0 ? append_text(journal, &line, err) : hb_err_memory(err, journal->path);
    hb_buf_free(&line);
    return result;
}

int hb_journal_create(struct hb_journal **journal, const char *path,
                      const struct hb_session *session, struct hb_err *err)
{
    *journal = open_locked(path, O_CREAT | O_EXCL, err);
    if (!*journal)
        return -1;
    if (append_record(*journal, HB_RECORD_SESSION, hb_session_header_to_json(session), err) == 0 &&
        hb_file_sync_folder(path, err) == 0)
        return 0;
    (void)unlink(path);
    discard(*journal);
    *journal = NULL;
    return -1;
}

/* The run that was writing it may have finished and removed it while we waited to open it. */
static int check_still_there(const struct hb_journal *journal, struct hb_err *err)
{
    struct stat opened, there;
    if (fstat(journal->fd, &opened) != 0 || !S_ISREG(opened.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "%s: is not a file", journal->path);
    if (stat(journal->path, &there) == 0 && there.st_ino == opened.st_ino &&
        there.st_dev == opened.st_dev)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "%s: its run has just finished", journal->path);
}

/* Fills *session and cuts the torn tail off. */
static int take_up(struct hb_journal *journal, struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    size_t whole = 0;
    int result = check_still_there(journal, err);
    if (result == 0)
        result = hb_file_read(journal->path, HB_RESULT_BYTES_MAX, &text, err);
    if (result == 0)
        result =
            hb_journal_parse(hb_buf_string(&text), text.size, journal->path, session, &whole, err);
    hb_buf_free(&text);
    if (result != 0)
        return -1;
    journal->size = (off_t)whole;
    if (cut_back(journal) == 0)
        return 0;
    result = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot cut off the torn last line",
                          journal->path);
    hb_session_free(session);
    return result;
}

int hb_journal_reopen(struct hb_journal **journal, const char *path, struct hb_session *session,
                      struct hb_err *err)
{
    *session = (struct hb_session){0};
    *journal = open_locked(path, 0, err);
    if (!*journal)
        return -1;
    if (take_up(*journal, session, err) == 0)
        return 0;
    discard(*journal);
    *journal = NULL;
    return -1;
}

int hb_journal_append(struct hb_journal *journal, const struct hb_session *session,
                      const struct hb_job *job, struct hb_err *err)
{
    return append_record(journal, HB_RECORD_JOB, hb_job_to_json(session, job), err);
}

int hb_journal_update_allocator(struct hb_journal *journal, const struct hb_allocator_entry *entry,
                                struct hb_err *err)
{
    return append_record(journal, HB_RECORD_ALLOCATOR, hb_allocator_to_json(entry), err);
}

int hb_journal_append_epoch(struct hb_journal *journal, const struct hb_session *session,
                            const struct hb_epoch *epoch, struct hb_err *err)
{
    return append_record(journal, HB_RECORD_EPOCH, hb_epoch_to_json(session, epoch), err);
}

int hb_journal_update_soak(struct hb_journal *journal, const struct hb_soak *soak,
                           struct hb_err *err)
{
    return append_record(journal, HB_RECORD_SOAK, hb_soak_to_json(soak), err);
}

int hb_journal_update_host(struct hb_journal *journal, const struct hb_host_info *host,
                           struct hb_err *err)
{
    return append_record(journal, HB_RECORD_HOST, hb_host_to_json(host), err);
}

int hb_journal_close(struct hb_journal *journal, struct hb_err *err)
{
    int result = 0;
    if (!journal)
        return 0;
    if (close(journal->fd) != 0)
        result = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot close", journal->path);
    journal->fd = -1;
    discard(journal);
    return result;
}

int hb_journal_finish(struct hb_journal *journal, struct hb_err *err)
{
    int result = 0;
    if (!journal)
        return 0;
    if (unlink(journal->path) != 0)
        result = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot remove", journal->path);
    else
        result = hb_file_sync_folder(journal->path, err);
    return hb_journal_close(journal, err) == 0 ? result : -1;
}
