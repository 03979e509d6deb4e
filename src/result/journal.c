/* The journal: see journal.h. A line counts from its newline on: until that is written, a reader
 * takes it for torn. No other line than the last can be: each was synced before the next one. */
#include "result/journal.h"

#include "base/quote.h"
#include "result/file.h"
#include "result/session_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_SESSION   "session"
#define RECORD_JOB       "job"
#define RECORD_ALLOCATOR "allocator"
#define RECORD_HOST      "host"
#define RECORD_SOAK      "soak"
#define RECORD_EPOCH     "epoch"
#define RECORD_RUN       "run"

/* ---- writing ---- */

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
    if (hb_file_take_lock(fd) != HB_FILE_LOCK_OTHERS)
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

/* Adds {"record":"job",...}\n. Takes over root, an object with members; NULL: no memory. */
static int make_line(const char *record, cJSON *root, struct hb_buf *out)
{
    struct hb_buf body = {0};
    int result = -1;
    if (root && hb_json_print(root, false, &body, NULL) == 0)
        result = hb_buf_printf(out, "{\"record\":\"%s\",%s\n", record, body.bytes + 1);
    hb_buf_free(&body);
    cJSON_Delete(root);
    return result;
}

static int append_record(struct hb_journal *journal, const char *record, cJSON *root,
                         struct hb_err *err)
{
    struct hb_buf line = {0};
    int result = make_line(record, root, &line);
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
    if (append_record(*journal, RECORD_SESSION, hb_session_header_to_json(session), err) == 0 &&
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
    return append_record(journal, RECORD_JOB, hb_job_to_json(session, job), err);
}

int hb_journal_update_allocator(struct hb_journal *journal, const struct hb_allocator_entry *entry,
                                struct hb_err *err)
{
    return append_record(journal, RECORD_ALLOCATOR, hb_allocator_to_json(entry), err);
}

int hb_journal_append_epoch(struct hb_journal *journal, const struct hb_session *session,
                            const struct hb_epoch *epoch, struct hb_err *err)
{
    return append_record(journal, RECORD_EPOCH, hb_epoch_to_json(session, epoch), err);
}

int hb_journal_append_run(struct hb_journal *journal, const struct hb_session *session,
                          const struct hb_exec_run *run, struct hb_err *err)
{
    return append_record(journal, RECORD_RUN, hb_exec_run_to_json(session, run), err);
}

int hb_journal_update_soak(struct hb_journal *journal, const struct hb_soak *soak,
                           struct hb_err *err)
{
    return append_record(journal, RECORD_SOAK, hb_soak_to_json(soak), err);
}

int hb_journal_update_host(struct hb_journal *journal, const struct hb_host_info *host,
                           struct hb_err *err)
{
    return append_record(journal, RECORD_HOST, hb_host_to_json(host), err);
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

/* ---- reading ---- */

static const char journal_start[] = "{\"record\":\"" RECORD_SESSION "\"";

bool hb_journal_recognise(const char *text, size_t size)
{
    const size_t length = sizeof journal_start - 1;
    return size >= length && memcmp(text, journal_start, length) == 0;
}

struct reader {
    struct hb_json_source source; /* of the line at hand */
    struct hb_session *session;
    struct hb_err *err;
};

static int update_allocator(struct reader *r)
{
    struct hb_allocator_entry entry;
    if (hb_allocator_from_json(&r->source, r->source.root, &entry, r->err) != 0)
        return -1;
    const int index = hb_session_find(r->session, entry.label);
    if (index < 0)
        return hb_json_fault(&r->source, hb_json_member(r->source.root, "label"), HB_JSON_AT_VALUE,
                             r->err, "%s is no label of the session", hb_quote(entry.label).text);
    r->session->allocators[index] = entry;
    return 0;
}

/* Records of kinds that are not known are a later version's: passed over. */
static int read_record(struct reader *r)
{
    const cJSON *root = r->source.root;
    if (hb_json_expect_object(&r->source, root, r->err) != 0)
        return -1;
    const cJSON *record = hb_json_require(&r->source, root, "record", r->err);
    if (!record)
        return -1;
    if (!cJSON_IsString(record))
        return hb_json_fault(&r->source, record, HB_JSON_AT_VALUE, r->err,
                             "expected a string, found %s", hb_json_kind(record));
    if (r->source.first_line == 1)
        return hb_session_header_from_source(&r->source, r->session, r->err);
    if (strcmp(record->valuestring, RECORD_JOB) == 0)
        return hb_session_read_job(&r->source, root, r->session, r->err);
    if (strcmp(record->valuestring, RECORD_ALLOCATOR) == 0)
        return update_allocator(r);
    if (strcmp(record->valuestring, RECORD_HOST) == 0)
        return hb_host_from_json(&r->source, root, &r->session->host, r->err);
    if (r->session->kind == HB_KIND_EXEC && strcmp(record->valuestring, RECORD_RUN) == 0)
        return hb_session_read_run(&r->source, root, r->session, r->err);
    if (r->session->kind != HB_KIND_SOAK)
        return 0;
    if (strcmp(record->valuestring, RECORD_EPOCH) == 0)
        return hb_session_read_epoch(&r->source, root, r->session, r->err);
    if (strcmp(record->valuestring, RECORD_SOAK) == 0)
        return hb_soak_from_json(&r->source, root, &r->session->soak, r->err);
    return 0;
}

static int read_line(struct reader *r)
{
    cJSON *root = hb_json_parse_source(&r->source, r->err);
    const int result = root ? read_record(r) : -1;
    cJSON_Delete(root);
    return result;
}

/* Bytes of the line at text with its newline; 0 when that is missing. The last line is torn as
 * well when it has NULs in it: a block that never reached the disk. */
static size_t line_size(const char *text, size_t left)
{
    const char *newline = memchr(text, '\n', left);
    if (!newline)
        return 0;
    const size_t size = (size_t)(newline - text) + 1;
    return size == left && memchr(text, '\0', size) ? 0 : size;
}

static int read_lines(struct reader *r, const char *text, size_t size, size_t *at)
{
    *at = 0;
    for (unsigned long line = 1;; line++) {
        const size_t length = line_size(text + *at, size - *at);
        if (length == 0)
            return 0;
        r->source.text = text + *at;
        r->source.size = length - 1;
        r->source.first_line = line;
        if (read_line(r) != 0)
            return -1;
        *at += length;
    }
}

int hb_journal_parse(const char *text, size_t size, const char *path, struct hb_session *session,
                     size_t *whole_bytes, struct hb_err *err)
{
    struct reader r = {.source = {.path = path}, .session = session, .err = err};
    size_t whole = 0;
    *session = (struct hb_session){0};
    int result = 0;
    if (!hb_journal_recognise(text, size))
        result = hb_err_set(err, HB_ERR_USAGE,
                            "%s: is no journal of hakbench; expected a first line that begins %s",
                            path, journal_start);
    if (result == 0)
        result = read_lines(&r, text, size, &whole);
    if (result == 0 && whole == 0)
        result = hb_err_set(err, HB_ERR_USAGE,
                            "%s: was cut off before its first line was whole: there is nothing in "
                            "it; remove it",
                            path);
    if (result != 0)
        hb_session_free(session);
    session->partial = result == 0;
    if (whole_bytes)
        *whole_bytes = whole;
    return result;
}
