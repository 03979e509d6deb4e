/* HAKMEM_HARDEN=1: every free is checked at once. Blocks bypass the thread's lists and go straight
 * to their slab's bitmap, so that a bit says of each block whether it is live, and no link is ever
 * kept in freed memory. Behind the bytes that were asked for come a pattern and a sealed size: an
 * overflow of one byte is found when the block is freed. Large blocks end at a guard page, and so
 * does every quarter of a superslab.
 * Blocks from before the option was read carry no seal; their slabs say so.
 * Locking: none of its own; the slabs are the calling thread's, and what another thread's slab says
 * of a block is only a hint, checked again when the block comes home.
 * Read next: slab.h, large.h. */
#ifndef HK_HARDEN_H
#define HK_HARDEN_H

#include "heap.h"

/* From now on; called once, by the thread that reads the options. */
void hk_harden_start(void);

/* Bytes that a sealed block needs more than was asked for. */
#define HK_SEAL_BYTES 8u

/* A block of this class from the calling thread's heap, sealed for size bytes. NULL: no memory. */
void *hk_harden_take(unsigned class_index, size_t size);

/* Seals a large block. */
void hk_harden_seal_large(void *block, size_t size);

/* Bytes that were asked for, of a small block with this tag or of a large one (tag 0) of
 * large_bytes. Ends the program when the block is not live or its end was overwritten; what: for
 * the line that says so. */
size_t hk_harden_check(const void *block, uint64_t tag, size_t large_bytes, const char *what);

#endif
