/* Heaps: what a thread owns. A heap outlives its thread: it is parked whole when the thread ends
 * (slabs, inbox, id) and taken over by a later one.
 * After a fork the heaps of other threads are the child's: their slabs are counted anew from the
 * bitmaps (hk_slab_repair); what those threads kept in their lists is lost to the child.
 * Invariant: a block in reserve[c] was free for the whole period so far: what is left of it in
 * the end is what the thread can do without (its low-water mark). The blocks of a heap's slabs come
 * back to it, whoever frees them.
 * Locking: who works on a heap's slabs, reserve or inbox is inside its gate. That is its owner, who
 * waits for it, or another thread that empties the inbox of one that sleeps, which only tries: none
 * waits for a gate inside another's. `inbox` and `inbox_bytes` anybody may write; the other fields
 * are the owner's. The table of heaps and the parked list have a lock. Read next: remote.h,
 * thread.h. */
#ifndef HK_HEAP_H
#define HK_HEAP_H

#include "cache.h"
#include "lock.h"
#include "slablist.h"

#include <stdatomic.h>

struct hk_heap {
    uint32_t id;      /* 1.. */
    uint32_t process; /* that its thread runs in, by number of forks */
    _Atomic bool is_parked;
    bool is_torn; /* a thread that is not in this forked child was inside its gate */
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
    uint16_t wasted[HK_CLASS_COUNT]; /* of blocks that larger classes lent, up to a limit */
    unsigned patience;               /* of two: how much longer it takes until lists are measured */
    _Atomic uint64_t next_period_ns; /* when what was not needed for a period goes to the slabs */
    _Atomic bool is_visited;       /* another thread gave back what was there, for this one slept */
    bool is_measured;              /* the lists, after a run of frees without a refill */
    size_t listed_before;          /* bytes in them then */
    size_t fresh_at;               /* bytes freed without a refill when lists were last made anew */
    unsigned stale_patience;       /* of two: how much longer it takes until they are again */
    bool gives_pages;              /* there was more than could be given at once */
    void *reserve[HK_CLASS_COUNT]; /* what the thread's lists held when the period began */
    struct hk_lock gate;
    struct hk_waiting *waiting;         /* quarantine of HAKMEM_HARDEN (quarantine.h), or NULL */
    _Alignas(64) _Atomic(void *) inbox; /* blocks freed by others, linked; its own cache line */
    _Atomic size_t inbox_bytes;         /* by estimate: senders do not wait for each other */
};

/* A parked heap, or a new one; NULL: no memory, or too many threads. The caller makes it its own,
 * or parks it. */
struct hk_heap *hk_heap_take(void);
void hk_heap_own(struct hk_heap *heap);

/* The calling thread has none any more; its lists are empty. Returns what it had. */
struct hk_heap *hk_heap_disown(void);

/* Gives a heap up for a later thread; the caller's lists are empty. */
void hk_heap_park(struct hk_heap *heap);

/* The heap with this id; NULL when there never was one. */
struct hk_heap *hk_heap_by_id(uint32_t id);

/* Fills the calling thread's list of this class. False: no memory. */
bool hk_heap_refill(unsigned class_index);

/* A class's first blocks may be some of a larger one's that has pages already: a page of its own
 * comes when it is used more than a little. NULL: now. */
void *hk_heap_lend(unsigned class_index);

/* One block past the lists, for HAKMEM_HARDEN; the rest as hk_slab_take_one. NULL: no memory. */
void *hk_heap_take_one(unsigned class_index, hk_slab_prepare *prepare, bool *is_fresh);

/* The owner goes into its heap's gate, and out; calls may be nested. */
void hk_heap_enter(struct hk_heap *heap);
void hk_heap_leave(struct hk_heap *heap);

/* So many bytes more were sent to a heap: when many wait, or it is parked, its slabs take them in
 * now. Not if somebody is inside its gate. */
void hk_heap_sent(struct hk_heap *heap, size_t bytes);

/* All that came home to a heap, linked; the caller is inside its gate. */
void *hk_heap_take_mail(struct hk_heap *heap);

/* All lists and reserves go back to their slabs, and empty slabs to the superslabs. */
void hk_heap_flush(void);

/* Blocks of a class that the calling thread keeps for later. */
size_t hk_heap_cached(unsigned class_index);

/* One block of the calling thread's heap back to its slab, past the list. */
void hk_heap_return(void *block);

/* The slabs there are take blocks back but give none any more. */
void hk_heap_retire_slabs(void);

/* Whether the calling thread's frees all leave the fast path from now on. */
void hk_heap_choose_counting(uint64_t now_ns);

/* What is due at a look around: inbox, outbox, trimming, giving memory back. */
void hk_heap_tick(void);

/* Debug builds: whether the calling thread's lists hold own blocks of their class that are live in
 * their slabs, each once, and all its slabs are valid. Looks at everything. */
bool hk_heap_valid(void);

/* In a forked child: heaps of threads that are not here any more are parked at the next need, so
 * that what comes home to them is used again. */
void hk_heap_after_fork(void);

/* Gives to the slabs, and these to the pool, what came home to parked heaps, to so many of them at
 * most. */
void hk_heap_empty_parked(unsigned most);

#endif
