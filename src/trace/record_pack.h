/* Slots of a ring on their way from the drain to the stream, packed: some 7 bytes where a slot has
 * 16, so that what waits its turn is small. Both sides remember the slot before.
 * Read next: record_drain.c (packs), record_lane.c (unpacks). */
#ifndef HB_TRACE_RECORD_PACK_H
#define HB_TRACE_RECORD_PACK_H

#include "trace/spool.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A call as its thread pushed it. */
struct hb_pulled {
    uint64_t stamp; /* ticks since the process began */
    uint64_t address, size;
    uint8_t what; /* enum hb_trace_function or hb_spool_note; a payload is the address */
    uint8_t align_log2;
};

struct hb_pack {
    uint64_t stamp, address;
};

#define HB_PACKED_BYTES_MAX 32u /* 3, and at most 8 each for stamp, address and size */

/* The first byte is what and HB_PACKED_WHOLE; the second one has the lengths of address (its low
 * half) and size, the third one that of the stamp; then stamp, address and size, the first two as
 * differences from the slot before. Lengths are like throws of a die: no branch depends on them. */
#define HB_PACKED_WHOLE                                                                            \
    0x40u /* the address itself, and the alignment in a byte behind all others */

/* Small for small numbers of either sign. */
static inline uint64_t hb_zigzag(uint64_t value)
{
    return value << 1 ^ (uint64_t)((int64_t)value >> 63);
}

static inline uint64_t hb_unzigzag(uint64_t value)
{
    return value >> 1 ^ -(value & 1);
}

/* Bytes that hold it: 0 of 0. */
static inline unsigned hb_bytes_of(uint64_t value)
{
    return value ? (71u - (unsigned)__builtin_clzll(value)) / 8 : 0;
}

static inline uint64_t hb_first_bytes(const uint8_t *from, unsigned bytes)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return bytes ? value << (64 - 8 * bytes) >> (64 - 8 * bytes) : 0;
}

/* `to` has room for HB_PACKED_BYTES_MAX. */
static inline uint8_t *hb_pack_put(struct hb_pack *pack, const struct hb_pulled *pulled,
                                   uint8_t *to)
{
    const uint64_t apart = pulled->address - pack->address;
    const bool is_whole = apart & 7 || pulled->align_log2 || pulled->what >= HB_NOTE_FORK;
    const uint64_t address =
        is_whole ? pulled->address : hb_zigzag((uint64_t)((int64_t)apart >> 3));
    const uint64_t stamp = hb_zigzag(pulled->stamp - pack->stamp);
    const unsigned address_bytes = hb_bytes_of(address), size_bytes = hb_bytes_of(pulled->size),
                   stamp_bytes = hb_bytes_of(stamp);
    to[0] = (uint8_t)(pulled->what | (is_whole ? HB_PACKED_WHOLE : 0));
    to[1] = (uint8_t)(address_bytes | size_bytes << 4);
    to[2] = (uint8_t)stamp_bytes;
    to += 3;
    memcpy(to, &stamp, 8);
    to += stamp_bytes;
    memcpy(to, &address, 8);
    to += address_bytes;
    memcpy(to, &pulled->size, 8);
    to += size_bytes;
    pack->stamp = pulled->stamp;
    if (!is_whole) {
        pack->address = pulled->address;
        return to;
    }
    *to++ = pulled->align_log2;
    return to;
}

/* Where the next one begins; 8 bytes behind the last one can be read. What was packed is whole:
 * nothing is checked. */
static inline const uint8_t *hb_pack_get(struct hb_pack *pack, const uint8_t *from,
                                         struct hb_pulled *pulled)
{
    const unsigned address_bytes = from[1] & 15, size_bytes = from[1] >> 4, stamp_bytes = from[2];
    const bool is_whole = from[0] & HB_PACKED_WHOLE;
    pulled->what = from[0] & HB_SLOT_WHAT;
    from += 3;
    pulled->stamp = pack->stamp += hb_unzigzag(hb_first_bytes(from, stamp_bytes));
    from += stamp_bytes;
    pulled->address = hb_first_bytes(from, address_bytes);
    from += address_bytes;
    pulled->size = hb_first_bytes(from, size_bytes);
    from += size_bytes;
    pulled->align_log2 = is_whole ? *from++ : 0;
    if (!is_whole)
        pulled->address = pack->address += hb_unzigzag(pulled->address) << 3;
    return from;
}

#endif
