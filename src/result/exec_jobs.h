/* Runs of programs as jobs of one operation each, for what reads jobs: comparing, gates, exports.
 * Read next: model.h, src/compare/digest.h. */
#ifndef HB_RESULT_EXEC_JOBS_H
#define HB_RESULT_EXEC_JOBS_H

#include "result/model.h"

/* Whence a program's peak of memory is: the best source that all its timed runs have, as figures of
 * two are not to be compared. */
enum hb_exec_metric_id hb_exec_peak(const struct hb_session *session, size_t program);

/* True of a counting pass that failed beside timed runs of the same program and allocator: what it
 * would have counted is not known, and the timed runs are judged as ever. */
bool hb_exec_is_only_note(const struct hb_session *session, const struct hb_exec_run *run);

/* Gives a session of kind exec jobs beside its runs: of a run's wall time, its peak of memory, its
 * faults and calls; what is only a note is no job. Of several programs the allocators become
 * "PROGRAM/ALLOCATOR"; what must be alike for two sessions to be compared become parameters. 0 also
 * for a rebase or a soak, which stay as they are; HB_ERR_USAGE for a check, which has no figures.
 */
int hb_exec_as_jobs(struct hb_session *session, struct hb_err *err);

#endif
