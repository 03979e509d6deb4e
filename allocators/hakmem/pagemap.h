/* Address to owner and class: one 4-byte tag for each 64 KiB granule of the address space.
 * Invariant: a granule of a slab has tag heap << 8 | watched << 7 | class from before its first
 * block is handed out until after its last one came back; every other granule is 0. Tags of
 * addresses that no block of ours can have (map.c, "narrow") may not be there at all. Locking: tags
 * are written by the owning heap (slab made or released) and read by everybody; a block that a
 * reader holds keeps its slab's tag in place. Read next: super.h. */
#ifndef HK_PAGEMAP_H
#define HK_PAGEMAP_H

#include "base.h"

#include <stdatomic.h>

/* [2^32]. Before the map is open it is one 0, enough for free(NULL). */
extern _Atomic uint32_t *hk_tags HK_HIDDEN;

/* Where superslabs lie. granules is 0 until the map is open. */
struct hk_window {
    uintptr_t base; /* multiple of HK_SUPER */
    size_t granules;
};
extern struct hk_window hk_window HK_HIDDEN;

/* Makes map and window, once. False when there is not even room for the narrow map. The caller
 * sees to it that no two threads do this at a time. */
bool hk_map_open(void);

/* Makes the tags of this superslab writable. False: no memory. */
bool hk_map_prepare(const void *super);

/* Whether tags of all these addresses can be read; what lies elsewhere must not be handed out. */
bool hk_map_covers(const void *address, size_t bytes);

/* Whether that is so for every address. */
bool hk_map_is_wide(void);

/* A process that limits its address space after it started finds most of it taken by the map: gives
 * back the parts that it will not need. used: granules of the window with superslabs. False when
 * there was nothing to give. */
bool hk_map_narrow(size_t used);

/* The tag of any address, NULL included; of bits 16 to 47, so that no other pointer leaves the map.
 */
static inline uint32_t hk_tag_of(const void *address)
{
    return atomic_load_explicit(&hk_tags[(uint32_t)((uintptr_t)address >> HK_GRANULE_SHIFT)],
                                memory_order_relaxed);
}

/* Sets the tags of `count` granules from address on. */
void hk_tag_set(const void *address, unsigned count, uint32_t tag);

#endif
