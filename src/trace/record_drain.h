/* One recorded process's rings, emptied into the backlog as they fill: what keeps up with the
 * program. Read next: record_drain.c, spool.h, backlog.h. */
#ifndef HB_TRACE_RECORD_DRAIN_H
#define HB_TRACE_RECORD_DRAIN_H

#include "trace/backlog.h"
#include "trace/spool.h"

#include <stdbool.h>

struct hb_drain;

/* The spool stays the caller's. ticks_per_ms: of the processor's clock. NULL without memory. */
struct hb_drain *hb_drain_new(struct hb_spool *spool, struct hb_stream *stream,
                              uint64_t ticks_per_ms);

/* Takes what is there; slots, or 0. now_ns: any clock that does not go back. has_ended: the process
 * is gone, nothing is waited for. */
size_t hb_drain_work(struct hb_drain *drain, struct hb_backlog *backlog, uint64_t now_ns,
                     bool has_ended);

void hb_drain_free(struct hb_drain *drain);

#endif
