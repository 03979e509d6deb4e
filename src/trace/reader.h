/* Traces read event by event. Streams: memory grows with the blocks that are live at a time (32 to
 * 64 bytes each), never with the events. Every event is checked before it is handed out, whoever
 * wrote the file: ids are those of live blocks, threads are in order, time does not go back.
 * Read next: writer.h, event.h. */
#ifndef HB_TRACE_READER_H
#define HB_TRACE_READER_H

#include "base/err.h"
#include "trace/event.h"
#include "trace/header.h"

#include <stddef.h>

struct hb_trace_reader;

/* Opens a trace; a regular file. A file that was cut off is fine: its header says so, and events
 * come up to its last whole block. HB_ERR_USAGE with the path when it is none of ours, of a newer
 * version, or damaged. On failure *reader is NULL. */
int hb_trace_open(const char *path, struct hb_trace_reader **reader, struct hb_err *err);

/* Whether the file begins as a trace does; false also when it cannot be read. */
bool hb_trace_is_one(const char *path);

/* Totals are there from the start. Valid until the close. */
const struct hb_trace_header *hb_trace_header_of(const struct hb_trace_reader *reader);

/* The next event. 1, or 0 at the end; -1 with HB_ERR_USAGE on what no trace may have: message names
 * path, record (an event's number, from 1) and what was expected; HB_ERR_SYSTEM without memory.
 * After a failure it fails again. */
int hb_trace_next(struct hb_trace_reader *reader, struct hb_trace_event *event, struct hb_err *err);

/* To the first event again. -1 when the file cannot be read any more. */
int hb_trace_rewind(struct hb_trace_reader *reader, struct hb_err *err);

/* Sums over the events handed out so far. */
const struct hb_trace_totals *hb_trace_so_far(const struct hb_trace_reader *reader);

/* Calls with each block that is live after the events handed out so far, in no order; stops when
 * `each` does not return 0, and returns that. */
int hb_trace_each_live(const struct hb_trace_reader *reader,
                       int (*each)(void *self, uint64_t id, const struct hb_trace_birth *birth),
                       void *self);

/* NULL is fine. */
void hb_trace_close(struct hb_trace_reader *reader);

#endif
