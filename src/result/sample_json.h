/* What a job and an epoch have in common as JSON: their allocator's label, their metrics, counts of
 * system calls, their order. Only job_json.c and epoch_json.c include it.
 * Read next: session_json.h. */
#ifndef HB_RESULT_SAMPLE_JSON_H
#define HB_RESULT_SAMPLE_JSON_H

#include "base/json/json_fields.h"
#include "result/model.h"

/* The index of the label that object's "allocator" names. */
int hb_sample_read_label(const struct hb_json_source *source, const cJSON *object,
                         const struct hb_session *session, uint32_t *allocator, struct hb_err *err);

/* -1 unless index is above that of the one before, the last of `of` ("job"), where there is one:
 * what is there twice would count twice. */
int hb_sample_check_order(const struct hb_json_source *source, const cJSON *object, uint32_t index,
                          const uint32_t *before, const char *of, struct hb_err *err);

/* "metrics": a number or null for each of metrics[0..count). Reading passes over what it does not
 * know, and leaves unknown what is not there. */
void hb_sample_put_metrics(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_metric *metrics, size_t count, const double *values);
int hb_sample_read_metrics(const struct hb_json_source *source, const cJSON *object,
                           const struct hb_metric *metrics, size_t count, double least,
                           double *values, struct hb_err *err);

/* A count for each memory system call. */
void hb_sample_put_calls(struct hb_json_writer *writer, cJSON *object, const char *key,
                         const uint64_t counts[HB_SYSCALL_COUNT]);
int hb_sample_read_calls(const struct hb_json_source *source, const cJSON *node,
                         uint64_t counts[HB_SYSCALL_COUNT], struct hb_err *err);

#endif
