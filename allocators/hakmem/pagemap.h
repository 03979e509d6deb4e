/* Address to owner and class: one 4-byte tag for each 64 KiB granule of the window.
 * Invariant: a granule of a slab has tag heap << 7 | class from before its first block is handed
 * out until after its last one came back; every other granule, and all outside the window, is 0.
 * Locking: tags are written by the owning heap (slab made or released) and read by everybody; a
 * block that a reader holds keeps its slab's tag in place.
 * Read next: super.h. */
#ifndef HK_PAGEMAP_H
#define HK_PAGEMAP_H

#include "base.h"

#include <stdatomic.h>

/* In one cache line, written once. granules is 0 until there is a window. */
struct hk_window {
    uintptr_t base; /* multiple of HK_SUPER */
    size_t granules;
    _Atomic uint32_t *tags; /* [granules], resident where touched */
};
extern struct hk_window hk_window;

/* Makes the window. False when there is not even room for the small one's map. */
bool hk_window_open(void);

/* The tag of any address, NULL and garbage included: one subtraction, one compare, one load. */
static inline uint32_t hk_tag_of(const void *address)
{
    const size_t granule = ((uintptr_t)address - hk_window.base) >> HK_GRANULE_SHIFT;
    if (hk_unlikely(granule >= hk_window.granules))
        return 0;
    return atomic_load_explicit(&hk_window.tags[granule], memory_order_relaxed);
}

/* Sets the tags of `count` granules from address on. */
void hk_tag_set(const void *address, unsigned count, uint32_t tag);

#endif
