/* Blocks of no bytes, for HAKMEM_HARDEN=1: distinct addresses, 16 apart, in a range that nobody may
 * touch, so that whoever reads or writes one is ended by the kernel.
 * Invariant: a place's byte is 0 if and only if it is free. Places are given out in turn, so that
 * one comes back after 65,536 others.
 * Locking: none, a compare-and-swap a place.
 * Read next: harden.h. */
#ifndef HK_NOTHING_H
#define HK_NOTHING_H

#include "seal.h"

/* Once, by the thread that reads the options. Without memory there is no such range. */
void hk_nothing_start(void);

/* NULL: all places near are taken, or the alignment is too large. */
void *hk_nothing_take(size_t alignment, struct hk_seal seal);

/* Whether the address lies in the range. */
bool hk_nothing_covers(const void *address);

/* The seal it was taken with: HK_SEAL_LIVE; HK_SEAL_FREED at a free place, HK_SEAL_BROKEN at an
 * address that is none. */
struct hk_seal hk_nothing_get(const void *address);

/* False: it is not taken any more. */
bool hk_nothing_give(const void *address);

#endif
