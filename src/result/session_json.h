/* A session as JSON and back (schema hakbench.result/2; version 1 is read): facts only. Sections
 * that others add, "summaries" and "budgets", are computed anew; what "summaries" has of each run's
 * throughput is kept as a claim (claimed_ops_per_s), which saves comparing a thousand files the
 * search for their warm-ups.
 * Read next: hakbench-result(5), json.h, journal.h. */
#ifndef HB_RESULT_SESSION_JSON_H
#define HB_RESULT_SESSION_JSON_H

#include "base/err.h"
#include "base/json/json_fields.h"
#include "result/model.h"

#define HB_RESULT_BYTES_MAX ((size_t)256 << 20)

/* The whole session as a tree of its own: the caller may add sections and prints it with
 * hb_json_print. NULL when there is no memory. */
cJSON *hb_session_to_json(const struct hb_session *session, struct hb_err *err);

/* Reads a finished result, the journal of an unfinished one, the CSV of a soak or a rebase
 * (csv.h) or another tool's result (import.h): the content says which. The session of a
 * journal is partial. Free with hb_session_free. HB_ERR_USAGE on anything else, *session zeroed: of
 * JSON with line, column and the place in the tree, "jobs[3].metrics.ns_per_op". */
int hb_session_read(const char *path, struct hb_session *session, struct hb_err *err);

/* The same of text that is already there. */
int hb_session_parse(const char *text, size_t size, const char *path, struct hb_session *session,
                     struct hb_err *err);

/* The same of a tree that was parsed. */
int hb_session_from_source(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err);

/* Parts, for the journal: everything but jobs and epochs, one job (its allocator by label), one
 * allocator. Builders give NULL when there is no memory; readers leave what they fill zeroed. */
cJSON *hb_session_header_to_json(const struct hb_session *session);
int hb_session_header_from_source(const struct hb_json_source *source, struct hb_session *session,
                                  struct hb_err *err);
/* Reads a job and appends it; its index must be above the last one's. */
int hb_session_read_job(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err);
cJSON *hb_job_to_json(const struct hb_session *session, const struct hb_job *job);
cJSON *hb_host_to_json(const struct hb_host_info *host);
int hb_host_from_json(const struct hb_json_source *source, const cJSON *node,
                      struct hb_host_info *host, struct hb_err *err);
/* Of a soak: its settings, one epoch (its allocator by label). The index of an epoch that is read
 * must be above the last one's. */
cJSON *hb_soak_to_json(const struct hb_soak *soak);
int hb_soak_from_json(const struct hb_json_source *source, const cJSON *node, struct hb_soak *soak,
                      struct hb_err *err);
cJSON *hb_epoch_to_json(const struct hb_session *session, const struct hb_epoch *epoch);
int hb_session_read_epoch(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err);
cJSON *hb_allocator_to_json(const struct hb_allocator_entry *entry);
int hb_allocator_from_json(const struct hb_json_source *source, const cJSON *node,
                           struct hb_allocator_entry *entry, struct hb_err *err);

/* Of an exec: its programs as this machine has them, and one run (its program and allocator by
 * name). The index of a run that is read must be above the last one's. */
cJSON *hb_exec_programs_to_json(const struct hb_session *session);
int hb_exec_programs_from_json(const struct hb_json_source *source, const cJSON *array,
                               struct hb_session *session, struct hb_err *err);
cJSON *hb_exec_run_to_json(const struct hb_session *session, const struct hb_exec_run *run);
int hb_session_read_run(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err);

/* Of a check: its promises, and one answer (its promise and allocator by name). No answer may be
 * there twice. */
cJSON *hb_promises_to_json(const struct hb_session *session);
int hb_promises_from_json(const struct hb_json_source *source, struct hb_session *session,
                          struct hb_err *err);
cJSON *hb_answers_to_json(const struct hb_session *session);
int hb_session_read_answer(const struct hb_json_source *source, const cJSON *node,
                           struct hb_session *session, struct hb_err *err);

/* What jobs, epochs and runs have alike. Order: the index of the one before, NULL for the first. */
int hb_sample_read_label(const struct hb_json_source *source, const cJSON *object,
                         const struct hb_session *session, uint32_t *allocator, struct hb_err *err);
int hb_sample_check_order(const struct hb_json_source *source, const cJSON *object, uint32_t index,
                          const uint32_t *before, const char *of, struct hb_err *err);
void hb_sample_put_metrics(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_metric *metrics, size_t count, const double *values);
int hb_sample_read_metrics(const struct hb_json_source *source, const cJSON *object,
                           const struct hb_metric *metrics, size_t count, double least,
                           double *values, struct hb_err *err);
void hb_sample_put_calls(struct hb_json_writer *writer, cJSON *object, const char *key,
                         const uint64_t counts[HB_SYSCALL_COUNT]);
int hb_sample_read_calls(const struct hb_json_source *source, const cJSON *node,
                         uint64_t counts[HB_SYSCALL_COUNT], struct hb_err *err);

#endif
