/* One recorded process: its events out of the memory shared with it, back in their order, blocks in
 * place of addresses, into a trace of its own.
 * Read next: record_stream.c, spool.h, record.h. */
#ifndef HB_TRACE_RECORD_STREAM_H
#define HB_TRACE_RECORD_STREAM_H

#include "base/copy.h"
#include "trace/blocks.h"
#include "trace/spool.h"
#include "trace/writer.h"

/* What was live in a process when it forked: the child's to begin with. */
struct hb_snapshot {
    uint64_t process, forked_at;
    struct hb_blocks blocks;
};

#define HB_SNAPSHOTS_MAX 64u /* of children that have not shown up: then the oldest goes */

struct hb_stream; /* a process */

struct hb_snapshots {
    struct hb_snapshot items[HB_SNAPSHOTS_MAX];
    size_t count;
    struct hb_stream *streams; /* those that have begun and not ended */
};

/* Takes over the spool, which is mapped and is unmapped with the stream. header: of its trace, but
 * for command and pid. path: where its trace goes, made with its first event. NULL without memory.
 */
struct hb_stream *hb_stream_new(struct hb_spool *spool, const char *path,
                                const struct hb_trace_header *header, double ns_per_tick,
                                struct hb_snapshots *snapshots);

/* Its trace is made even if no event comes. */
void hb_stream_keep_empty(struct hb_stream *stream);

/* Packed slots of the ring of this index, the next ones. */
void hb_stream_slots(struct hb_stream *stream, uint32_t index, const uint8_t *bytes, size_t size);

/* Writes what is in order: all slots that were stamped up to `until` are there (UINT64_MAX: the
 * process is gone). now_ns: any clock that does not go back. */
void hb_stream_round(struct hb_stream *stream, uint64_t until, uint64_t now_ns);

/* What is pending goes to the file, so that a kill of the recorder loses no more than this and what
 * is in the backlog. The stream that began before it, or NULL. */
struct hb_stream *hb_stream_flush(struct hb_stream *stream);

struct hb_recorded {
    char path[HB_PATH_MAX]; /* "": no event came */
    uint32_t pid;
    struct hb_trace_totals totals;
    uint64_t unseen;
    char problem[HB_REASON_MAX]; /* why its trace is not whole; "" */
};

/* The trace's end. note: why it ends, or NULL: the process has. Frees the stream. */
void hb_stream_end(struct hb_stream *stream, const char *note, struct hb_recorded *recorded);

#endif
