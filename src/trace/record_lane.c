/* Events that wait: see record_lane.h. */
#include "trace/record_lane.h"

#include "trace/event.h"

#include <stdlib.h>

int hb_lane_add(struct hb_lane *lane, const uint8_t *bytes, size_t size)
{
    if (lane->at) {
        memmove(lane->bytes, lane->bytes + lane->at, lane->size - lane->at);
        lane->size -= lane->at;
        lane->at = 0;
    }
    if (lane->size + size + 8 > lane->room) { /* 8: what hb_pack_get may look at */
        const size_t room = (lane->size + size) * 2 + 8;
        uint8_t *grown = realloc(lane->bytes, room);
        if (!grown)
            return -1;
        lane->bytes = grown;
        lane->room = room;
    }
    memcpy(lane->bytes + lane->size, bytes, size);
    lane->size += size;
    return 0;
}

void hb_lane_unpack(struct hb_lane *lane)
{
    lane->ahead_at = lane->ahead_count = 0;
    while (lane->ahead_count < HB_LANE_AHEAD && lane->at < lane->size) {
        struct hb_pulled *pulled = &lane->ahead[lane->ahead_count++];
        const uint8_t *next = hb_pack_get(&lane->pack, lane->bytes + lane->at, pulled);
        lane->at = (size_t)(next - lane->bytes);
    }
}

static bool is_wanted(const struct hb_pulled *pulled, uint64_t address, bool makes)
{
    if (pulled->address != address)
        return false;
    if (pulled->what >= HB_CALLS)
        return pulled->what == HB_NOTE_REALLOC && !makes;
    const enum hb_trace_kind kind = hb_trace_functions[pulled->what].kind;
    return makes ? kind <= HB_TRACE_REALLOCATE : kind == HB_TRACE_FREE;
}

size_t hb_lane_events_until(const struct hb_lane *lane, uint64_t address, bool makes, uint64_t last)
{
    struct hb_pack pack = lane->pack;
    struct hb_pulled pulled;
    size_t events = 0;
    if (hb_lane_is_empty(lane)) /* it may have no bytes at all */
        return 0;
    const uint8_t *at = lane->bytes + lane->at, *end = lane->bytes + lane->size;
    for (unsigned i = lane->ahead_at; i < lane->ahead_count || at < end; i++) {
        if (i < lane->ahead_count)
            pulled = lane->ahead[i];
        else
            at = hb_pack_get(&pack, at, &pulled);
        if (pulled.stamp > last)
            return 0;
        events += pulled.what != HB_NOTE_WHO;
        if (is_wanted(&pulled, address, makes))
            return events;
    }
    return 0;
}
