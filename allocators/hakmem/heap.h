/* Heaps: what a thread owns, and how blocks go from its slabs to its lists and back.
 * Invariant: a block in reserve[c] was free for the whole period so far: what is left of it in
 * the end is what the thread can do without (its low-water mark). It is leaving then: whole lists
 * change their place at once, and blocks go to their slabs HK_RETURN_BLOCKS a call, by whoever
 * looks around or visits. The blocks of a heap's slabs come back to it, whoever frees them.
 * Locking: who works on a heap's slabs, reserve or inbox is inside its gate (heaps.h). `inbox` and
 * `inbox_bytes` anybody may write; the other fields are the owner's. Read next: remote.h, visit.h.
 */
#ifndef HK_HEAP_H
#define HK_HEAP_H

#include "cache.h"
#include "lock.h"
#include "slablist.h"

#include <stdatomic.h>

struct hk_parcel;

/* Blocks of one other heap, gathered to be sent together. */
struct hk_outbox {
    uint64_t own;             /* that heap's tag base, or HK_TAG_NO_HEAP: none is gathered */
    struct hk_parcel *parcel; /* never NULL while some are */
    uint32_t count;
    int32_t room; /* of all, each takes its bytes and HK_OUTBOX_EACH of it */
    int32_t all;
};

struct hk_heap {
    uint32_t id;      /* 1.. */
    uint32_t process; /* that its thread runs in, by number of forks */
    _Atomic bool is_parked;
    bool is_torn;        /* a thread that is not in this forked child was inside its gate */
    bool is_adopted;     /* its thread is not in this child: it is being made anew */
    _Atomic size_t kept; /* bytes carved, while it is parked with what its thread's lists held */
    struct hk_heap *next_parked;
    uint32_t slabs_made;
    size_t most_used;     /* of the slabs' used bytes, since the last period ended */
    int32_t counted_left; /* frees that are all counted yet, since much was taken */
    struct hk_slab_lists slabs;
    size_t highest;              /* granules of all slabs at most, as this thread saw them */
    size_t flush_at;             /* so many, and the lists are emptied next */
    void *zero_block;            /* taken by the last refill, and reads as zero but for its link */
    uint64_t shrinking_until_ns; /* lists were cut back lately: what they kept is on its way out */
    int32_t shrinking_frees;     /* and no longer than for so many frees */
    uint8_t refills[HK_CLASS_COUNT]; /* from its slabs, up to HK_REFILLS_SMALL */
    uint16_t wasted[HK_CLASS_COUNT]; /* of blocks that larger classes lent, up to a limit */
    unsigned patience;               /* of two: how much longer it takes until lists are measured */
    _Atomic uint64_t next_period_ns; /* when what was not needed for a period goes to the slabs */
    _Atomic uint64_t seen_ns;        /* when its thread looked around */
    _Atomic bool is_visited;       /* another thread gave back what was there, for this one slept */
    bool is_measured;              /* the lists, after a run of frees without a refill */
    size_t listed_before;          /* bytes in them then */
    size_t fresh_at;               /* bytes freed without a refill when lists were last made anew */
    unsigned stale_patience;       /* of two: how much longer it takes until they are again */
    unsigned room_patience;        /* of two: how many fewer others are asked for a slab */
    _Atomic bool gave_slabs;       /* blocks of slabs that are others' now may be found here */
    bool gives_pages;              /* there was more than could be given at once */
    void *reserve[HK_CLASS_COUNT]; /* what the thread's lists held when the period began */
    void *leaving[HK_CLASS_COUNT]; /* on their way to the slabs, so many a call */
    bool is_leaving;               /* some are, perhaps */
    bool gives_reserve;            /* and then the reserve */
    size_t returned_bytes;         /* by way of leaving[], since lists were made anew */
    bool falls;                    /* it shrinks, and there was no refill since */
    uint64_t fell_ns;              /* when it did last */
    unsigned fall_patience;        /* of two: how much longer it takes until it is said to */
    enum { HK_CALM, HK_SOON, HK_NOW } haste; /* how soon the next look around is due */
    bool drains;         /* slabs to be drained are to be chosen when that is over */
    size_t used_at_trim; /* bytes that its slabs had in use when lists were looked at */
    struct hk_lock gate;
    struct hk_outbox outbox[HK_OUTBOXES];
    struct hk_parcel *spare;
    struct hk_waiting *waiting;           /* quarantine of HAKMEM_HARDEN (quarantine.h), or NULL */
    _Atomic uintptr_t mail;               /* out of the inbox, and not taken in yet */
    _Alignas(64) _Atomic uintptr_t inbox; /* of what others freed (remote.c); its own cache line */
    _Atomic size_t inbox_bytes;           /* by estimate: senders do not wait for each other */
};

/* Whether something came home; by eye. */
static inline bool hk_heap_has_mail(const struct hk_heap *heap)
{
    return atomic_load_explicit(&heap->inbox, memory_order_relaxed) ||
           atomic_load_explicit(&heap->mail, memory_order_relaxed);
}

/* Fills the calling thread's list of this class. False: no memory. */
bool hk_heap_refill(unsigned class_index);

/* A class's first blocks may be some of a larger one's that has pages already: a page of its own
 * comes when it is used more than a little. NULL: now. */
void *hk_heap_lend(unsigned class_index);

/* One block past the lists, for HAKMEM_HARDEN; the rest as hk_slab_take_one. NULL: no memory. */
void *hk_heap_take_one(unsigned class_index, hk_slab_prepare *prepare, bool *is_fresh);

/* One block goes to its slab, of this heap. The caller is inside the gate. */
void hk_heap_return_one(struct hk_heap *heap, void *block);

/* Blocks from the top of a list of the heap's go to their slabs, so many at most. Returns how many.
 * The caller is inside the gate. */
size_t hk_heap_return_some(struct hk_heap *heap, void **list, size_t most);

/* All lists and reserves go back to their slabs, and empty slabs to the superslabs. */
void hk_heap_flush(void);

/* What is leaving goes to its slabs, and the reserve if that goes too: so many blocks at most,
 * taken off *left. The caller is inside the gate. */
void hk_heap_return_leaving(struct hk_heap *heap, size_t *left);

/* The lists become the reserves, what these held goes to the slabs; and back. For a heap without a
 * thread for a while; inside its gate. */
void hk_heap_put_away(struct hk_heap *heap);
void hk_heap_fetch(struct hk_heap *heap);

/* Blocks of a class that the calling thread keeps for later. */
size_t hk_heap_cached(unsigned class_index);

/* One block of the calling thread's heap back to its slab, past the list. */
void hk_heap_return(void *block);

/* The slabs there are take blocks back but give none any more. */
void hk_heap_retire_slabs(void);

/* Whether the calling thread's frees all leave the fast path from now on. */
void hk_heap_choose_counting(uint64_t now_ns);

/* So that its frees are all counted until what was given back has gone to the system, or for so
 * many of them: who goes on as before comes by often enough. */
void hk_heap_note_shrinking(struct hk_heap *heap, uint64_t now_ns);

/* What is due at a look around: inbox, outbox, trimming, giving memory back. */
void hk_heap_tick(void);

/* Debug builds: whether the calling thread's lists hold own blocks of their class that are live in
 * their slabs, each once, and all its slabs are valid. Looks at everything. */
bool hk_heap_valid(void);

#endif
