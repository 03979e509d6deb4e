/* A trace on disk: its places and numbers, and the two texts in it. docs/trace-format.md describes
 * it to the byte; this is what reader and writer share.
 * Read next: reader.c, writer.c. */
#ifndef HB_TRACE_DISK_H
#define HB_TRACE_DISK_H

#include "base/buf.h"
#include "base/err.h"
#include "trace/event.h"
#include "trace/header.h"

#include <stddef.h>
#include <stdint.h>

/* ---- the beginning and the end ---- */

#define HB_DISK_MAGIC          "hbtrace\n" /* 8 bytes, then version, JSON bytes, XXH64 of the JSON */
#define HB_DISK_PREFIX_BYTES   24u
#define HB_DISK_TRAILER_MAGIC  UINT32_C(0x65746268) /* "hbte", JSON bytes, XXH64 of the JSON */
#define HB_DISK_TRAILER_BYTES  16u
#define HB_DISK_END_MAGIC      "hbtrace." /* after the trailer's place in the file, 8 bytes */
#define HB_DISK_END_BYTES      16u
#define HB_DISK_TEXT_BYTES_MAX UINT32_C(65536) /* of either JSON */

/* ---- a block of events ---- */

#define HB_DISK_BLOCK_MAGIC UINT32_C(0x62746268) /* "hbtb" */
#define HB_DISK_HEAD_BYTES  104u
#define HB_DISK_EVENTS_MAX  16384u /* of a block */

struct hb_disk_head {
    uint32_t events;
    uint32_t raw_bytes, packed_bytes; /* of what follows: without and with zstd */
    uint32_t last_thread;             /* of the event before the block; 0 before the first */
    struct hb_trace_totals before;    /* of all events before the block: events, made, threads and
                                         time_ns; the others are 0 */
    struct hb_trace_totals after;     /* of all up to its end */
};

/* Without the checksum, which is XXH64 of these 96 bytes and of the packed ones. */
#define HB_DISK_HEAD_SUMMED 96u
void hb_disk_head_write(const struct hb_disk_head *head, uint8_t bytes[HB_DISK_HEAD_BYTES]);

/* -1 with what was expected: no magic, or sizes that no block has. */
int hb_disk_head_read(const uint8_t bytes[HB_DISK_HEAD_BYTES], struct hb_disk_head *head,
                      struct hb_err *err);

/* The XXH64 of a block. */
uint64_t hb_disk_checksum(const uint8_t head[HB_DISK_HEAD_BYTES], const uint8_t *packed,
                          size_t packed_bytes);

/* Columns of a block, each of its own length; the lengths stand before them. */
enum hb_disk_column {
    HB_COLUMN_WHAT = 0,  /* a byte an event: function, HB_WHAT_* */
    HB_COLUMN_THREAD,    /* of events with HB_WHAT_THREAD: the thread */
    HB_COLUMN_SIZE,      /* of functions that have one */
    HB_COLUMN_OLD,       /* of those that are handed a block: next id less its id; 0: NULL */
    HB_COLUMN_ALIGNMENT, /* of functions that have one: its log2, a byte */
    HB_COLUMN_TIME,      /* ns since the event before */
    HB_COLUMNS
};
#define HB_COLUMNS_HEAD_BYTES (4u * HB_COLUMNS)
#define HB_WHAT_FUNCTION      0x3fu
#define HB_WHAT_NONE          0x40u /* no block was made */
#define HB_WHAT_THREAD        0x80u /* of another thread than the event before */

/* The longest that a column can be for each event, and a block without zstd. */
#define HB_VARINT_BYTES   10u
#define HB_DISK_RAW_BYTES (HB_COLUMNS_HEAD_BYTES + HB_DISK_EVENTS_MAX * (2 + 4 * HB_VARINT_BYTES))

/* ---- numbers ---- */

static inline uint32_t hb_disk_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t hb_disk_u64(const uint8_t *bytes)
{
    return hb_disk_u32(bytes) | (uint64_t)hb_disk_u32(bytes + 4) << 32;
}

static inline void hb_disk_put_u32(uint8_t *bytes, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline void hb_disk_put_u64(uint8_t *bytes, uint64_t value)
{
    hb_disk_put_u32(bytes, (uint32_t)value);
    hb_disk_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

/* LEB128: seven bits a byte, the lowest first; all but the last byte have the eighth bit set. */
static inline uint8_t *hb_varint_put(uint8_t *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

/* Where it ends, or NULL: it goes on past `end`, or beyond 64 bits. */
static inline const uint8_t *hb_varint_get(const uint8_t *from, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; from < end; shift += 7) {
        const uint8_t byte = *from++;
        if (shift == 63 && byte > 1)
            return NULL;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return from;
        }
    }
    return NULL;
}

/* ---- texts ---- */

/* The header as JSON, what is known at the start; and the trailer's, totals and the end. */
int hb_disk_header_text(const struct hb_trace_header *header, struct hb_buf *text,
                        struct hb_err *err);
int hb_disk_trailer_text(const struct hb_trace_header *header, struct hb_buf *text,
                         struct hb_err *err);

/* The other way round, into the same fields. name: for messages. HB_ERR_USAGE. */
int hb_disk_header_parse(const char *text, size_t size, const char *name,
                         struct hb_trace_header *header, struct hb_err *err);
int hb_disk_trailer_parse(const char *text, size_t size, const char *name,
                          struct hb_trace_header *header, struct hb_err *err);

#endif
