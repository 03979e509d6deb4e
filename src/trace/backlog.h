/* What the rings gave and what has not been put in order yet: records of bytes, first in, first
 * out. So much stays in memory; more goes to a file without a name. When that cannot grow it is
 * full, and nothing more is to be taken from rings. Read next: record_drain.h (adds), record.c
 * (takes). */
#ifndef HB_TRACE_BACKLOG_H
#define HB_TRACE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_backlog;
struct hb_stream;

enum hb_backlog_kind {
    HB_BACKLOG_SLOTS, /* packed slots of a lane */
    HB_BACKLOG_ROUND, /* all that was stamped up to `stamp` is there */
    HB_BACKLOG_END    /* of the process; bytes: why, a text with its 0, or none */
};

struct hb_backlog_head {
    uint32_t bytes; /* that follow */
    uint16_t kind, lane;
    struct hb_stream *stream;
    uint64_t stamp;
    uint64_t now_ns; /* of the round */
};

/* The next head is so far behind this one: heads lie at eights. */
static inline size_t hb_backlog_record_bytes(const struct hb_backlog_head *head)
{
    return sizeof *head + ((head->bytes + 7) & ~(size_t)7);
}

/* The file will be in the folder of `path`. NULL without memory. */
struct hb_backlog *hb_backlog_new(const char *path);

/* Room for the bytes of one record, as many as asked for, until the next call of any kind;
 * hb_backlog_add makes it a record of the first head->bytes of them. NULL without memory. */
uint8_t *hb_backlog_room(struct hb_backlog *backlog, uint32_t bytes);
void hb_backlog_add(struct hb_backlog *backlog, const struct hb_backlog_head *head);

/* What is added all the same stays in memory. */
bool hb_backlog_is_full(const struct hb_backlog *backlog);

/* The next record's bytes, until the next call, and its head. NULL: there is none, or the file
 * could not be read back, and nothing will come any more. */
const uint8_t *hb_backlog_take(struct hb_backlog *backlog, struct hb_backlog_head *head);
bool hb_backlog_has_failed(const struct hb_backlog *backlog);

/* NULL is fine. */
void hb_backlog_free(struct hb_backlog *backlog);

#endif
