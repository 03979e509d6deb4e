/* Rows of a CSV as facts of a session: see csvrows.h. */
#include "result/csvrows.h"

#include "base/copy.h"
#include "base/quote.h"
#include "result/model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 256u

const struct hb_json_field hb_csv_session_columns[] = {
    HB_FIELD_AS(TEXT, struct hb_session, started_at, "session_started_at"),
    HB_FIELD_AS(TEXT, struct hb_session, profile_name, "profile"),
    HB_FIELD(TEXT, struct hb_session, workload),
};

const struct hb_json_field hb_csv_allocator_columns[] = {
    HB_FIELD(TEXT, struct hb_allocator_entry, label),
    HB_FIELD_AS(TEXT, struct hb_allocator_entry, name, "allocator"),
    HB_FIELD(TEXT, struct hb_allocator_entry, variant),
    HB_FIELD(TEXT, struct hb_allocator_entry, via),
    HB_FIELD_NAMED(struct hb_allocator_entry, role, hb_role_names, HB_ROLE_COUNT),
    HB_FIELD(TEXT, struct hb_allocator_entry, library_version),
};

const struct hb_json_field hb_csv_job_columns[] = {
    HB_FIELD_NAMED(struct hb_job, kind, hb_job_kind_names, HB_JOB_KIND_COUNT),
    HB_FIELD(U32, struct hb_job, block),
    HB_FIELD(U32, struct hb_job, attempt),
    HB_FIELD(U32, struct hb_job, index),
    HB_FIELD(U64, struct hb_job, seed),
    HB_FIELD_NAMED(struct hb_job, status, hb_job_status_names, HB_STATUS_COUNT),
    HB_FIELD(TEXT, struct hb_job, reason),
};

/* Of a sweep: behind a job's own, which says the index. */
const struct hb_json_field hb_csv_point_columns[] = {
    HB_FIELD_AS(TEXT, struct hb_parameter_value, name, "sweep"),
    HB_FIELD_AS(TEXT, struct hb_parameter_value, text, "sweep_text"),
    HB_FIELD_AS(U64, struct hb_parameter_value, value, "sweep_value"),
};

const struct hb_json_field hb_csv_epoch_columns[] = {
    HB_FIELD(U32, struct hb_epoch, index),
    HB_FIELD(U32, struct hb_epoch, round),
    HB_FIELD(U32, struct hb_epoch, process),
    HB_FIELD(TEXT, struct hb_epoch, phase),
    HB_FIELD(DOUBLE, struct hb_epoch, started_s),
    HB_FIELD_NAMED(struct hb_epoch, status, hb_job_status_names, HB_STATUS_COUNT),
    HB_FIELD(TEXT, struct hb_epoch, reason),
};

/* Behind the program's name, which is the session's. */
const struct hb_json_field hb_csv_run_columns[] = {
    HB_FIELD_NAMED(struct hb_exec_run, kind, hb_exec_kind_names, HB_EXEC_KIND_COUNT),
    HB_FIELD(U32, struct hb_exec_run, block),
    HB_FIELD(U32, struct hb_exec_run, attempt),
    HB_FIELD(U32, struct hb_exec_run, index),
    HB_FIELD_NAMED(struct hb_exec_run, status, hb_job_status_names, HB_STATUS_COUNT),
    HB_FIELD(TEXT, struct hb_exec_run, reason),
    HB_FIELD(TEXT, struct hb_exec_run, output_digest),
    HB_FIELD(TEXT, struct hb_exec_run, not_in_effect),
    HB_FIELD(TEXT, struct hb_exec_run, left),
};

int hb_csv_rows_open(struct hb_csv_rows *rows)
{
    rows->session->allocators = calloc(LABELS_MAX, sizeof *rows->session->allocators);
    if (rows->session->allocators)
        return 0;
    return hb_err_memory(rows->err, rows->path);
}

/* ---- cells ---- */

int hb_csv_rows_fault(const struct hb_csv_rows *rows, const char *column, const char *expected)
{
    const char *found = hb_csv_cell(rows->table, rows->row, column);
    return hb_err_set(rows->err, HB_ERR_USAGE, "%s:%lu: column %s: expected %s, found %s",
                      rows->path, rows->table->lines[rows->row], column, expected,
                      found ? hb_quote(found).text : "no such column");
}

const char *hb_csv_rows_cell(const struct hb_csv_rows *rows, const char *column)
{
    const char *text = hb_csv_cell(rows->table, rows->row, column);
    return text && *text ? text : NULL;
}

int hb_csv_rows_number(const struct hb_csv_rows *rows, const char *column, double least,
                       double *value)
{
    const char *text = hb_csv_rows_cell(rows, column);
    char *end;
    if (!text)
        return 0;
    const double number = strtod(text, &end);
    if (*end || strspn(text, "0123456789+-.eE") != strlen(text) || !isfinite(number) ||
        number < least)
        return hb_csv_rows_fault(rows, column, least == 0 ? "a number, 0 or more" : "a number");
    *value = number;
    return 0;
}

int hb_csv_rows_u64(const struct hb_csv_rows *rows, const char *column, uint64_t most,
                    uint64_t *value)
{
    const char *text = hb_csv_rows_cell(rows, column);
    errno = 0;
    *value = text ? strtoull(text, NULL, 10) : 0;
    if (!text || text[strspn(text, "0123456789")] || errno || *value > most)
        return hb_csv_rows_fault(rows, column,
                                 most == UINT32_MAX ? "a whole number below 2^32" : "a count");
    return 0;
}

int hb_csv_rows_u32(const struct hb_csv_rows *rows, const char *column, uint32_t *value)
{
    uint64_t wide;
    if (hb_csv_rows_u64(rows, column, UINT32_MAX, &wide) != 0)
        return -1;
    *value = (uint32_t)wide;
    return 0;
}

/* "" when there is none. */
static int read_text(const struct hb_csv_rows *rows, const struct hb_json_field *column, char *to)
{
    const char *text = hb_csv_rows_cell(rows, column->key);
    text = text ? hb_csv_plain(text) : "";
    if (strlen(text) >= column->size)
        return hb_csv_rows_fault(rows, column->key, "a shorter text");
    hb_copy_text(to, column->size, text);
    return 0;
}

static int read_name(const struct hb_csv_rows *rows, const struct hb_json_field *column,
                     unsigned *value)
{
    const char *text = hb_csv_rows_cell(rows, column->key);
    for (unsigned i = 0; text && i < column->size; i++) {
        if (strcmp(column->names[i], text) == 0) {
            *value = i;
            return 0;
        }
    }
    return hb_csv_rows_fault(rows, column->key, "one of the words that this tool writes");
}

static int read_field(const struct hb_csv_rows *rows, const struct hb_json_field *column, void *to)
{
    switch (column->kind) {
    case HB_FIELD_U32:
        return hb_csv_rows_u32(rows, column->key, to);
    case HB_FIELD_U64:
        return hb_csv_rows_u64(rows, column->key, UINT64_MAX, to);
    case HB_FIELD_DOUBLE:
        return hb_csv_rows_number(rows, column->key, 0, to);
    case HB_FIELD_NAME:
        return read_name(rows, column, to);
    default:
        return read_text(rows, column, to);
    }
}

int hb_csv_rows_fields(const struct hb_csv_rows *rows, const struct hb_json_field *columns,
                       size_t count, void *to)
{
    for (size_t i = 0; i < count; i++) {
        if (read_field(rows, &columns[i], (char *)to + columns[i].offset) != 0)
            return -1;
    }
    return 0;
}

/* ---- allocators ---- */

int hb_csv_rows_label(const struct hb_csv_rows *rows, const char *label, uint32_t *allocator)
{
    struct hb_session *session = rows->session;
    const int index = hb_session_find(session, label);
    *allocator = (uint32_t)index;
    if (index >= 0)
        return 0;
    if (strlen(label) >= HB_NAME_MAX || session->allocator_count == LABELS_MAX)
        return hb_err_set(rows->err, HB_ERR_USAGE,
                          "%s:%lu: more than %u allocators, or a label longer than %d bytes",
                          rows->path, rows->table->lines[rows->row], LABELS_MAX, HB_NAME_MAX - 1);
    struct hb_allocator_entry *entry = &session->allocators[session->allocator_count];
    *allocator = (uint32_t)session->allocator_count++;
    HB_COPY(entry->label, label);
    HB_COPY(entry->name, label);
    (void)snprintf(entry->via, sizeof entry->via, "dlopen");
    return 0;
}

int hb_csv_rows_allocator(const struct hb_csv_rows *rows, uint32_t *allocator)
{
    struct hb_allocator_entry read = {0};
    const size_t before = rows->session->allocator_count;
    const char *label = hb_csv_rows_cell(rows, "label");
    if (!label)
        return hb_csv_rows_fault(rows, "label", "the name of an allocator");
    if (hb_csv_rows_label(rows, hb_csv_plain(label), allocator) != 0 ||
        hb_csv_rows_fields(rows, hb_csv_allocator_columns, HB_TABLE_COUNT(hb_csv_allocator_columns),
                           &read) != 0)
        return -1;
    struct hb_allocator_entry *entry = &rows->session->allocators[*allocator];
    if (rows->session->allocator_count > before)
        *entry = read;
    if (entry->role != read.role)
        return hb_csv_rows_fault(rows, "role", "the same as in the first row of the label");
    if (!entry->library_version[0])
        HB_COPY(entry->library_version, read.library_version);
    return 0;
}

bool hb_csv_rows_has(const struct hb_csv_table *table, const char *column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], column) == 0)
            return true;
    }
    return false;
}

/* ---- a file that was cut off ---- */

/* Bytes of the row at text with its newline, line ends in quotes passed over; 0 when that is
 * missing. */
static size_t row_size(const char *text, size_t left)
{
    bool quoted = false;
    for (size_t i = 0; i < left; i++) {
        quoted ^= text[i] == '"';
        if (text[i] == '\n' && !quoted)
            return i + 1;
    }
    return 0;
}

/* Every row begins with the session's date. Where a line inside the tail does so too, a quote is
 * missing further up: that is damage, and not one torn row. */
static bool is_one_row(const char *tail, size_t size)
{
    const char *end = tail + size, *comma = memchr(tail, ',', size);
    const size_t length = comma ? (size_t)(comma - tail) + 1 : 0;
    if (!comma)
        return true;
    for (const char *at = tail; (at = memchr(at, '\n', (size_t)(end - at)));) {
        at++;
        if ((size_t)(end - at) >= length && memcmp(at, tail, length) == 0)
            return false;
    }
    return true;
}

/* A row of ours counts from its newline on; another program may leave out the last one. The last
 * row is torn as well when it has NULs in it: a block that never reached the disk. */
static size_t whole_size(const char *text, size_t size)
{
    static const char own_start[] = "\"session_started_at\",";
    size_t whole = 0, last = 0, row;
    if (size < sizeof own_start - 1 || memcmp(text, own_start, sizeof own_start - 1) != 0)
        return size;
    while ((row = row_size(text + whole, size - whole)) > 0) {
        last = whole;
        whole += row;
    }
    if (whole == size && memchr(text + last, '\0', size - last))
        return last;
    return is_one_row(text + whole, size - whole) ? whole : size;
}

int hb_csv_rows_read(const char *text, size_t size, const char *path,
                     int (*read)(const struct hb_csv_table *, const char *, struct hb_session *,
                                 struct hb_err *),
                     struct hb_session *session, struct hb_err *err)
{
    struct hb_csv_table table = {0};
    const size_t whole = whole_size(text, size);
    *session = (struct hb_session){0};
    int result = hb_csv_parse(text, whole, path, &table, err);
    if (result == 0)
        result = read(&table, path, session, err);
    hb_csv_free(&table);
    if (result != 0)
        hb_session_free(session);
    session->partial = result == 0 && whole < size;
    return result;
}
