/* A rebase session from the CSV that `rebase` writes, a row a job.
 * What a row cannot hold (parameters, host, slices, system calls by name) stays empty.
 * Read next: csvrows.h, hakbench-result(5), "CSV". */
#ifndef HB_RESULT_JOBCSV_H
#define HB_RESULT_JOBCSV_H

#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

/* True when the heading is of such a CSV: it has the columns "session_started_at" and "block". */
bool hb_jobs_csv_recognise(const char *text, size_t size);

/* Fills *session, kind "rebase" (free with hb_session_free; zeroed on error): labels, roles,
 * blocks, seeds, status and every metric. "threads" becomes a parameter where throughput and
 * ns_per_op tell it. A last row that was cut off is left out, and the session is then partial.
 * HB_ERR_USAGE with file, line and column for anything else. */
int hb_jobs_from_csv_text(const char *text, size_t size, const char *path,
                          struct hb_session *session, struct hb_err *err);

#endif
