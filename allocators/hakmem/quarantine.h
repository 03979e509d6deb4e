/* Quarantine of HAKMEM_HARDEN=1: what was freed waits before it is used again, first in, first out.
 * Small blocks: a ring for each thread, looked at again when they leave it, for their own heap or
 * another's. Large ones: their addresses, which nobody may touch, in a ring of the process; the
 * memory goes back at once.
 * Invariant: a small block here has the seal of a freed one, and no bit in its slab says so yet.
 * Locking: the threads' rings none; the ring of ranges a lock, without system calls under it.
 * Read next: harden.h. */
#ifndef HK_QUARANTINE_H
#define HK_QUARANTINE_H

#include "base.h"

/* Once, by the thread that reads the options. */
void hk_quarantine_start(void);

/* A sealed small block that was freed and wiped. */
void hk_quarantine_add(void *block, size_t bytes);

/* All of the calling thread's blocks go home. */
void hk_quarantine_empty(void);

/* The mapping of a large block that is in no table any more. */
void hk_quarantine_add_range(void *address, size_t bytes);

/* Whether a large block at this address was freed lately. */
bool hk_quarantine_has_range(const void *address);

/* Gives all ranges back to the system; false when there were none. */
bool hk_quarantine_drop_ranges(void);

void hk_quarantine_after_fork(void);

#endif
