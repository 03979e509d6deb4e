/* CSV out, one row a job or an epoch, on disk as soon as it is written; and any CSV in.
 * Text is quoted and never runs in a spreadsheet; unknown numbers are empty cells. What a row
 * cannot hold (parameters, host, profile, slices) stays empty in a session that is read from one.
 * Read next: csvrows.h, hakbench-result(5), "CSV". */
#ifndef HB_RESULT_CSV_H
#define HB_RESULT_CSV_H

#include "base/buf.h"
#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_csv_writer;

/* Creates path and writes the heading: of jobs, of a soak's epochs or of an exec's runs. Refuses a
 * file with something in it unless replace. On failure no half of a heading is left, and no file
 * that was not there. */
int hb_csv_open(struct hb_csv_writer **writer, enum hb_session_kind kind, const char *path,
                bool replace, struct hb_err *err);

/* The same to a descriptor that stays the caller's (stdout); name is for messages. */
int hb_csv_open_fd(struct hb_csv_writer **writer, enum hb_session_kind kind, int fd,
                   const char *name, struct hb_err *err);

/* One more row; on disk when this returns. */
int hb_csv_row(struct hb_csv_writer *writer, const struct hb_session *session,
               const struct hb_job *job, struct hb_err *err);

int hb_csv_epoch_row(struct hb_csv_writer *writer, const struct hb_session *session,
                     const struct hb_epoch *epoch, struct hb_err *err);

/* Of an exec. Its rows are not read back: the JSON is. */
int hb_csv_run_row(struct hb_csv_writer *writer, const struct hb_session *session,
                   const struct hb_exec_run *run, struct hb_err *err);

/* One more cell of a row in memory, after a comma unless it is the first: text quoted, with an
 * apostrophe before what a spreadsheet would take for a formula; a number, empty when NaN. */
void hb_csv_add_text(struct hb_buf *row, const char *text);
void hb_csv_add_double(struct hb_buf *row, double value);

/* NULL is fine. An error at close is reported. */
int hb_csv_close(struct hb_csv_writer *writer, struct hb_err *err);

/* A CSV in memory: a heading and rows of as many cells. Zeroed is valid to free. */
struct hb_csv_table {
    size_t column_count, row_count;
    char *text;           /* of all cells */
    const char **columns; /* [column_count] */
    char **cells;         /* [row_count * column_count], row by row */
    unsigned long *lines; /* [row_count], the line each row ends on */
    size_t row_capacity;
};

/* LF, CR LF or CR; quotes; a byte order mark; empty lines are passed over. Refused with file:line:
 * NUL bytes, stray or open quotes, rows of another length, a column named twice, no heading. */
int hb_csv_parse(const char *text, size_t size, const char *path, struct hb_csv_table *table,
                 struct hb_err *err);

/* The same of a text without a heading: these are its columns, the caller's and as long-lived. */
int hb_csv_parse_bare(const char *text, size_t size, const char *path, const char *const *columns,
                      size_t column_count, struct hb_csv_table *table, struct hb_err *err);

/* Cells are as written: the apostrophe before a would-be formula is still there.
 * NULL when there is no such column. */
const char *hb_csv_cell(const struct hb_csv_table *table, size_t row, const char *column);

/* A cell of this tool's without that apostrophe. */
const char *hb_csv_plain(const char *cell);

void hb_csv_free(struct hb_csv_table *table);

/* ---- sessions ---- */

/* True when the heading is of a rebase's CSV: it has the columns "session_started_at" and "block".
 */
bool hb_jobs_csv_recognise(const char *text, size_t size);

/* True when text cannot be JSON of this tool: it begins with neither a brace nor a bracket. */
bool hb_epochs_csv_recognise(const char *text, size_t size);

/* Each fills *session from text[0..size) (free with hb_session_free; zeroed on error). A last row
 * that was cut off is left out, and the session is then partial. HB_ERR_USAGE with file, line and
 * column for anything else. */

/* Kind "rebase": labels, roles, blocks, seeds, status and every metric. "threads" becomes a
 * parameter where it follows from throughput and ns_per_op. */
int hb_jobs_from_csv_text(const char *text, size_t size, const char *path,
                          struct hb_session *session, struct hb_err *err);

/* Kind "soak". This tool's CSV has the column `latency_histogram`; its control is the first
 * allocator of role "floor". Of others: `epoch` (whole, rising for each label), `throughput`
 * (operations a second), `rss` (bytes); and where there are such columns `label` or `allocator`,
 * `time` or `started_s` (seconds; else an epoch lasts one), `live` (bytes), `p999` (ns). */
int hb_epochs_from_csv_text(const char *text, size_t size, const char *path,
                            struct hb_session *session, struct hb_err *err);

#endif
