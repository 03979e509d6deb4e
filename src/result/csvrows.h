/* Rows of a CSV as facts of a session: what epochs and jobs have in common. Every refusal names
 * file, line and column. Computes nothing.
 * Only this room's CSV files include it.
 * Read next: csv.h (the table), session_csv.c (the two kinds of rows). */
#ifndef HB_RESULT_CSVROWS_H
#define HB_RESULT_CSVROWS_H

#include "base/json/json_fields.h"
#include "result/csv.h"
#include "result/model.h"

#include <stddef.h>
#include <stdint.h>

/* The columns of this tool's rows but for their metrics, in their order: what writes them reads
 * them. Each row begins with those of its session and its allocator. */
extern const struct hb_json_field hb_csv_session_columns[3], hb_csv_allocator_columns[6],
    hb_csv_job_columns[7], hb_csv_point_columns[3], hb_csv_epoch_columns[7], hb_csv_run_columns[9];

struct hb_csv_rows {
    const struct hb_csv_table *table;
    const char *path;
    struct hb_session *session;
    struct hb_err *err;
    size_t row; /* the one that is being read */
};

/* Room for labels, which hb_csv_rows_label fills. -1 when there is no memory. */
int hb_csv_rows_open(struct hb_csv_rows *rows);

/* Sets an HB_ERR_USAGE "path:line: column x: expected ..., found ..." and returns -1. */
int hb_csv_rows_fault(const struct hb_csv_rows *rows, const char *column, const char *expected);

/* NULL when there is no such column or nothing in it. */
const char *hb_csv_rows_cell(const struct hb_csv_rows *rows, const char *column);

/* As hb_format_double writes: no spaces, no hexadecimal, finite. An empty cell leaves *value. */
int hb_csv_rows_number(const struct hb_csv_rows *rows, const char *column, double least,
                       double *value);

/* A whole number that must be there. */
int hb_csv_rows_u64(const struct hb_csv_rows *rows, const char *column, uint64_t most,
                    uint64_t *value);
int hb_csv_rows_u32(const struct hb_csv_rows *rows, const char *column, uint32_t *value);

/* Fills *to from this tool's columns: text may be missing, a fraction too; the rest must be there.
 */
int hb_csv_rows_fields(const struct hb_csv_rows *rows, const struct hb_json_field *columns,
                       size_t count, void *to);

/* The allocator with this label, made where it is new. */
int hb_csv_rows_label(const struct hb_csv_rows *rows, const char *label, uint32_t *allocator);

/* What this tool's rows say of their allocator, taken from its first; its role must not change. Its
 * library is known from the first run that could load it. */
int hb_csv_rows_allocator(const struct hb_csv_rows *rows, uint32_t *allocator);

/* Whether a heading has this column. */
bool hb_csv_rows_has(const struct hb_csv_table *table, const char *column);

/* A session from the rows of text by `read`, which finds it zeroed: zeroed again on error, and
 * partial where a last row was left out. */
int hb_csv_rows_read(const char *text, size_t size, const char *path,
                     int (*read)(const struct hb_csv_table *table, const char *path,
                                 struct hb_session *session, struct hb_err *err),
                     struct hb_session *session, struct hb_err *err);

#endif
