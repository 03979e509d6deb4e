/* Slabs: runs of granules that hold blocks of one class. A slab belongs to one heap and is only
 * touched by who is inside that heap's gate.
 * Invariant: free_count = bits set in the bitmap; every set bit is below `carved`; blocks from
 * `carved` on were never handed out. Blocks neither free nor uncarved are with the program, in a
 * thread's list, or on their way home through an outbox or inbox.
 * A page in given[] holds no block in use, unless the slab is touched.
 * Locking: none (the heap's gate). Double, misaligned and never-given blocks are caught in
 * hk_slab_return: the one place where blocks dissolve into bits.
 * Read next: heap.h. */
#ifndef HK_SLAB_H
#define HK_SLAB_H

#include "class.h"

#include <stdatomic.h>

struct hk_slab {
    struct hk_slab *next, *prev; /* in the heap's list of slabs of this class with something left */
    char *start;
    uint32_t carved, free_count;
    uint32_t first; /* index of the block that was carved first; of a sealed slab 1: what lies at
                       index 0 is never handed out, its end is a seal in front of the first */
    uint32_t round; /* so many blocks are carved round from it, the others in their order */
    uint32_t scan;  /* no set bit in the words before this one */
    _Atomic uint16_t heap; /* that it belongs to; who is inside that one's gate may believe it */
    uint8_t class_index;
    bool listed;             /* in the heap's list of those that give */
    _Atomic bool draining;   /* gives no more; its blocks come home past the lists */
    bool watched;            /* its tag has the watched bit whether it drains or not */
    uint8_t dirty_granules;  /* beyond so many, blocks never handed out read as zero */
    bool sealed;             /* made with HAKMEM_HARDEN: its blocks carry a seal (harden.h) */
    bool touched;            /* blocks were taken since its pages were looked at */
    _Atomic uint64_t owners; /* heaps that it was moved from or to, a bit each by id */
    uint32_t given_at;       /* free_count when all idle pages had been given */
    uint64_t given[HK_PAGES_MAX / 64]; /* pages that were given to the system, unless touched */
    uint64_t bitmap[(HK_BLOCKS_MAX + 63) /
                    64]; /* 1: free; only the words of `capacity` are ever touched */
};

/* A new slab, to have this tag; nobody finds it before it has. NULL: no memory. */
struct hk_slab *hk_slab_new(uint64_t tag);
void hk_slab_publish(struct hk_slab *slab);

/* Marks a slab as draining or no more, in its tag as well. */
void hk_slab_drain(struct hk_slab *slab, bool draining);

/* It is of another heap from now on, and so say its tags. */
void hk_slab_set_heap(struct hk_slab *slab, uint32_t heap);

/* Gives an empty slab's memory back to the superslabs. */
void hk_slab_release(struct hk_slab *slab);

/* The slab that a block with a non-zero tag lies in. */
struct hk_slab *hk_slab_of(const void *block);

/* What a slab gave, lowest address first. The blocks are not touched yet. */
struct hk_taken {
    void *blocks[HK_REFILL_BLOCKS];
    unsigned count;
    bool zero; /* the first one reads as zero */
};

/* Takes up to `most` blocks, HK_REFILL_BLOCKS at most, free ones first. Fresh ones are taken no
 * further than their page, so that none is touched long before it is used. None when the slab is
 * exhausted. */
void hk_slab_take(struct hk_slab *slab, unsigned most, struct hk_taken *taken);

/* One block for HAKMEM_HARDEN, a free one first, which is not touched. For a fresh one `prepare` is
 * called before anybody can take it for a block; what lies before the first of a slab is given as
 * `front`. NULL: exhausted. */
struct hk_fresh {
    void *block, *front; /* front: NULL but for the first */
    size_t bytes;
    bool is_dirty; /* holds anything, else zero */
};
typedef void hk_slab_prepare(const struct hk_fresh *fresh);
void *hk_slab_take_one(struct hk_slab *slab, hk_slab_prepare *prepare, bool *is_fresh);

/* One block comes back, untouched. Ends the program with a clear line when it cannot be one. */
void hk_slab_return(struct hk_slab *slab, const void *block);

/* The same for the first blocks of a list, `most` at most, as far as they lie in the slab. Returns
 * the first of the rest, or NULL. */
void *hk_slab_return_list(struct hk_slab *slab, void *block, size_t most);

/* Ends the program with a clear line unless this is the start of a block of the slab that was
 * handed out and is not free. call: the function that was given it. */
void hk_slab_check(const struct hk_slab *slab, const void *block, const char *call);

/* The slab of a block of this class that was freed and comes home, after the same check. */
struct hk_slab *hk_slab_of_live(const void *block, unsigned class_index);

/* Whether the block of the slab that would start at this address was handed out once; and whether
 * it is free. Of another thread's slab: by eye. */
bool hk_slab_has_carved(const struct hk_slab *slab, const void *block);
bool hk_slab_has_free(const struct hk_slab *slab, const void *block);

/* Ends the program: this block, of any slab, is free already. */
HK_SLOW __attribute__((noreturn)) void hk_slab_double_free(const void *block);

/* Gives those pages to the system of which no byte is in use, if they are a share of the slab's and
 * nothing was taken since the last look, or whatever. At most so many calls; returns how many, more
 * than that when the kernel refuses. */
unsigned hk_slab_give_pages(struct hk_slab *slab, bool whatever, unsigned most);

/* Calls each for every slab there is, under the pool's lock: none goes away meanwhile, but their
 * threads go on. */
void hk_slab_walk(void (*each)(struct hk_slab *slab, uint64_t tag, void *argument), void *argument);

/* Slabs of each class and blocks of them that are not free in the slab: with the program, in a
 * thread's lists, or on their way home. By eye: other threads go on meanwhile. */
struct hk_slab_sums {
    size_t slabs[HK_CLASS_COUNT], blocks[HK_CLASS_COUNT];
};
void hk_slab_sum(struct hk_slab_sums *sums);

/* In a forked child, for a slab of this heap whose thread is not there any more: in no list, not
 * draining, and consistent. Blocks that the thread kept for later are lost. */
void hk_slab_repair(struct hk_slab *slab, uint32_t heap);

/* Debug builds: whether the invariant above holds. Costs a look at each bit. */
bool hk_slab_valid(const struct hk_slab *slab);

/* Of any thread's: by eye, but for the calling thread's own. */
static inline uint32_t hk_slab_heap(const struct hk_slab *slab)
{
    return atomic_load_explicit(&slab->heap, memory_order_relaxed);
}

/* Whether it was this heap's before, perhaps: some of its blocks may lie there yet. */
static inline bool hk_slab_was_of(const struct hk_slab *slab, uint32_t heap)
{
    return atomic_load_explicit(&slab->owners, memory_order_relaxed) >> heap % 64 & 1;
}

/* Blocks with the program, in a thread's list or on their way. */
static inline uint32_t hk_slab_used(const struct hk_slab *slab)
{
    return slab->carved - slab->free_count;
}

static inline bool hk_slab_is_empty(const struct hk_slab *slab)
{
    return slab->free_count == slab->carved;
}

/* Blocks that may be handed out. */
static inline uint32_t hk_slab_capacity(const struct hk_slab *slab)
{
    return hk_classes[slab->class_index].capacity - (slab->sealed ? 1 : 0);
}

static inline bool hk_slab_is_exhausted(const struct hk_slab *slab)
{
    return slab->free_count == 0 && slab->carved == hk_slab_capacity(slab);
}

#endif
