/* The journal of a running session: one line for the session, then one for each finished job or
 * epoch,
 * each synced before the next job starts, so that a kill at any moment leaves every whole line
 * readable. The finished .json takes its place.
 * Read next: hakbench-result(5), "JOURNAL". */
#ifndef HB_RESULT_JOURNAL_H
#define HB_RESULT_JOURNAL_H

#include "base/err.h"
#include "result/model.h"

struct hb_journal;

/* A new journal of this session: its header is on disk when this returns. Refuses a path where
 * there is something already. The file stays locked (flock) until it is closed. */
int hb_journal_create(struct hb_journal **journal, const char *path,
                      const struct hb_session *session, struct hb_err *err);

/* Takes up a journal that was cut off: locks it, drops a torn last line from the file and fills
 * *session with the header and the jobs (partial; free with hb_session_free). Whether the plan is
 * still the same is for the caller to check (session->plan_key). */
int hb_journal_reopen(struct hb_journal **journal, const char *path, struct hb_session *session,
                      struct hb_err *err);

/* One more job; on disk when this returns. On failure the journal is cut back to what it held, so
 * that it can go on once there is room. The job's allocator is looked up in session. */
int hb_journal_append(struct hb_journal *journal, const struct hb_session *session,
                      const struct hb_job *job, struct hb_err *err);

/* What was learnt of an allocator since the header: its library's path, version, hash. Takes the
 * place of the entry with the same label when read. */
int hb_journal_update_allocator(struct hb_journal *journal, const struct hb_allocator_entry *entry,
                                struct hb_err *err);

/* One more epoch of a soak, in the same way. */
int hb_journal_append_epoch(struct hb_journal *journal, const struct hb_session *session,
                            const struct hb_epoch *epoch, struct hb_err *err);

/* One more run of an exec, in the same way. */
int hb_journal_append_run(struct hb_journal *journal, const struct hb_session *session,
                          const struct hb_exec_run *run, struct hb_err *err);

/* What was settled of a soak since the header: the operations of an epoch. Takes the place of
 * session->soak when read. */
int hb_journal_update_soak(struct hb_journal *journal, const struct hb_soak *soak,
                           struct hb_err *err);

/* What changed of the host since the header: its CPUs. Takes the place of session->host when read.
 */
int hb_journal_update_host(struct hb_journal *journal, const struct hb_host_info *host,
                           struct hb_err *err);

/* Unlocks and closes; NULL is fine. An error at close is reported. */
int hb_journal_close(struct hb_journal *journal, struct hb_err *err);

/* The same, and removes the file: the finished result is on disk. */
int hb_journal_finish(struct hb_journal *journal, struct hb_err *err);

/* True when text begins as a journal does (whole or cut off). */
bool hb_journal_recognise(const char *text, size_t size);

/* Fills *session from a journal's text; *whole_bytes (may be NULL) is where the torn tail begins,
 * or size. */
int hb_journal_parse(const char *text, size_t size, const char *path, struct hb_session *session,
                     size_t *whole_bytes, struct hb_err *err);

#endif
