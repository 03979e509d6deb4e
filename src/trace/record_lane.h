/* The events of one ring that wait to be put in order: packed, the next few unpacked.
 * Read next: record_pack.h, record_stream.c. */
#ifndef HB_TRACE_RECORD_LANE_H
#define HB_TRACE_RECORD_LANE_H

#include "trace/record_pack.h"

#include <stddef.h>

#define HB_LANE_AHEAD 16u /* events: by then their blocks have come from memory */

/* Zeroed is empty; bytes are to be freed. */
struct hb_lane {
    uint8_t *bytes; /* packed slots, from `at` to `size` */
    size_t at, size, room;
    struct hb_pack pack;
    struct hb_pulled ahead[HB_LANE_AHEAD]; /* those before them: [ahead_at] is the next one */
    unsigned ahead_at, ahead_count;
    uint64_t stamp;  /* of the next event; never less than of the one before */
    uint32_t thread; /* index, of what comes */
};

static inline bool hb_lane_is_empty(const struct hb_lane *lane)
{
    return lane->ahead_at == lane->ahead_count && lane->at == lane->size;
}

/* Packed slots, the next ones. -1 without memory. */
int hb_lane_add(struct hb_lane *lane, const uint8_t *bytes, size_t size);

/* Unpacks the next ones, as far as there are; those before have been taken. */
void hb_lane_unpack(struct hb_lane *lane);

/* So many events until the first that makes a block at the address, or begins to end one there, and
 * is stamped no later than `last`; 0: there is none. */
size_t hb_lane_events_until(const struct hb_lane *lane, uint64_t address, bool makes,
                            uint64_t last);

#endif
