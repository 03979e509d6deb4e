/* A soak from a CSV: one of this tool's, or any with the columns epoch, throughput and rss.
 * What a CSV cannot hold (parameters, host, profile) stays empty.
 * Read next: csv.h, hakbench-result(5), "CSV". */
#ifndef HB_RESULT_EPOCHCSV_H
#define HB_RESULT_EPOCHCSV_H

#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills *session, kind "soak" (free with hb_session_free; zeroed on error), from text[0..size).
 * This tool's CSV is told by its column `latency_histogram`; its control is the first allocator of
 * role "floor". A last row that was cut off is left out, and the session is then partial.
 * Of others: `epoch` (whole, rising for each label), `throughput` (operations a second), `rss`
 * (bytes); and where there are such columns `label` or `allocator`, `time` or `started_s`
 * (seconds; else an epoch lasts one), `live` (bytes), `p999` (ns).
 * HB_ERR_USAGE with file, line and column for anything else. */
int hb_epochs_from_csv_text(const char *text, size_t size, const char *path,
                            struct hb_session *session, struct hb_err *err);

/* True when text cannot be JSON of this tool: it begins with neither a brace nor a bracket. */
bool hb_epochs_csv_recognise(const char *text, size_t size);

#endif
