/* Sessions from a CSV: the one that `rebase` writes, a row a job; the one of a soak, a row an
 * epoch; or anyone's with the columns epoch, throughput and rss. What a row cannot hold
 * (parameters, host, profile, slices) stays empty. Read next: csvrows.h, hakbench-result(5), "CSV".
 */
#ifndef HB_RESULT_SESSION_CSV_H
#define HB_RESULT_SESSION_CSV_H

#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

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
