/* Superslabs: 4 MiB each, of which granule 0 holds the headers of the slabs in the other 63. Runs
 * of granules are taken and given back here, and what stays free is given to the system. Superslabs
 * lie anywhere; they are mapped side by side while there is room. Invariant, for each superslab
 * (hk_super_valid): free, dirty, aged and held are within all; aged and held are within free &
 * dirty. A granule is free, or in a slab (its tag is not 0), or in the hand of one thread: being
 * purged, or taken and not tagged yet. Locking: one lock for all; no system call is made under it
 * but the mapping of new superslabs. After a fork: what is free is read off the tags anew if
 * another thread held the lock. What another thread had in hand is lost to the child, a superslab
 * at most for each. Read next: slab.h. */
#ifndef HK_SUPER_H
#define HK_SUPER_H

#include "base.h"

/* The start of granule 0. */
struct hk_super_head {
    uint32_t index; /* among all superslabs */
};

/* Where superslabs are to lie, by an address that the kernel chose for a mapping; once. */
void hk_super_place(uintptr_t near);

/* Takes a run of `count` granules (1..62), from resident ones if possible, oldest superslab first.
 * NULL: no memory. *dirty_granules: what lies beyond so many of them reads as zero. The caller tags
 * it, and then calls hk_super_tagged. */
void *hk_super_take(unsigned count, unsigned *dirty_granules);
void hk_super_tagged(void);

/* Takes the tags off a run and gives it back; so many of its granules were written to, and their
 * content is of no more interest. */
void hk_super_give(void *run, unsigned count, unsigned dirty_granules);

/* Granules in slabs, and free ones that are resident: what the slabs cost. */
size_t hk_super_footprint(void);

/* Granules that are kept though nobody uses them. */
size_t hk_super_slack_granules(void);

/* Whether there is more free and resident than is kept for later. */
bool hk_super_is_purge_due(void);

/* Whether a purge is under way, in steps: who looks around again soon does the next one. */
bool hk_super_purge_goes_on(void);

/* Gives free memory to the system. */
enum hk_purge {
    HK_PURGE_DUE,    /* if it is time: what has been free since the last time but one, a step */
    HK_PURGE_EXCESS, /* now, until no more is left than is kept anyway */
    HK_PURGE_ALL,    /* all that is free, now */
};
void hk_super_purge(uint64_t now_ns, enum hk_purge what);

/* When address space has run out: superslabs that hold nothing are unmapped whole. True when that
 * gave something. */
bool hk_super_make_room(void);

/* Bytes of superslabs mapped, of granules free and resident, and of slabs at most, for statistics.
 */
struct hk_super_totals {
    size_t mapped_bytes, dirty_bytes, peak_bytes;
};
struct hk_super_totals hk_super_count(void);

/* Calls visit for each superslab with slabs, under the lock: none goes away meanwhile. */
void hk_super_walk(void (*visit)(void *super, void *argument), void *argument);

/* In a forked child. */
void hk_super_after_fork(void);

/* Debug builds: whether the invariant holds, and the counters are what they count; takes the lock.
 */
bool hk_super_valid(void);

/* Debug builds: a line of letters for each superslab, without the lock (debug.h). */
void hk_super_letters(void (*line)(const char *letters));

#endif
