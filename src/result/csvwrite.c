/* CSV out: see csv.h. CSV in: csvread.c.
 * A row is one write, synced; a row that failed is cut off again where that can be done. */
#include "result/csv.h"

#include "base/unit.h"
#include "base/utf8.h"
#include "result/csvrows.h"
#include "result/file.h"
#include "result/model.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hb_csv_writer {
    int fd;
    bool owned;
    off_t size; /* of the whole rows */
    char *name;
};

/* --- cells ----------------------------------------------------------------------------------- */

/* A cell that begins so would be a formula to a spreadsheet. */
static bool is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r\n", *text);
}

const char *hb_csv_plain(const char *cell)
{
    return *cell == '\'' && is_formula(cell + 1) ? cell + 1 : cell;
}

static void add_quoted(struct hb_buf *row, const char *text)
{
    (void)hb_buf_char(row, '"');
    for (; *text; text++) {
        if (*text == '"')
            (void)hb_buf_char(row, '"');
        (void)hb_buf_char(row, *text);
    }
    (void)hb_buf_char(row, '"');
}

static void separate(struct hb_buf *row)
{
    if (row->size > 0)
        (void)hb_buf_char(row, ',');
}

void hb_csv_add_text(struct hb_buf *row, const char *text)
{
    struct hb_buf cell = {0};
    separate(row);
    if (is_formula(text))
        (void)hb_buf_char(&cell, '\'');
    if (hb_buf_text(&cell, text) != 0) {
        row->failed = true;
        return;
    }
    hb_utf8_repair(cell.bytes);
    add_quoted(row, cell.bytes);
    hb_buf_free(&cell);
}

static void add_count(struct hb_buf *row, bool known, uint64_t value)
{
    separate(row);
    if (known)
        (void)hb_buf_printf(row, "%" PRIu64, value);
}

void hb_csv_add_double(struct hb_buf *row, double value)
{
    separate(row);
    if (value - value == 0) /* neither NaN nor infinite */
        (void)hb_buf_text(row, hb_format_double(value).text);
}

/* --- rows ------------------------------------------------------------------------------------ */

static void add_columns(struct hb_buf *row, const struct hb_json_field *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hb_csv_add_text(row, columns[i].key);
}

static void add_metrics(struct hb_buf *row, const struct hb_metric *metrics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hb_csv_add_text(row, metrics[i].key);
}

static void add_heading(struct hb_buf *row, enum hb_session_kind kind)
{
    add_columns(row, hb_csv_session_columns, HB_TABLE_COUNT(hb_csv_session_columns));
    add_columns(row, hb_csv_allocator_columns, HB_TABLE_COUNT(hb_csv_allocator_columns));
    if (kind == HB_KIND_SOAK) {
        add_columns(row, hb_csv_epoch_columns, HB_TABLE_COUNT(hb_csv_epoch_columns));
        add_metrics(row, hb_epoch_metrics, HB_EPOCH_METRIC_COUNT);
        for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
            char column[HB_NAME_MAX];
            (void)snprintf(column, sizeof column, "calls_%s", hb_syscall_names[i]);
            hb_csv_add_text(row, column);
        }
        hb_csv_add_text(row, "latency_histogram");
    } else if (kind == HB_KIND_EXEC) {
        hb_csv_add_text(row, "program");
        add_columns(row, hb_csv_run_columns, HB_TABLE_COUNT(hb_csv_run_columns));
        add_metrics(row, hb_exec_metrics, HB_EXEC_METRIC_COUNT);
        hb_csv_add_text(row, "own");
    } else {
        add_columns(row, hb_csv_job_columns, HB_TABLE_COUNT(hb_csv_job_columns));
        add_metrics(row, hb_metrics, HB_METRIC_COUNT);
        hb_csv_add_text(row, "point");
        add_columns(row, hb_csv_point_columns, HB_TABLE_COUNT(hb_csv_point_columns));
    }
}

/* In the order of the columns, whose kinds are these alone. */
static void add_fields(struct hb_buf *row, const struct hb_json_field *columns, size_t count,
                       const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)from + columns[i].offset;
        if (columns[i].kind == HB_FIELD_U32)
            add_count(row, true, *(const uint32_t *)at);
        else if (columns[i].kind == HB_FIELD_U64)
            add_count(row, true, *(const uint64_t *)at);
        else if (columns[i].kind == HB_FIELD_DOUBLE)
            hb_csv_add_double(row, *(const double *)at);
        else if (columns[i].kind == HB_FIELD_NAME)
            hb_csv_add_text(row, columns[i].names[*(const unsigned *)at]);
        else
            hb_csv_add_text(row, at);
    }
}

static void add_common_fields(struct hb_buf *row, const struct hb_session *session,
                              uint32_t allocator)
{
    add_fields(row, hb_csv_session_columns, HB_TABLE_COUNT(hb_csv_session_columns), session);
    add_fields(row, hb_csv_allocator_columns, HB_TABLE_COUNT(hb_csv_allocator_columns),
               &session->allocators[allocator]);
}

static int write_row(struct hb_csv_writer *writer, struct hb_buf *row, struct hb_err *err)
{
    (void)hb_buf_char(row, '\n');
    int result = hb_buf_check(row, err);
    if (result == 0)
        result = hb_file_write_all(writer->fd, row->bytes, row->size, writer->name, err);
    if (result == 0)
        result = hb_file_sync(writer->fd, writer->name, err);
    if (result == 0)
        writer->size += (off_t)row->size;
    else if (writer->owned && ftruncate(writer->fd, writer->size) == 0)
        (void)lseek(writer->fd, writer->size, SEEK_SET);
    hb_buf_free(row);
    return result;
}

/* Empty cells where there is no sweep. */
static void add_point(struct hb_buf *row, const struct hb_session *session,
                      const struct hb_job *job)
{
    if (session->point_count == 0) {
        (void)hb_buf_text(row, ",,,,");
        return;
    }
    add_count(row, true, job->point);
    add_fields(row, hb_csv_point_columns, HB_TABLE_COUNT(hb_csv_point_columns),
               &session->points[job->point]);
}

int hb_csv_row(struct hb_csv_writer *writer, const struct hb_session *session,
               const struct hb_job *job, struct hb_err *err)
{
    struct hb_buf row = {0};
    add_common_fields(&row, session, job->allocator);
    add_fields(&row, hb_csv_job_columns, HB_TABLE_COUNT(hb_csv_job_columns), job);
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        hb_csv_add_double(&row, job->metric[i]);
    add_point(&row, session, job);
    return write_row(writer, &row, err);
}

static void add_latency(struct hb_buf *row, const struct hb_epoch *epoch)
{
    struct hb_buf text = {0};
    if (hb_latency_text(epoch->latency, epoch->latency_count, &text) == 0)
        hb_csv_add_text(row, hb_buf_string(&text));
    else
        row->failed = true;
    hb_buf_free(&text);
}

int hb_csv_epoch_row(struct hb_csv_writer *writer, const struct hb_session *session,
                     const struct hb_epoch *epoch, struct hb_err *err)
{
    struct hb_buf row = {0};
    add_common_fields(&row, session, epoch->allocator);
    add_fields(&row, hb_csv_epoch_columns, HB_TABLE_COUNT(hb_csv_epoch_columns), epoch);
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++)
        hb_csv_add_double(&row, epoch->metric[i]);
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++)
        add_count(&row, epoch->calls_known, epoch->calls.count[i]);
    add_latency(&row, epoch);
    return write_row(writer, &row, err);
}

/* Programs have figures of their own, each its own names: one cell has them all. */
static void add_own(struct hb_buf *row, const struct hb_session *session,
                    const struct hb_exec_run *run)
{
    const struct hb_profile_program *program = hb_exec_described(session, run->program);
    struct hb_buf text = {0};
    for (size_t i = 0; run->kind != HB_EXEC_KIND_LOADING && i < program->metric_count; i++)
        hb_buf_printf(&text, "%s%s=%s", i ? " " : "", program->metrics[i].name,
                      hb_format_double(run->own[i]).text);
    row->failed |= text.failed;
    hb_csv_add_text(row, hb_buf_string(&text));
    hb_buf_free(&text);
}

int hb_csv_run_row(struct hb_csv_writer *writer, const struct hb_session *session,
                   const struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_buf row = {0};
    add_common_fields(&row, session, run->allocator);
    hb_csv_add_text(&row,
                    run->kind == HB_EXEC_KIND_LOADING ? "" : session->programs[run->program].name);
    add_fields(&row, hb_csv_run_columns, HB_TABLE_COUNT(hb_csv_run_columns), run);
    for (size_t i = 0; i < HB_EXEC_METRIC_COUNT; i++)
        hb_csv_add_double(&row, run->metric[i]);
    add_own(&row, session, run);
    return write_row(writer, &row, err);
}

/* --- opening and closing --------------------------------------------------------------------- */

static void discard(struct hb_csv_writer *writer)
{
    free(writer->name);
    free(writer);
}

static int open_fd(struct hb_csv_writer **writer, enum hb_session_kind kind, int fd, bool owned,
                   const char *name, struct hb_err *err)
{
    struct hb_buf heading = {0};
    struct hb_csv_writer *made = calloc(1, sizeof *made);
    char *copy = strdup(name);
    *writer = NULL;
    if (!made || !copy) {
        free(made);
        free(copy);
        return hb_err_memory(err, name);
    }
    *made = (struct hb_csv_writer){.fd = fd, .owned = owned, .name = copy};
    add_heading(&heading, kind);
    if (write_row(made, &heading, err) != 0) {
        discard(made);
        return -1;
    }
    *writer = made;
    return 0;
}

int hb_csv_open_fd(struct hb_csv_writer **writer, enum hb_session_kind kind, int fd,
                   const char *name, struct hb_err *err)
{
    return open_fd(writer, kind, fd, false, name, err);
}

int hb_csv_open(struct hb_csv_writer **writer, enum hb_session_kind kind, const char *path,
                bool replace, struct hb_err *err)
{
    *writer = NULL;
    if (hb_file_check_output(path, replace, err) != 0)
        return -1;
    const bool is_new = access(path, F_OK) != 0;
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open for writing", path);
    if ((!is_new || hb_file_sync_folder(path, err) == 0) &&
        open_fd(writer, kind, fd, true, path, err) == 0)
        return 0;
    (void)close(fd);
    if (is_new)
        (void)unlink(path);
    return -1;
}

int hb_csv_close(struct hb_csv_writer *writer, struct hb_err *err)
{
    int result = 0;
    if (!writer)
        return 0;
    if (writer->owned && close(writer->fd) != 0)
        result = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot close", writer->name);
    discard(writer);
    return result;
}
