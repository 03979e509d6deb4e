/* The tables that both directions of a result share: key, kind and place of every plain field.
 * Only the json*.c files include it. A key, once released, is never renamed; a new one is
 * optional.
 * Read next: json_fields.h, hakbench-result(5). */
#ifndef HB_RESULT_SESSION_FIELDS_H
#define HB_RESULT_SESSION_FIELDS_H

#include "base/json/json_fields.h"
#include "result/model.h"

#define HB_TABLE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

extern const struct hb_json_field hb_json_session_fields[16], hb_json_host_fields[22],
    hb_json_host_later_fields[6], hb_json_allocator_fields[14], hb_json_job_fields[9],
    hb_json_soak_fields[9], hb_json_epoch_fields[7];

/* The index of the label that object's "allocator" names. */
int hb_json_read_label(const struct hb_json_source *source, const cJSON *object,
                       const struct hb_session *session, uint32_t *allocator, struct hb_err *err);

#endif
