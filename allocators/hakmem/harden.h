/* HAKMEM_HARDEN=1: the malloc family with every call checked. Blocks bypass the thread's lists and
 * go straight to their slab's bitmap, so that no link is kept in freed memory; seals (seal.h) say
 * what each was made with; freed ones are wiped and wait (quarantine.h); large ones end at a guard;
 * those of no bytes may not be touched at all (nothing.h).
 * What malloc gives reads as zero, fresh or used before.
 * Blocks from before the option was read carry no seal; their slabs say so.
 * Locking: none of its own. What another thread's slab says of a block is only a hint; that it is
 * freed once is settled by a compare-and-swap of its mark.
 * Read next: seal.h. */
#ifndef HK_HARDEN_H
#define HK_HARDEN_H

#include "seal.h"

/* What the caller of a freeing function says of the block, as far as it says anything. */
struct hk_claim {
    const char *call; /* for the line that ends the program */
    enum hk_kind kind;
    size_t size;      /* HK_NOT_SAID, or what it must have been asked for with */
    size_t alignment; /* HK_NOT_SAID; 0: none was asked for by name */
};

/* A block that reads as zero. alignment: a power of two; 0: none was asked for by name. NULL and
 * ENOMEM when there is no memory. */
void *hk_harden_alloc(size_t alignment, size_t size, enum hk_kind kind);

/* NULL is nothing. Ends the program when the block is not live, was overwritten, or is not what the
 * claim says. */
void hk_harden_free(void *block, const struct hk_claim *claim);

/* As realloc of the C library; in place where the new size fits. */
void *hk_harden_realloc(void *block, size_t size);

/* Bytes that were asked for; block is not NULL. */
size_t hk_harden_usable_size(void *block);

#endif
