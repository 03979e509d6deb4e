/* The lines of a journal: see journal.h and journalline.h.
 * The last line may be torn, no other: a line was synced before the next one was begun. */
#include "result/journalline.h"

#include "base/quote.h"
#include "result/journal.h"

#include <string.h>

static const char journal_start[] = "{\"record\":\"" HB_RECORD_SESSION "\"";

int hb_journal_line(const char *record, cJSON *root, struct hb_buf *out)
{
    struct hb_buf body = {0};
    int result = -1;
    if (root && hb_json_print(root, false, &body, NULL) == 0)
        result = hb_buf_printf(out, "{\"record\":\"%s\",%s\n", record, body.bytes + 1);
    hb_buf_free(&body);
    cJSON_Delete(root);
    return result;
}

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
    if (strcmp(record->valuestring, HB_RECORD_JOB) == 0)
        return hb_session_read_job(&r->source, root, r->session, r->err);
    if (strcmp(record->valuestring, HB_RECORD_ALLOCATOR) == 0)
        return update_allocator(r);
    if (strcmp(record->valuestring, HB_RECORD_HOST) == 0)
        return hb_host_from_json(&r->source, root, &r->session->host, r->err);
    if (r->session->kind != HB_KIND_SOAK)
        return 0;
    if (strcmp(record->valuestring, HB_RECORD_EPOCH) == 0)
        return hb_session_read_epoch(&r->source, root, r->session, r->err);
    if (strcmp(record->valuestring, HB_RECORD_SOAK) == 0)
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
