/* A session without what comparing a thousand of them cannot afford: the slices of a run are passed
 * over where the file's own summary has its whole throughput, as of a run without a warm-up.
 * Everything else is as hb_session_read has it.
 * Read next: session_json.h, src/session/digests.c (the user). */
#ifndef HB_RESULT_SESSION_BRIEF_H
#define HB_RESULT_SESSION_BRIEF_H

#include "base/err.h"
#include "result/model.h"

#include <stddef.h>

/* As hb_session_read, with steady_ops_per_s set, and slice_ns only where that is another than the
 * run's throughput. Whatever is no finished result with a summary of all its runs (a journal, a
 * CSV, a damaged file) is read in full. */
int hb_session_read_brief(const char *path, struct hb_session *session, struct hb_err *err);

/* The same of text that is already there, ended by a NUL that is not counted. */
int hb_session_parse_brief(const char *text, size_t size, const char *path,
                           struct hb_session *session, struct hb_err *err);

#endif
