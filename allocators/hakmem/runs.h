/* Runs: memory of large blocks up to HK_RUN_MOST bytes, cut from areas of granules that are mapped
 * once and grow at their end. A freed run joins its neighbours and is handed out again, written to
 * (dirty) before clean, the best fit first. How much stays dirty follows what was in use lately,
 * or is in use, where the program gives more than it takes; what is more is purged, the oldest
 * first, in steps.
 * Invariant (hk_runs_valid): a granule of an area is in use, in one free run, in the hand of one
 * thread, or lost: unmapped when room was needed, or left behind by a fork. The first and the last
 * granule of a free run have its number as their note (tag.h), the first one of a run in use has
 * its length. Free neighbours are joined unless one is dirty and the other clean. Clean runs read
 * as zero.
 * Locking: one lock for all; no system call is made under it but those that grow an area. Who holds
 * a block may read its note. After a fork: if another thread held the lock, what was free is lost
 * to the child, and what is in use is counted by its notes.
 * Read next: large.h (the user). */
#ifndef HK_RUNS_H
#define HK_RUNS_H

#include "base.h"

/* All lengths are bytes, multiples of HK_GRANULE. NULL: no memory. */
void *hk_runs_take(size_t bytes, bool *is_dirty);

/* Of the run in use that starts here; 0: none does. Without the lock. */
size_t hk_runs_bytes(const void *start);

/* False: no run in use starts here. */
bool hk_runs_free(void *start);

/* Of a run in use, to so many bytes: into the memory behind it, false if that is not free; or what
 * lies beyond is free. */
bool hk_runs_grow(void *start, size_t bytes);
void hk_runs_shrink(void *start, size_t bytes);

/* The memory of a run in use has moved out, and is not mapped any more: its place is filled again,
 * if it can be. */
void hk_runs_refill(void *start);

/* Purges what is more than is kept, and what has been free since before_ns, the oldest first, but
 * no more than most_bytes: each page costs the caller a quarter of a microsecond. before_ns
 * UINT64_MAX: everything. */
void hk_runs_purge(uint64_t now_ns, uint64_t before_ns, size_t most_bytes);

/* Whether more is free and dirty than is kept for good. */
bool hk_runs_is_purge_due(void);

/* Unmaps what is free at the end of the last area, of which it becomes the growth again; or all
 * that is free, whose addresses are lost. True when that gave something. */
bool hk_runs_make_room(bool anywhere);

/* Whether anything is free and dirty. */
bool hk_runs_has_dirty(void);

/* For statistics. */
struct hk_runs_totals {
    size_t live, live_bytes, peak_bytes, dirty_bytes;
};
struct hk_runs_totals hk_runs_count(void);

/* Where the first area is to lie, by an address that the kernel chose for a mapping; once. */
void hk_runs_place(uintptr_t near);

/* In a forked child. */
void hk_runs_after_fork(void);

/* Debug builds: takes the lock. */
bool hk_runs_valid(void);

#endif
