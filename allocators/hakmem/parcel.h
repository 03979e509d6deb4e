/* Parcels: what blocks that were freed by another thread travel home in: their addresses, not the
 * blocks, whose memory is not touched on the way. A sender fills one, posts it to the owner's inbox
 * (remote.h), and who empties it keeps it for the next, or gives it back here.
 * Bounds: HK_PARCELS_MOST; they are never unmapped, and touched where used.
 * Locking: none. Those that are free are a stack; its head is the number of the first and a count
 * of changes, so that one that was taken and given meanwhile is not mistaken. After a fork: whole
 * at any moment; what another thread had in hand is lost to the child. Read next: remote.h. */
#ifndef HK_PARCEL_H
#define HK_PARCEL_H

#include "base.h"

#include <stdatomic.h>

struct hk_parcel {
    uintptr_t next;         /* in an inbox: see remote.c */
    uint32_t count;         /* of blocks, when it is posted */
    uint32_t number;        /* among all, counted from 1 */
    _Atomic uint32_t below; /* number of the one below it in the stack; 0: none */
    void *blocks[HK_PARCEL_BLOCKS];
};

/* NULL: no memory, or too many are on their way. */
struct hk_parcel *hk_parcel_take(void);
void hk_parcel_give(struct hk_parcel *parcel);

#endif
