/* Traces written event by event: checked, packed and in blocks, so that a file that is cut off
 * anywhere is readable up to its last whole block.
 *
 * Blocks may have any names: an event's id and old_id are the caller's own (an address, a number of
 * another trace), nonzero, and no two blocks that live at a time have the same. The writer gives
 * them the file's ids, 1, 2, 3 ... in the order of their making.
 * Read next: reader.h; src/commands/trace_cut.c (a user). */
#ifndef HB_TRACE_WRITER_H
#define HB_TRACE_WRITER_H

#include "base/err.h"
#include "trace/blocks.h"
#include "trace/event.h"
#include "trace/header.h"

struct hb_trace_writer;

/* Makes the file, over one that is there, and writes the header; of it only what is known at
 * the start is read. HB_ERR_USAGE when it cannot be made. On failure *writer is NULL. */
int hb_trace_create(const char *path, const struct hb_trace_header *header,
                    struct hb_trace_writer **writer, struct hb_err *err);

/* The same to a descriptor, which is the caller's to sync and close; name: for messages. It is
 * written forward only: a pipe will do. */
int hb_trace_create_fd(int fd, const char *name, const struct hb_trace_header *header,
                       struct hb_trace_writer **writer, struct hb_err *err);

/* Adds an event, whose field `old` is not read; `failed` is taken from id and size. HB_ERR_USAGE
 * when a reader would refuse it: a block that is not live or is live already, a thread that is not
 * the next one, a time that goes back; the message says which, not where; nothing was added then
 * and the writer goes on. HB_ERR_SYSTEM when the disk is full or there is no memory: hb_trace_end
 * is what remains to do. */
int hb_trace_put(struct hb_trace_writer *writer, const struct hb_trace_event *event,
                 struct hb_err *err);

/* The block of this name as it was made (time_ns is not kept: 0), or false when none is live. */
bool hb_trace_is_live(const struct hb_trace_writer *writer, uint64_t name,
                      struct hb_trace_birth *birth);

/* Asks memory for what is kept of the block of this name, which may be none: before an event of it,
 * by some ten events. */
void hb_trace_prefetch(const struct hb_trace_writer *writer, uint64_t name);

/* The live block `from` is called `to` from now on, which no live block is called. */
void hb_trace_rename(struct hb_trace_writer *writer, uint64_t from, uint64_t to);

/* A copy of what is live, by name, the caller's to free; values are of no use to others. -1 without
 * memory. */
int hb_trace_copy_live(const struct hb_trace_writer *writer, struct hb_blocks *to);

/* Sums over the events added so far. */
const struct hb_trace_totals *hb_trace_written(const struct hb_trace_writer *writer);

/* Writes what is pending as a block, so that it can be read whatever comes. */
int hb_trace_flush(struct hb_trace_writer *writer, struct hb_err *err);

/* Writes the rest and the trailer, syncs and closes the file (unless it was the caller's), and
 * frees the writer in any case. unseen and note: as in the header; note may be NULL. After a disk
 * that was full the file is cut back to its last whole block, and gets its trailer where that
 * fits. -1 when not all of it is on disk. NULL is fine. */
int hb_trace_end(struct hb_trace_writer *writer, uint64_t unseen, const char *note,
                 struct hb_err *err);

/* Closes it, unless the descriptor was the caller's, and frees the writer without a trailer: what
 * was written so far is a trace that was cut off. NULL is fine. */
void hb_trace_abandon(struct hb_trace_writer *writer);

#endif
