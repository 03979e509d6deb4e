/* The lines of a journal as text: what journal.c writes and journalread.c reads.
 * Knows nothing of files.
 * Read next: journal.h. */
#ifndef HB_RESULT_JOURNALLINE_H
#define HB_RESULT_JOURNALLINE_H

#include "base/buf.h"
#include "result/session_json.h"

#define HB_RECORD_SESSION   "session"
#define HB_RECORD_JOB       "job"
#define HB_RECORD_ALLOCATOR "allocator"
#define HB_RECORD_HOST      "host"
#define HB_RECORD_SOAK      "soak"
#define HB_RECORD_EPOCH     "epoch"

/* Adds {"record":"job",...}\n. Takes over root, an object with members. 0, or -1 when there is no
 * memory, which a NULL root is taken for. */
int hb_journal_line(const char *record, cJSON *root, struct hb_buf *out);

#endif
