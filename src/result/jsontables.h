/* The tables that both directions of a result share: key, kind and place of every plain field.
 * Only json.c and jsonread.c include it. A key, once released, is never renamed; a new one is
 * optional.
 * Read next: jsonfields.h, docs/result-format.md. */
#ifndef HB_RESULT_JSONTABLES_H
#define HB_RESULT_JSONTABLES_H

#include "result/jsonfields.h"
#include "result/model.h"

#define HB_TABLE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

extern const struct hb_json_field hb_json_session_fields[15], hb_json_host_fields[22],
    hb_json_allocator_fields[13], hb_json_job_fields[9];

#endif
