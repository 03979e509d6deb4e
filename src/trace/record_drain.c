/* Rings emptied: see record_drain.h. A slot that was claimed and is not filled belongs to a thread
 * between two instructions, and what is behind it waits. One that is never filled (a handler left
 * by longjmp, a thread that was killed) is given up after two seconds. */
#include "trace/record_drain.h"

#include "trace/record_pack.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RINGS         (HB_SPOOL_RINGS + 1)
#define HOLE_NS       UINT64_C(2000000000)
#define AHEAD         64u   /* slots: by then they have come from the other processor */
#define SLOTS_AT_ONCE 4096u /* then the thread is told of the room: a quarter of a ring */

struct lane {
    uint64_t taken, next; /* slots; next: those claimed when the round began */
    uint32_t claims;
    struct hb_pack pack;
    uint64_t latest;   /* the highest stamp so far */
    uint64_t stuck_ns; /* since when its next slot is claimed and not filled; 0: it is not */
    bool is_active;    /* something came in this round */
};

struct hb_drain {
    struct hb_spool *spool;
    struct hb_stream *stream;
    uint64_t ticks_per_ms;
    uint64_t looked_ticks; /* when the pace was changed last */
    uint64_t looks_at;     /* the pace's ring that is looked at, or 0 */
    struct lane lanes[RINGS];
};

struct hb_drain *hb_drain_new(struct hb_spool *spool, struct hb_stream *stream,
                              uint64_t ticks_per_ms)
{
    struct hb_drain *drain = calloc(1, sizeof *drain);
    if (!drain)
        return NULL;
    drain->spool = spool;
    drain->stream = stream;
    drain->ticks_per_ms = ticks_per_ms;
    drain->looked_ticks = spool->ticks;
    return drain;
}

void hb_drain_free(struct hb_drain *drain)
{
    free(drain);
}

/* ---- slots ---- */

static uint64_t word_of(const struct hb_drain *drain, uint32_t ring, uint64_t at)
{
    return atomic_load_explicit(&drain->spool->slots[ring][at % HB_SPOOL_SLOTS].word,
                                memory_order_acquire);
}

static bool is_filled(uint64_t word, uint64_t at)
{
    return word && (word & HB_SLOT_LAP) == hb_spool_lap(at);
}

static uint64_t since_start(const struct hb_drain *drain, uint64_t ticks)
{
    return (ticks - drain->spool->ticks) & HB_SLOT_STAMP_MAX;
}

/* The slots of one event. */
static unsigned pull(const struct hb_drain *drain, uint32_t ring, uint64_t at, uint64_t word,
                     struct hb_pulled *pulled)
{
    const struct hb_spool_slot *slots = drain->spool->slots[ring];
    const uint64_t rest = slots[at % HB_SPOOL_SLOTS].rest;
    *pulled = (struct hb_pulled){
        .stamp = since_start(drain, word >> 8), .what = word & HB_SLOT_WHAT, .address = rest};
    if (pulled->what >= HB_NOTE_FORK)
        return 1;
    pulled->address = rest & HB_SLOT_ADDRESS;
    pulled->size = rest >> 48;
    if (!(word & HB_SLOT_WIDE))
        return 1;
    const uint64_t more = word_of(drain, ring, at + 1);
    pulled->address |= more >> 16 << 48;
    pulled->align_log2 = more >> 8 & 63;
    pulled->size = slots[(at + 1) % HB_SPOOL_SLOTS].rest;
    return 2;
}

static void wake(struct hb_spool_ring *ring)
{
    if (!atomic_load_explicit(&ring->waits, memory_order_relaxed))
        return;
    atomic_store(&ring->waits, 0);
    (void)syscall(SYS_futex, &ring->waits, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void set_taken(struct hb_drain *drain, uint32_t ring, uint64_t at)
{
    drain->lanes[ring].taken = at;
    atomic_store(&drain->spool->rings[ring].taken, at);
    wake(&drain->spool->rings[ring]);
}

/* Whose the ring's events are from now on. */
static uint8_t *put_owner(struct hb_drain *drain, uint32_t ring, uint32_t claims, uint8_t *to)
{
    struct lane *lane = &drain->lanes[ring];
    const struct hb_pulled who = {
        .stamp = lane->pack.stamp, .what = HB_NOTE_WHO, .address = HB_SPOOL_OWNER(ring, claims)};
    lane->claims = claims;
    return hb_pack_put(&lane->pack, &who, to);
}

/* A part of what is filled; slots. */
static size_t drain_part(struct hb_drain *drain, struct hb_backlog *backlog, uint32_t ring,
                         uint32_t claims)
{
    struct lane *lane = &drain->lanes[ring];
    struct hb_pulled pulled;
    uint64_t at = lane->taken, word = word_of(drain, ring, at);
    if (!is_filled(word, at))
        return 0;
    uint8_t *bytes = hb_backlog_room(backlog, (SLOTS_AT_ONCE + 1) * HB_PACKED_BYTES_MAX);
    uint8_t *to = bytes;
    if (!bytes)
        return 0;
    if (claims != lane->claims)
        to = put_owner(drain, ring, claims, to);
    for (; at - lane->taken < SLOTS_AT_ONCE && is_filled(word, at);
         word = word_of(drain, ring, at)) {
        __builtin_prefetch(&drain->spool->slots[ring][(at + AHEAD) % HB_SPOOL_SLOTS]);
        at += pull(drain, ring, at, word, &pulled);
        to = hb_pack_put(&lane->pack, &pulled, to);
        if (pulled.stamp > lane->latest)
            lane->latest = pulled.stamp;
    }
    const struct hb_backlog_head head = {.bytes = (uint32_t)(to - bytes),
                                         .kind = HB_BACKLOG_SLOTS,
                                         .lane = (uint16_t)ring,
                                         .stream = drain->stream};
    hb_backlog_add(backlog, &head);
    const size_t count = (size_t)(at - lane->taken);
    set_taken(drain, ring, at);
    lane->is_active = true;
    return count;
}

/* Behind the slot that is not filled, when something is there. */
static bool skip_hole(struct hb_drain *drain, uint32_t ring)
{
    const uint64_t next = atomic_load(&drain->spool->rings[ring].next);
    for (uint64_t at = drain->lanes[ring].taken + 1;
         at < next && at < drain->lanes[ring].taken + HB_SPOOL_SLOTS; at++) {
        const uint64_t word = word_of(drain, ring, at);
        if (!is_filled(word, at) || (word & HB_SLOT_WHAT) == HB_NOTE_MORE)
            continue;
        set_taken(drain, ring, at);
        return true;
    }
    return false;
}

static size_t drain_ring(struct hb_drain *drain, struct hb_backlog *backlog, uint32_t index,
                         uint64_t now_ns, bool has_ended)
{
    struct hb_spool_ring *ring = &drain->spool->rings[index];
    struct lane *lane = &drain->lanes[index];
    const uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
    const uint32_t claims = atomic_load_explicit(&ring->claims, memory_order_acquire);
    size_t count = 0, part;
    do {
        while ((part = drain_part(drain, backlog, index, claims)) != 0 &&
               (count += part) < HB_SPOOL_SLOTS)
            ;
    } while (has_ended && skip_hole(drain, index));
    if (count || lane->taken >= lane->next)
        lane->stuck_ns = 0;
    else if (!lane->stuck_ns)
        lane->stuck_ns = now_ns;
    else if (now_ns - lane->stuck_ns >= HOLE_NS)
        (void)skip_hole(drain, index);
    if (state == HB_RING_ENDED &&
        lane->taken == atomic_load_explicit(&ring->next, memory_order_acquire))
        atomic_store_explicit(&ring->state, HB_RING_FREE, memory_order_release);
    return count;
}

/* ---- who is favoured ---- */

/* The pace's number of the one ring that something came from, or 0. */
static uint64_t only_active(const struct hb_drain *drain)
{
    uint64_t only = 0;
    for (uint32_t i = 0; i < RINGS; i++) {
        if (!drain->lanes[i].is_active && drain->lanes[i].taken >= drain->lanes[i].next)
            continue;
        if (only || i == HB_SPOOL_COMMON)
            return 0;
        only = i + 1;
    }
    return only;
}

static void clear_active(struct hb_drain *drain)
{
    for (uint32_t i = 0; i < RINGS; i++)
        drain->lanes[i].is_active = false;
}

/* Each millisecond the pace is a new one, so that who is favoured looks at the clock. A ring that
 * was the only one for one is looked at; when it was that for one more, it is favoured. */
static void set_pace(struct hb_drain *drain, uint64_t ticks)
{
    if (ticks - drain->looked_ticks < drain->ticks_per_ms)
        return;
    drain->looked_ticks = ticks;
    uint64_t pace = atomic_load(&drain->spool->pace), favoured = pace & HB_PACE_MASK;
    const uint64_t only = only_active(drain);
    if (favoured & HB_PACE_LOOKS_AT)
        favoured = only == (favoured & HB_PACE_WHO) ? only : 0;
    else if (!favoured && only)
        favoured = only | HB_PACE_LOOKS_AT;
    clear_active(drain);
    /* Somebody else may have taken the favour away just now. */
    (void)atomic_compare_exchange_strong(&drain->spool->pace, &pace,
                                         ((pace >> 16) + 1) << 16 | favoured);
}

/* ---- a round ---- */

/* What was stamped up to then is in the backlog: a stamp is read after its slot was claimed, and a
 * claim is seen by us within a millisecond. */
static uint64_t all_until(const struct hb_drain *drain, uint64_t ticks, uint64_t now_ns)
{
    const uint64_t since = since_start(drain, ticks);
    uint64_t until = since > drain->ticks_per_ms ? since - drain->ticks_per_ms : 0;
    for (uint32_t i = 0; i < RINGS; i++) {
        const struct lane *lane = &drain->lanes[i];
        if (lane->taken < lane->next && lane->latest < until &&
            (!lane->stuck_ns || now_ns - lane->stuck_ns < HOLE_NS))
            until = lane->latest;
    }
    return until;
}

size_t hb_drain_work(struct hb_drain *drain, struct hb_backlog *backlog, uint64_t now_ns,
                     bool has_ended)
{
    const uint64_t ticks = hb_spool_ticks();
    size_t count = 0;
    for (uint32_t i = 0; i < RINGS; i++)
        drain->lanes[i].next =
            atomic_load_explicit(&drain->spool->rings[i].next, memory_order_acquire);
    for (uint32_t i = 0; i < RINGS; i++) {
        if (drain->lanes[i].next != drain->lanes[i].taken ||
            atomic_load_explicit(&drain->spool->rings[i].state, memory_order_relaxed) ==
                HB_RING_ENDED)
            count += drain_ring(drain, backlog, i, now_ns, has_ended);
    }
    set_pace(drain, ticks);
    const struct hb_backlog_head round = {.kind = HB_BACKLOG_ROUND,
                                          .stream = drain->stream,
                                          .stamp = has_ended ? UINT64_MAX
                                                             : all_until(drain, ticks, now_ns),
                                          .now_ns = now_ns};
    if (hb_backlog_room(backlog, 0))
        hb_backlog_add(backlog, &round);
    return count;
}
