/* A bounded ring between one thread that fills it and one that empties it, and how they wait for
 * each other. An index is published to the other side at every 16th slot, before every wait and at
 * the end of every share: each store takes the line away from whoever looks at it. All inline, as
 * loop.h. Read next: workload.h (wait), producer_consumer.c, handoff.c. */
#ifndef HB_WORKLOADS_RING_H
#define HB_WORKLOADS_RING_H

#include "workload.h"

#include <stdatomic.h>

#define HB_RING_TELL_EACH 16u

/* One slot more than blocks: an equal index means empty, so it cannot also mean full. The indexes
 * lie on lines of their own (and not on neighbouring ones, which are fetched in pairs). */
struct hb_ring {
    void **slots;
    _Atomic uint64_t produced __attribute__((aligned(128))); /* slot the producer fills next */
    _Atomic uint64_t consumed __attribute__((aligned(128))); /* slot the consumer empties next */
} __attribute__((aligned(128)));

/* One side's view of a ring; the other one's index is as it was when last looked at. */
struct hb_ring_end {
    void **slots;
    uint64_t slot_count;
    uint64_t index; /* own: the slot to go on with */
    uint64_t other;
    _Atomic uint64_t *own;          /* where this side publishes its index */
    const _Atomic uint64_t *others; /* where the other publishes its own */
};

/* `rings` of them for so many blocks each, zeroed; NULL when there is no memory. */
static inline struct hb_ring *hb_ring_make(const struct hb_workload_context *context,
                                           uint64_t rings, uint64_t blocks)
{
    struct hb_ring *made = context->reserve(rings * sizeof *made);
    const uint64_t apart = (blocks + 1 + 15) / 16 * 16; /* whole lines */
    void **slots = context->reserve(rings * apart * sizeof *slots);
    for (uint64_t i = 0; made && slots && i < rings; i++)
        made[i].slots = slots + i * apart;
    return slots ? made : NULL;
}

static inline struct hb_ring_end hb_ring_end_of(struct hb_ring *ring, uint64_t blocks,
                                                bool produces)
{
    return (struct hb_ring_end){.slots = ring->slots,
                                .slot_count = blocks + 1,
                                .own = produces ? &ring->produced : &ring->consumed,
                                .others = produces ? &ring->consumed : &ring->produced};
}

static inline void hb_ring_publish(struct hb_ring_end *end, uint64_t index)
{
    atomic_store_explicit(end->own, index, memory_order_release);
}

static inline uint64_t hb_ring_after(const struct hb_ring_end *end, uint64_t index)
{
    return index + 1 == end->slot_count ? 0 : index + 1;
}

/* Until the other side's index is another than `blocking`. What this side has done is published
 * first: the other may be waiting for that. False when the run is over. */
__attribute__((noinline)) static bool hb_ring_wait_past(struct hb_ring_end *end,
                                                        bool (*wait)(uint32_t turn), uint64_t index,
                                                        uint64_t blocking)
{
    uint32_t turn = 0;
    hb_ring_publish(end, index);
    while ((end->other = atomic_load_explicit(end->others, memory_order_acquire)) == blocking)
        if (!wait(turn++))
            return false;
    return true;
}

/* --- a web: a ring from each of n producers, the first threads, to each of m consumers ---------
 */

#define HB_RING_THREADS_MAX 64u

/* One thread's ends: to each thread of the other kind. */
struct hb_ring_web {
    struct hb_ring_end ends[HB_RING_THREADS_MAX];
    bool (*wait)(uint32_t turn);
    uint64_t producers, consumers, count;
    uint64_t number; /* of this thread among its kind */
    bool produces;
};

/* All rings of a web, for setup_shared(); NULL when there is no memory. */
static inline struct hb_ring *hb_ring_web_make(const struct hb_workload_context *context,
                                               uint64_t producers, uint64_t blocks)
{
    return hb_ring_make(context, producers * (context->thread_count - producers), blocks);
}

static inline void hb_ring_web_open(struct hb_ring_web *web,
                                    const struct hb_workload_context *context, uint64_t producers,
                                    uint64_t blocks)
{
    struct hb_ring *rings = context->shared;
    const uint64_t me = context->thread_index, consumers = context->thread_count - producers;
    web->wait = context->wait;
    web->producers = producers;
    web->consumers = consumers;
    web->produces = me < producers;
    web->count = web->produces ? consumers : producers;
    web->number = web->produces ? me : me - producers;
    for (uint64_t i = 0; i < web->count; i++) {
        const uint64_t place = web->produces ? me * consumers + i : i * consumers + web->number;
        web->ends[i] = hb_ring_end_of(&rings[place], blocks, web->produces);
    }
}

static inline void hb_ring_web_publish(struct hb_ring_web *web)
{
    for (uint64_t i = 0; i < web->count; i++)
        hb_ring_publish(&web->ends[i], web->ends[i].index);
}

/* All ends are published before a wait: somebody may wait for what another ring has. */
static inline bool hb_ring_web_pass(struct hb_ring_web *web, struct hb_ring_end *end,
                                    uint64_t blocking)
{
    if (__builtin_expect(blocking != end->other, 1))
        return true;
    hb_ring_web_publish(web);
    return hb_ring_wait_past(end, web->wait, end->index, blocking);
}

static inline void hb_ring_advance(struct hb_ring_end *end)
{
    end->index = hb_ring_after(end, end->index);
    if (end->index % HB_RING_TELL_EACH == 0)
        hb_ring_publish(end, end->index);
}

/* Block b of producer p goes to consumer (b + p) % m, and is the b-th thing that either of them
 * does: so nobody waits for whoever waits for him. False when the run is over. */
static inline bool hb_ring_web_deal(struct hb_ring_web *web, uint64_t number, void *block)
{
    struct hb_ring_end *end = &web->ends[(number + web->number) % web->consumers];
    if (!hb_ring_web_pass(web, end, hb_ring_after(end, end->index)))
        return false;
    end->slots[end->index] = block;
    hb_ring_advance(end);
    return true;
}

/* Releases the blocks of this number that this consumer is dealt: one, none or several. */
static inline bool hb_ring_web_collect(struct hb_ring_web *web, uint64_t number,
                                       void (*release)(void *block))
{
    const uint64_t m = web->consumers;
    for (uint64_t from = (web->number + m - number % m) % m; from < web->producers; from += m) {
        struct hb_ring_end *end = &web->ends[from];
        if (!hb_ring_web_pass(web, end, end->index))
            return false;
        release(end->slots[end->index]);
        hb_ring_advance(end);
    }
    return true;
}

#endif
