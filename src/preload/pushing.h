/* An event into its thread's ring: in the recorded program, in as few instructions as can be; no
 * system call but at the start of a process and of a thread, and where a ring is full.
 * Read first: trace/spool.h. Read next: pushing.c, drawing.h (a sample). */
#ifndef HB_PRELOAD_PUSHING_H
#define HB_PRELOAD_PUSHING_H

#include "preload/next.h"
#include "trace/event.h"
#include "trace/spool.h"

#include <stdatomic.h>

/* The process. */
struct hb_traced {
    struct hb_spool *spool;
    struct hb_spool_control *control;
    uint64_t sample_bytes;
    _Atomic int state;
};
extern struct hb_traced hb_traced;

/* A page that a child of fork finds zeroed, however it was forked: there the process begins anew.
 */
extern uint32_t *volatile hb_is_same_process;

/* The thread. */
struct hb_pusher {
    struct hb_spool_ring *ring; /* NULL: none yet, or none any more */
    struct hb_spool_slot *slots;
    uint64_t limit; /* slots before this one were empty when it was looked */
    uint64_t pace;  /* while the process's is the same, the stamp will do */
    uint64_t stamp; /* << 8: the last one that was read from the clock */
    uint64_t guest; /* its key */
    uint64_t pace_who;
    int64_t left;        /* bytes until the next one that is drawn */
    uint64_t random;     /* of the sample */
    uint32_t ends;       /* rounds of destructors so far */
    uint8_t label;       /* an operator is being called: what its malloc or free is recorded as, */
    uint8_t label_log2;  /* with this alignment, */
    uint64_t label_size; /* and of a sized delete this size */
    bool is_inside;   /* an operator of the allocator's own: what it calls is not the program's */
    bool is_starting; /* what the start of a recording calls is not recorded */
    bool has_turn;    /* of the common ring */
};
extern __thread struct hb_pusher hb_me;
#define HB_PACE_NEVER UINT64_MAX

bool hb_is_recording(void);

/* What is not quick. what: the function or note, and the alignment's log2 << 8. All that push
 * return the block: a call in the last place costs its caller no registers. */
void *hb_push_slowly(unsigned what, void *block, size_t size);

/* Into a slot that is claimed: there may be no room yet, and the event has a stamp of its own. */
void *hb_fill_slowly(uint64_t at, unsigned what, void *block, size_t size);

/* A handler of a signal may come between any two instructions here and push events of its own: so
 * slots are claimed by one instruction. No other thread claims them: no lock is needed for that. */
static inline uint64_t hb_claim_slots(struct hb_spool_ring *ring, uint64_t count)
{
#if defined(__x86_64__)
    uint64_t at = count;
    __asm__ volatile("xaddq %0, %1" : "+r"(at), "+m"(ring->next));
    return at;
#else
    return atomic_fetch_add_explicit(&ring->next, count, memory_order_relaxed);
#endif
}

static inline void hb_fill_slot(struct hb_spool_slot *slots, uint64_t at, uint64_t word,
                                uint64_t rest)
{
    struct hb_spool_slot *slot = &slots[at % HB_SPOOL_SLOTS];
    slot->rest = rest;
    atomic_store_explicit(&slot->word, word | hb_spool_lap(at), memory_order_release);
}

/* The pace is read after what the event is of was seen, and before anybody can see what it does:
 * so who was favoured knows of every event that its own may depend on. */
static inline void *hb_push(unsigned what, void *block, size_t size)
{
    const uint64_t address = (uintptr_t)block;
    if (UNLIKELY(!hb_me.ring || !*hb_is_same_process || hb_me.is_inside || what >> 8 ||
                 address >> 48 || size > HB_SLOT_SIZE_MAX))
        return hb_push_slowly(what, block, size);
    const uint64_t at = hb_claim_slots(hb_me.ring, 1);
    const uint64_t pace = atomic_load_explicit(&hb_traced.spool->pace, memory_order_acquire);
    uint64_t stamp = hb_me.stamp;
    if (pace != hb_me.pace || at % HB_PACE_EVENTS == 0) {
        if (pace & HB_PACE_WHO) /* it may be somebody else's, who is to lose it first */
            return hb_fill_slowly(at, what, block, size);
        stamp = hb_spool_ticks() << 8;
    }
    if (UNLIKELY(at >= hb_me.limit))
        return hb_fill_slowly(at, what, block, size);
    hb_fill_slot(hb_me.slots, at, stamp | what, address | (uint64_t)size << 48);
    return block;
}

#endif
