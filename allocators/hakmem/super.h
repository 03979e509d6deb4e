/* Superslabs: 4 MiB of the window, of which granule 0 holds the headers of the slabs in the other
 * 63. Runs of granules are taken and given back here, and what stays free is given to the system.
 * Invariant, for each superslab: aged is within free and dirty; a granule is free, or in a slab,
 * or being purged. Bit 0 (the header's granule) is never free.
 * Locking: one lock for all; no system call is made under it but the mapping of a new superslab.
 * Read next: slab.h. */
#ifndef HK_SUPER_H
#define HK_SUPER_H

#include "base.h"

/* Opens the page map and the window; done by itself with the first superslab. False: no memory. */
bool hk_super_open(void);

/* Takes a run of `count` granules (1..62), from resident ones if possible, lowest address first.
 * NULL: no memory. *dirty_granules: what lies beyond so many of them reads as zero. */
void *hk_super_take(unsigned count, unsigned *dirty_granules);

/* Gives a run back, of which so many were written to; its content is of no more interest. */
void hk_super_give(void *run, unsigned count, unsigned dirty_granules);

/* Granules in slabs, and free ones that are resident: what the slabs cost. */
size_t hk_super_footprint(void);

/* Granules that are kept though nobody uses them. */
size_t hk_super_slack_granules(void);

/* Whether there is more free and resident than is kept for later. */
bool hk_super_is_purge_due(void);

/* Gives to the system what has been free since the last call but one period ago; `all`: everything
 * that is free. Called at every look at the clock: cheap when it is not time yet. */
void hk_super_purge(uint64_t now_ns, bool all);

/* When address space has run out: superslabs that hold nothing are unmapped whole, and the page map
 * is narrowed if it can be. True when that gave something. */
bool hk_super_make_room(void);

/* Bytes of superslabs mapped, of granules free and resident, and of slabs at most, for statistics.
 */
struct hk_super_totals {
    size_t mapped_bytes, dirty_bytes, peak_bytes;
};
struct hk_super_totals hk_super_totals(void);

/* Calls visit for each superslab there is, under the lock: none goes away meanwhile. */
void hk_super_walk(void (*visit)(const void *super, void *argument), void *argument);

/* In a forked child: the lock and, if somebody held it, the lists it guards start afresh; what was
 * free then is lost to the child. */
void hk_super_after_fork(void);

#endif
